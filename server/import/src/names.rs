//! Identifiers made of names: stable, unique, and readable in an address.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{ComponentId, GroupId};

use crate::limits::SLUG_CHARS_MAX;

/// Gives identifiers away. The same names in the same order get the same identifiers.
#[derive(Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
    /// The last number that a stem was given with.
    numbers: BTreeMap<String, u64>,
}

impl Names {
    /// An identifier for a component of this name; with a number where the one without is taken, and after `component` where no letter or
    /// digit of ASCII is in it.
    pub fn component(&mut self, name: &str) -> ComponentId {
        let text = self.free(name, "component");
        ComponentId::new(&text).unwrap_or_default()
    }

    /// The same for a group.
    pub fn group(&mut self, name: &str) -> GroupId {
        let text = self.free(name, "group");
        GroupId::new(&text).unwrap_or_default()
    }

    /// The same for the name of a check within its component.
    pub fn check(&mut self, name: &str) -> String {
        self.free(name, "check")
    }

    fn free(&mut self, name: &str, otherwise: &str) -> String {
        let stem = match slug(name) {
            slug if slug.is_empty() => otherwise.to_owned(),
            slug => slug,
        };
        if self.taken.insert(stem.clone()) {
            return stem;
        }
        let number = self.numbers.entry(stem.clone()).or_insert(1);
        loop {
            *number += 1;
            let text = format!("{stem}-{number}");
            if self.taken.insert(text.clone()) {
                return text;
            }
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
