//! What the operator says of the page as a whole.

use serde::{Deserialize, Serialize};

use crate::{ComponentDefinition, Group, UptimeWeights};

/// The page's own words and rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Whose page it is.
    pub name: String,
    /// One sentence under the name; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// A line that says what must not be mistaken, such as that the history is made up; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// The name of the time zone in which its days begin, as in `Europe/Berlin`.
    pub time_zone: String,
    /// How uptime is reckoned.
    pub weights: UptimeWeights,
}

/// The page with everything that stands on it, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageDefinition {
    /// The page.
    pub page: Page,
    /// Its groups, in the order in which they are shown.
    pub groups: Vec<Group>,
    /// Its components, in the order in which they are shown.
    pub components: Vec<ComponentDefinition>,
}
