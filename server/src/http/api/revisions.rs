//! What updates of incidents said before they were edited.

use pharos_model::{Incident, Transition};
use pharos_store::AuditEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::{IncidentStatusWord, Moment, TextValue};

/// What an update said before it was edited. Who edited it stands in the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevisionView {
    /// When it was edited.
    pub edited_at: Moment,
    /// When it was said, as it stood until then.
    pub at: Moment,
    /// The incident's status from there on.
    pub status: IncidentStatusWord,
    /// In Markdown; `null` for what Pharos said.
    pub body: Option<TextValue>,
    /// By when more was promised.
    pub next_update_by: Option<Moment>,
}

impl RevisionView {
    /// What the update of this place said before the edit that this entry tells of; `None` when the entry does not tell.
    pub fn of(entry: &AuditEntry, number: usize, own: &str) -> Option<Self> {
        let incident: Incident = serde_json::from_str(entry.before.as_deref()?).ok()?;
        let update = incident.updates.get(number.checked_sub(1)?)?;
        let body = match &update.transition {
            Transition::Written(said) => Some(TextValue::of(&said.source, own)),
            _ => None,
        };
        Some(Self {
            edited_at: Moment(entry.at),
            at: Moment(update.at),
            status: update.status.into(),
            body,
            next_update_by: update.next_update_by.map(Moment),
        })
    }
}

#[cfg(test)]
mod tests {
    use pharos_model::UnixMs;

    use super::*;

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
