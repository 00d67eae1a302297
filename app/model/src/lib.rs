//! The public vocabulary of Pharos and its rules: what a visitor may see, and the one reducer that changes it.
//!
//! Nothing here performs I/O or reads a clock, and everything compiles to WebAssembly: the browser and the
//! server fold the same [`Event`]s into the same [`Snapshot`]. Types in this crate are public by definition:
//! no address, header, error text or credential of a check has a place in them.

// What the browser's half never draws is no part of it.
#[cfg(not(target_family = "wasm"))]
mod announcement;
#[cfg(not(target_family = "wasm"))]
mod budget;
#[cfg(not(target_family = "wasm"))]
mod code;
mod component;
mod day;
#[cfg(not(target_family = "wasm"))]
pub mod drill;
mod event;
#[cfg(not(target_family = "wasm"))]
mod expected;
#[cfg(not(target_family = "wasm"))]
pub mod failover;
#[cfg(not(target_family = "wasm"))]
mod further;
mod id;
mod incident;
pub mod limits;
#[cfg(not(target_family = "wasm"))]
mod maintenance;
mod page;
mod prose;
mod pulse;
#[cfg(not(target_family = "wasm"))]
mod redundancy;
mod snapshot;
mod span;
mod stated;
mod status;
mod text;
mod time;
mod uptime;

#[cfg(not(target_family = "wasm"))]
pub use announcement::Announcement;
#[cfg(not(target_family = "wasm"))]
pub use budget::{BUDGET_DAYS, ErrorBudget};
#[cfg(not(target_family = "wasm"))]
pub use code::{code, is_code};
pub use component::{Component, ComponentDefinition, Group};
pub use day::{CivilDate, Day, DayTally};
#[cfg(not(target_family = "wasm"))]
pub use drill::Drill;
pub use event::{Change, Event};
#[cfg(not(target_family = "wasm"))]
pub use expected::Expected;
#[cfg(not(target_family = "wasm"))]
pub use failover::{Between, Failover, FailoverKind, Observed};
#[cfg(not(target_family = "wasm"))]
pub use further::{Before, FurtherPage, PageView, Told};
pub use id::{AnnouncementId, ComponentId, GroupId, IdError, IncidentId, MaintenanceId, Origin, PageId};
pub use incident::{Affected, Incident, IncidentSource, IncidentUpdate, Transition};
#[cfg(not(target_family = "wasm"))]
pub use maintenance::{Maintenance, MaintenanceSource, MaintenanceStatus, MaintenanceUpdate};
pub use page::{Link, Page, PageDefinition, Presentation};
pub use prose::Prose;
pub use pulse::{Pulse, PulseRow};
#[cfg(not(target_family = "wasm"))]
pub use redundancy::{Bare, Member, Policy, Redundancy, RedundancyState, Role};
pub use snapshot::{ApplyError, Snapshot};
pub use span::Span;
pub use stated::Stated;
pub use status::{Impact, IncidentStatus, Indicator, Status};
pub use text::Text;
pub use time::UnixMs;
pub use uptime::{DayColour, Tally, Uptime, UptimeWeights};
