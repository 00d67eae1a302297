//! From what a hook was told to what the core is told: each alert by the first rule that it meets.

use std::collections::BTreeMap;

use pharos_engine::alerts::{Alert, Claim, Delivery};
use pharos_model::{ComponentId, Status, UnixMs};
use serde::Serialize;

use super::{End, Hook, Reading, Rule, Told, Unread};
use crate::limits::{HOOK_AHEAD_MS, HOOK_NAME_CHARS_MAX};

/// What became of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What it is called.
    pub alert: String,
    /// Whether it is over.
    pub over: bool,
    /// Which rule it met, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
    /// What came of that.
    pub met: Met,
    /// The components it speaks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentId>,
    /// How they are while it fires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The title of the incident of its group, if it opens one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// What the rule calls components and is none that the page has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// What came of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It means what its rule says.
    Rule,
    /// Its rule says that it means nothing.
    Ignored,
    /// It met no rule.
    Nothing,
    /// Its rule names no component that the page has.
    NoComponent,
}

impl Met {
    /// Its word in figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Ignored => "ignored",
            Self::Nothing => "nothing",
            Self::NoComponent => "no_component",
        }
    }

    /// The same for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Rule => "met a rule",
            Self::Ignored => "ignored by a rule",
            Self::Nothing => "met no rule",
            Self::NoComponent => "of no component of the page",
        }
    }
}

/// What a body came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What the core is told.
    pub delivery: Delivery,
    /// What became of each alert.
    pub outcomes: Vec<Outcome>,
    /// How many alerts its sender says that it left out.
    pub left_out: u64,
}

impl Taken {
    /// How many alerts came to what.
    pub fn counts(&self) -> BTreeMap<Met, u64> {
        let mut counts = BTreeMap::new();
        for outcome in &self.outcomes {
            *counts.entry(outcome.met).or_default() += 1;
        }
        counts
    }
}

/// Reads what a hook was told by its rules. `sent_at` is when that was said; `is_known` tells which components the page has.
///
/// # Errors
/// When an alert that means something has no name.
pub fn take(
    hook: &Hook,
    reading: &Reading,
    sent_at: UnixMs,
    is_known: &dyn Fn(&ComponentId) -> bool,
) -> Result<Taken, Unread> {
    let delivery = Delivery { hook: hook.name.clone(), alerts: Vec::new() };
    let mut taken = Taken { delivery, outcomes: Vec::new(), left_out: reading.left_out };
    for told in &reading.alerts {
        let (alert, outcome) = meet(hook, told, sent_at, is_known);
        if alert.name.is_empty() && alert.claim.is_some() {
            return Err(Unread::shape("this sender", "what `alert` of this hook names is not in it"));
        }
        // What fires and means nothing is let go where it was held; what is over ends what was held, whatever it means now.
        if !alert.name.is_empty() {
            taken.delivery.alerts.push(alert);
        }
        taken.outcomes.push(outcome);
    }
    Ok(taken)
}

fn meet(
    hook: &Hook,
    told: &Told,
    sent_at: UnixMs,
    is_known: &dyn Fn(&ComponentId) -> bool,
) -> (Alert, Outcome) {
    let naming = || hook.naming.as_ref().map(|naming| naming.filled(&told.fields, HOOK_NAME_CHARS_MAX));
    let name = told.name.clone().or_else(naming).unwrap_or_default();
    let group = if told.group.is_empty() { &name } else { &told.group };
    let found = hook.rules.iter().enumerate().find(|(_, rule)| rule.fits(&told.fields));
    let rule = found.map(|(_, rule)| rule);
    let as_of = told.as_of.unwrap_or(sent_at);
    // A clock that is far ahead must not outweigh all that is said later.
    let as_of = if as_of > sent_at.plus_ms(HOOK_AHEAD_MS) { sent_at } else { as_of };
    let over = match told.end {
        End::At(ended) => Some(ended),
        End::Sometime => Some(sent_at),
        End::Unsaid => rule.filter(|rule| rule.is_over(&told.fields)).map(|_| as_of),
    };
    let (claim, mut outcome) = claim(rule, told, group, is_known);
    outcome.alert.clone_from(&name);
    outcome.over = over.is_some();
    outcome.rule = found.map(|(index, _)| index + 1);
    let alert = Alert { name, as_of, ended_at: over, counts_ms: hook.counts_ms, claim };
    (alert, outcome)
}

fn claim(
    rule: Option<&Rule>,
    told: &Told,
    group: &str,
    is_known: &dyn Fn(&ComponentId) -> bool,
) -> (Option<Claim>, Outcome) {
    let mut outcome = Outcome {
        alert: String::new(),
        over: false,
        rule: None,
        met: Met::Nothing,
        components: Vec::new(),
        status: None,
        incident: None,
        unknown: Vec::new(),
    };
    let Some(rule) = rule else { return (None, outcome) };
    let Some(meaning) = &rule.meaning else {
        outcome.met = Met::Ignored;
        return (None, outcome);
    };
    let (components, unknown) = meaning.named(&told.fields, is_known);
    outcome.unknown = unknown;
    let words = meaning.said.as_ref().and_then(|said| said.words(&told.fields, group).ok());
    if components.is_empty() && words.is_none() {
        outcome.met = Met::NoComponent;
        return (None, outcome);
    }
    outcome.met = Met::Rule;
    outcome.components.clone_from(&components);
    outcome.status = meaning.status;
    outcome.incident = words.as_ref().map(|words| words.title.plain().to_owned());
    (Some(Claim { components, status: meaning.status, words: words.map(Box::new) }), outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Surroundings, parse};
    use crate::hooks::Hooks;

    const NOW: UnixMs = UnixMs(1_795_781_400_000);

    fn hooks() -> Hooks {
        let yaml = r#"
page: { name: Example }
components:
  - { id: api, name: API, checks: [] }
  - { id: web, name: Web, checks: [] }
hooks:
  - id: alerts
    kind: alertmanager
    token: q8ZkW2vLxT0nB5rYc7HdJm4s
    rules:
      - when: { labels.severity: none }
        ignore: true
      - when: { labels.severity: page }
        components: ["{{labels.service}}"]
        state: major_outage
        incident: { title: "{{labels.service}} is down", message: "{{annotations.summary}}", impact: major }
      - components: ["{{labels.service}}", web]
        when: { labels.severity: "warn*" }
        state: degraded_performance
      - { when: { labels.severity: log }, components: ["{{labels.service}}"], state: degraded_performance }
  - id: shop
    kind: signed
    secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    alert: "{{data.id}}"
    rules:
      - when: { type: "queue.*" }
        over_when: { type: queue.fine }
        components: [api]
        state: partial_outage
"#;
        let files = |_: &str, _: usize| Ok(Vec::new());
        parse(yaml, "pharos.yaml", &Surroundings { environment: &|_| None, files: &files }).unwrap().hooks
    }

    fn taken(hook: &str, body: &serde_json::Value) -> Taken {
        let hooks = hooks();
        let hook = hooks.find(hook).unwrap();
        let reading = (hook.kind.read)(body.to_string().as_bytes()).unwrap();
        take(hook, &reading, NOW, &|id| ["api", "web"].contains(&id.as_str())).unwrap()
    }

    fn alert(severity: &str, service: &str) -> serde_json::Value {
        serde_json::json!({
            "status": "firing", "labels": { "severity": severity, "service": service },
            "annotations": { "summary": "*Down*" }, "startsAt": "2026-11-27T12:00:00Z", "fingerprint": "f1",
        })
    }

    #[test]
    fn an_alert_means_what_the_first_rule_says_that_it_meets() {
        let body = serde_json::json!({ "groupKey": "g", "alerts": [
            alert("none", "api"), alert("page", "api"), alert("warning", "db"), alert("warning", "web"), alert("info", "api"),
        ] });
        let taken = taken("alerts", &body);
        let met: Vec<(Option<usize>, Met)> =
            taken.outcomes.iter().map(|outcome| (outcome.rule, outcome.met)).collect();
        assert_eq!(
            met,
            [
                (Some(1), Met::Ignored),
                (Some(2), Met::Rule),
                (Some(3), Met::Rule),
                (Some(3), Met::Rule),
                (None, Met::Nothing)
            ]
        );
        assert_eq!(taken.outcomes[2].unknown, ["db"]);
        assert_eq!(taken.outcomes[2].components, taken.outcomes[3].components);
        let claim = taken.delivery.alerts[1].claim.as_ref().unwrap();
        let words = claim.words.as_ref().unwrap();
        assert_eq!(words.title.plain(), "api is down");
        assert_eq!(words.body.html.plain(), "<p>*Down*</p>\n", "what a sender writes is no Markdown");
    }

    #[test]
    fn a_rule_that_names_no_component_of_the_page_says_so() {
        let body = serde_json::json!({ "alerts": [alert("page", "db"), alert("log", "db")] });
        let taken = taken("alerts", &body);
        assert_eq!(taken.outcomes[0].met, Met::Rule, "it has something to say all the same");
        assert_eq!((taken.outcomes[1].met, &*taken.outcomes[1].unknown[0]), (Met::NoComponent, "db"));
        assert_eq!(taken.delivery.alerts[1].claim, None);
    }

    #[test]
    fn a_signed_body_is_named_and_over_as_its_hook_says() {
        let body = |of: &str| serde_json::json!({ "type": of, "timestamp": "2026-11-27T12:00:00Z", "data": { "id": 7 } });
        let (slow, fine) = (taken("shop", &body("queue.slow")), taken("shop", &body("queue.fine")));
        assert_eq!((slow.outcomes[0].over, fine.outcomes[0].over), (false, true));
        let (slow, fine) = (&slow.delivery.alerts[0], &fine.delivery.alerts[0]);
        assert_eq!((slow.name.as_str(), fine.name.as_str()), ("7", "7"));
        assert_eq!(fine.ended_at, Some(UnixMs(1_795_780_800_000)));
    }

    #[test]
    fn a_clock_that_is_far_ahead_is_not_believed() {
        let mut body = serde_json::json!({ "alerts": [alert("page", "api")] });
        body["alerts"][0]["startsAt"] = "2099-01-01T00:00:00Z".into();
        assert_eq!(taken("alerts", &body).delivery.alerts[0].as_of, NOW);
    }
}
