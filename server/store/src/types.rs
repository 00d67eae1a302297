//! What goes into the store and comes out of it, beside facts.

use std::collections::BTreeSet;

use pharos_engine::{CheckId, Entry};
use pharos_model::{ComponentId, Status, UnixMs};

use crate::{Chain, Part, STAGES, Sketch, StageSums};

/// The end of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry; 0 for an empty journal.
    pub seq: u64,
    /// The chain up to there.
    pub chain: Chain,
}

/// What an append made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The new entries.
    pub entries: Vec<Entry>,
    /// The end of the journal with them.
    pub head: Head,
}

/// A raw observation. Its natural key is the check and the slot: recording it twice is recording it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Of which check.
    pub check: CheckId,
    /// For which component; `None` for a reference target.
    pub component: Option<ComponentId>,
    /// The slot.
    pub scheduled_at: UnixMs,
    /// When the look began.
    pub at: UnixMs,
    /// What was seen.
    pub status: Status,
    /// How long the whole took, in microseconds.
    pub latency_us: Option<u32>,
    /// How long name look-up, connect, TLS, first byte and body took, in microseconds.
    pub stages_us: [Option<u32>; STAGES],
    /// Why it was not operational, for operators.
    pub reason: Option<String>,
}

/// The width of a rollup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day of 24 hours in UTC.
    Day,
}

impl Resolution {
    /// All, the finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Its length in milliseconds.
    pub fn ms(self) -> u64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// The start of the bucket in which `at` lies.
    pub fn start(self, at: UnixMs) -> UnixMs {
        let ms = i64::try_from(self.ms()).unwrap_or(i64::MAX);
        UnixMs(at.0.div_euclid(ms) * ms)
    }
}

/// The looks at one component in one bucket of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupRow {
    /// Which component.
    pub component: ComponentId,
    /// How wide the bucket is.
    pub resolution: Resolution,
    /// When it begins.
    pub starts_at: UnixMs,
    /// How many looks there were.
    pub looks: u64,
    /// How many of them showed an outage.
    pub failed: u64,
    /// How long the others took.
    pub sketch: Sketch,
    /// Where their time went.
    pub stages: StageSums,
}

/// A point of a latency chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyPoint {
    /// When the bucket begins.
    pub start: UnixMs,
    /// How many looks there were.
    pub count: u64,
    /// How many of them showed an outage.
    pub failed: u64,
    /// The median in microseconds.
    pub p50_us: Option<u32>,
    /// What 95 % did not exceed, in microseconds.
    pub p95_us: Option<u32>,
    /// What 99 % did not exceed, in microseconds.
    pub p99_us: Option<u32>,
    /// The mean time of name look-up, connect, TLS, first byte and body, in microseconds; `None` when no look told.
    pub stages_us: Option<[u32; STAGES]>,
}

/// How long what is kept. Day rows, spans, incidents and the journal are kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Raw observations, in milliseconds.
    pub samples_ms: u64,
    /// Minutes, in milliseconds.
    pub minutes_ms: u64,
    /// Hours, in milliseconds.
    pub hours_ms: u64,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY_MS: u64 = 86_400_000;
        Self { samples_ms: 7 * DAY_MS, minutes_ms: 35 * DAY_MS, hours_ms: 400 * DAY_MS }
    }
}

/// What a failover lost of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The last entry that is still there as it was.
    pub kept: u64,
    /// The last entry that was seen.
    pub seen: u64,
}

/// How the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreHealth {
    /// The end of the journal.
    pub head: Head,
    /// Bytes of the database on disk.
    pub size_bytes: u64,
}

/// What came of reading every page of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagesRead {
    /// How many there are.
    pub pages: u32,
    /// Those that are not what was written, by their numbers from 1 on. Of very many the first.
    pub damaged: Vec<u32>,
    /// What they hold; nothing where nobody uses them.
    pub parts: BTreeSet<Part>,
}
