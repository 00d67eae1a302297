//! Further pages, as the file says them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::page::{LinksSection, ThemeSection};
use super::wording::Wording;

/// A further page: some of the components, at an address of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FurtherEntry {
    /// Its identifier: a-z, 0-9 and `-`, at most 64 characters.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"partners")]
    pub id: String,
    /// The path of the main page below which it is. Either this or `host`.
    #[schemars(example = &"/partners")]
    pub path: Option<String>,
    /// The name of the host that it has to itself, where the process is asked by that name. A proxy in front must pass it on as `Host`.
    #[schemars(example = &"partners.example.com")]
    pub host: Option<String>,
    /// Its name, as visitors know it.
    #[schemars(example = &"Example for partners")]
    pub name: Wording,
    /// One sentence under the name; without it that of the main page.
    pub description: Option<Wording>,
    /// A line shown above everything else; without it that of the main page.
    pub notice: Option<Wording>,
    /// What it shows, in the order of the main page: components by their identifiers, and every component of a group as `group:` and
    /// the identifier of that. The members of a redundant component come with it; those that are kept in the admin, with their group.
    #[schemars(length(min = 1), example = &["api", "group:core"])]
    pub components: Vec<String>,
    /// How it looks, in place of all that the main page says of that.
    pub theme: Option<ThemeSection>,
    /// Links beside those of the page itself, in place of those of the main page.
    pub links: Option<LinksSection>,
}
