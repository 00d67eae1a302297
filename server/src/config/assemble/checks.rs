//! Checks: one kind each, names used once, and what runs them.

use std::collections::BTreeMap;

use pharos_engine::{Check, CheckId, Source};
use pharos_model::{ComponentId, Status};

use super::super::check::{CheckEntry, Described, FailureWord, PROBE_KINDS, ReferenceEntry};
use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{CHECKS_PER_COMPONENT_MAX, CONFIRMATIONS_DEFAULT, REFERENCES_MAX};
use super::super::loaded::Probe;
use super::super::snippet::Place;
use super::Assembly;
use crate::vantage::Task;

/// Names the checks of reference targets; no identifier of a component looks like it.
const REFERENCE_OWNER: &str = "@reference";

impl Assembly {
    /// Takes the checks of one component, which stands at `at`.
    pub fn checks(&mut self, entries: &[CheckEntry], component: &ComponentId, at: At<'_>) {
        let at_checks = at.key("checks");
        if entries.len() > CHECKS_PER_COMPONENT_MAX {
            self.findings.push(
                Finding::new(
                    at_checks.key_place(),
                    format!("the component `{component}` has {} checks", entries.len()),
                )
                .hint(format!("use at most {CHECKS_PER_COMPONENT_MAX}; split the component")),
            );
        }
        let mut seen = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            self.check(entry, component, &mut seen, at_checks.item(index));
        }
    }

    fn check(
        &mut self,
        entry: &CheckEntry,
        component: &ComponentId,
        seen: &mut BTreeMap<String, Place>,
        at: At<'_>,
    ) {
        let probes = entry.probes();
        let mut kinds: Vec<&'static str> = probes.iter().map(|probe| probe.kind).collect();
        kinds.extend(entry.push.as_ref().map(|_| "push"));
        let all: Vec<&'static str> = PROBE_KINDS.iter().copied().chain(["push"]).collect();
        let Some(kind) = self.one_kind(&kinds, &all, at) else { return };
        let name = self.check_name(entry.name.as_deref(), kind, at);
        let id = CheckId(format!("{component}/{name}"));
        let place = at.find("name").unwrap_or(at.key(kind)).key_place();
        if let Some(first) = seen.get(&name) {
            self.findings.push(
                Finding::new(place, format!("two checks of `{component}` are called `{name}`"))
                    .related(*first, "the first is here")
                    .hint("give one of them another `name`"),
            );
            return;
        }
        seen.insert(name, place);
        let (source, timeout_ms) = if let Some(push) = &entry.push {
            (self.heartbeat(push, entry, &id, at), None)
        } else {
            let (interval_ms, timeout_ms) = self.timing(entry.interval, entry.timeout, at);
            (Source::Probe { interval_ms, timeout_ms }, Some(timeout_ms))
        };
        for described in probes {
            self.probe(described, &id, timeout_ms.unwrap_or(0), at);
        }
        if let Some(supplier) = &entry.supplier {
            self.suppliers.insert(id.clone(), supplier.name.trim().to_owned());
        }
        let check = Check {
            id,
            component: Some(component.clone()),
            source,
            down_after: self.confirmations(entry.down_after, at, "down_after"),
            up_after: self.confirmations(entry.up_after, at, "up_after"),
            degraded_over_ms: self.slow(entry.degraded_over, timeout_ms, at),
            on_failure: meaning(entry.on_failure),
        };
        match &entry.vantages {
            Some(section) => self.looked_at_from(check, (section, entry, kind), at),
            None => self.checks.push(check),
        }
    }

    /// Takes the reference targets.
    pub fn references(&mut self, entries: &[ReferenceEntry], at: At<'_>) {
        self.at_most(entries.len(), REFERENCES_MAX, "reference targets", at);
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let probes = entry.probes();
            let kinds: Vec<&'static str> = probes.iter().map(|probe| probe.kind).collect();
            let Some(kind) = self.one_kind(&kinds, PROBE_KINDS, at) else { continue };
            let numbered = format!("{kind}-{}", index + 1);
            let name = self.check_name(entry.name.as_deref(), &numbered, at);
            let place = at.find("name").unwrap_or(at).place();
            if let Some(first) = seen.insert(name.clone(), place) {
                self.findings.push(
                    Finding::new(place, format!("two reference targets are called `{name}`"))
                        .related(first, "the first is here")
                        .hint("give one of them another `name`"),
                );
                continue;
            }
            if let Some((kind, _)) = entry.parts() {
                let place = at.key(kind).key("parts").key_place();
                self.findings.push(
                    Finding::new(place, "a reference target has no parts").hint(
                        "it only tells whether Pharos can see; name the parts in a check of a component",
                    ),
                );
            }
            let (interval_ms, timeout_ms) = self.timing(entry.interval, entry.timeout, at);
            let id = CheckId(format!("{REFERENCE_OWNER}/{name}"));
            for described in probes {
                self.probe(described, &id, timeout_ms, at);
            }
            self.vantages.refer(Task::new(&id, (interval_ms, timeout_ms), (kind, at.key(kind).node())));
            self.checks.push(Check {
                id,
                component: None,
                source: Source::Probe { interval_ms, timeout_ms },
                down_after: CONFIRMATIONS_DEFAULT,
                up_after: CONFIRMATIONS_DEFAULT,
                degraded_over_ms: None,
                on_failure: Status::MajorOutage,
            });
        }
    }

    fn probe(&mut self, described: Described, id: &CheckId, timeout_ms: u64, at: At<'_>) {
        if let Some(report) = &described.report {
            self.settings_refused(report, described.kind, at.key(described.kind));
        }
        self.probes.insert(id.clone(), Probe { spec: described.spec, timeout_ms });
    }

    fn check_name(&mut self, given: Option<&str>, otherwise: &str, at: At<'_>) -> String {
        given
            .and_then(|name| {
                self.identifier(name, |text| ComponentId::new(text).map(|_| text.to_owned()), at.key("name"))
            })
            .unwrap_or_else(|| otherwise.to_owned())
    }

    /// The one kind a check has, or what is wrong with having none or several.
    fn one_kind(&mut self, kinds: &[&'static str], all: &[&str], at: At<'_>) -> Option<&'static str> {
        match kinds {
            [one] => Some(one),
            [first, second, ..] => {
                let (first_at, second_at) = (at.key(first), at.key(second));
                let (earlier, later) = if first_at.key_place() < second_at.key_place() {
                    (first_at, second_at)
                } else {
                    (second_at, first_at)
                };
                let what = format!("a check has one kind, but this has `{first}` and `{second}`");
                self.findings.push(
                    Finding::new(later.key_place(), what)
                        .related(earlier.key_place(), "the other is here")
                        .hint("make each an entry of its own, beginning with `- `"),
                );
                None
            }
            [] => {
                self.findings.push(no_kind(all, at));
                None
            }
        }
    }
}

/// What to say of a check without a kind.
fn no_kind(all: &[&str], at: At<'_>) -> Finding {
    if let Some((kind, found)) = all.iter().find_map(|kind| at.find(kind).map(|found| (kind, found))) {
        return Finding::new(found.key_place(), format!("`{kind}` has no settings"))
            .hint(format!("write them below, indented further than `{kind}`"));
    }
    let listed: Vec<String> = all.iter().map(|kind| format!("`{kind}`")).collect();
    Finding::new(at.place(), "this check does not say what to look at")
        .hint(format!("add one of {}", listed.join(", ")))
}

fn meaning(word: Option<FailureWord>) -> Status {
    match word {
        None | Some(FailureWord::MajorOutage) => Status::MajorOutage,
        Some(FailureWord::PartialOutage) => Status::PartialOutage,
        Some(FailureWord::DegradedPerformance) => Status::DegradedPerformance,
    }
}
