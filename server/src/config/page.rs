//! What a configuration file says of the page itself. The descriptions are printed in the reference.

use schemars::JsonSchema;
use serde::Deserialize;

use super::percent::Percent;
use super::wording::Wording;

/// What the page says of itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageSection {
    /// Whose page it is, as visitors know it. Like every text for visitors it may be given in several languages, under
    /// their tags: that of the page's own language must be among them.
    #[schemars(example = &"Example")]
    pub name: Wording,
    /// One sentence under the name.
    #[schemars(example = &"How the services of Example are doing")]
    pub description: Option<Wording>,
    /// A line shown above everything else, for what must not be mistaken, such as that this is a test.
    #[schemars(example = &"This is the page of our staging system")]
    pub notice: Option<Wording>,
    /// Where the public finds the page: scheme and host. Search engines, previews on social networks and embedding sites
    /// are told this address.
    #[schemars(example = &"https://status.example.com")]
    pub url: Option<String>,
    /// The path of its host below which all of the page is, where others share that host. A proxy in front must pass addresses on with it.
    #[schemars(example = &"/status")]
    pub base_path: Option<String>,
    /// The page's own language, in which it speaks at addresses without one. Visitors who read another of its languages
    /// are led to that.
    #[schemars(extend("default" = "en"), example = &"de")]
    pub language: Option<String>,
    /// How the page looks.
    pub theme: Option<ThemeSection>,
    /// Links beside those of the page itself.
    pub links: Option<LinksSection>,
    /// Other addresses of the same page, such as that of another node or of a static copy: scheme and host, with the page below the
    /// same path. Browsers try them in this order when the page does not answer. Each is trusted like the page: name none that others run.
    #[serde(default)]
    #[schemars(example = &["https://status.example.net"])]
    pub mirrors: Vec<String>,
    /// What programs are told that read the page.
    pub wires: Option<WiresSection>,
    /// The time zone in which the days of the page begin, by its IANA name.
    #[schemars(extend("default" = "UTC"), example = &"Europe/Berlin")]
    pub time_zone: Option<String>,
    /// How uptime is reckoned. A major outage always counts in full, degraded performance never counts.
    pub uptime: Option<UptimeSection>,
}

/// What programs are told that read the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WiresSection {
    /// What the API of Statuspage says of the whole page. `honest` never says less than an open incident; `statuspage` goes by the
    /// states of the components alone, as Statuspage does.
    #[schemars(extend("default" = "honest"))]
    pub banner: Option<BannerWord>,
    /// Whether models may ask at `/mcp` what everybody may see, and operators' programs act there with a token.
    #[schemars(extend("default" = true))]
    pub mcp: Option<bool>,
    /// Whom to tell of weaknesses, as it is said in `/.well-known/security.txt`. Without it there is no such document.
    #[schemars(example = &"mailto:security@example.com")]
    pub security_contact: Option<String>,
}

/// What the API of Statuspage says of the whole page.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum BannerWord {
    /// Never less than an open incident.
    Honest,
    /// By the states of the components alone.
    Statuspage,
}

/// How the page looks. Files are named by their paths from the folder of this file, and read with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThemeSection {
    /// The colour of links on light grounds; one that could not be read there is refused.
    #[schemars(example = &"#0a6077")]
    pub accent: Option<String>,
    /// The colour of links on dark grounds. Without it `accent` is made as light as it must be.
    #[schemars(example = &"#72c8dc")]
    pub accent_dark: Option<String>,
    /// A picture that stands in place of the name at the top: SVG, PNG or WebP, at most 256 KiB.
    #[schemars(example = &"logo.svg")]
    pub logo: Option<String>,
    /// The same for dark grounds; without it `logo` stands there too.
    #[schemars(example = &"logo-dark.svg")]
    pub logo_dark: Option<String>,
    /// A style sheet that comes after that of the page, at most 64 KiB. It can load nothing from elsewhere.
    #[schemars(example = &"status.css")]
    pub stylesheet: Option<String>,
}

/// Links beside those of the page itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinksSection {
    /// Links at the top.
    #[serde(default)]
    pub header: Vec<LinkEntry>,
    /// Links at the bottom.
    #[serde(default)]
    pub footer: Vec<LinkEntry>,
}

/// A link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkEntry {
    /// What it says.
    #[schemars(example = &"Support")]
    pub text: Wording,
    /// Where it leads.
    #[schemars(example = &"https://www.example.com/support")]
    pub url: String,
}

/// How uptime is reckoned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UptimeSection {
    /// How much of a partial outage counts as time lost.
    #[schemars(extend("default" = "30%"))]
    pub partial_outage_weight: Option<Percent>,
    /// The share of time that must have been watched; below it a figure is greyed and no day is green.
    #[schemars(extend("default" = "95%"))]
    pub coverage_floor: Option<Percent>,
}
