//! Components that are kept in the store beside those of the file: the same shape, the same rules, and no way to the
//! environment of this process.

use std::collections::BTreeMap;

use pharos_engine::desk::KeptComponent;
use pharos_model::{ComponentId, Group};
use serde_json::{Value, json};

use super::{ConfigError, Loaded, Surroundings, Unread, parse};

/// How messages call what a person hands in.
const NAME: &str = "definition";

/// Reads the definition of one component, in JSON or YAML, as it would stand in the file.
///
/// # Errors
/// With everything that is wrong with it.
pub fn read_kept(definition: &str, groups: &[Group]) -> Result<Loaded, ConfigError> {
    let groups: Vec<Value> =
        groups.iter().map(|group| json!({ "id": group.id, "name": group.name.plain() })).collect();
    // What a person types stands by itself at the end, so that places in messages are those of what was typed.
    let indented: String = definition.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let text = format!("page: {{ name: kept }}\ngroups: {}\ncomponents:\n  -\n{indented}", json!(groups));
    let nothing = |_: &str| None;
    let no_file = |_: &str, _: usize| Err(Unread::Failed(std::io::Error::from(std::io::ErrorKind::NotFound)));
    parse(&text, NAME, &Surroundings { environment: &nothing, files: &no_file })
}

impl Loaded {
    /// This configuration with the components that are kept beside it. One that the file names too is the file's, and one that
    /// does not fit any more is left out and said so.
    #[must_use]
    pub fn with_kept(&self, kept: &BTreeMap<ComponentId, KeptComponent>) -> Self {
        let mut whole = self.clone();
        for (id, component) in kept {
            let is_in_file = |known: &pharos_model::ComponentDefinition| known.id == *id;
            if self.engine.definition.components.iter().any(is_in_file) {
                tracing::warn!(%id, "the file names this component now: what was kept of it is left out");
                continue;
            }
            match read_kept(&component.definition, &self.engine.definition.groups) {
                Ok(one) => whole.join(one),
                Err(error) => tracing::error!(%id, %error, "a kept component does not fit and is left out"),
            }
        }
        whole
    }

    fn join(&mut self, one: Self) {
        let engine = &mut self.engine;
        engine.definition.components.extend(one.engine.definition.components);
        engine.checks.extend(one.engine.checks);
        engine.incidents.extend(one.engine.incidents);
        engine.redundancy.extend(one.engine.redundancy);
        self.probes.extend(one.probes);
        self.suppliers.extend(one.suppliers);
        if let Err(check) = self.heartbeats.join(one.heartbeats) {
            tracing::error!(%check, "two checks have one token: reports with it count for the first");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Group> {
        vec![Group { id: pharos_model::GroupId::new("core").unwrap(), name: "Core".into() }]
    }

    #[test]
    fn a_definition_is_read_as_it_would_be_in_the_file() {
        let yaml = "id: api\nname: API\ngroup: core\nchecks:\n  - tcp: { address: \"127.0.0.1:1\" }\n";
        let json = r#"{"id":"api","name":"API","group":"core","checks":[{"tcp":{"address":"127.0.0.1:1"}}]}"#;
        for definition in [yaml, json] {
            let one = read_kept(definition, &groups()).unwrap();
            assert_eq!((one.engine.definition.components.len(), one.engine.checks.len()), (1, 1));
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_the_environment_stays_closed() {
        for (definition, words) in [
            ("id: api\nname: API\ngroup: other\nchecks: []", "other"),
            ("id: api\nname: API\nchecks:\n  - http: { url: \"${HOME}\" }", "HOME"),
            ("id: api\nname: API\nchecks: []\ncomponents: []", "components"),
        ] {
            let error = read_kept(definition, &groups()).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_the_file_names_is_the_files() {
        let base = read_kept("id: api\nname: File\nchecks: []", &[]).unwrap();
        let kept = |name: &str| KeptComponent {
            definition: format!("id: {name}\nname: Kept\nchecks: []"),
            revision: 0,
        };
        let kept = ["api", "web"].map(|name| (ComponentId::new(name).unwrap(), kept(name)));
        let whole = base.with_kept(&kept.into_iter().collect());
        let names: Vec<&str> =
            whole.engine.definition.components.iter().map(|component| component.name.plain()).collect();
        assert_eq!(names, ["File", "Kept"]);
    }
}
