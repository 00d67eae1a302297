//! What the real binary makes of what a power cut left.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::alone::{Alone, file};
use crate::cluster::jobs::{self, Heartbeat, Kept, Late};
use crate::killed::faults;

/// What came to light after cuts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Of what was acknowledged.
    pub kept: Kept,
    /// Places in the journal that an open page had been told of, and that are not there.
    pub untold: u64,
    /// Cuts after which something did not open, or does not pass its checks.
    pub malformed: u64,
}

/// Holds what lies in the folder of a node against what others had been told before a moment.
///
/// # Errors
/// When the binary cannot be run.
pub async fn server(alone: &Alone, until_ms: i64, beats: &[Heartbeat], told: &[(i64, i64)]) -> Result<Found> {
    let beats = before(beats, until_ms);
    let told = told.iter().filter(|(at, _)| *at < until_ms).map(|(_, seq)| *seq).max().unwrap_or_default();
    let mut found = Found::default();
    if !alone.data().join(file::DATABASE).exists() {
        // As if nobody had ever been there: only right where nobody was told anything.
        found.kept = jobs::held_against(&beats, "", Late::Never)?;
        found.untold = u64::from(told > 0);
        return Ok(found);
    }
    let is_good = is_opened(alone)? && is_sound(alone.data()).await;
    let rows = if is_good { file::heartbeats(alone.data()).await? } else { String::new() };
    let seq = if is_good { file::last(alone.data()).await? } else { 0 };
    found.kept = jobs::held_against(&beats, &rows, Late::Never)?;
    found.untold = told.saturating_sub(seq).max(0).unsigned_abs();
    // Where there is no entry yet there is nothing to be copied.
    let is_whole = is_good && (seq == 0 || copies(alone)?);
    found.malformed = u64::from(!is_whole);
    Ok(found)
}

/// Whether the binary opens it.
fn is_opened(alone: &Alone) -> Result<bool> {
    let [option, place] = alone.place();
    let opened = alone.run(&["user", "list", &option, &place])?;
    if !opened.done {
        eprintln!("drill: it does not open: {}", opened.complaint.trim_end());
    }
    Ok(opened.done)
}

/// Whether SQLite finds nothing wrong in it.
pub async fn is_sound(data: &Path) -> bool {
    let check = sqlx::query_scalar("PRAGMA integrity_check(1)");
    let checked = file::ask(data, async |file| check.fetch_one(file).await).await;
    let said: String = checked.unwrap_or_else(|error| format!("{error:#}"));
    if said != "ok" {
        eprintln!("drill: it is damaged: {said}");
    }
    said == "ok"
}

/// Whether all of it can be copied, and the copy is good.
fn copies(alone: &Alone) -> Result<bool> {
    let copy = alone.at("copy");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    Ok(faults(alone)? == 0)
}

/// What was sent before a moment, with what was known of it then.
fn before(beats: &[Heartbeat], until_ms: i64) -> Vec<Heartbeat> {
    let sent = beats.iter().filter(|beat| beat.within.0.0 <= until_ms);
    let known = sent.map(|beat| {
        let is_answered = beat.within.1.0 < until_ms;
        let mut known = beat.clone();
        known.within.1.0 = beat.within.1.0.min(until_ms);
        known.acknowledged = beat.acknowledged.filter(|_| is_answered);
        known
    });
    known.collect()
}
