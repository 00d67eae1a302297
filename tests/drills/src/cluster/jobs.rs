//! Jobs that report to a cluster: heartbeats at a steady rate, with a log of their own of what was acknowledged.
//!
//! Each job sends one heartbeat after the other, so that what the database keeps of it belongs to exactly one of them: the one
//! within whose time it was heard.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_engine::simulator::Random;
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;
use tokio::task::JoinHandle;

use super::database::DATABASE;
use super::http::{Answered, ask};
use crate::clock;

/// How long an answer is waited for before nobody knows.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// Pause after a heartbeat that was not taken.
const RETRY: Duration = Duration::from_millis(20);

/// A heartbeat and what became of it.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// Of which job.
    pub job: usize,
    /// By the clock of the wall, before it was sent and after it was answered.
    pub within: (UnixMs, UnixMs),
    /// When it was sent.
    pub sent: Instant,
    /// When it was answered.
    pub answered: Instant,
    /// `Some` when it is known whether it was taken.
    pub acknowledged: Option<bool>,
    /// What was met where it was not acknowledged, in words.
    pub met: Option<String>,
}

/// What the database kept of what was acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kept {
    /// Heartbeats that were acknowledged.
    pub acknowledged: u64,
    /// Those that are not there.
    pub lost: u64,
    /// Those, and those of which nobody knows, that are there more than once.
    pub doubled: u64,
}

/// Whether a heartbeat that was given up may be heard later than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// It may: another node has it on its way.
    MayCome,
    /// It may not: whoever had it is dead.
    Never,
}

/// Running jobs.
pub struct Jobs {
    log: Arc<Mutex<Vec<Heartbeat>>>,
    is_over: Arc<AtomicBool>,
    running: Vec<JoinHandle<()>>,
}

/// Tokens of so many jobs, drawn by chance.
pub fn tokens(count: usize, random: &mut Random) -> Vec<String> {
    (0..count).map(|_| format!("{:016x}{:016x}", random.next_u64(), random.next_u64())).collect()
}

impl Jobs {
    /// Each job reports so often, jobs by turns to each node: after a heartbeat that was not taken one turns to the next.
    pub fn start(tokens: &[String], nodes: &[SocketAddr], every: Duration) -> Self {
        let (log, is_over) = (Arc::<Mutex<Vec<Heartbeat>>>::default(), Arc::<AtomicBool>::default());
        let running = tokens.iter().enumerate().map(|(job, token)| {
            let (log, is_over, nodes) = (Arc::clone(&log), Arc::clone(&is_over), nodes.to_vec());
            let path = format!("/push/{token}");
            // Not all in step.
            let offset = every.mul_f64(f64::from(u32::try_from(job % 100).unwrap_or(0)) / 100.0);
            tokio::spawn(async move {
                tokio::time::sleep(offset).await;
                let (mut at, mut due) = (job, tokio::time::Instant::now());
                while !is_over.load(Ordering::SeqCst) {
                    let (from, sent) = (clock::now(), Instant::now());
                    let answered = ask(nodes[at % nodes.len()], "POST", &path, ANSWER_MAX).await;
                    let acknowledged = match &answered {
                        Answered::With(..) => Some(answered.is_good()),
                        Answered::Refused => Some(false),
                        Answered::Unknown => None,
                    };
                    let heartbeat = Heartbeat {
                        job,
                        within: (from, clock::now()),
                        sent,
                        answered: Instant::now(),
                        acknowledged,
                        met: (!answered.is_good()).then(|| format!("{answered:?}")),
                    };
                    log.lock().unwrap_or_else(PoisonError::into_inner).push(heartbeat);
                    if acknowledged != Some(true) {
                        at += 1;
                        tokio::time::sleep(RETRY).await;
                        continue;
                    }
                    due += every;
                    tokio::time::sleep_until(due).await;
                    // What was missed is not made up for: the rate is the rate.
                    due = due.max(tokio::time::Instant::now() - every);
                }
            })
        });
        Self { running: running.collect(), log, is_over }
    }

    /// What was sent so far.
    pub fn log(&self) -> Vec<Heartbeat> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many were acknowledged since.
    pub fn acknowledged_since(&self, since: Instant) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|beat| beat.acknowledged == Some(true) && beat.answered >= since).count()
    }

    /// Waits until so many are acknowledged from now on.
    ///
    /// # Errors
    /// When they are not in time.
    pub async fn wait_for(&self, count: usize, wait_max: Duration) -> Result<()> {
        let since = Instant::now();
        let waiting = async {
            while self.acknowledged_since(since) < count {
                tokio::time::sleep(crate::limits::POLL_PAUSE).await;
            }
        };
        let waited = tokio::time::timeout(wait_max, waiting).await;
        waited.with_context(|| format!("{count} heartbeats were not taken within {} s", wait_max.as_secs()))
    }

    /// Ends them, and waits for the answers that are still to come.
    pub async fn stop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        for job in self.running.drain(..) {
            // None panics.
            let _ended = job.await;
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

/// Holds a log against what a database has.
///
/// # Errors
/// When the database says something that cannot be read.
pub fn kept(log: &[Heartbeat], server: &Postgres) -> Result<Kept> {
    let rows = server.sql(
        DATABASE,
        "select c.name, s.at from samples s join checks c on c.id = s.check_id where c.name like 'j%' order by 2",
    );
    held_against(log, &rows, Late::MayCome)
}

/// Holds a log against rows of a database: the name of a check and a moment, with a bar between, in the order of moments.
///
/// # Errors
/// When a row says something that cannot be read.
pub fn held_against(log: &[Heartbeat], rows: &str, late: Late) -> Result<Kept> {
    let mut moments: std::collections::BTreeMap<usize, Vec<i64>> = std::collections::BTreeMap::new();
    for row in rows.lines() {
        let (name, at) = row.split_once('|').context("a row without a bar")?;
        let job = name.trim_start_matches('j').split('/').next().unwrap_or_default().parse()?;
        moments.entry(job).or_default().push(at.parse()?);
    }
    let mut kept = Kept::default();
    for (job, moments) in &moments {
        let of_job: Vec<&Heartbeat> = log.iter().filter(|beat| beat.job == *job).collect();
        count((&of_job, late), moments, &mut kept);
    }
    let silent = |beat: &&Heartbeat| !moments.contains_key(&beat.job) && beat.acknowledged == Some(true);
    let silent = log.iter().filter(silent).count() as u64;
    (kept.acknowledged, kept.lost) = (kept.acknowledged + silent, kept.lost + silent);
    Ok(kept)
}

/// Gives each heartbeat of a job, in order, the first moment within its time that is still free.
fn count((beats, late): (&[&Heartbeat], Late), moments: &[i64], kept: &mut Kept) {
    let mut free = moments.iter().copied().peekable();
    // Those that had been given up may be heard at any time after.
    let mut given_up = 0_u64;
    for beat in beats {
        let (from, until) = (beat.within.0.0, beat.within.1.0);
        let mut more = 0_u64;
        while free.next_if(|at| *at < from).is_some() {
            more += 1;
        }
        let is_there = free.next_if(|at| *at <= until).is_some();
        let is_acknowledged = beat.acknowledged == Some(true);
        kept.acknowledged += u64::from(is_acknowledged);
        kept.lost += u64::from(is_acknowledged && !is_there);
        // The last millisecond may be that of the next one.
        while is_there && free.next_if(|at| *at < until).is_some() {
            more += 1;
        }
        kept.doubled += more.saturating_sub(given_up);
        let may_come = late == Late::MayCome && !is_acknowledged && !is_there;
        given_up = given_up.saturating_sub(more) + u64::from(may_come);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_heartbeat_is_given_one_moment_within_its_time() {
        let beat = |from, until, acknowledged| Heartbeat {
            job: 0,
            within: (UnixMs(from), UnixMs(until)),
            sent: Instant::now(),
            answered: Instant::now(),
            acknowledged,
            met: None,
        };
        let beats = [
            beat(10, 20, Some(true)),
            beat(20, 30, Some(true)),
            beat(30, 40, None),
            beat(50, 60, Some(true)),
            beat(70, 80, Some(true)),
        ];
        let mut kept = Kept::default();
        let (all, moments) = (beats.iter().collect::<Vec<_>>(), [12, 20, 45, 71, 72]);
        count((&all, Late::MayCome), &moments, &mut kept);
        assert_eq!((kept.acknowledged, kept.lost, kept.doubled), (4, 1, 1));
        let mut kept = Kept::default();
        count((&all, Late::Never), &moments, &mut kept);
        assert_eq!((kept.acknowledged, kept.lost, kept.doubled), (4, 1, 2));
    }
}
