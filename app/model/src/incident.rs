//! Incidents: what went wrong, what was said about it and when.

use serde::{Deserialize, Serialize};

use crate::{ComponentId, Impact, IncidentId, IncidentStatus, Status, Text, UnixMs};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentSource {
    /// Opened by Pharos from what its checks saw.
    Automatic,
    /// Written by a person.
    Operator,
}

/// What an automatic update says. A word, not a sentence, so that every reader gets it in a language of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// The checks found the component in this status.
    Detected(Status),
    /// It got worse, or less bad, without being well: this is its status now.
    Changed(Status),
    /// The component answers again and is being watched.
    Recovering,
    /// It failed again before it was called resolved.
    Relapsed(Status),
    /// It stayed well for as long as was asked.
    Resolved,
    /// The component left the page while the incident was open.
    Withdrawn,
    /// A person's own words, plain text.
    Written(String),
}

/// One entry of an incident's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentUpdate {
    /// When it was said.
    pub at: UnixMs,
    /// The incident's status from here on.
    pub status: IncidentStatus,
    /// What was said.
    pub transition: Transition,
}

/// An incident with its timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Part of its permanent address.
    pub id: IncidentId,
    /// One line, as visitors read it. Empty for one that Pharos opened: each reader makes it from what the checks found
    /// ([`Incident::detected`]) and the name of the component, in a language of their own.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub title: Text,
    /// Who opened it.
    pub source: IncidentSource,
    /// Where it stands.
    pub status: IncidentStatus,
    /// The worst it has been.
    pub impact: Impact,
    /// The components it concerns.
    pub components: Vec<ComponentId>,
    /// When the trouble began: the first observation that showed it, which is before anybody could say so.
    pub began_at: UnixMs,
    /// When it was resolved; `None` while it is open.
    pub resolved_at: Option<UnixMs>,
    /// Oldest first.
    pub updates: Vec<IncidentUpdate>,
}

impl Incident {
    /// Whether it still counts as open.
    pub fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// What the checks found when Pharos opened it; `None` when a person did.
    pub fn detected(&self) -> Option<Status> {
        match self.updates.first()?.transition {
            Transition::Detected(status) => Some(status),
            _ => None,
        }
    }

    /// When something was last said.
    pub fn updated_at(&self) -> UnixMs {
        self.updates.last().map_or(self.began_at, |update| update.at)
    }
}
