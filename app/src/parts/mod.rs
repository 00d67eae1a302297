//! The parts of pages. Each is drawn from data of its own, on the server and in the browser alike.

pub mod banner;
pub mod bars;
pub mod component_head;
pub mod component_row;
pub mod day_tip;
pub mod icon;
pub mod incident;
pub mod past_days;
pub mod time;
pub mod timeline;

#[cfg(feature = "ssr")]
pub mod announcements;
#[cfg(feature = "ssr")]
pub mod budget;
#[cfg(feature = "ssr")]
pub mod chart;
#[cfg(feature = "ssr")]
pub mod copied;
#[cfg(feature = "ssr")]
pub mod day_strip;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod kin;
#[cfg(feature = "ssr")]
pub mod legend;
#[cfg(feature = "ssr")]
pub mod maintenance;
#[cfg(feature = "ssr")]
pub mod redundancy;
#[cfg(feature = "ssr")]
pub mod seen_from;
#[cfg(feature = "ssr")]
pub mod theme_switch;

use pharos_model::{ComponentId, IncidentId};

use crate::words::Words;

/// How the addresses of incidents begin.
pub const INCIDENTS: &str = "/incidents/";

/// How the addresses of components begin.
pub const COMPONENTS: &str = "/components/";

/// Where a component's own page is.
pub fn component_address(id: &ComponentId, words: Words) -> String {
    words.address(&component_path(id))
}

/// Where an incident's own page is.
pub fn incident_address(id: &IncidentId, words: Words) -> String {
    words.address(&incident_path(id))
}

/// Where a component's days stand as a table.
pub fn days_address(id: &ComponentId, words: Words) -> String {
    [&*component_address(id, words), "/days"].concat()
}

/// The same without a language.
pub fn component_path(id: &ComponentId) -> String {
    [COMPONENTS, id.as_str()].concat()
}

/// The same without a language.
pub fn incident_path(id: &IncidentId) -> String {
    [INCIDENTS, id.as_str()].concat()
}
