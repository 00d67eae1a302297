//! Parts of health documents that speak for components of their own.

use pharos_engine::{Check, CheckId, Source};
use pharos_model::ComponentDefinition;

use super::super::check::CheckEntry;
use super::super::document::At;
use super::super::error::Finding;
use super::super::suggest::nearest;
use super::Assembly;
use crate::checks::part_of;

impl Assembly {
    /// Makes a check of each part that the documents of `entries` tell of. They belong to the component `owner` and stand at
    /// `at`.
    pub fn parts(
        &mut self,
        (owner, entries): (&str, &[CheckEntry]),
        components: &[ComponentDefinition],
        at: At<'_>,
    ) {
        for (index, entry) in entries.iter().enumerate() {
            let Some((kind, parts)) = entry.parts() else { continue };
            let at = at.item(index).key(kind).key("parts");
            let whole = CheckId(format!("{owner}/{}", entry.name.as_deref().unwrap_or(kind)));
            for (path, target) in parts {
                let Some(component) = components.iter().find(|component| component.id.as_str() == target)
                else {
                    self.no_component(target, components, at.key(path));
                    continue;
                };
                let Some(check) = self.checks.iter().find(|check| check.id == whole) else { continue };
                let Source::Probe { interval_ms, timeout_ms } = check.source else { continue };
                let part = Check {
                    id: part_of(&whole, path),
                    component: Some(component.id.clone()),
                    source: Source::Part { interval_ms, timeout_ms },
                    degraded_over_ms: None,
                    ..check.clone()
                };
                if let Some(supplier) = self.suppliers.get(&whole).cloned() {
                    self.suppliers.insert(part.id.clone(), supplier);
                }
                self.checks.push(part);
            }
        }
    }

    /// Finds that nothing is called `wanted`.
    pub fn no_component(&mut self, wanted: &str, components: &[ComponentDefinition], at: At<'_>) {
        let known = components.iter().map(|component| component.id.as_str());
        let hint = match nearest(wanted, known) {
            Some(meant) if !at.is_substituted() => format!("did you mean `{meant}`?"),
            _ => "add it under `components`; it may have `checks: []`".to_owned(),
        };
        self.findings
            .push(Finding::new(at.place(), format!("there is no component {}", at.shown())).hint(hint));
    }
}
