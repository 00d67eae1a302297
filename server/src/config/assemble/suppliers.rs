//! Components of which a supplier alone says how they are, by whose word visitors are told that it is.

use std::collections::{BTreeMap, BTreeSet};

use pharos_engine::{Check, CheckId};
use pharos_model::ComponentId;

/// The components all of whose checks mirror one supplier, with its name. `suppliers` names those of checks.
///
/// A component at which Pharos looks itself too, or that mirrors two suppliers, is not by the word of one.
pub fn by_component(
    checks: &[Check],
    suppliers: &BTreeMap<CheckId, String>,
) -> BTreeMap<ComponentId, String> {
    let mut words: BTreeMap<&ComponentId, BTreeSet<Option<&String>>> = BTreeMap::new();
    for check in checks {
        if let Some(component) = &check.component {
            words.entry(component).or_default().insert(suppliers.get(&check.id));
        }
    }
    let only = |words: BTreeSet<Option<&String>>| match words.into_iter().collect::<Vec<_>>()[..] {
        [Some(one)] => Some(one.clone()),
        _ => None,
    };
    words.into_iter().filter_map(|(component, words)| Some((component.clone(), only(words)?))).collect()
}
