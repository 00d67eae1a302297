//! What operators may ask for. One list behind every door: API, admin, command line, drafts.
//!
//! Everything is checked before anything is decided; a command that is refused changes nothing.

use pharos_model::{
    Affected, AnnouncementId, ComponentId, Drill, Impact, IncidentId, IncidentStatus, MaintenanceId,
    MaintenanceStatus, Prose, Status, Text, UnixMs,
};
use serde::{Deserialize, Serialize};

use super::kept::{Draft, DraftId, Series, Template, TemplateId};
use crate::CheckId;
use crate::alerts::Delivery;

/// What an operator asks for. `revision`, where it is given, is the one that the operator has seen: if the thing was changed
/// since, the command is refused and says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens an incident, or writes down one that is over.
    OpenIncident(Box<NewIncident>),
    /// Says something about an incident.
    UpdateIncident {
        /// Which.
        id: IncidentId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// What is said.
        update: Box<NewUpdate>,
    },
    /// Changes what stands over an incident.
    EditIncident {
        /// Which.
        id: IncidentId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// What is changed.
        edit: Box<IncidentEdit>,
    },
    /// Changes what was said about an incident.
    EditUpdate {
        /// Which incident.
        id: IncidentId,
        /// The update's place in the timeline, from 1.
        number: usize,
        /// The revision that was seen.
        revision: Option<u32>,
        /// What is changed.
        edit: Box<UpdateEdit>,
    },
    /// Tells of an incident no more.
    HideIncident {
        /// Which.
        id: IncidentId,
        /// The revision that was seen.
        revision: Option<u32>,
    },
    /// Tells of an incident within another.
    MergeIncident {
        /// Which.
        id: IncidentId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// The one that tells of both from here on.
        into: IncidentId,
    },
    /// Announces maintenance; without a beginning it begins now.
    PlanMaintenance(Box<NewMaintenance>),
    /// Changes maintenance.
    EditMaintenance {
        /// Which.
        id: MaintenanceId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// What is changed.
        edit: Box<MaintenanceEdit>,
    },
    /// Says something about maintenance, begins it early, ends it early, or calls it off.
    UpdateMaintenance {
        /// Which.
        id: MaintenanceId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// Where it stands from here on; `None` leaves that as it is.
        status: Option<MaintenanceStatus>,
        /// What is said; may be empty when the status changes.
        body: Prose,
    },
    /// Plans maintenance that comes again and again, or changes such a plan.
    SaveSeries(Box<Series>),
    /// Plans it no more; what is announced and has not begun is called off.
    DropSeries {
        /// Which.
        id: MaintenanceId,
    },
    /// Makes an announcement.
    Announce(Box<NewAnnouncement>),
    /// Changes an announcement.
    EditAnnouncement {
        /// Which.
        id: AnnouncementId,
        /// The revision that was seen.
        revision: Option<u32>,
        /// What is changed.
        edit: Box<AnnouncementEdit>,
    },
    /// Takes an announcement down.
    EndAnnouncement {
        /// Which.
        id: AnnouncementId,
    },
    /// States a component's status, or, without one, lets its checks count again.
    State {
        /// Which component.
        component: ComponentId,
        /// What is stated.
        statement: Option<Box<NewStatement>>,
    },
    /// Keeps a template, or changes it.
    SaveTemplate(Box<Template>),
    /// Lets a template go.
    DropTemplate {
        /// Which.
        id: TemplateId,
    },
    /// Keeps a command for later, or changes it.
    SaveDraft(Box<Draft>),
    /// Lets a draft go.
    DropDraft {
        /// Which.
        id: DraftId,
    },
    /// Carries out a draft now.
    PublishDraft {
        /// Which.
        id: DraftId,
    },
    /// Stops looking at a check, or goes on.
    PauseCheck {
        /// Which.
        check: CheckId,
        /// Whether it is to be paused.
        paused: bool,
    },
    /// Writes down how a restore on trial went. What nobody but Pharos itself asks for.
    RecordDrill(Box<Drill>),
    /// Takes what a hook was told. What nobody but Pharos itself asks for.
    Deliver(Box<Delivery>),
    /// Looks at a check now.
    RunCheck {
        /// Which.
        check: CheckId,
    },
    /// Keeps a component beside those of the file, or changes it. Its definition was found good.
    KeepComponent {
        /// Which.
        id: ComponentId,
        /// As it would stand in the file.
        definition: String,
        /// The revision that was seen.
        revision: Option<u32>,
    },
    /// Lets a component go that is kept beside the file.
    DropComponent {
        /// Which.
        id: ComponentId,
    },
}

impl Command {
    /// The incident that must be known for this, which may be too old to stand in the fold.
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::UpdateIncident { id, .. }
            | Self::EditIncident { id, .. }
            | Self::EditUpdate { id, .. }
            | Self::HideIncident { id, .. }
            | Self::MergeIncident { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// An incident to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIncident {
    /// One line, as visitors read it.
    pub title: Text,
    /// The components it concerns.
    #[serde(default)]
    pub components: Vec<ComponentId>,
    /// How much it hurts; follows from the components unless it is stated.
    #[serde(default)]
    pub impact: Option<Impact>,
    /// When the trouble began; now unless it is stated. Not in the future.
    #[serde(default)]
    pub began_at: Option<UnixMs>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: bool,
    /// What is said first.
    pub first: NewUpdate,
}

/// Something to be said about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUpdate {
    /// The incident's status from here on.
    pub status: IncidentStatus,
    /// What is said.
    pub body: Prose,
    /// What its components are in from here on.
    #[serde(default)]
    pub components: Vec<Affected>,
    /// By when more will be said.
    #[serde(default)]
    pub next_update_by: Option<UnixMs>,
    /// When it was said; now unless it is stated. Not in the future, and not before what was said last.
    #[serde(default)]
    pub at: Option<UnixMs>,
    /// Whether it only annotates: an incident that Pharos leads is led by it further on.
    #[serde(default)]
    pub annotates: bool,
}

/// What to change over an incident. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEdit {
    /// The title.
    pub title: Option<Text>,
    /// The impact; `Some(None)` lets it follow from the components.
    pub impact: Option<Option<Impact>>,
    /// The components it concerns.
    pub components: Option<Vec<ComponentId>>,
    /// When the trouble began.
    pub began_at: Option<UnixMs>,
    /// Whether it stands above the others.
    pub pinned: Option<bool>,
    /// Whether a person leads it.
    pub taken_over: Option<bool>,
}

/// What to change of an update. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateEdit {
    /// What was said.
    pub body: Option<Prose>,
    /// When it was said: between the updates before and after it.
    pub at: Option<UnixMs>,
    /// By when more is to be said; `Some(None)` takes the promise back.
    pub next_update_by: Option<Option<UnixMs>>,
}

/// Maintenance to be announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMaintenance {
    /// One line, as visitors read it.
    pub title: Text,
    /// What is done and what to expect.
    #[serde(default)]
    pub description: Text,
    /// The components it concerns; at least one.
    pub components: Vec<ComponentId>,
    /// When it is to begin; now unless it is stated.
    #[serde(default)]
    pub scheduled_start: Option<UnixMs>,
    /// When it is to end.
    pub scheduled_end: UnixMs,
    /// Whether it ends with a look whether all is well, instead of by itself at its time.
    #[serde(default)]
    pub verified_by_hand: bool,
}

/// What to change of maintenance. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceEdit {
    /// The title.
    pub title: Option<Text>,
    /// What is done and what to expect.
    pub description: Option<Text>,
    /// The components it concerns.
    pub components: Option<Vec<ComponentId>>,
    /// When it is to begin.
    pub scheduled_start: Option<UnixMs>,
    /// When it is to end.
    pub scheduled_end: Option<UnixMs>,
    /// Whether it ends with a look whether all is well.
    pub verified_by_hand: Option<bool>,
}

/// An announcement to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAnnouncement {
    /// One line, as visitors read it.
    pub title: Text,
    /// The rest; may be empty.
    #[serde(default)]
    pub body: Prose,
    /// Until when it is to be shown; `None` until it is taken down.
    #[serde(default)]
    pub until: Option<UnixMs>,
}

/// What to change of an announcement. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncementEdit {
    /// The title.
    pub title: Option<Text>,
    /// The rest.
    pub body: Option<Prose>,
    /// Until when it is to be shown.
    pub until: Option<Option<UnixMs>>,
}

/// A status to be stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStatement {
    /// The status.
    pub status: Status,
    /// Why, as visitors read it.
    pub reason: Text,
    /// Until when. A component that has checks is not taken out of their sight without an end.
    pub until: Option<UnixMs>,
}
