//! Incidents as programs read and write them.

use pharos_engine::desk::{NewIncident, NewUpdate};
use pharos_model::{Incident, IncidentSource, IncidentUpdate, Transition};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::incidents::own_language;
use super::problem::Problem;
use super::wire::{
    Change, ComponentStatus, ImpactWord, IncidentStatusWord, Moment, StatusWord, TextValue, affected,
    components, present,
};
use crate::http::Services;

/// Who opened an incident.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Pharos, from what its checks saw.
    Automatic,
    /// A person.
    Operator,
}

/// What became of a promised update.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// It is still to come.
    Pending,
    /// It came in time.
    Kept,
    /// It did not come in time.
    Missed,
}

/// One thing that was said about an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UpdateView {
    /// Its place in the timeline, from 1.
    #[schema(minimum = 1)]
    pub number: usize,
    /// When it was said.
    pub at: Moment,
    /// The incident's status from here on.
    pub status: IncidentStatusWord,
    /// What Pharos noticed (`detected`, `changed`, `recovering`, `relapsed`, `resolved`, `withdrawn`, `merged`,
    /// `joined`), or `written`.
    pub kind: &'static str,
    /// The component's status that was noticed, if any.
    pub found: Option<StatusWord>,
    /// What a person wrote, in Markdown.
    pub body: Option<TextValue>,
    /// The same as HTML that is safe to show.
    pub html: Option<String>,
    /// What the components were said to be in.
    pub components: Vec<ComponentStatus>,
    /// By when more was promised.
    pub next_update_by: Option<Moment>,
    /// What became of the promise.
    pub promise: Option<PromiseState>,
    /// When it was last edited.
    pub edited_at: Option<Moment>,
}

/// An incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// Its identifier, part of its permanent address.
    #[schema(example = "2026-11-26-checkout-is-slow")]
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// One line; for an incident that Pharos opened, in English and made of what its checks found.
    pub title: TextValue,
    /// Who opened it.
    pub source: Source,
    /// Where it stands.
    pub status: IncidentStatusWord,
    /// The worst it has been.
    pub impact: ImpactWord,
    /// Whether a person stated the impact; else it follows from the components.
    pub impact_stated: bool,
    /// The components it concerns.
    pub components: Vec<String>,
    /// The one of them from whose failure the others suffer, as far as Pharos found out.
    pub root: Option<String>,
    /// When the trouble began.
    pub began_at: Moment,
    /// When it was resolved.
    pub resolved_at: Option<Moment>,
    /// When a person last edited it.
    pub edited_at: Option<Moment>,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether a person leads it.
    pub taken_over: bool,
    /// In the order in which they were said.
    pub updates: Vec<UpdateView>,
}

fn update_view(number: usize, update: &IncidentUpdate, own: &str) -> UpdateView {
    let (kind, found) = match &update.transition {
        Transition::Detected(status) => ("detected", Some(*status)),
        Transition::Changed(status) => ("changed", Some(*status)),
        Transition::Recovering => ("recovering", None),
        Transition::Relapsed(status) => ("relapsed", Some(*status)),
        Transition::Resolved => ("resolved", None),
        Transition::Withdrawn => ("withdrawn", None),
        Transition::Merged(_) => ("merged", None),
        Transition::Joined(_) => ("joined", None),
        Transition::Written(_) => ("written", None),
    };
    let said = match &update.transition {
        Transition::Written(said) => Some(said),
        _ => None,
    };
    UpdateView {
        number,
        at: Moment(update.at),
        status: update.status.into(),
        kind,
        found: found.map(Into::into),
        body: said.map(|said| TextValue::of(&said.source, own)),
        html: said.map(|said| said.html.plain().to_owned()),
        components: update.components.iter().map(Into::into).collect(),
        next_update_by: update.next_update_by.map(Moment),
        promise: update.next_update_by.map(|_| match update.kept {
            None => PromiseState::Pending,
            Some(true) => PromiseState::Kept,
            Some(false) => PromiseState::Missed,
        }),
        edited_at: update.edited_at.map(Moment),
    }
}

impl IncidentView {
    /// Of an incident.
    pub fn of(services: &Services, incident: &Incident) -> Self {
        let board = services.pages.snapshot();
        let own = own_language(services);
        let title = if incident.title.is_empty() {
            TextValue::Plain(pharos_app::Words::english().incident_title(&board, incident))
        } else {
            TextValue::of(&incident.title, &own)
        };
        let update = |(index, update): (usize, &IncidentUpdate)| update_view(index + 1, update, &own);
        Self {
            id: incident.id.to_string(),
            revision: incident.revision,
            title,
            source: match incident.source {
                IncidentSource::Automatic => Source::Automatic,
                IncidentSource::Operator => Source::Operator,
            },
            status: incident.status.into(),
            impact: incident.impact.into(),
            impact_stated: incident.impact_stated,
            components: incident.components.iter().map(ToString::to_string).collect(),
            root: incident.root.as_ref().map(ToString::to_string),
            began_at: Moment(incident.began_at),
            resolved_at: incident.resolved_at.map(Moment),
            edited_at: incident.edited_at.map(Moment),
            pinned: incident.pinned,
            taken_over: incident.taken_over,
            updates: incident.updates.iter().enumerate().map(update).collect(),
        }
    }
}

/// What is said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateInput {
    /// The incident's status from here on.
    pub status: IncidentStatusWord,
    /// What is said, in Markdown.
    pub body: TextValue,
    /// What components are in from here on.
    #[serde(default)]
    pub components: Vec<ComponentStatus>,
    /// By when more will be said.
    #[serde(default)]
    pub next_update_by: Option<Moment>,
    /// When it was said; now unless it is stated.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Whether it only annotates an incident that Pharos leads, instead of taking it over.
    #[serde(default)]
    pub annotate: bool,
}

impl UpdateInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_update(self, own: &str) -> Result<NewUpdate, Problem> {
        Ok(NewUpdate {
            status: self.status.into(),
            body: self.body.into_prose("body", own)?,
            components: affected("components", &self.components)?,
            next_update_by: self.next_update_by.map(|moment| moment.0),
            at: self.at.map(|moment| moment.0),
            annotates: self.annotate,
        })
    }
}

/// An incident to be opened, or one of the past to be written down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentInput {
    /// One line, as visitors read it.
    pub title: TextValue,
    /// What is said first, in Markdown.
    pub body: TextValue,
    /// Where it stands; `investigating` unless it is stated.
    #[serde(default)]
    pub status: Option<IncidentStatusWord>,
    /// How much it hurts; follows from the components unless it is stated.
    #[serde(default)]
    pub impact: Option<ImpactWord>,
    /// The components it concerns without saying what they are in.
    #[serde(default)]
    pub affects: Vec<String>,
    /// What components are in while the incident is open.
    #[serde(default)]
    pub components: Vec<ComponentStatus>,
    /// When the trouble began; now unless it is stated.
    #[serde(default)]
    pub began_at: Option<Moment>,
    /// When the first update was said, for one of the past.
    #[serde(default)]
    pub at: Option<Moment>,
    /// By when more will be said.
    #[serde(default)]
    pub next_update_by: Option<Moment>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: bool,
}

impl IncidentInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_incident(self, own: &str) -> Result<NewIncident, Problem> {
        Ok(NewIncident {
            title: self.title.into_text("title", own)?,
            components: components("affects", &self.affects)?,
            impact: self.impact.map(Into::into),
            began_at: self.began_at.map(|moment| moment.0),
            pinned: self.pinned,
            first: NewUpdate {
                status: self.status.unwrap_or(IncidentStatusWord::Investigating).into(),
                body: self.body.into_prose("body", own)?,
                components: affected("components", &self.components)?,
                next_update_by: self.next_update_by.map(|moment| moment.0),
                at: self.at.map(|moment| moment.0),
                annotates: false,
            },
        })
    }
}

/// What to change over an incident. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPatch {
    /// The title.
    #[serde(default)]
    pub title: Option<TextValue>,
    /// The impact; `null` lets it follow from the components.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Change<ImpactWord>,
    /// The components it concerns.
    #[serde(default)]
    pub affects: Option<Vec<String>>,
    /// When the trouble began.
    #[serde(default)]
    pub began_at: Option<Moment>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: Option<bool>,
    /// Whether a person leads it.
    #[serde(default)]
    pub taken_over: Option<bool>,
}

/// What to change of an update. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePatch {
    /// What was said, in Markdown.
    #[serde(default)]
    pub body: Option<TextValue>,
    /// When it was said.
    #[serde(default)]
    pub at: Option<Moment>,
    /// By when more is to be said; `null` takes the promise back.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Moment>)]
    pub next_update_by: Change<Moment>,
}

/// The incident that tells of another from here on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// Its identifier.
    pub into: String,
}

/// Incidents, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentPage {
    /// The incidents.
    pub incidents: Vec<IncidentView>,
    /// What to ask for to go on; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Which incidents.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IncidentQuery {
    /// How many, 1 to 100; 50 unless it is stated.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Only open ones, or only those that are over.
    pub open: Option<bool>,
    /// Only those of this component.
    pub component: Option<String>,
}

#[cfg(test)]
mod tests {
    use pharos_model::UnixMs;
    use pharos_store::AuditEntry;

    use crate::http::api::revisions::RevisionView;

    #[test]
    fn a_revision_tells_what_was_said_and_not_who_edited_it_from_where() {
        let before = r#"{"id":"a","source":"operator","status":"identified","impact":"none","components":[],"began_at":1,
            "resolved_at":null,"updates":[{"at":2,"status":"identified","transition":{"written":{"source":"Old","html":"x"}}}]}"#;
        let entry = AuditEntry {
            id: 1,
            at: UnixMs(9),
            actor: "user:anna".to_owned(),
            address: "192.0.2.1".to_owned(),
            action: "incident.edit_update".to_owned(),
            target: "incidents/a/updates/1".to_owned(),
            seq: None,
            before: Some(before.to_owned()),
            after: None,
        };
        let told = serde_json::to_value(RevisionView::of(&entry, 1, "en")).expect("a revision is told");
        let moment = |ms: u32| format!("1970-01-01T00:00:00.00{ms}Z");
        let expected = serde_json::json!({ "edited_at": moment(9), "at": moment(2), "status": "identified", "body": "Old",
            "next_update_by": null });
        assert_eq!(told, expected);
    }
}
