//! `empty`: a machine is gone under load, and another is begun with nothing but the binary, the archive and the command of the guide.
//!
//! What the dead machine had is read from its files, which nobody but the drill has any more.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_model::UnixMs;
use serde_json::Value;
use sqlx::Row;

use crate::Drill;
use crate::alone::{Alone, file, past};
use crate::clock;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use crate::workspace;

const OLD_ARCHIVE: &str = "old-archive";
const ROW_LESS: &str = "row-less";
const OTHER_SPAN: &str = "other-span";

pub const DRILL: Drill = Drill {
    name: "empty",
    about: "a machine that is gone under load, and an empty one with the binary, the archive and the command of the guide",
    round: "half a megabyte of database, about",
    rounds: 200,
    rounds_short: 4,
    in_tests: true,
    bars: "journal, spans and observations are what the archive's manifests say; the page is served within 15 s of the command; at most 10 s of the \
           journal are lost",
    sabotages: &[
        (OLD_ARCHIVE, "the archive is what it was 12 s before the end, with changes since"),
        (ROW_LESS, "one observation is gone after the restore"),
        (OTHER_SPAN, "the beginning of one span is another after the restore"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 20;
const JOBS: usize = 20;
const JOB_EVERY: Duration = Duration::from_millis(100);
const BEATS: usize = 200;
const BEATS_MAX: Duration = Duration::from_secs(30);
/// Observations of each target that make half a megabyte with those of the others, about.
const OF_EACH_PER_ROUND: u32 = 500;
/// How long the archive may take until it has the history.
const ARCHIVED_MAX: Duration = Duration::from_mins(4);
/// Time between two changes before the end.
const CHANGE_EVERY: Duration = Duration::from_millis(1_200);
const CHANGES: usize = 12;
/// After which change a sabotage takes the archive.
const OLD_AFTER: usize = 2;
const RTO_S_MAX: f64 = 15.0;
const RPO_S_MAX: f64 = 10.0;

/// What the manifests of an archive say.
#[derive(Clone, Debug)]
struct Manifests {
    seq: u64,
    chain: String,
    samples: u64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
        let tokens = jobs::tokens(JOBS, &mut chance);
        let mut alone = Alone::new(drill, "")?;
        let archive = alone.at("archive");
        let yaml = node::yaml(&upstream, TARGETS, &tokens);
        alone.configure(&yaml)?;
        alone.start().await?;
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        alone.stop()?;
        past::make_up(&alone, OF_EACH_PER_ROUND * drill.rounds).await?;
        let size = fs::metadata(alone.data().join(file::DATABASE))?.len();
        alone.configure(&format!("{yaml}archive:\n  to: {}\n", archive.display()))?;
        alone.start().await?;
        wait_until_archived(&archive, u64::from(OF_EACH_PER_ROUND * drill.rounds) * TARGETS as u64).await?;
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        let old = alone.at("old");
        for change in 0..CHANGES {
            upstream.switches().turn(change % TARGETS);
            tokio::time::sleep(CHANGE_EVERY).await;
            if change == OLD_AFTER && drill.is(OLD_ARCHIVE) {
                crate::damage::copy_folder(&archive, &old)?;
            }
        }
        // One that there may have been no time to archive.
        upstream.switches().turn(CHANGES % TARGETS);
        tokio::time::sleep(Duration::from_millis(chance.between(300, 2_000))).await;
        alone.kill();
        let killed = clock::now();
        jobs.stop().await;
        let lost = alone.at("lost");
        fs::rename(alone.data(), &lost).context("the data cannot be taken away")?;
        if drill.is(OLD_ARCHIVE) {
            crate::damage::copy_folder(&old, &archive)?;
        }

        let manifests = manifests(&archive)?;
        let words =
            command_of_the_guide(&archive.display().to_string(), &alone.data().display().to_string())?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let began = Instant::now();
        let said = alone.run(&words)?;
        ensure!(said.done, "it could not be restored: {}", said.complaint);
        let restored_s = began.elapsed().as_secs_f64();
        let rows = rows(&alone, &manifests, drill).await?;
        let spans = different_spans(&alone, &lost, manifests.seq, drill).await?;
        let serving = Instant::now();
        alone.start().await?;
        let rto_s = restored_s + serving.elapsed().as_secs_f64();
        let page = alone.get("/").await;
        let lost_s = lost_s(&lost, manifests.seq, killed).await?;

        let mut report = Report::default();
        report.none(
            "rows",
            "rows that are not what the manifests say: entries, observations, the chain",
            rows,
        );
        report.none("spans", "spans that are not what they were", spans);
        report.none("pages", "pages that are not served", u64::from(!page.is_good()));
        report.at_most(("rto_s", "from the command until the page is served", "s"), rto_s, RTO_S_MAX);
        report.at_most(("rpo_s", "time of which the journal is lost", "s"), lost_s, RPO_S_MAX);
        report.note("restore_s", "the command alone", "s", restored_s);
        report.note("mb", "the database", "MB", count_of(size / 1_000) / 1_000.0);
        report.note("entries", "entries of the journal", "", count_of(manifests.seq));
        report.note("samples", "observations in the archive", "", count_of(manifests.samples));
        Ok(report)
    })
}

/// The command by which the guide restores on an empty machine, with these places in the place of its own.
fn command_of_the_guide(from: &str, data: &str) -> Result<Vec<String>> {
    let guide =
        fs::read_to_string(workspace::root().join("docs/operating.md")).context("there is no guide")?;
    let line = guide.lines().find(|line| line.starts_with("pharos restore "));
    let line = line.context("the guide does not say how to restore")?;
    let words = line.split_whitespace().skip(1).map(|word| match word {
        "/srv/backup/pharos" => from.to_owned(),
        "/var/lib/pharos" => data.to_owned(),
        word => word.to_owned(),
    });
    Ok(words.collect())
}

async fn wait_until_archived(archive: &std::path::Path, samples: u64) -> Result<()> {
    let until = Instant::now() + ARCHIVED_MAX;
    // The newest slices are not over yet.
    let most = samples - samples / 20;
    loop {
        if let Ok(told) = manifests(archive)
            && told.samples >= most
        {
            return Ok(());
        }
        ensure!(Instant::now() < until, "the history is not archived after {} s", ARCHIVED_MAX.as_secs());
        tokio::time::sleep(POLL_PAUSE * 10).await;
    }
}

fn manifests(archive: &std::path::Path) -> Result<Manifests> {
    let read = |name: &str| -> Result<Value> {
        let text = fs::read_to_string(archive.join(name)).with_context(|| format!("there is no {name}"))?;
        Ok(serde_json::from_str(text.lines().next().unwrap_or_default())?)
    };
    let (manifest, history) = (read("manifest.json")?, read("history.json")?);
    let slices = history["slices"].as_array().context("the history has no slices")?.iter();
    let samples =
        slices.filter(|slice| slice["kind"] == "samples").filter_map(|slice| slice["rows"].as_u64());
    Ok(Manifests {
        seq: manifest["seq"].as_u64().context("the manifest has no last entry")?,
        chain: manifest["chain"].as_str().context("the manifest has no chain")?.to_owned(),
        samples: samples.sum(),
    })
}

/// How many rows are missing or too many, and whether the chain is another.
async fn rows(alone: &Alone, manifests: &Manifests, drill: &Play) -> Result<u64> {
    if drill.is(ROW_LESS) {
        file::change(
            alone.data(),
            "DELETE FROM samples WHERE at = (SELECT max(at) FROM samples) AND check_id = 1",
        )
        .await?;
    }
    let (last, chain, entries, samples) = file::ends(alone.data()).await?;
    let [last, entries, samples] = [last, entries, samples].map(i64::unsigned_abs);
    let chain = u64::from(chain != manifests.chain);
    Ok(last.abs_diff(manifests.seq)
        + entries.abs_diff(manifests.seq)
        + samples.abs_diff(manifests.samples)
        + chain)
}

/// Spans that were over when the last entry in the archive was decided, and are another now.
async fn different_spans(alone: &Alone, lost: &std::path::Path, seq: u64, drill: &Play) -> Result<u64> {
    if drill.is(OTHER_SPAN) {
        file::change(
            alone.data(),
            "UPDATE spans SET starts_at = starts_at + 1 WHERE id = (SELECT min(id) FROM spans)",
        )
        .await?;
    }
    let at = "SELECT at FROM journal WHERE seq = $1";
    let at = sqlx::query_scalar(at).bind(i64::try_from(seq)?);
    let at: i64 = file::ask(lost, async |file| at.fetch_one(file).await).await?;
    let (before, now) = (spans(lost, at).await?, spans(alone.data(), at).await?);
    ensure!(!before.is_empty(), "no span was over");
    Ok(before.symmetric_difference(&now).count() as u64)
}

async fn spans(data: &std::path::Path, before: i64) -> Result<std::collections::BTreeSet<String>> {
    let read = "SELECT component || ' ' || starts_at || ' ' || ends_at || ' ' || status FROM spans WHERE ends_at <= $1";
    let rows = file::ask(data, async |file| sqlx::query(read).bind(before).fetch_all(file).await).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// How long before its end the dead machine decided what is the first that the archive lacks; 0 where that lacks nothing.
async fn lost_s(lost: &std::path::Path, seq: u64, killed: UnixMs) -> Result<f64> {
    let read = "SELECT min(at) FROM journal WHERE seq > $1";
    let first = sqlx::query_scalar(read).bind(i64::try_from(seq)?);
    let first: Option<i64> = file::ask(lost, async |file| first.fetch_one(file).await).await?;
    Ok(first.map_or(0.0, |at| count_of(u64::try_from(killed.0 - at).unwrap_or(0)) / 1_000.0))
}
