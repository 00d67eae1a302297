//! Vantages: places with names and tokens of their own, and checks that are looked at from several of them.

use std::collections::BTreeMap;

use pharos_engine::{Check, Source};
use pharos_model::ComponentId;

use super::super::check::{CheckEntry, VantagesSection};
use super::super::document::At;
use super::super::error::Finding;
use super::super::file::VantageEntry;
use super::super::limits::{NAME_CHARS_MAX, VANTAGES_MAX};
use super::super::suggest::nearest;
use super::Assembly;
use crate::checks::at_vantage;
use crate::vantage::{HERE, Task};

impl Assembly {
    /// Takes the vantages.
    pub fn vantages(&mut self, entries: &[VantageEntry], at: At<'_>) {
        self.at_most(entries.len(), VANTAGES_MAX, "vantages", at);
        let mut seen = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let name = self.wording(&entry.name, NAME_CHARS_MAX, at.key("name"));
            let identifier = |text: &str| ComponentId::new(text).map(|_| ());
            let is_named = self.identifier(&entry.id, identifier, at.key("id")).is_some();
            if entry.id == HERE {
                let what = format!("`{HERE}` is this page's own servers");
                self.findings.push(
                    Finding::new(at.key("id").place(), what)
                        .hint("give it another `id`; checks may name `here` without an entry"),
                );
                continue;
            }
            self.once(&mut seen, &entry.id, "vantage", at.key("id"));
            let token_at = at.key("token");
            if !self.strong(&entry.token, "token", token_at) || !is_named {
                continue;
            }
            if let Err(other) = self.vantages.add(&entry.id, name, &entry.token) {
                let what = format!("`{}` has the same token as `{other}`", entry.id);
                self.findings.push(
                    Finding::new(token_at.place(), what)
                        .hint("one token tells one vantage: make another with `openssl rand -hex 24`"),
                );
            }
        }
    }

    /// Takes a check that is looked at from several places: one check for each.
    pub fn looked_at_from(
        &mut self,
        check: Check,
        (section, entry, kind): (&VantagesSection, &CheckEntry, &str),
        at: At<'_>,
    ) {
        let within = at.key("vantages");
        let unfit = match kind {
            "push" => Some("the job reports by itself, from wherever it runs"),
            "supplier" => Some("what a supplier says of itself is the same everywhere"),
            _ if entry.parts().is_some() => Some("parts are told by this page's own servers alone"),
            _ => None,
        };
        if let Some(why) = unfit {
            let key = if entry.parts().is_some() { "parts" } else { kind };
            self.findings.push(
                Finding::new(within.key_place(), format!("`vantages` does not go with `{key}`"))
                    .hint(format!("{why}: remove `vantages`")),
            );
            return;
        }
        let (Source::Probe { interval_ms, timeout_ms }, Some(component)) =
            (check.source, check.component.clone())
        else {
            return;
        };
        let from = self.places(section, within.key("from"));
        self.down_when(section, from.len(), within);
        // The first feeds the latency chart.
        let (here, elsewhere): (Vec<&str>, Vec<&str>) = from.into_iter().partition(|place| *place == HERE);
        let mut together = Vec::new();
        for place in here.into_iter().chain(elsewhere) {
            let is_here = place == HERE;
            let id = if is_here { check.id.clone() } else { at_vantage(&check.id, place) };
            let task = || Task::new(&id, (interval_ms, timeout_ms), (kind, at.key(kind).node()));
            let task = (!is_here).then(task);
            self.vantages.look(&component, place, id.clone(), task);
            let source = if is_here { check.source } else { Source::Remote { interval_ms, timeout_ms } };
            together.push(id.clone());
            self.checks.push(Check { id, source, ..check.clone() });
        }
        let majority = together.len() / 2 + 1;
        let down_when = section.down_when.and_then(|count| usize::try_from(count).ok()).unwrap_or(majority);
        let vantages = pharos_engine::Vantages { checks: together, down_when };
        self.together.entry(component).or_default().push(vantages);
    }

    /// The places that are named, each once.
    fn places<'s>(&mut self, section: &'s VantagesSection, at: At<'_>) -> Vec<&'s str> {
        if section.from.is_empty() {
            let what = "nobody looks: `from` is empty";
            self.findings.push(
                Finding::new(at.key_place(), what)
                    .hint("name at least one vantage, or `here` for this page's own servers"),
            );
        }
        let mut places: Vec<&str> = Vec::new();
        for (index, place) in section.from.iter().enumerate() {
            let at = at.item(index);
            if places.contains(&place.as_str()) {
                self.findings.push(
                    Finding::new(at.place(), format!("{} is named twice", at.shown()))
                        .hint("a place counts once: remove it here"),
                );
            } else if place != HERE && !self.vantages.ids().any(|id| id == place) {
                let known = std::iter::once(HERE).chain(self.vantages.ids());
                let hint = match nearest(place, known) {
                    Some(meant) if !at.is_substituted() => format!("did you mean `{meant}`?"),
                    _ => "add it under `vantages` at the top of the file, with a token for its agent"
                        .to_owned(),
                };
                let what = format!("there is no vantage {}", at.shown());
                self.findings.push(Finding::new(at.place(), what).hint(hint));
            } else {
                places.push(place);
            }
        }
        places
    }

    fn down_when(&mut self, section: &VantagesSection, places: usize, at: At<'_>) {
        let Some(count) = section.down_when else { return };
        let is_possible = usize::try_from(count).is_ok_and(|count| (1..=places).contains(&count));
        if !is_possible && places > 0 {
            let at = at.key("down_when");
            let look =
                if places == 1 { "one place looks".to_owned() } else { format!("{places} places look") };
            let what = format!("`down_when` cannot be {} where {look}", at.shown());
            self.findings.push(
                Finding::new(at.place(), what)
                    .hint(format!("use 1 to {places}; more than half is a good choice")),
            );
        }
    }
}
