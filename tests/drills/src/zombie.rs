//! `zombie`: the node that leads is stopped in its tracks in a burst of writes, and goes on when another leads and has written.
//!
//! What a proxy holds back is let through only then, so that the database really hears what comes too late. A witness in the database
//! notes whose connection each row came on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_test_servers::Postgres;
use sqlx::{Connection, PgConnection};

use crate::Drill;
use crate::clock;
use crate::cluster::database::{DATABASE, count};
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::proxy::{Fault, Way};
use crate::cluster::reigns::{self, Reign};
use crate::cluster::{Cluster, Size, play, witness};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const FENCE: &str = "fence";
const LOCKED: &str = "locked";
const MUTED: &str = "muted";

pub const DRILL: Drill = Drill {
    name: "zombie",
    about: "a leader stopped in its tracks that goes on when another leads and has written",
    round: "a leader stopped inside a transaction, one that loses its lease while it is stopped, and in a whole run one between statements",
    rounds: 4,
    rounds_short: 1,
    in_tests: true,
    bars: "something written too late is refused, and nothing is accepted; another leads within 20 s, although a transaction is open",
    sabotages: &[
        (
            FENCE,
            "the lease is given back to the one that was stopped before it goes on, in the database alone",
        ),
        (LOCKED, "a stranger keeps the lease's row locked"),
        (MUTED, "what comes too late never reaches the database"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 20, jobs: 60 };
/// How often each job reports.
const JOB_EVERY: Duration = Duration::from_millis(200);
/// How long heartbeats may take.
const BEATS_MAX: Duration = Duration::from_secs(40);
/// How long the way to the database is held before the leader is stopped, so that the beginning of a write waits there.
const HELD: Duration = Duration::from_millis(500);
/// How long another may take until it leads before it is given up.
const LEADS_MAX: Duration = Duration::from_secs(24);
/// How long a leader is stopped between statements in a whole run.
const STOPPED: Duration = Duration::from_mins(1);
/// How long one that goes on is watched.
const WATCHED: Duration = Duration::from_secs(4);
/// How long it is waited for until a write is under way.
const WRITE_MAX: Duration = Duration::from_secs(5);
const TAKEOVER_S_MAX: f64 = 20.0;
/// How a write of the leader begins, whether it still names a fence or not.
const BEGINS: &str = "FOR UPDATE OF h";
/// How a write of the leader ends.
const COMMIT: &str = "statement_timeout = 0; COMMIT";
/// What a node logs of what came too late.
const TOO_LATE: &str = "came too late";

/// How a leader is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Inside a transaction, whose end the database has not heard.
    Inside,
    /// Between statements, and its lease ends at once: by its own clock it leads when it goes on, and only the fence is there.
    Early,
    /// Between statements, for long.
    Between,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// Writes of it that reached the database after another had written.
    heard: u64,
    /// What the zombie logged as too late, and commits of transactions that the database had ended.
    refused: u64,
    /// Rows of it after the first of the new term.
    accepted: u64,
    /// Transactions of it that were open while it was stopped.
    open: u64,
    takeover_s: f64,
    /// From its going on until it said that it leads no more.
    believes_s: f64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 200\n");
        let mut cluster = Cluster::start(drill, &[server.port], SIZE).await?;
        witness::install(&server);
        let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
        let whole: &[Stop] = &[Stop::Inside, Stop::Early, Stop::Between];
        let ways = if drill.rounds < DRILL.rounds { &whole[..2] } else { whole };
        let mut all = Vec::new();
        for _ in 0..drill.rounds {
            for way in ways {
                let found = stop(drill, *way, (&server, &mut cluster, &jobs)).await;
                let found = found.with_context(|| format!("stopped: {way:?}"))?;
                eprintln!("drill: {way:?}: {found:?}");
                all.push((*way, found));
                if found.takeover_s.is_infinite() {
                    break;
                }
            }
        }
        jobs.stop().await;
        report(&server, &cluster, &jobs, &all)
    })
}

fn report(server: &Postgres, cluster: &Cluster, jobs: &Jobs, all: &[(Stop, Found)]) -> Result<Report> {
    let sum = |what: fn(&Found) -> u64| all.iter().map(|(_, found)| what(found)).sum::<u64>();
    let longest = |what: fn(&Found) -> f64| all.iter().map(|(_, found)| what(found)).fold(0.0, f64::max);
    let rows = witness::rows(server, &cluster.nodes)?;
    let kept = jobs::kept(&jobs.log(), server)?;
    let mut report = Report::default();
    let refused = count_of(sum(|found| found.refused));
    report.at_least(
        ("refused", "writes that came too late and were refused", ""),
        refused,
        count_of(all.len() as u64),
    );
    let heard = count_of(sum(|found| found.heard));
    report.at_least(
        ("heard", "writes of it that the database heard after another had written", ""),
        heard,
        1.0,
    );
    let title = "rows of the old leader after the first of the new one";
    report.none("accepted", title, sum(|found| found.accepted));
    report.none("overlap_ms", "two wrote at once, ms", witness::overlap_ms(&rows));
    report.none("falls", "entries whose term is lower than that of the row before", witness::falls(&rows));
    let title = "rows written by another than the holder of the lease";
    report.none("strangers", title, witness::strangers(&rows, &cluster.nodes));
    let inside = all.iter().filter(|(way, _)| *way == Stop::Inside).count();
    let title = "transactions that were open in a stopped leader";
    report.at_least(("open", title, ""), count_of(sum(|found| found.open)), count_of(inside as u64));
    let title = "another leads within";
    report.at_most(("takeover_s", title, "s"), longest(|found| found.takeover_s), TAKEOVER_S_MAX);
    report.none("lost", "acknowledged heartbeats that are not there", kept.lost);
    let title = "one that goes on says that it leads no more within";
    report.note("believes_s", title, "s", longest(|found| found.believes_s));
    report.note("acknowledged", "acknowledged", "", count_of(kept.acknowledged));
    report.note("rows", "rows that the witness noted", "", count_of(rows.len() as u64));
    Ok(report)
}

async fn stop(
    drill: &Play,
    way: Stop,
    (server, cluster, jobs): (&Postgres, &mut Cluster, &Jobs),
) -> Result<Found> {
    jobs.wait_for(100, BEATS_MAX).await?;
    let old = reigns::now(&cluster.nodes)?;
    let lease = server.sql(DATABASE, "select term || ' ' || nonce from leases");
    let (_, nonce) = lease.split_once(' ').context("a lease without a nonce")?;
    let zombie = &cluster.nodes[old.node];
    let proxy = &zombie.proxies[0];
    let holds = Arc::<AtomicBool>::default();
    if way == Stop::Inside {
        let reached = Arc::clone(&holds);
        let hold = move || if reached.swap(true, Ordering::SeqCst) { Fault::None } else { Fault::Hold };
        proxy.at(COMMIT, hold);
        wait_until(WRITE_MAX, || holds.load(Ordering::SeqCst)).await.context("no write came to its end")?;
    } else {
        proxy.set(Way::Held, Way::Open);
        tokio::time::sleep(HELD).await;
    }
    zombie.signal("STOP")?;
    let (stopped, since) = (clock::now(), Instant::now());
    let mut found = Found { open: open(server)?, ..Found::default() };
    if way == Stop::Early {
        server.sql(DATABASE, "update leases set expires_at = '-infinity'");
    }
    let stranger = if drill.is(LOCKED) { Some(lock(server).await?) } else { None };
    let Ok(new) = reigns::after(&cluster.nodes, old.term, LEADS_MAX).await else {
        zombie.signal("CONT")?;
        proxy.restore();
        drop(stranger);
        found.takeover_s = f64::INFINITY;
        return Ok(found);
    };
    if way != Stop::Early {
        #[expect(clippy::cast_precision_loss, reason = "no drill takes longer than 2^52 microseconds")]
        let takeover_s = (new.from_us - stopped.0 * 1_000) as f64 / 1e6;
        found.takeover_s = takeover_s;
    }
    let begun = format!("select count(*) from drill.witness where term = {}", new.term);
    wait_until(BEATS_MAX, || count(server, &begun).is_ok_and(|rows| rows > 0))
        .await
        .context("the new leader wrote nothing")?;
    if way == Stop::Between {
        tokio::time::sleep_until((since + STOPPED).into()).await;
    }
    if drill.is(FENCE) {
        let back = format!(
            "update leases set term = {}, nonce = '{nonce}', expires_at = clock_timestamp() + interval '15 s'",
            old.term
        );
        server.sql(DATABASE, &back);
    }
    go_on(drill, way, (cluster, server), (&old, &new), &mut found).await?;
    Ok(found)
}

/// Lets the zombie go on, and finds out what became of what it wrote.
async fn go_on(
    drill: &Play,
    way: Stop,
    (cluster, server): (&Cluster, &Postgres),
    (old, new): (&Reign, &Reign),
    found: &mut Found,
) -> Result<()> {
    let zombie = &cluster.nodes[old.node];
    let proxy = &zombie.proxies[0];
    let late_before = zombie.log().matches(TOO_LATE).count();
    let heard = Arc::<AtomicU64>::default();
    let counter = Arc::clone(&heard);
    proxy.at(BEGINS, move || {
        counter.fetch_add(1, Ordering::SeqCst);
        Fault::None
    });
    if drill.is(MUTED) {
        proxy.cut();
    } else {
        proxy.restore();
    }
    zombie.signal("CONT")?;
    let went_on = Instant::now();
    let is_over = || {
        let mut reigns = reigns::all(&cluster.nodes).unwrap_or_default().into_iter();
        reigns.any(|reign| reign.term == old.term && reign.until_us.is_some())
    };
    wait_until(BEATS_MAX, is_over).await.context("the old leader never said that it leads no more")?;
    found.believes_s = went_on.elapsed().as_secs_f64();
    proxy.restore();
    tokio::time::sleep(WATCHED).await;
    proxy.at(BEGINS, || Fault::None);
    found.heard = heard.load(Ordering::SeqCst);
    let rows = witness::rows(server, &cluster.nodes)?;
    let first = rows.iter().find(|row| row.said == new.term).context("the new leader wrote nothing")?.place;
    let after = rows.iter().filter(|row| row.place > first);
    found.accepted = after.filter(|row| row.node == Some(old.node) && row.said <= old.term).count() as u64;
    found.refused = (zombie.log().matches(TOO_LATE).count() - late_before) as u64;
    if way == Stop::Inside && !drill.is(MUTED) {
        // Its commit was let through, into a transaction that the database had ended: the rows are not there.
        found.refused += u64::from(found.open > 0 && found.accepted == 0);
    }
    Ok(())
}

/// Transactions that keep the lease as it is and wait for their end.
fn open(server: &Postgres) -> Result<u64> {
    count(
        server,
        "select count(*) from pg_stat_activity a join pg_locks l on l.pid = a.pid where a.state = 'idle in transaction' \
         and l.relation = 'leases'::regclass and l.mode = 'RowShareLock' and l.granted",
    )
}

/// Locks the lease's row for as long as the connection is kept.
async fn lock(server: &Postgres) -> Result<PgConnection> {
    let mut connection = PgConnection::connect(&server.address(DATABASE)).await?;
    sqlx::raw_sql("begin; select 1 from leases for share").execute(&mut connection).await?;
    Ok(connection)
}

async fn wait_until(wait_max: Duration, is_so: impl Fn() -> bool) -> Result<()> {
    let until = Instant::now() + wait_max;
    while !is_so() {
        ensure!(Instant::now() < until, "waited for {} s", wait_max.as_secs());
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(())
}
