//! Hooks: their names, what their senders show, and rules each of which can come to something.

use std::collections::BTreeMap;

use pharos_model::{ComponentDefinition, ComponentId, Impact, Status};

use super::super::document::{At, choice, quoted};
use super::super::error::Finding;
use super::super::hooks::{HookEntry, HookImpactWord, HookIncidentSection, HookRuleEntry, HookStateWord};
use super::super::limits::{
    HOOK_COMPONENTS_MAX, HOOK_EXPIRES_DEFAULT_MS, HOOK_EXPIRES_MAX_MS, HOOK_EXPIRES_MIN_MS, HOOK_RULES_MAX,
    HOOK_SECRETS_MAX, HOOK_TEMPLATE_CHARS_MAX, HOOKS_MAX,
};
use super::super::loaded::Digest;
use super::super::snippet::Place;
use super::super::suggest::nearest;
use super::Assembly;
use crate::hooks::{Hook, KINDS, Kind, Matcher, Meaning, Pattern, Proof, Rule, Said, Secret, Template};

impl Assembly {
    /// Takes the hooks.
    pub fn hooks(
        &mut self,
        entries: &[HookEntry],
        components: &[ComponentDefinition],
        at: At<'_>,
    ) -> Vec<Hook> {
        self.at_most(entries.len(), HOOKS_MAX, "hooks", at);
        let (mut hooks, mut seen) = (Vec::new(), BTreeMap::new());
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let identifier = |text: &str| ComponentId::new(text).map(|_| text.to_owned());
            let id = self.identifier(&entry.id, identifier, at.key("id"));
            self.once(&mut seen, &entry.id, "hook", at.key("id"));
            let Some(kind) = self.hook_kind(&entry.kind, at.key("kind")) else { continue };
            let proof = self.proof(entry, kind, at);
            let naming = self.naming(entry, kind, at);
            let counts_ms = entry.expires_after.map_or(HOOK_EXPIRES_DEFAULT_MS, |given| {
                self.duration(given, (HOOK_EXPIRES_MIN_MS, HOOK_EXPIRES_MAX_MS), at.key("expires_after"))
            });
            let rules = self.hook_rules(entry, (kind, components), at.key("rules"));
            if let (Some(name), Some(proof)) = (id, proof) {
                hooks.push(Hook { name, kind, proof, counts_ms, naming, rules });
            }
        }
        hooks
    }

    fn hook_kind(&mut self, word: &str, at: At<'_>) -> Option<&'static Kind> {
        let found = KINDS.into_iter().find(|kind| kind.word == word);
        if found.is_none() {
            let hint = choice(if at.is_substituted() { "" } else { word }, &KINDS.map(|kind| kind.word));
            self.findings
                .push(Finding::new(at.place(), format!("`kind` cannot be {}", at.shown())).hint(hint));
        }
        found
    }

    fn proof(&mut self, entry: &HookEntry, kind: &Kind, at: At<'_>) -> Option<Proof> {
        let is_signed = kind.is_signed;
        let (wanted, unfit, is_unfit) = if is_signed {
            ("secrets", "token", entry.token.is_some())
        } else {
            ("token", "secrets", !entry.secrets.is_empty())
        };
        if is_unfit {
            let what = format!("`{unfit}` does not go with `kind: {}`", kind.word);
            let hint = format!("write `{wanted}` instead");
            self.findings.push(Finding::new(at.key(unfit).key_place(), what).hint(hint));
        }
        let lacks = |hint: &str| Finding::new(at.place(), format!("this hook has no `{wanted}`")).hint(hint);
        if !is_signed {
            let Some(token) = &entry.token else {
                let hint =
                    "add `token: ${…}`, and have the sender show it; `openssl rand -hex 24` makes a good one";
                self.findings.push(lacks(hint));
                return None;
            };
            let is_good = self.strong(token, "token", at.key("token"));
            return is_good.then(|| Proof::Token(Digest::of(token.as_bytes())));
        }
        let at = at.key("secrets");
        self.few(
            entry.secrets.len(),
            HOOK_SECRETS_MAX,
            ("secrets", format!("use at most {HOOK_SECRETS_MAX}")),
            at,
        );
        if entry.secrets.is_empty() {
            self.findings
                .push(lacks("add `secrets: [\"${…}\"]` with what the sender shows as its signing secret"));
        }
        let mut secrets = Vec::new();
        for (index, text) in entry.secrets.iter().enumerate() {
            match Secret::read(text) {
                Some(secret) => secrets.push(secret),
                None => self.findings.push(
                    Finding::new(at.item(index).place(), "this is no secret of Standard Webhooks").hint(
                        "use `whsec_` and 16 to 128 bytes in base64; `echo whsec_$(openssl rand -base64 32)` makes a good one",
                    ),
                ),
            }
        }
        Some(Proof::Signature(secrets))
    }

    /// What names an alert: only of those who sign it has to be said.
    fn naming(&mut self, entry: &HookEntry, kind: &Kind, at: At<'_>) -> Option<Template> {
        match (&entry.alert, kind.is_signed) {
            (Some(text), true) => {
                let at = at.key("alert");
                let template = self.template(text, kind, at)?;
                if template.literal().is_some() {
                    self.findings.push(
                        Finding::new(at.place(), "`alert` names no field, so that all alerts would be one")
                            .hint("name what tells them apart, such as `{{data.id}}`"),
                    );
                }
                Some(template)
            }
            (None, true) => {
                self.findings.push(
                    Finding::new(at.place(), "this hook has no `alert`")
                        .hint("say what names an alert, such as `alert: \"{{data.id}}\"`"),
                );
                None
            }
            (Some(_), false) => {
                let what = format!("`alert` does not go with `kind: {}`", kind.word);
                self.findings.push(
                    Finding::new(at.key("alert").key_place(), what).hint("its alerts have names: remove it"),
                );
                None
            }
            (None, false) => None,
        }
    }

    fn hook_rules(
        &mut self,
        entry: &HookEntry,
        (kind, components): (&Kind, &[ComponentDefinition]),
        at: At<'_>,
    ) -> Vec<Rule> {
        let hint = format!("use at most {HOOK_RULES_MAX}; `*` lets one stand for several");
        self.few(entry.rules.len(), HOOK_RULES_MAX, ("rules", hint), at);
        if entry.rules.is_empty() {
            self.findings.push(
                Finding::new(at.key_place(), "this hook has no rules, so that nothing would come of it")
                    .hint("add at least one, with `components` and `state`"),
            );
        }
        let mut rules: Vec<(Rule, Place)> = Vec::new();
        for (index, entry) in entry.rules.iter().enumerate() {
            let at = at.item(index);
            let rule = self.hook_rule(entry, (kind, components), at);
            if let Some((_, first)) = rules.iter().find(|(earlier, _)| earlier.leaves_nothing_for(&rule)) {
                self.findings.push(
                    Finding::new(at.place(), "no alert ever meets this rule")
                        .related(*first, "every such alert meets this one before it")
                        .hint("move it above that one, or make that one narrower"),
                );
            }
            rules.push((rule, at.place()));
        }
        rules.into_iter().map(|(rule, _)| rule).collect()
    }

    fn hook_rule(
        &mut self,
        entry: &HookRuleEntry,
        (kind, components): (&Kind, &[ComponentDefinition]),
        at: At<'_>,
    ) -> Rule {
        let when = self.matchers(&entry.when, kind, at.key("when"));
        let over_when = self.matchers(&entry.over_when, kind, at.key("over_when"));
        if !entry.over_when.is_empty() && !kind.is_signed {
            let what = format!("`over_when` does not go with `kind: {}`", kind.word);
            let hint = "it says itself what is over: remove `over_when`";
            self.findings.push(Finding::new(at.key("over_when").key_place(), what).hint(hint));
        }
        let means = entry.state.is_some() || entry.incident.is_some() || !entry.components.is_empty();
        let wrong = match (entry.ignore, means) {
            (true, true) => Some(("this rule ignores alerts and says what they mean", "keep one of both")),
            (false, _) if entry.state.is_none() && entry.incident.is_none() => Some((
                "this rule says nothing",
                "add `components` and `state`, an `incident`, or `ignore: true`",
            )),
            (false, _) if entry.state.is_some() && entry.components.is_empty() => {
                Some(("`state` is of no component", "name them under `components`"))
            }
            _ => None,
        };
        if let Some((what, hint)) = wrong {
            self.findings.push(Finding::new(at.place(), what).hint(hint));
        }
        if entry.ignore {
            return Rule { when, over_when, meaning: None };
        }
        let components = self.hook_components(entry, (kind, components), at.key("components"));
        let said = entry.incident.as_ref().and_then(|section| self.said(section, kind, at.key("incident")));
        let status = entry.state.map(status_of);
        Rule { when, over_when, meaning: Some(Meaning { components, status, said }) }
    }

    fn matchers(&mut self, wanted: &BTreeMap<String, String>, kind: &Kind, at: At<'_>) -> Vec<Matcher> {
        let mut matchers = Vec::new();
        for (field, pattern) in wanted {
            self.field(field, kind, (at.key(field).key_place(), false));
            matchers.push(Matcher { field: field.clone(), pattern: Pattern::new(pattern) });
        }
        matchers
    }

    /// Finds a field that alerts of this kind never have. What came from the environment is not repeated.
    fn field(&mut self, field: &str, kind: &Kind, (place, is_substituted): (Place, bool)) {
        if (kind.has)(field) {
            return;
        }
        let labelled = format!("labels.{field}");
        let is_bare = !field.contains('.') && !is_substituted && (kind.has)(&labelled);
        let hint = if is_bare {
            format!("a label is written `{labelled}`; fields are {}", kind.fields)
        } else {
            format!("fields are {}", kind.fields)
        };
        let named = if is_substituted { "of that name".to_owned() } else { quoted(field) };
        let what = format!("alerts of `{}` have no field {named}", kind.word);
        self.findings.push(Finding::new(place, what).hint(hint));
    }

    fn hook_components(
        &mut self,
        entry: &HookRuleEntry,
        (kind, components): (&Kind, &[ComponentDefinition]),
        at: At<'_>,
    ) -> Vec<Template> {
        let hint = format!("use at most {HOOK_COMPONENTS_MAX}");
        self.few(entry.components.len(), HOOK_COMPONENTS_MAX, ("components", hint), at);
        let mut templates = Vec::new();
        for (index, text) in entry.components.iter().enumerate() {
            let at = at.item(index);
            let Some(template) = self.template(text, kind, at) else { continue };
            if let Some(id) = template.literal()
                && !components.iter().any(|component| component.id.as_str() == id)
            {
                self.unknown_component(id, components, at);
            }
            templates.push(template);
        }
        templates
    }

    fn unknown_component(&mut self, id: &str, components: &[ComponentDefinition], at: At<'_>) {
        let is_meant_as_field =
            ["labels.", "annotations.", "data."].iter().any(|start| id.starts_with(start));
        if is_meant_as_field && !at.is_substituted() {
            let what = format!("there is no component {}", at.shown());
            let hint = format!("a field is written in double braces: `\"{{{{{id}}}}}\"`");
            self.findings.push(Finding::new(at.place(), what).hint(hint));
            return;
        }
        let known = components.iter().map(|component| component.id.as_str());
        match nearest(id, known) {
            None if components.is_empty() => {
                let what = format!("there is no component {}", at.shown());
                let hint = "components of the admin are named by a field, as `{{labels.service}}`";
                self.findings.push(Finding::new(at.place(), what).hint(hint));
            }
            _ => self.no_component(id, components, at),
        }
    }

    fn said(&mut self, section: &HookIncidentSection, kind: &Kind, at: At<'_>) -> Option<Said> {
        self.line(&section.title, HOOK_TEMPLATE_CHARS_MAX, at.key("title"));
        let title = self.template(&section.title, kind, at.key("title"));
        let message = self.spoken_template(&section.message, kind, at.key("message"));
        let resolved = match &section.resolved {
            Some(text) => Some(self.spoken_template(text, kind, at.key("resolved"))?),
            None => None,
        };
        let impact = section.impact.map(impact_of);
        Some(Said { title: title?, message: message?, resolved, impact })
    }

    fn spoken_template(&mut self, text: &str, kind: &Kind, at: At<'_>) -> Option<Template> {
        if text.trim().is_empty() {
            let name = at.name().unwrap_or("text");
            let what = format!("`{name}` is blank");
            self.findings.push(Finding::new(at.place(), what).hint("say what is known and what you do"));
        }
        self.template(text, kind, at)
    }

    fn template(&mut self, text: &str, kind: &Kind, at: At<'_>) -> Option<Template> {
        let count = text.chars().count();
        if count > HOOK_TEMPLATE_CHARS_MAX {
            let what = format!("this text is {count} characters long");
            let hint = format!("use at most {HOOK_TEMPLATE_CHARS_MAX}");
            self.findings.push(Finding::new(at.place(), what).hint(hint));
            return None;
        }
        match Template::read(text) {
            Ok(template) => {
                for field in template.fields() {
                    self.field(field, kind, (at.place(), at.is_substituted()));
                }
                Some(template)
            }
            Err(fault) => {
                let hint = "name a field between `{{` and `}}`, as `{{labels.service}}`";
                self.findings.push(Finding::new(at.place(), fault.to_string()).hint(hint));
                None
            }
        }
    }
}

fn status_of(word: HookStateWord) -> Status {
    match word {
        HookStateWord::Operational => Status::Operational,
        HookStateWord::DegradedPerformance => Status::DegradedPerformance,
        HookStateWord::PartialOutage => Status::PartialOutage,
        HookStateWord::MajorOutage => Status::MajorOutage,
    }
}

fn impact_of(word: HookImpactWord) -> Impact {
    match word {
        HookImpactWord::None => Impact::None,
        HookImpactWord::Minor => Impact::Minor,
        HookImpactWord::Major => Impact::Major,
        HookImpactWord::Critical => Impact::Critical,
    }
}
