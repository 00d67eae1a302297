//! The rules of the journal: what each entry may say, and how the board must look after each step.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{
    Change, ComponentId, Impact, Incident, IncidentId, IncidentSource, IncidentStatus, IncidentUpdate,
    Indicator, Snapshot, Status, Transition, UnixMs,
};

use super::chronicle::Chronicle;
use super::report::{Broken, hold};
use super::witness::Witness;
use crate::limits::CHECKPOINT_MS;
use crate::{AutoIncident, CheckId, Config, Entry, Fact, Fold};

#[derive(Clone, Debug)]
struct Open {
    components: Vec<ComponentId>,
    status: IncidentStatus,
    impact: Impact,
    updated_at: UnixMs,
}

/// What the entries so far amount to, as far as the next ones depend on it.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    incidents: BTreeSet<IncidentId>,
    open: BTreeMap<IncidentId, Open>,
    verdicts: BTreeMap<CheckId, Status>,
    blind: bool,
    public_at: UnixMs,
}

fn is_well(status: Status) -> bool {
    !status.is_outage() && status != Status::Unknown
}

impl Rules {
    /// Takes an entry, after the chronicle has taken it.
    ///
    /// # Errors
    /// When it may not be.
    pub fn take(
        &mut self,
        entry: &Entry,
        (chronicle, witness, config): (&Chronicle, &Witness, &Config),
    ) -> Result<(), Broken> {
        match &entry.fact {
            Fact::Public(Change::IncidentOpened(incident)) => self.opened(incident, chronicle, config)?,
            Fact::Public(Change::IncidentUpdated { id, update, impact }) => {
                self.updated(id, (update, *impact), chronicle, config)?;
            }
            Fact::Public(Change::Unwatched { .. }) => {
                self.verdicts.values_mut().for_each(|status| *status = Status::Unknown);
            }
            Fact::Public(Change::Checkpoint) => {
                let due = entry.at.since_ms(self.public_at) >= CHECKPOINT_MS;
                hold(due, "a checkpoint comes only when nothing else did for an hour", String::new)?;
            }
            Fact::VerdictChanged { check, verdict } => {
                let before = self.verdicts.insert(check.clone(), verdict.status);
                let changed = before.unwrap_or_default() != verdict.status;
                hold(changed, "a verdict is recorded only when it changed", || format!("{check}"))?;
                let dated = verdict.since <= entry.at;
                hold(dated, "a verdict is not dated into the future", || format!("{check}"))?;
            }
            Fact::CheckRemoved { check } => {
                let known = self.verdicts.remove(check).is_some();
                hold(known, "only what was judged is removed", || format!("{check}"))?;
            }
            Fact::Blinded | Fact::Sighted => self.sight(entry.fact == Fact::Blinded, witness)?,
            _ => {}
        }
        if entry.fact.public().is_some() {
            self.public_at = entry.at;
        }
        Ok(())
    }

    fn sight(&mut self, blind: bool, witness: &Witness) -> Result<(), Broken> {
        let references = || witness.records.values().filter(|record| record.check.component.is_none());
        let all_fail = references().count() > 0 && references().all(|record| record.answers == Some(false));
        let one_answers = references().any(|record| record.answers == Some(true));
        let right = if blind { all_fail } else { one_answers || references().count() == 0 };
        hold(right, "the watcher is blind when all reference targets fail", || format!("blind: {blind}"))?;
        hold(self.blind != blind, "the watcher's sight is recorded only when it changed", String::new)?;
        self.blind = blind;
        Ok(())
    }

    fn opened(&mut self, incident: &Incident, chronicle: &Chronicle, config: &Config) -> Result<(), Broken> {
        let name = || incident.id.to_string();
        let [component] = incident.components.as_slice() else {
            return Err(Broken { rule: "an automatic incident is about one component", detail: name() });
        };
        let (since, status) =
            chronicle.parts.get(component).map(super::chronicle::Part::open).unwrap_or_default();
        let another = self.open.values().any(|open| open.components.contains(component));
        hold(!another, "a component never has two open automatic incidents", name)?;
        hold(status.is_outage(), "an incident opens only in a confirmed outage", name)?;
        hold(incident.began_at == since, "an incident began when the outage did", name)?;
        let is_named = config.policy(component).auto == AutoIncident::Publish
            || config.definition.components.iter().any(|other| needs(config, &other.id, component));
        hold(is_named, "an incident opens only where the policy wants it, or what suffers wants it", name)?;
        hold(self.incidents.insert(incident.id.clone()), "no two incidents bear one name", name)?;
        let updated_at = incident.updated_at();
        let open = Open {
            components: vec![component.clone()],
            status: incident.status,
            impact: incident.impact,
            updated_at,
        };
        self.open.insert(incident.id.clone(), open);
        Ok(())
    }

    fn updated(
        &mut self,
        id: &IncidentId,
        (update, impact): (&IncidentUpdate, Impact),
        chronicle: &Chronicle,
        config: &Config,
    ) -> Result<(), Broken> {
        let told = || format!("{id}: {update:?}");
        let Some(open) = self.open.get(id) else {
            return Err(Broken { rule: "only an open incident goes on", detail: told() });
        };
        let parts: Vec<(UnixMs, Status, &ComponentId)> = open
            .components
            .iter()
            .filter_map(|id| chronicle.parts.get(id).map(|part| (part.open().0, part.open().1, id)))
            .collect();
        let worst = parts.iter().map(|(_, status, _)| *status).reduce(Status::worse).unwrap_or_default();
        let all_well = parts.iter().all(|(_, status, _)| is_well(*status));
        let monitored = open.status == IncidentStatus::Monitoring;
        let has_rested = |(since, _, id): &(UnixMs, Status, &ComponentId)| {
            update.at >= since.max(&open.updated_at).plus_ms(config.policy(id).resolve_after_ms)
        };
        let right = match &update.transition {
            Transition::Recovering => !monitored && all_well,
            Transition::Relapsed(now) => monitored && worst.is_outage() && *now == worst,
            Transition::Changed(now) => !monitored && worst.is_outage() && *now == worst,
            Transition::Resolved => monitored && all_well && parts.iter().all(has_rested),
            Transition::Withdrawn => parts.is_empty(),
            Transition::Detected(now) => self.may_join(open, (update, *now), chronicle, config),
            Transition::Merged(into) => self.open.get(into).is_some_and(|target| {
                into != id && open.components.iter().all(|id| target.components.contains(id))
            }),
            Transition::Joined(_) | Transition::Written(_) => false,
        };
        hold(right, "an incident follows its components through monitoring to its end", told)?;
        let Some(open) = self.open.get_mut(id) else { return Ok(()) };
        open.components.extend(update.components.iter().map(|affected| affected.component.clone()));
        hold(impact >= open.impact, "an incident's impact is the worst it has been", told)?;
        (open.status, open.updated_at, open.impact) = (update.status, update.at, impact);
        if !update.status.is_open() {
            self.open.remove(id);
        }
        Ok(())
    }

    /// Whether a component may join an incident: it is out, wants to be told of, and suffers from the first of the incident.
    fn may_join(
        &self,
        open: &Open,
        (update, status): (&IncidentUpdate, Status),
        chronicle: &Chronicle,
        config: &Config,
    ) -> bool {
        let [joining] = update.components.as_slice() else { return false };
        let id = &joining.component;
        let found = chronicle.parts.get(id).map(super::chronicle::Part::open).unwrap_or_default().1;
        let elsewhere = self.open.values().filter(|other| other.components.contains(id));
        // One that was told of alone before is merged into this one next.
        elsewhere.count() <= 1
            && !open.components.contains(id)
            && found.is_outage()
            && found == status
            && open.components.first().is_some_and(|root| needs(config, id, root))
    }
}

/// Whether a component needs another, directly or through others.
fn needs(config: &Config, component: &ComponentId, other: &ComponentId) -> bool {
    let of = |id: &ComponentId| config.definition.components.iter().find(|known| known.id == *id);
    let direct = of(component).map_or(&[][..], |known| &known.depends_on);
    direct.iter().any(|needed| needed == other || needs(config, needed, other))
}

/// How bad a banner is, in an order written down a second time.
fn badness(indicator: Indicator) -> usize {
    let order = [
        Indicator::None,
        Indicator::Maintenance,
        Indicator::Unknown,
        Indicator::Minor,
        Indicator::Major,
        Indicator::Critical,
    ];
    order.iter().position(|other| *other == indicator).unwrap_or(order.len())
}

/// Looks at the whole board.
///
/// # Errors
/// When it shows something that does not follow from the verdicts.
pub fn check_board(fold: &Fold, witness: &Witness) -> Result<(), Broken> {
    let board = &fold.board;
    for component in &board.components {
        let checks = witness.of(&component.definition.id).map(|record| &record.check.id);
        let verdicts = checks.map(|id| fold.verdicts.get(id).map_or(Status::Unknown, |held| held.status));
        let worst = verdicts.reduce(Status::worse).unwrap_or_default();
        hold(component.status == worst, "a component is shown as the worst of its checks", || {
            format!(
                "{}: {} is shown, {} is held",
                component.definition.id,
                component.status.as_str(),
                worst.as_str()
            )
        })?;
    }
    let configured = |id: &CheckId| witness.records.get(id).is_some_and(|r| r.check.component.is_some());
    let strangers = fold.verdicts.keys().find(|id| !configured(id));
    hold(strangers.is_none(), "only checks of components have verdicts", || format!("{strangers:?}"))?;
    check_banner(board)
}

fn check_banner(board: &Snapshot) -> Result<(), Broken> {
    let shown = badness(board.indicator());
    for component in &board.components {
        let bad = match component.status {
            Status::Operational => 0,
            Status::UnderMaintenance => 1,
            Status::Unknown => 2,
            Status::DegradedPerformance | Status::PartialOutage => 3,
            Status::MajorOutage => 4,
        };
        hold(shown >= bad, "the banner is never better than a component", || {
            format!("{}", component.definition.id)
        })?;
    }
    for incident in board.open_incidents() {
        let bad = match incident.impact {
            Impact::None => 0,
            Impact::Minor => 3,
            Impact::Major => 4,
            Impact::Critical => 5,
        };
        hold(shown >= bad, "the banner is never better than an open incident", || incident.id.to_string())?;
        let ours = incident.source == IncidentSource::Automatic;
        let gone = incident.components.iter().all(|id| board.component(id).is_none());
        hold(!ours || !gone, "no incident outlives its component", || incident.id.to_string())?;
    }
    Ok(())
}
