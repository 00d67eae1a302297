//! `commit`: the line to the database breaks around the answer to a commit, and who asked asks for the same again.
//!
//! The drill's own log is what it asked for: each append has a moment and an entry of the audit log that no other has. What became of it
//! is counted in the database itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::future::join_all;
use pharos_engine::Fact;
use pharos_engine::simulator::Random;
use pharos_model::UnixMs;
use pharos_store::{
    AuditEntry, Fence, Lease, Margin, Nonce, PostgresAddress, PostgresStore, Store, StoreError,
};
use pharos_test_servers::Postgres;
use sqlx::Connection;

use crate::Drill;
use crate::cluster::database::DATABASE;
use crate::cluster::play;
use crate::cluster::proxy::{Fault, Proxy};
use crate::play::Play;
use crate::report::{Report, count_of};

const FORGETFUL: &str = "forgetful";
const RESIGNED: &str = "resigned";
const WHOLE_LINE: &str = "whole-line";

pub const DRILL: Drill = Drill {
    name: "commit",
    about: "commits whose answer is lost, and who asks for the same again",
    round: "a commit that meets a cut",
    rounds: 10_000,
    rounds_short: 200,
    in_tests: true,
    bars: "nothing is done twice, nothing is lost; of the commits that nobody heard of some were done, or the drill would be blunt",
    sabotages: &[
        (FORGETFUL, "who asks again is a store that never asked before"),
        (RESIGNED, "nobody asks again"),
        (WHOLE_LINE, "the line does not break"),
    ],
    needs_binary: false,
    run,
};

/// Ends a transaction that writes, and none that reads.
const COMMIT: &str = "timeout = 0; COMMIT";
/// Appends that are asked for at once in one round.
const TOGETHER_MAX: u64 = 3;
/// Facts of one append.
const FACTS: u64 = 2;
/// How long one append may take until it is done, with all asking again.
const DONE_MAX: Duration = Duration::from_secs(30);
/// How long the lease is taken for: longer than any run.
const LEASE: Duration = Duration::from_hours(12);
/// Of a million cuts, those that meet who asks again too.
const TWICE_PPM: u64 = 150_000;

/// What happened.
#[derive(Default)]
struct Counts {
    /// Appends of which nobody heard whether they were done.
    unknown: u64,
    /// Of these, those that were done.
    real: u64,
    /// Answers other than these.
    failed: u64,
    /// Appends in each round.
    asked: Vec<u64>,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::primary();
        let proxy = Proxy::to(server.port).await?;
        let armed = Arc::new(AtomicBool::new(false));
        let cuts = cut(&proxy, drill, &armed);
        let mut store = opened(&proxy).await?;
        let mut witness = sqlx::PgConnection::connect(&server.address(DATABASE)).await?;
        let mut counts = Counts::default();
        let mut random = drill.chance(1);
        for round in 1..=drill.rounds {
            armed.store(!drill.is(WHOLE_LINE), Ordering::SeqCst);
            let together = random.between(1, TOGETHER_MAX);
            hold(&mut store, &proxy, &mut witness, (drill, round, together), &mut counts).await?;
            counts.asked.push(together);
        }
        let (doubled, lost) = effects(&server, &counts.asked)?;
        let mut report = Report::default();
        report.none("doubled", "appends that were done twice", doubled);
        report.none("lost", "appends that were not done", lost);
        let title = "appends of which nobody heard whether they were done";
        report.at_least(("unknown", title, ""), count_of(counts.unknown), f64::from(drill.rounds) * 0.9);
        report.at_least(("real", "of these, already done", ""), count_of(counts.real), 1.0);
        report.note("cuts", "cuts of the line", "", count_of(cuts.load(Ordering::SeqCst)));
        report.note("failed", "other answers on the way", "", count_of(counts.failed));
        Ok(report)
    })
}

/// Cuts the line at the next commit once it is armed, in one of three ways, and now and then at the one after too.
fn cut(proxy: &Proxy, drill: &Play, armed: &Arc<AtomicBool>) -> Arc<AtomicU64> {
    let (cuts, armed) = (Arc::<AtomicU64>::default(), Arc::clone(armed));
    let mut random: Random = drill.chance(2);
    let count = Arc::clone(&cuts);
    proxy.at(COMMIT, move || {
        if !armed.swap(false, Ordering::SeqCst) {
            return Fault::None;
        }
        armed.store(random.chance(TWICE_PPM), Ordering::SeqCst);
        count.fetch_add(1, Ordering::SeqCst);
        *random.pick(&[Fault::CutBefore, Fault::CutAfter, Fault::CutMeanwhile])
    });
    cuts
}

/// A store that leads, as the one of a node does.
async fn opened(proxy: &Proxy) -> Result<PostgresStore> {
    let store = PostgresStore::open(PostgresAddress::parse(&proxy.address(DATABASE))?).await?;
    let nonce = Nonce([7; 16]);
    let term = store.acquire_or_renew("drill", nonce, LEASE).await?.context("the lease is not free")?;
    store.set_fence(Some(Fence { term, nonce }));
    Ok(store)
}

/// One round: some appends at once, each asked for until it is done.
async fn hold(
    store: &mut PostgresStore,
    proxy: &Proxy,
    witness: &mut sqlx::PgConnection,
    (drill, round, together): (&Play, u32, u64),
    counts: &mut Counts,
) -> Result<()> {
    let mut waiting: Vec<u64> = (0..together).collect();
    let until = Instant::now() + DONE_MAX;
    while !waiting.is_empty() {
        let asked = waiting.iter().map(|part| append(store, round, *part));
        let answers = join_all(asked).await;
        let mut again = Vec::new();
        for (part, answer) in waiting.into_iter().zip(answers) {
            match answer {
                Ok(()) => continue,
                Err(StoreError::Unknown) => {
                    counts.unknown += 1;
                    counts.real += u64::from(is_done(witness, round, part).await?);
                }
                Err(_) => counts.failed += 1,
            }
            again.push(part);
        }
        if drill.is(RESIGNED) {
            return Ok(());
        }
        if !again.is_empty() && drill.is(FORGETFUL) {
            *store = opened(proxy).await?;
        }
        if Instant::now() > until {
            bail!("round {round} was not done within {} s", DONE_MAX.as_secs());
        }
        waiting = again;
    }
    Ok(())
}

async fn append(store: &PostgresStore, round: u32, part: u64) -> Result<(), StoreError> {
    let at = UnixMs(i64::from(round));
    let entry = AuditEntry {
        id: 0,
        at,
        actor: "drill".to_owned(),
        address: "127.0.0.1".to_owned(),
        action: "drill.append".to_owned(),
        target: target(round, part),
        seq: None,
        before: None,
        after: None,
    };
    let margin = Margin { audit: vec![entry], ..Margin::default() };
    store.append_with(at, vec![Fact::Blinded, Fact::Sighted], margin).await.map(drop)
}

fn target(round: u32, part: u64) -> String {
    format!("drill/{round}-{part}")
}

async fn is_done(witness: &mut sqlx::PgConnection, round: u32, part: u64) -> Result<bool> {
    let count = "SELECT count(*) FROM audit WHERE target = $1";
    let count: i64 = sqlx::query_scalar(count).bind(target(round, part)).fetch_one(witness).await?;
    Ok(count > 0)
}

/// What the database has more and less of than was asked for.
fn effects(server: &Postgres, asked: &[u64]) -> Result<(u64, u64)> {
    let mut entries = vec![0_u64; asked.len() + 1];
    for row in server.sql(DATABASE, "select at, count(*) from journal group by at").lines() {
        let (at, count) = row.split_once('|').context("a row without a bar")?;
        *entries.get_mut(at.parse::<usize>()?).context("an entry of no round")? = count.parse()?;
    }
    let mut audits = std::collections::BTreeMap::new();
    for row in server.sql(DATABASE, "select target, count(*) from audit group by target").lines() {
        let (target, count) = row.split_once('|').context("a row without a bar")?;
        audits.insert(target.to_owned(), count.parse::<u64>()?);
    }
    let (mut doubled, mut lost) = (0, 0);
    for (round, together) in (1..).zip(asked) {
        let entries = entries[usize::try_from(round)?];
        let audits = (0..*together).map(|part| audits.get(&target(round, part)).copied().unwrap_or(0));
        let (more, none) = audits.fold((0, 0), |(more, none), found: u64| {
            (more + found.saturating_sub(1), none + u64::from(found == 0))
        });
        doubled += more.max(entries.saturating_sub(together * FACTS) / FACTS);
        lost += none.max((together * FACTS).saturating_sub(entries) / FACTS);
    }
    Ok((doubled, lost))
}
