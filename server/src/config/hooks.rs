//! Hooks, as a file describes them: who reports by webhook, and what that means.

use std::collections::BTreeMap;

use pharos_probe::HumanDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::hooks::KINDS;

/// A way in for other systems that report by webhook, at `/hooks/ID` below the address of this page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookEntry {
    /// Its identifier, as in its address: a-z, 0-9 and `-`, at most 64 characters.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"), example = &"alertmanager")]
    pub id: String,
    /// What reports by it: Alertmanager of Prometheus, Grafana by a contact point of the kind webhook, or any program that signs what it
    /// sends after Standard Webhooks.
    #[schemars(extend("enum" = KINDS.map(|kind| kind.word)))]
    pub kind: String,
    /// The secret that Alertmanager or Grafana shows, as a bearer token, as the password of basic authentication, or at the end of the
    /// address: 22 to 200 of A-Z, a-z, 0-9, `-` and `_`. Best kept in the environment.
    #[schemars(regex(pattern = r"^([A-Za-z0-9_-]{22,200}|.*\$\{.*)$"), example = &"${ALERTMANAGER_TOKEN}")]
    pub token: Option<String>,
    /// The secrets with one of which a `signed` sender signs after Standard Webhooks: `whsec_` and at least 16 bytes in base64. Several
    /// let one be changed for another without a gap.
    #[serde(default)]
    #[schemars(length(max = 10), example = &["${SHOP_WEBHOOK_SECRET}"])]
    pub secrets: Vec<String>,
    /// What names an alert of a `signed` sender: a text with fields of what it sends. What it says of one name is about one alert.
    #[schemars(example = &"{{data.id}}")]
    pub alert: Option<String>,
    /// How long what was said last of an alert counts, 1m to 30d. Let it be longer than two of the sender's repetitions
    /// (`repeat_interval`).
    #[schemars(extend("default" = "12h"))]
    pub expires_after: Option<HumanDuration>,
    /// What alerts mean. The first rule that an alert meets counts; one that meets none means nothing.
    #[schemars(length(min = 1, max = 200))]
    pub rules: Vec<HookRuleEntry>,
}

/// What some alerts mean: `state` of `components`, an `incident`, both, or nothing (`ignore`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookRuleEntry {
    /// Which alerts: fields by their names, with what their texts must be; `*` stands for anything. Without it, all alerts. Fields are
    /// `labels.…`, `annotations.…` and others of the group; of a `signed` sender, whatever stands in the body, as `data.service`.
    #[serde(default)]
    #[schemars(example = &BTreeMap::from([("labels.severity", "critical")]))]
    pub when: BTreeMap<String, String>,
    /// Of a `signed` sender, when an alert is over: fields that must be so besides those of `when`. The others say it themselves.
    #[serde(default)]
    #[schemars(example = &BTreeMap::from([("type", "queue.fine")]))]
    pub over_when: BTreeMap<String, String>,
    /// The identifiers of the components it concerns. A field may stand in one, as `{{labels.service}}`: of what that gives, components
    /// that the page has are taken, and others are passed over.
    #[serde(default)]
    #[schemars(length(max = 20), example = &["{{labels.service}}"])]
    pub components: Vec<String>,
    /// How they are while the alert fires. With `operational` it is the other way round: an alert that always fires, such as the watchdog
    /// of Prometheus, says that all is well for as long as it comes.
    pub state: Option<HookStateWord>,
    /// What readers are told. The alerts of one group share an incident.
    pub incident: Option<HookIncidentSection>,
    /// Whether such alerts mean nothing, and meet no later rule.
    #[serde(default)]
    pub ignore: bool,
}

/// How components are while an alert fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookStateWord {
    /// They work, and this says so.
    Operational,
    /// They work, but slower or with less than they should.
    DegradedPerformance,
    /// Some of it does not work.
    PartialOutage,
    /// None of it works.
    MajorOutage,
}

/// What readers are told of a group of alerts. Fields may stand in the texts, as `{{annotations.summary}}`: what a sender writes there is
/// shown as it is, in one line, and is no Markdown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookIncidentSection {
    /// One line.
    #[schemars(example = &"{{labels.service}} does not answer")]
    pub title: String,
    /// What is said while it fires, in Markdown.
    #[schemars(example = &"{{annotations.summary}} We are looking into it.")]
    pub message: String,
    /// What is said once it is over, in Markdown. Without it, readers are told so in their own language.
    #[schemars(example = &"It is mended.")]
    pub resolved: Option<String>,
    /// How much it hurts. Without it, that follows from `state`.
    pub impact: Option<HookImpactWord>,
}

/// How much an incident hurts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookImpactWord {
    /// Nothing a user notices.
    None,
    /// Something is slower or partly missing.
    Minor,
    /// Something does not work.
    Major,
    /// Everything that matters does not work.
    Critical,
}
