//! What was, in times long past: statuses, incidents, maintenance, and single looks.

use async_trait::async_trait;
use pharos_model::{ComponentId, Impact, IncidentStatus, MaintenanceStatus, Status, UnixMs};

use crate::ImportError;

/// A component is in this status from here on, until its next turn. `Unknown` where the source did not look or says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Since when.
    pub from: UnixMs,
    /// Which component; one of [`crate::Haul::components`].
    pub component: ComponentId,
    /// How it is.
    pub status: Status,
}

/// Something that was said of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: UnixMs,
    /// The incident's status from here on.
    pub status: IncidentStatus,
    /// In Markdown; may be empty.
    pub body: String,
    /// What components are said to be in from here on.
    pub components: Vec<(ComponentId, Status)>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// How the source calls it: the same each time it is read. Part of the permanent address is made of title and time, and of this only
    /// where those are not unique.
    pub key: String,
    /// One line.
    pub title: String,
    /// The worst it has been, where the source says so; `None` lets it follow from what is said of components.
    pub impact: Option<Impact>,
    /// The components it concerns.
    pub components: Vec<ComponentId>,
    /// When the trouble began.
    pub began_at: UnixMs,
    /// In the order in which they were said; at least one.
    pub said: Vec<Said>,
}

/// Something that was said of maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceSaid {
    /// When.
    pub at: UnixMs,
    /// Where the maintenance stands from here on.
    pub status: MaintenanceStatus,
    /// In Markdown; may be empty.
    pub body: String,
}

/// Maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// How the source calls it: the same each time it is read.
    pub key: String,
    /// One line.
    pub title: String,
    /// What is done and what to expect, in Markdown; may be empty.
    pub description: String,
    /// The components it concerns. One without any is left, and said so.
    pub components: Vec<ComponentId>,
    /// When it was announced.
    pub announced_at: UnixMs,
    /// When it is to begin.
    pub scheduled_start: UnixMs,
    /// When it is to end.
    pub scheduled_end: UnixMs,
    /// Where it stands.
    pub status: MaintenanceStatus,
    /// When it began, if it did.
    pub started_at: Option<UnixMs>,
    /// When it was over, if it is.
    pub ended_at: Option<UnixMs>,
    /// In the order in which they were said.
    pub said: Vec<MaintenanceSaid>,
}

/// One look at a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which component.
    pub component: ComponentId,
    /// By which of its checks: [`crate::Check::name`].
    pub check: String,
    /// When it began.
    pub at: UnixMs,
    /// What was seen.
    pub status: Status,
    /// How long it took, in microseconds.
    pub latency_us: Option<u32>,
    /// Why it was not good, for operators alone.
    pub reason: Option<String>,
}

/// How much time a bucket covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day of 24 hours in UTC.
    Day,
}

/// Many looks of which the source kept figures alone. Widths must not overlap in time for a component: it is either told as looks, or as
/// buckets of one width, and wider figures are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Which component.
    pub component: ComponentId,
    /// How much time.
    pub width: Width,
    /// When it begins; a multiple of its width in UTC.
    pub starts_at: UnixMs,
    /// How many looks.
    pub looks: u64,
    /// How many of them showed an outage.
    pub failed: u64,
    /// How long the good ones took on average, in microseconds.
    pub mean_us: Option<u32>,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Once.
    Once(Look),
    /// Often.
    Often(Bucket),
}

/// All that was seen, a piece after the other, so that millions never stand in memory. In no particular order.
#[async_trait]
pub trait Looks: Send {
    /// The next few, at most [`crate::limits::LOOKS_AT_ONCE`]; none at the end.
    async fn next(&mut self) -> Result<Vec<Looked>, ImportError>;
}
