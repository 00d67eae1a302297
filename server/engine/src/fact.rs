//! Facts: what the core decides, in the form in which the journal keeps it, and the fold that they make.

use std::collections::BTreeMap;

use pharos_model::{
    ApplyError, Before, Change, ComponentId, Event, Failover, FurtherPage, IncidentId, MaintenanceId, Origin,
    PageId, PageView, Policy, Redundancy, Snapshot, Status, Told, UnixMs, failover,
};
use serde::{Deserialize, Serialize};

use crate::alerts::{AlertId, HeldAlert};
use crate::desk::{Desk, Draft, DraftId, KeptComponent, Reminder, Series, Statement, Template, TemplateId};
use crate::redundancy::Held;
use crate::{CheckId, Verdict};

/// One entry of the journal. Some are for everybody, the rest for operators and for a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A public change.
    Public(Change),
    /// A check's verdict changed.
    VerdictChanged {
        /// Of which check.
        check: CheckId,
        /// What is held to be true now.
        verdict: Verdict,
    },
    /// A check is no longer configured.
    CheckRemoved {
        /// Which.
        check: CheckId,
    },
    /// The wall clock jumped.
    ClockStepped {
        /// What it should have shown.
        from: UnixMs,
        /// What it showed.
        to: UnixMs,
    },
    /// Every reference target fails: what this watcher sees failing tells nothing until one answers again.
    Blinded,
    /// A reference target answers again.
    Sighted,
    /// A check is not looked at any more, or again.
    CheckPaused {
        /// Which.
        check: CheckId,
        /// Whether it is paused now.
        paused: bool,
    },
    /// Operators state a component's status, or do so no more.
    StatementMade {
        /// Which component.
        component: ComponentId,
        /// What they state.
        statement: Option<Box<Statement>>,
        /// Since when.
        from: UnixMs,
    },
    /// A component is kept beside those of the file, or no more.
    ComponentKept {
        /// Which.
        id: ComponentId,
        /// What is kept of it; `None` when it is let go.
        component: Option<Box<KeptComponent>>,
    },
    /// A person ended an incident of these components: what they suffer from now is dealt with.
    Answered {
        /// Which.
        components: Vec<ComponentId>,
    },
    /// A draft is kept, or is another now.
    DraftSaved(Box<Draft>),
    /// A draft is gone.
    DraftDropped {
        /// Which.
        id: DraftId,
        /// Whether it was carried out.
        published: bool,
    },
    /// A template is kept, or is another now.
    TemplateSaved(Box<Template>),
    /// A template is gone.
    TemplateDropped {
        /// Which.
        id: TemplateId,
    },
    /// Maintenance is planned that comes again and again, or the plan is another now.
    SeriesSaved(Box<Series>),
    /// It is planned no more.
    SeriesDropped {
        /// Which.
        id: MaintenanceId,
    },
    /// A member of a redundant component says another thing of its role or its lag.
    RoleHeld {
        /// Which member.
        component: ComponentId,
        /// What it says.
        held: Option<Box<Held>>,
    },
    /// A component's redundancy is another now, for operators only.
    RedundancyNoted {
        /// Which component.
        component: ComponentId,
        /// What there is to tell of it now.
        redundancy: Option<Box<Redundancy>>,
    },
    /// A failover began, went on or is over, for operators only.
    FailoverNoted(Box<Failover>),
    /// What is kept of an alert of another system is another thing now.
    AlertHeld {
        /// Which alert.
        id: AlertId,
        /// What is kept of it.
        alert: Box<HeldAlert>,
    },
    /// A group of alerts has an incident, or has it no more.
    AlertsTold {
        /// Which group.
        group: AlertId,
        /// Its incident.
        incident: Option<IncidentId>,
    },
    /// The further pages are these now.
    PagesConfigured(Vec<FurtherPage>),
    /// Operators were reminded of something.
    Reminded {
        /// Of what.
        reminder: Reminder,
        /// The moment it is about.
        due: UnixMs,
    },
}

impl Fact {
    /// The word for this kind of fact, as the journal's `kind` column has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Public(Change::Configured(_)) => "configured",
            Self::Public(Change::DayBegan(_)) => "day_began",
            Self::Public(Change::StatusChanged { .. }) => "status_changed",
            Self::Public(Change::Unwatched { .. }) => "unwatched",
            Self::Public(Change::IncidentOpened(_)) => "incident_opened",
            Self::Public(Change::IncidentUpdated { .. }) => "incident_updated",
            Self::Public(Change::MaintenanceChanged(_)) => "maintenance_changed",
            Self::Public(Change::IncidentChanged(_)) => "incident_changed",
            Self::Public(Change::IncidentHidden { .. }) => "incident_hidden",
            Self::Public(Change::Stated { .. }) => "stated",
            Self::Public(Change::AnnouncementChanged(_)) => "announcement_changed",
            Self::Public(Change::RedundancyChanged { .. }) => "redundancy_changed",
            Self::Public(Change::FailoverChanged(_)) => "failover_changed",
            Self::Public(Change::DrillHeld(_)) => "drill_held",
            Self::Public(Change::Checkpoint) => "checkpoint",
            Self::VerdictChanged { .. } => "verdict_changed",
            Self::CheckRemoved { .. } => "check_removed",
            Self::ClockStepped { .. } => "clock_stepped",
            Self::Blinded => "blinded",
            Self::Sighted => "sighted",
            Self::CheckPaused { .. } => "check_paused",
            Self::StatementMade { .. } => "statement_made",
            Self::ComponentKept { .. } => "component_kept",
            Self::Answered { .. } => "answered",
            Self::DraftSaved(_) => "draft_saved",
            Self::DraftDropped { .. } => "draft_dropped",
            Self::TemplateSaved(_) => "template_saved",
            Self::TemplateDropped { .. } => "template_dropped",
            Self::SeriesSaved(_) => "series_saved",
            Self::SeriesDropped { .. } => "series_dropped",
            Self::RoleHeld { .. } => "role_held",
            Self::RedundancyNoted { .. } => "redundancy_noted",
            Self::FailoverNoted(_) => "failover_noted",
            Self::AlertHeld { .. } => "alert_held",
            Self::AlertsTold { .. } => "alerts_told",
            Self::PagesConfigured(_) => "pages_configured",
            Self::Reminded { .. } => "reminded",
        }
    }

    /// What the public hears of it, if anything.
    pub fn public(&self) -> Option<&Change> {
        match self {
            Self::Public(change) => Some(change),
            _ => None,
        }
    }
}

/// A fact at its place in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place: gapless, ascending, in the order of commits.
    pub seq: u64,
    /// For a public fact, the place of the public fact before it (0 before the first); `None` for the others.
    pub after: Option<u64>,
    /// When it was decided. Never earlier than the entry before it.
    pub at: UnixMs,
    /// The fact.
    pub fact: Fact,
}

impl Entry {
    /// The public event, if it is one.
    pub fn event(&self) -> Option<Event> {
        let change = self.fact.public()?.clone();
        Some(Event { seq: self.seq, after: self.after?, at: self.at, change })
    }
}

/// The fold of the journal: what everybody sees, and what the core needs besides to go on after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// The place of the last entry in it.
    pub seq: u64,
    /// When the last entry in it was decided, public or not: no later entry may bear an earlier time.
    #[serde(default)]
    pub at: UnixMs,
    /// The public part.
    pub board: Snapshot,
    /// The verdict on each check.
    pub verdicts: BTreeMap<CheckId, Verdict>,
    /// Whether the watcher cannot tell a failure of its targets from its own.
    pub blind: bool,
    /// How many incidents have been opened in the journal's life.
    #[serde(default)]
    pub incidents_opened: u64,
    /// What members of redundant components say of themselves.
    #[serde(default)]
    pub roles: BTreeMap<ComponentId, Held>,
    /// On which member the service of a component rested last.
    #[serde(default)]
    pub primaries: BTreeMap<ComponentId, ComponentId>,
    /// The redundancy of components of which only operators are told.
    #[serde(default)]
    pub redundancies: BTreeMap<ComponentId, Box<Redundancy>>,
    /// The failovers of such components, the newest first.
    #[serde(default)]
    pub failovers: Vec<Failover>,
    /// How many failovers of a component there were.
    #[serde(default)]
    pub failovers_opened: BTreeMap<ComponentId, u32>,
    /// What operators keep.
    #[serde(default)]
    pub desk: Desk,
    /// The further pages, and where each stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<PageView>,
}

impl Fold {
    /// The fold of nothing.
    pub fn empty(origin: Origin) -> Self {
        Self { board: Snapshot::empty(origin), ..Self::default() }
    }

    /// Folds in the next entry of the journal.
    ///
    /// # Errors
    /// When it is not the next one, or names what is not there.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ApplyError> {
        self.follow(entry).map(drop)
    }

    /// The same, with what each further page hears of it.
    ///
    /// # Errors
    /// As [`Fold::apply`].
    pub fn follow(&mut self, entry: &Entry) -> Result<Vec<(PageId, Told)>, ApplyError> {
        if entry.seq != self.seq + 1 {
            return Err(ApplyError::Gap { have: self.seq, after: entry.seq.saturating_sub(1) });
        }
        let mut told = Vec::new();
        if let Some(event) = entry.event() {
            let before = (!self.pages.is_empty()).then(|| Before::of(&self.board, &event.change));
            self.board.apply(&event)?;
            if let Some(before) = before {
                let board = &self.board;
                let hear =
                    |page: &mut PageView| (page.definition.id.clone(), page.hear(&event, &before, board));
                told.extend(self.pages.iter_mut().map(hear));
            }
        }
        self.note(entry.at, &entry.fact);
        self.seq = entry.seq;
        Ok(told)
    }

    /// Folds in a fact that has no place in the journal yet: for the core, which decides before the journal commits.
    ///
    /// # Errors
    /// When it names what is not there.
    pub fn apply_fact(&mut self, at: UnixMs, fact: &Fact) -> Result<(), ApplyError> {
        if let Some(change) = fact.public() {
            self.board.apply_change(at, change)?;
        }
        self.note(at, fact);
        Ok(())
    }

    fn note_primary(&mut self, component: &ComponentId, redundancy: Option<&Redundancy>) {
        let Some(redundancy) = redundancy.filter(|known| known.policy == Policy::PrimaryStandby) else {
            self.primaries.remove(component);
            return;
        };
        if let Some(serving) = redundancy.serving() {
            self.primaries.insert(component.clone(), serving.component.clone());
        }
    }

    fn note_failover(&mut self, failover: &Failover) {
        let opened = self.failovers_opened.entry(failover.component.clone()).or_default();
        *opened = failover.number.max(*opened);
    }

    /// What a fact means beside the public part.
    fn note(&mut self, at: UnixMs, fact: &Fact) {
        self.at = self.at.max(at);
        match fact {
            Fact::Public(Change::Unwatched { from, .. }) => {
                for verdict in self.verdicts.values_mut() {
                    *verdict =
                        Verdict { status: Status::Unknown, since: (*from).max(verdict.since), reason: None };
                }
                self.roles.clear();
            }
            Fact::RoleHeld { component, held } => match held {
                Some(held) => drop(self.roles.insert(component.clone(), (**held).clone())),
                None => drop(self.roles.remove(component)),
            },
            Fact::Public(Change::RedundancyChanged { component, redundancy }) => {
                self.redundancies.remove(component);
                self.note_primary(component, redundancy.as_deref());
            }
            Fact::RedundancyNoted { component, redundancy } => {
                self.note_primary(component, redundancy.as_deref());
                match redundancy {
                    Some(redundancy) => drop(self.redundancies.insert(component.clone(), redundancy.clone())),
                    None => drop(self.redundancies.remove(component)),
                }
            }
            Fact::Public(Change::FailoverChanged(failover)) => self.note_failover(failover),
            Fact::FailoverNoted(failover) => {
                self.note_failover(failover);
                failover::take(&mut self.failovers, failover);
            }
            Fact::Public(Change::IncidentOpened(_)) => self.incidents_opened += 1,
            Fact::VerdictChanged { check, verdict } => {
                self.verdicts.insert(check.clone(), verdict.clone());
            }
            Fact::CheckRemoved { check } => {
                self.verdicts.remove(check);
            }
            Fact::PagesConfigured(wanted) => {
                self.pages = PageView::laid_out(&self.pages, wanted, (self.seq + 1, self.at));
            }
            Fact::Blinded => self.blind = true,
            Fact::Sighted => self.blind = false,
            _ => {}
        }
        self.desk.note(at, fact);
        self.forget_answered();
    }

    /// Trouble that a person dealt with is over when its component is seen well: what comes after it is another.
    fn forget_answered(&mut self) {
        let (board, statements) = (&self.board, &self.desk.statements);
        let is_well = |id: &ComponentId| {
            let Some(component) = board.component(id) else { return false };
            let seen = match &component.stated {
                Some(stated) => stated.measured,
                // What is found beside a statement is told by the fact after the one that shows it.
                None if statements.contains_key(id) => return false,
                None => component.status,
            };
            matches!(seen, Status::Operational | Status::DegradedPerformance)
        };
        self.desk.answered.retain(|id, _| !is_well(id));
    }
}
