//! What components need to work: components that are there, and no circle, neither alone nor through members.

use std::collections::BTreeSet;

use pharos_engine::limits::DEPENDENCY_DEPTH_MAX;
use pharos_model::{ComponentDefinition, ComponentId};

use super::super::document::At;
use super::super::error::Finding;
use super::super::file::ComponentEntry;
use super::super::limits::DEPENDENCIES_MAX;
use super::Assembly;

impl Assembly {
    /// Takes what components need.
    pub fn dependencies(
        &mut self,
        entries: &[ComponentEntry],
        components: &mut [ComponentDefinition],
        at: At<'_>,
    ) {
        for (index, entry) in entries.iter().enumerate() {
            let needed = self.needed(entry, components, at.item(index).key("depends_on"));
            let known = components.iter_mut().find(|component| component.id.as_str() == entry.id);
            if let Some(component) = known {
                component.depends_on = needed;
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            let known = components.iter().find(|component| component.id.as_str() == entry.id);
            if let Some(component) = known.filter(|component| !component.depends_on.is_empty()) {
                self.no_ring(component, components, at.item(index).key("depends_on"));
            }
        }
    }

    fn needed(
        &mut self,
        entry: &ComponentEntry,
        components: &[ComponentDefinition],
        at: At<'_>,
    ) -> Vec<ComponentId> {
        let hint = format!("name at most {DEPENDENCIES_MAX}; what those need themselves is known");
        self.few(entry.depends_on.len(), DEPENDENCIES_MAX, ("components that one needs", hint), at);
        let mut needed: Vec<ComponentId> = Vec::new();
        for (index, wanted) in entry.depends_on.iter().enumerate() {
            let at = at.item(index);
            let Some(known) = components.iter().find(|component| component.id.as_str() == wanted) else {
                self.no_component(wanted, components, at);
                continue;
            };
            if needed.contains(&known.id) {
                let finding = Finding::new(at.place(), format!("{} is named twice", at.shown()));
                self.findings.push(finding.hint("name it once"));
                continue;
            }
            needed.push(known.id.clone());
        }
        needed
    }

    /// Finds that a component needs itself, or too many others one after another.
    fn no_ring(&mut self, component: &ComponentDefinition, components: &[ComponentDefinition], at: At<'_>) {
        let mut way = vec![component.id.clone()];
        let finding = if self.is_ring(&mut way, &mut BTreeSet::new(), components) {
            // It is told once, at the first of those in it that need others.
            let needs =
                |id: &ComponentId| components.iter().any(|one| one.id == *id && !one.depends_on.is_empty());
            if way.iter().any(|other| *other < component.id && needs(other)) {
                return;
            }
            let names: Vec<&str> = way.iter().map(ComponentId::as_str).collect();
            Finding::new(at.key_place(), format!("`{}` needs itself: {}", component.id, names.join(" → ")))
                .hint("take one of these out; what is redundant needs its members too")
        } else if self.is_deep(&component.id, components) {
            let what =
                format!("`{}` needs more than {DEPENDENCY_DEPTH_MAX} others one after another", component.id);
            Finding::new(at.key_place(), what).hint("name what it needs in the end directly")
        } else {
            return;
        };
        self.findings.push(finding);
    }

    /// Whether the way leads on from its end to its beginning; then it holds how. `done` are those that do not lead there.
    fn is_ring(
        &self,
        way: &mut Vec<ComponentId>,
        done: &mut BTreeSet<ComponentId>,
        components: &[ComponentDefinition],
    ) -> bool {
        let last = way[way.len() - 1].clone();
        for next in self.below(&last, components) {
            let is_back = next == way[0];
            if !is_back && !done.insert(next.clone()) {
                continue;
            }
            way.push(next);
            if is_back || self.is_ring(way, done, components) {
                return true;
            }
            way.pop();
        }
        false
    }

    /// Whether there are too many levels below a component. What is below is taken a level at a time.
    fn is_deep(&self, id: &ComponentId, components: &[ComponentDefinition]) -> bool {
        let mut level = BTreeSet::from([id.clone()]);
        for _ in 0..=DEPENDENCY_DEPTH_MAX {
            level = level.iter().flat_map(|id| self.below(id, components)).collect();
        }
        !level.is_empty()
    }

    /// What a component needs directly, and what it is made of.
    fn below(&self, id: &ComponentId, components: &[ComponentDefinition]) -> Vec<ComponentId> {
        let known = components.iter().find(|component| component.id == *id);
        let needed = known.into_iter().flat_map(|component| component.depends_on.iter().cloned());
        let members = self.redundancy.get(id).into_iter().flat_map(|rule| &rule.members);
        needed.chain(members.map(|member| member.component.clone())).collect()
    }
}
