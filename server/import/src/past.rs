//! What was, in times long past: statuses, incidents, maintenance, and single looks.

use async_trait::async_trait;
use pharos_model::{
    ComponentId, Impact, IncidentId, IncidentStatus, MaintenanceId, MaintenanceStatus, Status, Text,
    Transition, UnixMs,
};

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

/// Something that was said of an incident. Made by [`Said::new`]; what it leaves open, only Pharos itself tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: UnixMs,
    /// The incident's status from here on.
    pub status: IncidentStatus,
    /// In Markdown; may be empty.
    pub body: Text,
    /// What components are said to be in from here on.
    pub components: Vec<(ComponentId, Status)>,
    /// What Pharos noticed, where nobody wrote anything.
    pub noticed: Option<Transition>,
    /// By when more was promised.
    pub next_update_by: Option<UnixMs>,
    /// Whether that promise was kept.
    pub kept: Option<bool>,
    /// When it was last edited.
    pub edited_at: Option<UnixMs>,
}

impl Said {
    /// What a person wrote.
    pub fn new(at: UnixMs, status: IncidentStatus, body: impl Into<Text>) -> Self {
        Self {
            at,
            status,
            body: body.into(),
            components: Vec::new(),
            noticed: None,
            next_update_by: None,
            kept: None,
            edited_at: None,
        }
    }
}

/// An incident. Made by [`Incident::new`]; what it leaves open, only Pharos itself tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is told by the source and follows from no other")]
pub struct Incident {
    /// Its identifier, where the source is Pharos; else it is made of day and title, with a number where that is not unique.
    pub id: Option<IncidentId>,
    /// One line.
    pub title: Text,
    /// The worst it has been, where the source says so; `None` lets it follow from what is said of components.
    pub impact: Option<Impact>,
    /// Whether a person stated it.
    pub impact_stated: bool,
    /// The components it concerns.
    pub components: Vec<ComponentId>,
    /// When the trouble began.
    pub began_at: UnixMs,
    /// When it was over, where that was not when it was said.
    pub resolved_at: Option<UnixMs>,
    /// In the order in which they were said; at least one.
    pub said: Vec<Said>,
    /// Whether Pharos opened it.
    pub is_automatic: bool,
    /// Whether a person leads it.
    pub is_led_by_people: bool,
    /// The component from whose failure the others suffer.
    pub root: Option<ComponentId>,
    /// Whether it stands above the others.
    pub is_pinned: bool,
    /// How often it was changed.
    pub revision: Option<u32>,
    /// When a person last edited it.
    pub edited_at: Option<UnixMs>,
}

impl Incident {
    /// One that people told of.
    pub fn new(title: impl Into<Text>, began_at: UnixMs, said: Vec<Said>) -> Self {
        Self {
            id: None,
            title: title.into(),
            impact: None,
            impact_stated: true,
            components: Vec::new(),
            began_at,
            resolved_at: None,
            said,
            is_automatic: false,
            is_led_by_people: true,
            root: None,
            is_pinned: false,
            revision: None,
            edited_at: None,
        }
    }
}

/// Something that was said of maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceSaid {
    /// When.
    pub at: UnixMs,
    /// Where the maintenance stands from here on.
    pub status: MaintenanceStatus,
    /// In Markdown; may be empty.
    pub body: Text,
}

/// Maintenance. `..Maintenance::default()` leaves open what only Pharos itself tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Its identifier, where the source is Pharos; else it is made like that of an incident.
    pub id: Option<MaintenanceId>,
    /// One line.
    pub title: Text,
    /// What is done and what to expect; may be empty.
    pub description: Text,
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
    /// Whether it ends with a look whether all is well.
    pub verified_by_hand: bool,
    /// Whether it stands in the configuration file, which then leads it.
    pub is_configured: bool,
    /// How often it was changed.
    pub revision: Option<u32>,
    /// When it last changed, where that was not when something was said or done.
    pub changed_at: Option<UnixMs>,
}

/// Maintenance that comes again and again: what is planned from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// One line.
    pub title: Text,
    /// What is done and what to expect; may be empty.
    pub description: Text,
    /// The components it concerns; at least one.
    pub components: Vec<ComponentId>,
    /// When it begins: minute, hour, day of the month, month and day of the week, in the page's time zone.
    pub cron: String,
    /// How long it takes, in milliseconds.
    pub duration_ms: u64,
    /// Nothing begins before.
    pub from: Option<UnixMs>,
    /// Nothing begins after.
    pub until: Option<UnixMs>,
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

/// All that was seen, a piece after the other, so that millions never stand in memory: component after component, and of each in the order of
/// time. Nothing is told twice.
#[async_trait]
pub trait Looks: Send {
    /// The next few, at most [`crate::limits::LOOKS_AT_ONCE`]; none at the end.
    async fn next(&mut self) -> Result<Vec<Looked>, ImportError>;
}
