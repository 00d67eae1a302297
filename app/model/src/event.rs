//! Events: what the journal says to the public, one change at a time.

use serde::{Deserialize, Serialize};

#[cfg(not(target_family = "wasm"))]
use crate::{Announcement, Drill, Failover, Maintenance, PageDefinition, Redundancy, Stated};
use crate::{ComponentId, Day, Impact, Incident, IncidentId, IncidentUpdate, Status, UnixMs};

/// One public entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the journal. Not every place is public: numbers may be skipped.
    pub seq: u64,
    /// The place of the public entry before it, so that a reader sees a gap.
    pub after: u64,
    /// When it was decided. Never earlier than the entry before it.
    pub at: UnixMs,
    /// What changes.
    pub change: Change,
}

/// What changes. Externally tagged: an internal tag would cost the browser's half several kilobytes.
///
/// The browser's half knows those that come often. When it hears another it asks for everything anew, which costs a little
/// where it is rare and nothing in every page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    #[cfg(not(target_family = "wasm"))]
    /// The page is laid out like this now. New components start as unknown; missing ones leave.
    Configured(PageDefinition),
    /// A day begins in the page's time zone.
    DayBegan(Day),
    /// A component's status changed, back-dated to the first observation that showed it.
    StatusChanged {
        /// Which.
        component: ComponentId,
        /// Its status from `from` on.
        status: Status,
        /// Since when. At or before the event's own time.
        from: UnixMs,
    },
    #[cfg(not(target_family = "wasm"))]
    /// Nobody watched in `[from, until)`: all components are unknown from `from` until they are seen again.
    Unwatched {
        /// When watching ended.
        from: UnixMs,
        /// When it began again.
        until: UnixMs,
    },
    /// An incident opened.
    IncidentOpened(Incident),
    /// Something was said about an incident.
    IncidentUpdated {
        /// Which.
        id: IncidentId,
        /// What was said.
        update: IncidentUpdate,
        /// The worst it has been, this update included.
        impact: Impact,
    },
    #[cfg(not(target_family = "wasm"))]
    /// An incident is another now: all that is known of it. Opens it where nobody knew of it.
    IncidentChanged(Box<Incident>),
    #[cfg(not(target_family = "wasm"))]
    /// An incident is told of no more.
    IncidentHidden {
        /// Which.
        id: IncidentId,
    },
    #[cfg(not(target_family = "wasm"))]
    /// Operators state a component's status, or do so no more. Follows the change of the status itself, if it changes.
    Stated {
        /// Which component.
        component: ComponentId,
        /// What is stated; `None` when its checks count again.
        stated: Option<Box<Stated>>,
        /// Since when. At or before the event's own time.
        from: UnixMs,
    },
    #[cfg(not(target_family = "wasm"))]
    /// A component's redundancy is another now, or it is redundant no more.
    RedundancyChanged {
        /// Which component.
        component: ComponentId,
        /// What there is to tell of it now.
        redundancy: Option<Box<Redundancy>>,
    },
    #[cfg(not(target_family = "wasm"))]
    /// A failover began, went on or is over: all that is known of it.
    FailoverChanged(Box<Failover>),
    #[cfg(not(target_family = "wasm"))]
    /// Pharos restored its own archive on trial.
    DrillHeld(Box<Drill>),
    #[cfg(target_family = "wasm")]
    /// Something changed that stands beside the living parts, and that the browser's half has no use for but to know of.
    #[serde(rename = "redundancy_changed", alias = "failover_changed")]
    Beside,
    #[cfg(not(target_family = "wasm"))]
    /// An announcement is made, or is another now: all that is known of it.
    AnnouncementChanged(Box<Announcement>),
    #[cfg(not(target_family = "wasm"))]
    /// Maintenance was announced, or is another now: all that is known of it.
    MaintenanceChanged(Box<Maintenance>),
    /// Nothing changed up to here: figures may be reckoned up to this moment.
    Checkpoint,
}

#[cfg(not(target_family = "wasm"))]
impl Change {
    /// Whether it takes the place of something that was said before, which is then told to nobody any more.
    pub fn rewrites(&self) -> bool {
        matches!(
            self,
            Self::IncidentHidden { .. }
                | Self::IncidentChanged(_)
                | Self::AnnouncementChanged(_)
                | Self::MaintenanceChanged(_)
        )
    }

    /// Whether it changes what stands on the page beside its living parts, so that an open page must be loaded anew.
    pub fn lays_out(&self) -> bool {
        matches!(self, Self::Configured(_) | Self::MaintenanceChanged(_) | Self::AnnouncementChanged(_))
    }
}
