//! What operators keep beside what the public sees: drafts, templates, series, statements, reminders.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pharos_model::{
    Change, ComponentId, IdError, Impact, IncidentId, IncidentStatus, MaintenanceId, Status, Text, UnixMs,
};
use serde::{Deserialize, Serialize};

use super::Command;
use crate::alerts::{AlertId, HeldAlert};
use crate::limits::{HIDDEN_MAX, REMINDERS_MAX, SOURCE_CHARS_MAX};
use crate::{CheckId, Fact};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(MaintenanceId);

        impl $name {
            /// Takes `text` as an identifier.
            ///
            /// # Errors
            /// When it is empty, too long, or holds anything but a-z, 0-9 and '-'.
            pub fn new(text: &str) -> Result<Self, IdError> {
                MaintenanceId::new(text).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

names! {
    /// Names a draft.
    DraftId;
    /// Names a template.
    TemplateId;
}

/// A command that is kept for later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its identifier; empty for one that is new.
    #[serde(default)]
    pub id: DraftId,
    /// What is to be done.
    pub command: Command,
    /// When to do it by itself; `None` waits for a person.
    #[serde(default)]
    pub publish_at: Option<UnixMs>,
    /// Why it could not be done at its time.
    #[serde(default)]
    pub failed: Option<String>,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u32,
}

/// An incident's first words, prepared. Title and body may hold places for values, as in `{{region}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its identifier; empty for one that is new.
    #[serde(default)]
    pub id: TemplateId,
    /// What operators call it.
    pub name: String,
    /// The title.
    pub title: String,
    /// What is said, in Markdown.
    pub body: String,
    /// The incident's status.
    pub status: IncidentStatus,
    /// The impact, if it is stated.
    #[serde(default)]
    pub impact: Option<Impact>,
    /// The components it concerns.
    #[serde(default)]
    pub components: Vec<ComponentId>,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u32,
}

impl Template {
    /// The names of the places for values in title and body, in the order in which they first stand there.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in places(&self.title).chain(places(&self.body)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Title and body with values in their places.
    ///
    /// # Errors
    /// When a place has no value, or more would come of it than may be said.
    pub fn filled(&self, values: &BTreeMap<String, String>) -> Result<(String, String), Unfilled> {
        let missing = |name: &&str| !values.contains_key(*name);
        let missing: Vec<String> = self.variables().into_iter().filter(missing).map(str::to_owned).collect();
        if !missing.is_empty() {
            return Err(Unfilled::Missing(missing));
        }
        Ok((fill(&self.title, values)?, fill(&self.body, values)?))
    }
}

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfilled {
    /// The places that no value was given for.
    Missing(Vec<String>),
    /// More than [`SOURCE_CHARS_MAX`] characters would come of it.
    TooLong,
}

/// The names between `{{` and `}}`.
fn places(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}

/// One pass from the left: what a value brings is never read again. Ends as soon as it holds more than may be said, however
/// often a long value is asked for.
fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, Unfilled> {
    let (mut filled, mut room) = (String::new(), SOURCE_CHARS_MAX);
    let mut put = |piece: &str| {
        room = room.checked_sub(piece.chars().count()).ok_or(Unfilled::TooLong)?;
        filled.push_str(piece);
        Ok(())
    };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        put(before)?;
        if let Some((name, behind)) = after.split_once("}}") {
            put(values.get(name.trim()).map_or("", String::as_str))?;
            rest = behind;
        } else {
            put("{{")?;
            rest = after;
        }
    }
    put(rest)?;
    Ok(filled)
}

/// Maintenance that comes again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its identifier; empty for one that is new.
    #[serde(default)]
    pub id: MaintenanceId,
    /// One line, as visitors read it.
    pub title: Text,
    /// What is done and what to expect.
    #[serde(default)]
    pub description: Text,
    /// The components it concerns; at least one.
    pub components: Vec<ComponentId>,
    /// When it begins: minute, hour, day of the month, month, day of the week, in the page's time zone.
    pub cron: String,
    /// How long it takes.
    pub duration_ms: u64,
    /// Nothing begins before.
    #[serde(default)]
    pub from: Option<UnixMs>,
    /// Nothing begins after.
    #[serde(default)]
    pub until: Option<UnixMs>,
    /// Whether each ends with a look whether all is well.
    #[serde(default)]
    pub verified_by_hand: bool,
    /// Beginnings that were called off.
    #[serde(default)]
    pub skipped: BTreeSet<UnixMs>,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u32,
}

/// A component's status as operators state it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The status.
    pub status: Status,
    /// Why, as visitors read it.
    pub reason: Text,
    /// Since when.
    pub since: UnixMs,
    /// Until when; `None` until it is taken back.
    pub until: Option<UnixMs>,
}

/// A component that is kept beside those of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptComponent {
    /// As it would stand in the file.
    pub definition: String,
    /// How often it was changed.
    pub revision: u32,
}

/// What operators are reminded of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminder {
    /// The update that an incident's readers were promised is due soon.
    UpdateDue(IncidentId),
    /// The promised update did not come in time.
    UpdateMissed(IncidentId),
    /// Maintenance begins in a day.
    MaintenanceTomorrow(MaintenanceId),
    /// Maintenance begins in an hour.
    MaintenanceSoon(MaintenanceId),
    /// Maintenance is over by its plan, and somebody must say that all is well.
    VerificationDue(MaintenanceId),
    /// A draft could not be published at its time.
    DraftFailed(DraftId),
}

/// Everything operators keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Desk {
    /// Drafts by identifier.
    pub drafts: BTreeMap<DraftId, Draft>,
    /// How many drafts there ever were.
    pub drafts_saved: u64,
    /// Templates by identifier.
    pub templates: BTreeMap<TemplateId, Template>,
    /// Series by identifier.
    pub series: BTreeMap<MaintenanceId, Series>,
    /// Components beside those of the file.
    pub components: BTreeMap<ComponentId, KeptComponent>,
    /// What is stated by hand.
    pub statements: BTreeMap<ComponentId, Statement>,
    /// Checks that are not looked at.
    pub paused: BTreeSet<CheckId>,
    /// Since when what is shown of a component may be dated at the earliest: what was stated before stands.
    pub settled: BTreeMap<ComponentId, UnixMs>,
    /// Components whose trouble is dealt with until they are seen well again, each since a person ended its incident.
    pub answered: BTreeMap<ComponentId, UnixMs>,
    /// Incidents that are told of no more.
    pub hidden: BTreeSet<IncidentId>,
    /// What other systems reported.
    pub alerts: BTreeMap<AlertId, HeldAlert>,
    /// The incidents of groups of alerts, until both are over.
    pub alerted: BTreeMap<AlertId, IncidentId>,
    /// What operators were reminded of, each with the moment it is about, the oldest first.
    pub reminders: Vec<(Reminder, UnixMs)>,
}

impl Desk {
    /// Folds in a fact.
    pub(crate) fn note(&mut self, at: UnixMs, fact: &Fact) {
        match fact {
            Fact::DraftSaved(draft) => {
                self.drafts_saved += u64::from(!self.drafts.contains_key(&draft.id));
                self.drafts.insert(draft.id.clone(), Draft::clone(draft));
            }
            Fact::DraftDropped { id, .. } => drop(self.drafts.remove(id)),
            Fact::TemplateSaved(template) => {
                self.templates.insert(template.id.clone(), Template::clone(template));
            }
            Fact::TemplateDropped { id } => drop(self.templates.remove(id)),
            Fact::SeriesSaved(series) => drop(self.series.insert(series.id.clone(), Series::clone(series))),
            Fact::SeriesDropped { id } => drop(self.series.remove(id)),
            Fact::StatementMade { component, statement, from } => {
                self.settled.insert(component.clone(), *from);
                match statement {
                    Some(made) => self.statements.insert(component.clone(), Statement::clone(made)),
                    None => self.statements.remove(component),
                };
            }
            Fact::ComponentKept { id, component } => {
                match component {
                    Some(kept) => self.components.insert(id.clone(), KeptComponent::clone(kept)),
                    None => self.components.remove(id),
                };
            }
            Fact::CheckPaused { check, paused: true } => drop(self.paused.insert(check.clone())),
            Fact::CheckPaused { check, paused: false } | Fact::CheckRemoved { check } => {
                self.paused.remove(check);
            }
            Fact::Answered { components } => {
                self.answered.extend(components.iter().map(|component| (component.clone(), at)));
            }
            Fact::Public(Change::Stated { component, from, .. }) => {
                self.settled.insert(component.clone(), *from);
            }
            Fact::Public(Change::IncidentHidden { id }) => {
                self.hidden.insert(id.clone());
                if self.hidden.len() > HIDDEN_MAX {
                    self.hidden.pop_first();
                }
            }
            Fact::Public(Change::Configured(definition)) => {
                let stays = |id: &ComponentId| definition.components.iter().any(|known| known.id == *id);
                self.settled.retain(|id, _| stays(id));
                self.answered.retain(|id, _| stays(id));
                self.statements.retain(|id, _| stays(id));
            }
            Fact::AlertHeld { id, alert } => self.note_alert(at, id, alert),
            Fact::AlertsTold { group, incident } => {
                match incident {
                    Some(incident) => self.alerted.insert(group.clone(), incident.clone()),
                    None => self.alerted.remove(group),
                };
            }
            Fact::Reminded { reminder, due } => {
                self.reminders.push((reminder.clone(), *due));
                let surplus = self.reminders.len().saturating_sub(REMINDERS_MAX);
                self.reminders.drain(..surplus);
            }
            _ => {}
        }
    }

    /// Whether operators were reminded of this already.
    pub(crate) fn reminded(&self, reminder: &Reminder, due: UnixMs) -> bool {
        self.reminders.iter().any(|(known, at)| known == reminder && *at == due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(title: &str, body: &str) -> Template {
        Template {
            id: TemplateId::default(),
            name: "t".into(),
            title: title.into(),
            body: body.into(),
            status: IncidentStatus::Investigating,
            impact: None,
            components: Vec::new(),
            revision: 0,
        }
    }

    #[test]
    fn a_template_names_each_of_its_places_once_in_order() {
        let template = template("{{service}} in {{region}}", "We look into {{ service }}: {{cause}}.");
        assert_eq!(template.variables(), ["service", "region", "cause"]);
    }

    #[test]
    fn a_template_without_all_its_values_says_which_are_missing() {
        let values = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        let missing = Unfilled::Missing(vec!["b".into(), "c".into()]);
        assert_eq!(template("{{a}} {{b}}", "{{c}}").filled(&values), Err(missing));
    }

    #[test]
    fn a_long_value_in_many_places_is_refused_before_it_fills_the_memory() {
        let filled = |chars: usize, places: usize| {
            let values = BTreeMap::from([("a".to_owned(), "x".repeat(chars))]);
            template("t", &"{{a}}".repeat(places)).filled(&values).map(|(_, body)| body.len())
        };
        assert_eq!(filled(5, 4_000), Ok(SOURCE_CHARS_MAX));
        assert_eq!(filled(6, 4_000), Err(Unfilled::TooLong));
        assert_eq!(filled(1024 * 1024, 4_000), Err(Unfilled::TooLong));
    }

    #[test]
    fn what_a_value_brings_is_not_taken_for_a_place() {
        let values = BTreeMap::from([("a".to_owned(), "{{b}}".to_owned()), ("b".to_owned(), "x".to_owned())]);
        let (title, body) = template("{{a}}{{b}}", "open {{ and on").filled(&values).unwrap();
        assert_eq!((title.as_str(), body.as_str()), ("{{b}}x", "open {{ and on"));
    }
}
