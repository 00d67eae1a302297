//! What the operator says of the page as a whole.

use serde::{Deserialize, Serialize};

use crate::{ComponentDefinition, Group, Text, UptimeWeights};

/// The page's own words and rules. The browser's half has what it draws alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Whose page it is.
    pub name: Text,
    /// One sentence under the name; empty when there is none.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub description: Text,
    /// A line that says what must not be mistaken, such as that the history is made up; empty when there is none.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub notice: Text,
    /// The language of the pages at addresses without one, as in `de`; empty is English.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// How the page is presented. The browser's half has no use for it and does not read it.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Presentation::is_plain")]
    pub presentation: Box<Presentation>,
    /// The name of the time zone in which its days begin, as in `Europe/Berlin`.
    #[cfg(not(target_family = "wasm"))]
    pub time_zone: String,
    /// How uptime is reckoned.
    pub weights: UptimeWeights,
}

/// How the page looks and where else it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Presentation {
    /// Where the public finds the page, as in `https://status.example.com`, without a slash at the end; empty when
    /// nobody said so.
    pub url: String,
    /// The path under which all of the page is, as in `/status`, without a slash at the end; empty where it has its host to
    /// itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub base_path: String,
    /// The accent colour on light grounds, as in `#0a6077`; empty for ours.
    pub accent: String,
    /// The accent colour on dark grounds; empty for ours.
    pub accent_dark: String,
    /// The name under which the logo is served, which changes with its content; empty when there is none.
    pub logo: String,
    /// The name of the logo for dark grounds; empty when the other serves on both.
    pub logo_dark: String,
    /// The name under which the operator's own style sheet is served; empty when there is none.
    pub stylesheet: String,
    /// Links at the top, beside ours.
    pub header_links: Vec<Link>,
    /// Links at the bottom.
    pub footer_links: Vec<Link>,
    /// Other addresses of the same page, in the order in which they are tried when this one does not answer.
    pub mirrors: Vec<String>,
    /// Whether the API of Statuspage says of the whole page exactly what Statuspage would, open incidents or not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_banner_exact: bool,
    /// Whether models find no door here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_mcp_off: bool,
    /// Whom to tell of weaknesses: an address that begins with `https://` or `mailto:`; empty when nobody said so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub security_contact: String,
}

impl Presentation {
    /// Whether nothing of it was chosen.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Where the public finds the first page, without a slash at the end; empty when nobody said so.
    pub fn address(&self) -> String {
        if self.url.is_empty() { String::new() } else { [&*self.url, &*self.base_path].concat() }
    }
}

/// A link of the operator's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it says.
    pub text: Text,
    /// Where it leads: an address that begins with `https://`, `http://`, `mailto:` or a slash.
    pub url: String,
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
