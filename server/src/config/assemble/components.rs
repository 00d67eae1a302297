//! Groups and components: identifiers used once, references that lead somewhere, what to do about failures.

use std::collections::BTreeMap;

use pharos_engine::{AutoIncident, IncidentPolicy};
use pharos_model::limits::{COMPONENTS_MAX, GROUPS_MAX};
use pharos_model::{ComponentDefinition, ComponentId, Group, GroupId};

use super::super::document::At;
use super::super::error::Finding;
use super::super::file::{
    AudienceWord, AutoWord, ComponentEntry, GroupEntry, IncidentSection, ObjectiveSection,
};
use super::super::limits::{CHECKS_MAX, NAME_CHARS_MAX, RESOLVE_AFTER_MAX_MS};
use super::super::snippet::Place;
use super::super::suggest::nearest;
use super::Assembly;

impl Assembly {
    /// Takes the groups.
    pub fn groups(&mut self, entries: &[GroupEntry], at: At<'_>) -> Vec<Group> {
        self.at_most(entries.len(), GROUPS_MAX, "groups", at);
        let mut seen = BTreeMap::new();
        let mut groups = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let name = self.wording(&entry.name, NAME_CHARS_MAX, at.key("name"));
            let Some(id) = self.identifier(&entry.id, GroupId::new, at.key("id")) else { continue };
            self.once(&mut seen, id.as_str(), "group", at.key("id"));
            groups.push(Group { id, name });
        }
        groups
    }

    /// Takes the components with their checks.
    pub fn components(
        &mut self,
        entries: &[ComponentEntry],
        groups: &[Group],
        at: At<'_>,
    ) -> Vec<ComponentDefinition> {
        self.at_most(entries.len(), COMPONENTS_MAX, "components", at);
        let mut seen = BTreeMap::new();
        let mut components = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let name = self.wording(&entry.name, NAME_CHARS_MAX, at.key("name"));
            let description = self.optional_wording(entry.description.as_ref(), at.key("description"));
            let group = entry.group.as_deref().and_then(|group| self.group(group, groups, at.key("group")));
            let Some(id) = self.identifier(&entry.id, ComponentId::new, at.key("id")) else { continue };
            self.once(&mut seen, id.as_str(), "component", at.key("id"));
            if let Some(section) = &entry.incidents {
                let policy = self.policy(section, at.key("incidents"));
                self.incidents.insert(id.clone(), policy);
            }
            if entry.checks.is_none() && entry.redundancy.is_none() {
                self.findings.push(Finding::new(at.place(), format!("nothing says how `{id}` is")).hint(
                    "add `checks`, or `checks: []` for a component of which operators alone state how it is",
                ));
            }
            self.checks(entry.checks.as_deref().unwrap_or_default(), &id, at);
            let audience = entry.seen_from.as_ref().and_then(|section| section.visible_to);
            if audience == Some(AudienceWord::Operators) {
                self.vantages.keep_to_operators(&id);
            }
            let objective_ppm = entry
                .objective
                .as_ref()
                .and_then(|section| self.objective(&id, section, at.key("objective")));
            components.push(ComponentDefinition {
                description,
                group,
                objective_ppm,
                ..ComponentDefinition::new(id, name)
            });
        }
        for (index, entry) in entries.iter().enumerate() {
            let checks = entry.checks.as_deref().unwrap_or_default();
            self.parts((&entry.id, checks), &components, at.item(index).key("checks"));
        }
        self.redundancies(entries, &mut components, at);
        self.dependencies(entries, &mut components, at);
        self.at_most(self.checks.len(), CHECKS_MAX, "checks", at);
        components
    }

    pub(super) fn group(&mut self, wanted: &str, groups: &[Group], at: At<'_>) -> Option<GroupId> {
        if let Some(group) = groups.iter().find(|group| group.id.as_str() == wanted) {
            return Some(group.id.clone());
        }
        let known: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
        let hint = match nearest(wanted, known.iter().copied()) {
            Some(meant) if !at.is_substituted() => format!("did you mean `{meant}`?"),
            _ if known.is_empty() => {
                "the file has no `groups`: add one with this `id`, or remove this line".to_owned()
            }
            _ => {
                let some: Vec<String> = known.iter().take(10).map(|id| format!("`{id}`")).collect();
                format!("add it under `groups`, or use one of {}", some.join(", "))
            }
        };
        self.findings.push(Finding::new(at.place(), format!("there is no group {}", at.shown())).hint(hint));
        None
    }

    /// What was promised of a component: kept for operators, and come back with if everybody may see it.
    fn objective(&mut self, id: &ComponentId, section: &ObjectiveSection, at: At<'_>) -> Option<u32> {
        let ppm = section.availability.ppm();
        if !(1..1_000_000).contains(&ppm) {
            let at = at.key("availability");
            let what = format!("an availability of {} leaves nothing to reckon with", at.shown());
            self.findings.push(Finding::new(at.place(), what).hint("use a share below 100%, as in `99.9%`"));
            return None;
        }
        self.objectives.insert(id.clone(), ppm);
        (section.visible_to != Some(AudienceWord::Operators)).then_some(ppm)
    }

    fn policy(&mut self, section: &IncidentSection, at: At<'_>) -> IncidentPolicy {
        let default = IncidentPolicy::default();
        let auto = match section.auto {
            None => default.auto,
            Some(AutoWord::Publish) => AutoIncident::Publish,
            Some(AutoWord::Off) => AutoIncident::Off,
        };
        let resolve_after_ms = section.resolve_after.map_or(default.resolve_after_ms, |given| {
            self.duration(given, (0, RESOLVE_AFTER_MAX_MS), at.key("resolve_after"))
        });
        IncidentPolicy { auto, resolve_after_ms }
    }

    /// Finds what is called the same twice.
    pub fn once(&mut self, seen: &mut BTreeMap<String, Place>, id: &str, what: &str, at: At<'_>) {
        match seen.get(id) {
            Some(first) => self.findings.push(
                Finding::new(at.place(), format!("two {what}s have the id {}", at.shown()))
                    .related(*first, "the first is here")
                    .hint("give one of them another `id`"),
            ),
            None => {
                seen.insert(id.to_owned(), at.place());
            }
        }
    }

    /// Finds too many of what a page is made of.
    pub fn at_most(&mut self, count: usize, max: usize, what: &str, at: At<'_>) {
        let hint = format!("use at most {max}; split what they describe over several pages");
        self.few(count, max, (what, hint), at);
    }

    /// Finds too many of something.
    pub fn few(&mut self, count: usize, max: usize, (what, hint): (&str, String), at: At<'_>) {
        if count > max {
            let finding = Finding::new(at.key_place(), format!("there are {count} {what}"));
            self.findings.push(finding.hint(hint));
        }
    }

    /// Tells of groups under which nothing stands.
    pub fn warn_of_empty_groups(&mut self, groups: &[Group], components: &[ComponentDefinition], at: At<'_>) {
        for (index, group) in groups.iter().enumerate() {
            if !components.iter().any(|component| component.group.as_ref() == Some(&group.id)) {
                let place = at.item(index).key("id").place();
                self.warnings.push(
                    Finding::new(place, format!("no component stands in the group `{}`", group.id))
                        .hint("it is not shown on the page"),
                );
            }
        }
    }
}
