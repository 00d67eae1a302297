//! `gatus`: a configuration file of Gatus.

mod conditions;
mod endpoint;
mod text;

use std::collections::BTreeMap;

use async_trait::async_trait;
use pharos_model::GroupId;
use serde_json::{Map, Value, json};

use crate::duration::duration_ms;
use crate::haul::named;
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::{At, Check, Component, Document, Group, Haul, ImportError, Input, Kind, Names, Rules, Source};
use text::{converted, is_reference};

/// A configuration file of Gatus.
pub struct Gatus;

#[async_trait]
impl Source for Gatus {
    fn name(&self) -> &'static str {
        "gatus"
    }

    fn takes(&self) -> &'static str {
        "its configuration in YAML: one file, or several that it reads together"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let documents = input.files(&["yaml", "yml"])?;
        haul(&documents)
    }
}

/// Sections of the file that hold nothing to carry, and why.
const SECTIONS: [(&str, &str); 12] = [
    ("alerting", "whom to tell and how is set up in Pharos"),
    ("announcements", "announcements are made in the admin"),
    ("suites", "requests that use what others answered cannot be said here"),
    ("remote", "other places that look are `vantages` here, each with a `pharos agent`"),
    ("security", "who may sign in is said under `sign_in`"),
    ("storage", "where Pharos keeps its data is said on its command line"),
    ("web", "where Pharos listens is said on its command line"),
    ("maintenance", "maintenance that comes again is planned in the admin"),
    ("tunneling", "Pharos opens no tunnels; an agent can look from inside a network"),
    ("concurrency", "Pharos bounds how much it looks at once by itself"),
    ("disable-monitoring-lock", "Pharos bounds how much it looks at once by itself"),
    (
        "skip-invalid-config-update",
        "Pharos keeps its configuration when a changed one is not good, and says so",
    ),
];

/// What the files say.
fn haul(documents: &[Document]) -> Result<Haul, ImportError> {
    let mut reader = Reader::default();
    for document in documents {
        let root = document.yaml()?;
        reader.file(&document.at(&root))?;
    }
    if reader.haul.components.is_empty() {
        let name = documents.first().map_or("input", |document| &document.name);
        let what = "it names no endpoints";
        return Err(ImportError::new(
            crate::Spot::of(name),
            what,
            "check that it is the configuration of Gatus",
        ));
    }
    Ok(reader.haul)
}

#[derive(Default)]
struct Reader {
    haul: Haul,
    names: Names,
    groups: BTreeMap<String, GroupId>,
}

impl Reader {
    fn file(&mut self, root: &At<'_>) -> Result<(), ImportError> {
        for (key, at) in root.entries()? {
            match key {
                "endpoints" => {
                    for endpoint in at.items()? {
                        self.endpoint(&endpoint)?;
                    }
                }
                "external-endpoints" => {
                    for endpoint in at.items()? {
                        self.external(&endpoint)?;
                    }
                }
                "ui" => self.page(&at)?,
                "connectivity" => self.reference(&at)?,
                "metrics" | "debug" => {}
                // What stands there is for anchors alone.
                key if key.starts_with("x-") => {}
                key => {
                    let known = SECTIONS.into_iter().find(|(section, _)| *section == key);
                    let why = known.map_or("Pharos knows no such section", |(_, why)| why);
                    if !at.is_nothing() {
                        self.haul.leave(at.spot(), format!("`{key}`"), why);
                    }
                }
            }
        }
        Ok(())
    }

    fn page(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        for (key, value) in at.entries()? {
            match key {
                "header" if self.haul.page.name.is_none() => {
                    let name = named(&mut self.haul, value.text()?, &value.spot())?;
                    self.haul.page.name = Some(name);
                }
                "description" => {
                    let words = crate::haul::described(&mut self.haul, value.text()?, &value.spot())?;
                    self.haul.page.description = Some(words);
                }
                "title" | "dashboard-heading" | "dashboard-subheading" | "dark-mode" | "header" => {}
                key => {
                    let why = "how the page looks is said under `page.theme` and `page.links`";
                    self.haul.leave(value.spot(), format!("`ui.{key}`"), why);
                }
            }
        }
        Ok(())
    }

    /// What tells Gatus whether it can see itself is a reference target.
    fn reference(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        let target = at.get("checker").and_then(|checker| checker.get("target"));
        if let Some(target) = target {
            let target = [json!({ "tcp": { "address": converted(target.text()?) } })];
            self.haul.more.insert("reference".to_owned(), target.into_iter().collect());
        }
        Ok(())
    }

    /// A component for an endpoint, without checks.
    fn component(&mut self, at: &At<'_>) -> Result<Option<Component>, ImportError> {
        let name = at.need("name")?;
        if at.get("enabled").map(|enabled| enabled.truth()).transpose()? == Some(false) {
            let what = format!("the endpoint {}", name.shown());
            self.haul.leave(at.spot(), what, "it is switched off (`enabled: false`)");
            return Ok(None);
        }
        if self.haul.components.len() >= COMPONENTS_MAX {
            return Err(at.error(format!("there are more than {COMPONENTS_MAX} endpoints"), "import less"));
        }
        let text = name.text()?;
        let group = match at.get("group") {
            Some(group) => Some(self.group(&group)?),
            None => None,
        };
        Ok(Some(Component {
            id: self.names.component(text),
            name: named(&mut self.haul, text, &name.spot())?,
            description: String::new(),
            group,
            checks: Vec::new(),
            more: Map::new(),
        }))
    }

    fn group(&mut self, at: &At<'_>) -> Result<GroupId, ImportError> {
        let text = at.text()?;
        if let Some(known) = self.groups.get(text) {
            return Ok(known.clone());
        }
        if self.groups.len() >= GROUPS_MAX {
            return Err(at.error(format!("there are more than {GROUPS_MAX} groups"), "import less"));
        }
        let id = self.names.group(text);
        let name = named(&mut self.haul, text, &at.spot())?;
        self.groups.insert(text.to_owned(), id.clone());
        self.haul.groups.push(Group { id: id.clone(), name });
        Ok(id)
    }

    /// An endpoint that tells of itself: a heartbeat.
    fn external(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        let Some(mut component) = self.component(at)? else { return Ok(()) };
        self.alerts(at);
        let interval = at.get("heartbeat").and_then(|heartbeat| heartbeat.get("interval"));
        if let Some(interval) = interval {
            let period_ms = length(&interval)?;
            let stem = format!("{}_push_token", component.id);
            let what = "a new token of 22 to 200 characters, which whoever tells of this endpoint puts into the address /push/TOKEN";
            let token = match at.get("token").map(|token| token.text()).transpose()?.map(converted) {
                Some(token) if is_reference(&token) => token,
                _ => self.haul.secret(&stem, at.spot(), what),
            };
            let settings: Map<String, Value> = [
                ("token".to_owned(), token.into()),
                ("period".to_owned(), crate::written(period_ms.max(1_000)).into()),
            ]
            .into_iter()
            .collect();
            component.checks.push(Check {
                name: "push".to_owned(),
                kind: Kind::Push,
                settings,
                rules: Rules::default(),
            });
            let why =
                "who tells of it must ask for /push/TOKEN when all is well, and /push/TOKEN/fail when not";
            self.haul.leave(at.spot(), "how the endpoint is told of", why);
        } else {
            let why = "it says not how often it is told of; give it a check `push` with a period, or state how it is by hand";
            self.haul.leave(at.spot(), "the heartbeat", why);
        }
        self.haul.components.push(component);
        Ok(())
    }

    /// What of an endpoint is about telling people, and not about looking.
    fn alerts(&mut self, at: &At<'_>) {
        if let Some(alerts) = at.get("alerts") {
            self.haul.leave(alerts.spot(), "`alerts`", "whom to tell and how is set up in Pharos");
        }
        if let Some(windows) = at.get("maintenance-windows") {
            let why = "maintenance that comes again is planned in the admin";
            self.haul.leave(windows.spot(), "`maintenance-windows`", why);
        }
    }
}

/// A length of time, in milliseconds.
fn length(at: &At<'_>) -> Result<u64, ImportError> {
    duration_ms(at.text()?).ok_or_else(|| {
        at.error(format!("{} is no length of time", at.shown()), "write a number and a unit, as in 30s or 5m")
    })
}

#[cfg(test)]
mod tests;
