//! Identifiers made of names: stable, unique, and readable in an address.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use pharos_model::{ComponentId, GroupId};

use crate::limits::SLUG_CHARS_MAX;

/// Gives identifiers away. The same names in the same order get the same identifiers.
#[derive(Debug, Default)]
pub struct Names {
    components: Taken,
    groups: Taken,
}

impl Names {
    /// An identifier for a component of this name; with a number where the one without is taken, and `component` where no letter or
    /// digit of ASCII is in it.
    pub fn component(&mut self, name: &str) -> ComponentId {
        let text = free(&mut self.components, name, "component");
        ComponentId::new(&text).unwrap_or_default()
    }

    /// This identifier for a component, where it is one and nobody has it.
    pub fn exactly(&mut self, id: &str) -> Option<ComponentId> {
        let id = ComponentId::new(id).ok()?;
        self.components.insert(id.to_string(), 1).is_none().then_some(id)
    }

    /// The same for a group.
    pub fn group(&mut self, name: &str) -> GroupId {
        let text = free(&mut self.groups, name, "group");
        GroupId::new(&text).unwrap_or_default()
    }
}

/// What was given away, and the last number that it was given with.
type Taken = BTreeMap<String, u64>;

fn free(taken: &mut Taken, name: &str, otherwise: &str) -> String {
    let stem = match slug(name) {
        slug if slug.is_empty() => otherwise.to_owned(),
        slug => slug,
    };
    let Some(mut number) = taken.get(&stem).copied() else {
        taken.insert(stem.clone(), 1);
        return stem;
    };
    loop {
        number += 1;
        let text = format!("{stem}-{number}");
        if let Entry::Vacant(place) = taken.entry(text.clone()) {
            place.insert(1);
            taken.insert(stem, number);
            return text;
        }
    }
}

/// Letters and digits of ASCII in lower case, with `-` for everything between them.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if slug.len() >= SLUG_CHARS_MAX {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_stable_and_never_empty() {
        let ids = || {
            let mut names = Names::default();
            ["Web site", "web-site", "WEB SITE", "Web site 2", "登录", ""]
                .map(|name| names.component(name).to_string())
        };
        assert_eq!(
            ids(),
            ["web-site", "web-site-2", "web-site-3", "web-site-2-2", "component", "component-2"]
        );
        assert_eq!(ids(), ids());
    }

    #[test]
    fn a_group_may_be_called_like_a_component() {
        let mut names = Names::default();
        assert_eq!(
            (names.component("API").to_string(), names.group("API").to_string()),
            ("api".to_owned(), "api".to_owned())
        );
    }

    #[test]
    fn a_long_name_makes_an_identifier_that_fits() {
        let mut names = Names::default();
        let long = "a".repeat(500);
        assert_eq!(names.component(&long).as_str().len(), SLUG_CHARS_MAX);
        assert!(names.component(&long).as_str().ends_with("-2"));
    }
}
