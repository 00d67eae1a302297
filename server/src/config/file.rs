//! The shape of a configuration file, and the words of its reference: the descriptions here are printed there.

use std::collections::BTreeMap;

use pharos_probe::HumanDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::archive::ArchiveSection;
use super::check::{CheckEntry, ReferenceEntry};
use super::further::FurtherEntry;
use super::hooks::HookEntry;
use super::page::PageSection;
use super::percent::{FinePercent, Percent};
use super::ping::PingSection;
use super::place::CopySection;
use super::sign_in::SignInSection;
use super::wording::Wording;

/// The configuration of a Pharos status page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Pharos configuration")]
pub struct FileConfig {
    /// What the page says of itself.
    pub page: PageSection,
    /// Targets that tell whether Pharos itself can see: when every check fails and all of these fail too, the fault
    /// is taken to be with Pharos, the components become unknown, and no incident is opened. Name two or three that
    /// do not depend on what is watched, such as the provider's resolver.
    #[serde(default)]
    pub reference: Vec<ReferenceEntry>,
    /// Other places from which checks may be looked at, each by a `pharos agent` that runs there. An agent opens connections to this
    /// page and takes none.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub vantages: Vec<VantageEntry>,
    /// Headings under which components stand, in the order of the page.
    #[serde(default)]
    pub groups: Vec<GroupEntry>,
    /// The parts of the service that the page tells about, in the order of the page. Others may be kept in the admin; they stand
    /// after these. An empty list leaves all to the admin.
    pub components: Vec<ComponentEntry>,
    /// Further pages, each with some of these components, at a path or a host of its own: for customers who are to see what they use. What
    /// concerns other components, and what names none, is told on the main page alone.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub pages: Vec<FurtherEntry>,
    /// Planned work. It is shown ahead, begins and ends by itself, and while it lasts the components it names are under
    /// maintenance: what their checks find opens no incident and counts in no uptime.
    #[serde(default)]
    pub maintenances: Vec<MaintenanceEntry>,
    /// How other systems report by webhook: Alertmanager, Grafana, and any program that signs what it sends. docs/hooks.md has examples.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub hooks: Vec<HookEntry>,
    /// How operators sign in beside a name and a password.
    pub sign_in: Option<SignInSection>,
    /// What is kept outside of the database, so that everything can be restored when that is gone.
    pub archive: Option<ArchiveSection>,
    /// Where to keep a copy of the page that needs no server: a web server or a network for content hands it out when no node answers. Name
    /// its address under `mirrors` of the page too, so that browsers find it by themselves.
    pub copy: Option<CopySection>,
    /// A sign of life that is sent elsewhere while all is well, so that somebody notices when it stops.
    pub ping: Option<PingSection>,
    /// The addresses or networks of the proxies in front of this page. They are believed when they say in `X-Forwarded-For`
    /// for whom they ask: then the bounds for one visitor, the throttling of sign-ins and the audit log go by that. A
    /// proxy must add to that header, and not pass on what others wrote there alone.
    #[serde(default)]
    #[schemars(example = &["127.0.0.1", "10.0.0.0/8"])]
    pub proxies: Vec<String>,
}

/// A place from which checks may be looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VantageEntry {
    /// Its identifier: a-z, 0-9 and `-`, at most 64 characters. `here` is this page's own servers and needs no entry.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"fra")]
    pub id: String,
    /// Its name, as visitors know it.
    #[schemars(example = &"Frankfurt")]
    pub name: Wording,
    /// The secret that its agent shows: 22 to 200 of A-Z, a-z, 0-9, `-` and `_`. Best kept in the environment. Whoever has it is
    /// told what to look at from there, with the credentials of those checks.
    #[schemars(regex(pattern = r"^([A-Za-z0-9_-]{22,200}|.*\$\{.*)$"), example = &"${FRA_TOKEN}")]
    pub token: String,
}

/// A heading over several components.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupEntry {
    /// Its identifier: a-z, 0-9 and `-`, at most 64 characters.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"core")]
    pub id: String,
    /// Its name, as visitors know it.
    #[schemars(example = &"Core services")]
    pub name: Wording,
}

/// A part of the service that the page tells about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentEntry {
    /// Its identifier: a-z, 0-9 and `-`, at most 64 characters. It is part of addresses, and the component's history
    /// belongs to it: a new identifier is a new component.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"api")]
    pub id: String,
    /// Its name, as visitors know it.
    #[schemars(example = &"Public API")]
    pub name: Wording,
    /// One sentence about it.
    #[schemars(example = &"What apps and partners talk to")]
    pub description: Option<Wording>,
    /// The identifier of the group it stands in. Without one it stands before all groups.
    #[schemars(example = &"core")]
    pub group: Option<String>,
    /// What is done when it fails.
    pub incidents: Option<IncidentSection>,
    /// The identifiers of the components that it needs to work. When one of them fails, what fails with it is told in one incident
    /// that names the root; an outage is told up to 30 s later for that, while what is needed is looked at once more.
    #[serde(default)]
    #[schemars(length(max = 20), example = &["database"])]
    pub depends_on: Vec<String>,
    /// What was promised of it.
    pub objective: Option<ObjectiveSection>,
    /// What it is made of, where it goes on when a part of it fails.
    pub redundancy: Option<RedundancySection>,
    /// Who sees from which places it is looked at, and how it is seen from each.
    pub seen_from: Option<SeenFromSection>,
    /// How it is watched. It is as bad as the worst of its checks says. With an empty list it is what operators state. May be
    /// left out where `redundancy` says how it is.
    #[schemars(length(max = 50))]
    pub checks: Option<Vec<CheckEntry>>,
}

/// Who sees how a component is seen from each place, where its checks have `vantages`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenFromSection {
    /// Who sees it.
    #[schemars(extend("default" = "public"))]
    pub visible_to: Option<AudienceWord>,
}

/// What was promised of a component: the page of failovers shows what of it is left.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveSection {
    /// What share of 30 days it is to be available, as its uptime is reckoned: below 100%.
    #[schemars(example = &"99.9%")]
    pub availability: FinePercent,
    /// Who sees it, and what is left of it.
    #[schemars(extend("default" = "public"))]
    pub visible_to: Option<AudienceWord>,
}

/// What a redundant component is made of. Its status follows from those of its members, and what is left to lose is told beside it:
/// a pair that failed over works, and has nothing left.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedundancySection {
    /// How many of its members it needs.
    pub policy: PolicyWord,
    /// How many must work, with the policy `quorum`, each counting as much as its weight.
    #[schemars(range(min = 1), example = &2)]
    pub quorum: Option<u32>,
    /// The identifiers of its members: other components, which may be redundant themselves, up to eight levels deep. They stand
    /// below it instead of on their own, and open no incidents unless they say so.
    #[schemars(length(min = 1, max = 50), example = &["db-a", "db-b"])]
    pub members: Vec<String>,
    /// How much members count in a quorum, where it is not 1; at most 1000.
    #[serde(default)]
    #[schemars(example = &BTreeMap::from([("db-a", 2)]))]
    pub weights: BTreeMap<String, u32>,
    /// What members do, with the policy `primary_standby`, where their checks do not say it. The checks `postgres`, `redis` and
    /// `mysql` ask for it; `http` and `health` read it where they are told to.
    #[serde(default)]
    #[schemars(example = &BTreeMap::from([("db-a", "primary")]))]
    pub roles: BTreeMap<String, MemberRoleWord>,
    /// How long the service may be without a primary while it moves; only after that is it out. At most 1h.
    #[schemars(extend("default" = "30s"))]
    pub switch_time: Option<HumanDuration>,
    /// Whether the component is degraded when nothing more may fail.
    #[schemars(extend("default" = true))]
    pub degraded_without: Option<bool>,
    /// What share of their failures members have in common: a power line, a release, a mistake. For the availability that is to be
    /// expected of them together, which the page of failovers shows.
    #[schemars(extend("default" = "5%"))]
    pub common_cause: Option<Percent>,
    /// What was promised. Each failover is held against it.
    pub objectives: Option<ObjectivesSection>,
    /// Who sees what roles its members have, what is left to lose, and its failovers. That the members are components of the page,
    /// and how they are, is public in any case.
    #[schemars(extend("default" = "public"))]
    pub visible_to: Option<AudienceWord>,
}

/// How many of its members a component needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyWord {
    /// All of them.
    All,
    /// Any of them.
    Any,
    /// As many as `quorum` says.
    Quorum,
    /// The one that is the primary; the others stand by.
    PrimaryStandby,
}

/// What a member does.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberRoleWord {
    /// It serves.
    Primary,
    /// It follows, ready to take over.
    Standby,
}

/// What was promised of recovery.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectivesSection {
    /// Within which time the service is good again after a failure; at most 7d.
    #[schemars(example = &"60s")]
    pub rto: Option<HumanDuration>,
    /// How much data may be lost by a failure, in time; at most 7d.
    #[schemars(example = &"5s")]
    pub rpo: Option<HumanDuration>,
}

/// Who sees something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudienceWord {
    /// Everybody.
    Public,
    /// Operators.
    Operators,
}

/// Planned work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceEntry {
    /// Its identifier: a-z, 0-9 and `-`, at most 96 characters. What is moved to another time keeps it.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,95}$"), example = &"database-upgrade")]
    pub id: String,
    /// What is done, in one line.
    #[schemars(example = &"Database upgrade")]
    pub title: Wording,
    /// What to expect of it.
    #[schemars(example = &"Orders cannot be placed for a few minutes")]
    pub description: Option<Wording>,
    /// The identifiers of the components it concerns.
    #[schemars(length(min = 1), example = &["api"])]
    pub components: Vec<String>,
    /// When it begins: a date and a time, in the page's time zone where none is given.
    #[schemars(example = &"2026-12-01 22:00")]
    pub starts: String,
    /// When it ends.
    #[schemars(example = &"2026-12-01T23:30:00+01:00")]
    pub ends: String,
}

/// What is done when a component fails.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentSection {
    /// Whether an incident is opened when an outage is confirmed.
    #[schemars(extend("default" = "publish"))]
    pub auto: Option<AutoWord>,
    /// How long the component must stay well until its incident is resolved; at most 24h.
    #[schemars(extend("default" = "5m"))]
    pub resolve_after: Option<HumanDuration>,
}

/// Whether incidents are opened without a person.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutoWord {
    /// An incident is opened and shown at once.
    Publish,
    /// No incident is opened.
    Off,
}
