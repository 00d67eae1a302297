//! A crowd around nodes, in a process of its own: thousands who listen as browsers do, who never read, or who come and go at once.
//!
//! The drill starts itself with what the crowd is to do, and is told at the end what it heard.

mod heard;
mod listener;
mod program;
mod restless;
mod silent;
pub mod truth;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use pharos_measure::process::{Program, leashed};
use pharos_model::UnixMs;
use serde::{Deserialize, Serialize};

use crate::workspace;
pub use heard::Outcome;
pub use program::run;
pub use restless::HEARD;

static STARTED: AtomicU32 = AtomicU32::new(0);
/// How long a crowd may take to say what it heard.
const OUTCOME_WAIT_MAX: Duration = Duration::from_mins(1);

/// What a crowd does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Each listens, and comes back as a browser does.
    Listeners(Resume),
    /// Each opens a stream and never reads.
    Silent,
    /// They open so many streams a second, hear the beginning, and go again.
    Restless(u32),
}

/// Where those who come back go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resume {
    /// Where they stopped.
    Where,
    /// Anew: a sabotage.
    Anew,
    /// One place before: a sabotage.
    OneBefore,
    /// Where they stopped, so many seconds later: a sabotage.
    Late(u8),
}

/// What a crowd is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// What it does.
    pub kind: Kind,
    /// The nodes.
    pub nodes: Vec<SocketAddr>,
    /// How many.
    pub count: u32,
    /// The last numbers of the addresses from which they come, 127.0.0.N: the first and how many.
    pub sources: (u8, u8),
    /// The seed of its chance.
    pub seed: u64,
}

/// What it says each time when all of it listens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Whole {
    /// Since when.
    pub whole_at: i64,
}

/// A running crowd. Dropping it ends it.
pub struct Crowd(Program);

impl Crowd {
    /// Starts one.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(orders: &Orders) -> Result<Self> {
        let this = std::env::current_exe().context("who this program is")?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = workspace::target_dir().join("drill");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let log = folder.join(format!("crowd-{}-{number}.log", std::process::id()));
        let mut command = leashed(&this);
        command.arg("--crowd").arg(serde_json::to_string(orders)?);
        Program::start(&mut command, log).map(Self)
    }

    /// Waits until all of it listens, as it does since this moment or later; tells since when.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn whole_since(&mut self, since: UnixMs, wait_max: Duration) -> Result<UnixMs> {
        let until = Instant::now() + wait_max;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let line = tokio::task::block_in_place(|| self.0.line(left)).context("a crowd")?;
            let whole: Whole = serde_json::from_str(&line).context("what a crowd says")?;
            if whole.whole_at >= since.0 {
                return Ok(UnixMs(whole.whole_at));
            }
        }
        bail!("not all of a crowd listen within {} s", wait_max.as_secs())
    }

    /// Ends it, and tells what it heard.
    ///
    /// # Errors
    /// When it does not say it.
    pub fn finish(mut self) -> Result<Outcome> {
        self.0.enough();
        loop {
            let line = tokio::task::block_in_place(|| self.0.line(OUTCOME_WAIT_MAX)).context("a crowd")?;
            if let Ok(outcome) = serde_json::from_str(&line) {
                return Ok(outcome);
            }
        }
    }
}
