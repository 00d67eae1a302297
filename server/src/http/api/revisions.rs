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
