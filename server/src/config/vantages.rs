//! The other places from which checks are looked at: who may ask for what, and what the page says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use pharos_engine::CheckId;
use pharos_model::{ComponentId, Text};
use pharos_probe::Spec;
use serde_json::Value;

use super::check::CheckEntry;
use super::document::{Node, typed};
use super::loaded::Digest;
use super::schema::explained;
use crate::vantage::{Assignment, HERE, Task};

/// A place with what is to be looked at from there.
#[derive(Clone)]
pub struct Vantage {
    /// Its identifier.
    pub id: String,
    /// Its name, as visitors know it.
    pub name: Text,
    assignment: Arc<Assignment>,
}

/// Names the place and how much is looked at from there: settings hold credentials.
impl fmt::Debug for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.assignment.checks.len();
        f.debug_struct("Vantage").field("id", &self.id).field("checks", &checks).finish_non_exhaustive()
    }
}

impl Vantage {
    /// What its agent is to look at.
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Whether its agent looks at this check.
    pub fn looks_at(&self, check: &CheckId) -> bool {
        self.assignment.checks.iter().any(|task| task.check == *check)
    }
}

/// All places, in the order of the file. Of their tokens only digests are kept: one is looked up by its SHA-256, so the time a
/// lookup takes tells nothing about the tokens there are.
#[derive(Clone, Debug, Default)]
pub struct Vantages {
    all: Vec<Vantage>,
    by_token: BTreeMap<Digest, usize>,
    /// The checks of each component by the place that looks.
    seen_from: BTreeMap<ComponentId, BTreeMap<String, Vec<CheckId>>>,
    kept: BTreeSet<ComponentId>,
}

/// How a component is looked at from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFrom {
    /// The identifier of the place.
    pub id: String,
    /// Its name; `None` for this page's own servers.
    pub name: Option<Text>,
    /// The checks that look from there.
    pub checks: Vec<CheckId>,
}

impl Vantages {
    /// Adds a place, or gives back the one that already has this token.
    pub(super) fn add(&mut self, id: &str, name: Text, token: &str) -> Result<(), &str> {
        let digest = Digest::of(token.as_bytes());
        if let Some(other) = self.by_token.get(&digest) {
            return Err(&self.all[*other].id);
        }
        self.by_token.insert(digest, self.all.len());
        self.all.push(Vantage { id: id.to_owned(), name, assignment: Arc::default() });
        Ok(())
    }

    /// The identifiers of all.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|vantage| vantage.id.as_str())
    }

    /// Has all of them look at a reference target, to know whether they can see.
    pub(super) fn refer(&mut self, task: Task) {
        for vantage in &mut self.all {
            Arc::make_mut(&mut vantage.assignment).references.push(task.clone());
        }
    }

    /// Has one of them look at a check, where it is given something to do; `here` needs no task.
    pub(super) fn look(&mut self, component: &ComponentId, place: &str, check: CheckId, task: Option<Task>) {
        self.seen_from.entry(component.clone()).or_default().entry(place.to_owned()).or_default().push(check);
        let vantage = self.all.iter_mut().find(|vantage| vantage.id == place);
        if let Some((vantage, task)) = vantage.zip(task) {
            Arc::make_mut(&mut vantage.assignment).checks.push(task);
        }
    }

    /// Shows nobody but operators from where a component is looked at.
    pub(super) fn keep_to_operators(&mut self, component: &ComponentId) {
        self.kept.insert(component.clone());
    }

    /// The place whose token this is.
    pub fn find(&self, token: &str) -> Option<&Vantage> {
        self.by_token.get(&Digest::of(token.as_bytes())).and_then(|index| self.all.get(*index))
    }

    /// From where a component is looked at, this page's own servers first; nothing where that is for operators only.
    pub fn public(&self, component: &ComponentId) -> Vec<SeenFrom> {
        if self.kept.contains(component) { Vec::new() } else { self.of(component) }
    }

    /// The same whoever may see it.
    pub fn of(&self, component: &ComponentId) -> Vec<SeenFrom> {
        let Some(by_place) = self.seen_from.get(component) else { return Vec::new() };
        let named = self.all.iter().map(|vantage| (vantage.id.as_str(), Some(vantage.name.clone())));
        let places = std::iter::once((HERE, None)).chain(named);
        places
            .filter_map(|(id, name)| {
                by_place.get(id).map(|checks| SeenFrom { id: id.to_owned(), name, checks: checks.clone() })
            })
            .collect()
    }
}

/// Reads what a task says to do, by the rules of the file.
///
/// # Errors
/// With what cannot be understood, without repeating any value.
pub fn read_spec(settings: &Value) -> Result<Spec, &'static str> {
    let root = Node::from_json(settings);
    let entry: CheckEntry = typed(&root, &explained).map_err(|_| "its settings are not known here")?;
    let mut described = entry.probes().into_iter();
    match (described.next(), described.next()) {
        (Some(one), None) if one.report.is_none() => Ok(one.spec),
        (Some(_), None) => Err("its settings are not good"),
        _ => Err("it does not say what to look at"),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::super::document::read;
    use super::*;

    /// Hands these settings over as a node and an agent do.
    fn handed_over(yaml: &str) -> Result<Spec, &'static str> {
        let (root, findings) = read(yaml, &|name| Some(format!("value of {name}: ${{x}}"))).unwrap();
        assert!(findings.is_empty(), "{findings:?}");
        read_spec(&serde_json::from_str(&root.to_json().to_string()).unwrap())
    }

    #[test]
    fn settings_arrive_as_the_file_says_them() {
        let yaml = "http:\n  url: http://127.0.0.1:1/\n  bearer: ${TOKEN}\n  redirects: 0x\n";
        assert!(handed_over(yaml).is_err(), "what is no number stays none");
        let yaml = "http:\n  url: http://127.0.0.1:1/\n  bearer: ${TOKEN}\n  redirects: 3\n  \
                    decompress: true\n  headers: { X-Number: 007 }\n";
        let Ok(Spec::Http(check)) = handed_over(yaml) else { panic!("it is refused") };
        assert_eq!((check.redirects, check.decompress), (3, true));
        assert_eq!(check.bearer.unwrap().expose_secret(), "value of TOKEN: ${x}");
        assert_eq!(check.headers["X-Number"].expose_secret(), "007");
    }

    #[test]
    fn what_an_agent_does_not_know_is_refused_without_repeating_it() {
        let error = read_spec(&serde_json::json!({ "http": { "bearer": "Canary" } })).unwrap_err();
        assert!(!error.contains("Canary"));
        assert!(read_spec(&serde_json::json!({ "tomorrow": {} })).is_err());
        assert!(read_spec(&serde_json::json!({})).is_err());
    }
}
