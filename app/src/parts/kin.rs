//! What a component needs, and what needs it.

use leptos::prelude::*;
use pharos_model::{Component, ComponentId, Snapshot};

use crate::words::Words;

/// Two lines with links; nothing where nothing is known.
pub fn kin(snapshot: &Snapshot, component: &Component, words: Words) -> Option<AnyView> {
    let id = &component.definition.id;
    let needs = |other: &&Component| component.definition.depends_on.contains(&other.definition.id);
    let needed_by = |other: &&Component| other.definition.depends_on.contains(id);
    let needed: Vec<&Component> = snapshot.components.iter().filter(needs).collect();
    let needing: Vec<&Component> = snapshot.components.iter().filter(needed_by).collect();
    let is_alone = needed.is_empty() && needing.is_empty();
    let text = words.page();
    (!is_alone).then(|| {
        view! {
            <dl class="kin">
                {line(text.needs, &needed, words)}
                {line(text.needed_by, &needing, words)}
            </dl>
        }
        .into_any()
    })
}

fn line(label: &'static str, components: &[&Component], words: Words) -> Option<AnyView> {
    let links: Vec<_> =
        components.iter().map(|component| link(&component.definition.id, component, words)).collect();
    (!links.is_empty()).then(|| view! { <div><dt>{label}</dt> <dd>{links}</dd></div> }.into_any())
}

fn link(id: &ComponentId, component: &Component, words: Words) -> AnyView {
    let name = component.definition.name.of(words.tag()).to_owned();
    view! { <a href=super::component_address(id, words) dir="auto">{name}</a> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::Status;

    fn page() -> Snapshot {
        let mut snapshot = samples::page(&[
            ("Database", Status::Operational),
            ("Shop", Status::Operational),
            ("Mail", Status::Operational),
        ]);
        snapshot.components[1].definition.depends_on = vec![snapshot.components[0].definition.id.clone()];
        snapshot
    }

    fn html(snapshot: &Snapshot, index: usize) -> Option<String> {
        kin(snapshot, &snapshot.components[index], Words::english()).map(crate::markup)
    }

    #[test]
    fn what_a_component_needs_and_what_needs_it_are_linked() {
        let shop = html(&page(), 1).unwrap();
        assert!(
            shop.contains("Depends on")
                && shop.contains("/components/database")
                && !shop.contains("Relied on by"),
            "{shop}"
        );
        let database = html(&page(), 0).unwrap();
        assert!(database.contains("Relied on by") && database.contains("/components/shop"), "{database}");
    }

    #[test]
    fn of_a_component_that_stands_alone_nothing_is_said() {
        assert_eq!(html(&page(), 2), None);
    }
}
