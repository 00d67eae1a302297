//! The incidents of alerts: one for each group, opened with its first, led from word to word, ended some time after its last.

use std::collections::BTreeSet;

use pharos_model::limits::INCIDENT_UPDATES_MAX;
use pharos_model::{
    Change, ComponentId, Impact, Incident, IncidentId, IncidentSource, IncidentStatus, IncidentUpdate, Prose,
    Status, Transition, UnixMs,
};

use super::{AlertId, Words};
use crate::engine::{Engine, Output, Touched};
use crate::limits::OPEN_INCIDENTS_MAX;
use crate::{Fact, IncidentPolicy};

/// What the alerts of a group that fire come to.
struct Group {
    /// What the one says that fires for longest.
    words: Words,
    since: UnixMs,
    components: Vec<ComponentId>,
    worst: Option<Status>,
    impact: Option<Impact>,
    /// What any of them says.
    said: Vec<Prose>,
}

impl Engine {
    /// Opens, leads and ends the incidents of groups of alerts.
    pub(crate) fn follow_alerted(&mut self, touched: &mut Touched, out: &mut Output) {
        let alerts = self.fold.desk.alerts.iter().filter(|(_, alert)| alert.is_firing());
        let firing = alerts.filter_map(|(id, alert)| Some((id.hook(), alert.claim.words.as_ref()?)));
        let mut groups: BTreeSet<AlertId> =
            firing.map(|(hook, words)| AlertId::of(hook, &words.group)).collect();
        groups.extend(self.fold.desk.alerted.keys().cloned());
        for id in groups {
            let group = self.group(&id);
            self.follow_group(id, group, touched, out);
        }
    }

    /// Whether alerts lead this incident.
    pub(crate) fn is_alerted(&self, incident: &IncidentId) -> bool {
        self.fold.desk.alerted.values().any(|known| known == incident)
    }

    /// The group as it fires; `None` when it does not.
    fn group(&self, id: &AlertId) -> Option<Group> {
        let alerts = self.fold.desk.alerts.iter().filter(|(_, alert)| alert.is_firing());
        let mut firing: Vec<_> = alerts
            .filter_map(|(of, alert)| Some((of, alert, alert.claim.words.as_deref()?)))
            .filter(|(of, _, words)| AlertId::of(of.hook(), &words.group) == *id)
            .collect();
        firing.sort_by_key(|(of, alert, _)| (alert.since, *of));
        let (_, eldest, words) = firing.first()?;
        let mut group = Group {
            words: Words::clone(words),
            since: eldest.since,
            components: Vec::new(),
            worst: None,
            impact: None,
            said: Vec::new(),
        };
        for (_, alert, words) in firing {
            for component in &alert.claim.components {
                let is_on_page = self.fold.board.component(component).is_some();
                if is_on_page && !group.components.contains(component) {
                    group.components.push(component.clone());
                }
            }
            group.worst = group.worst.into_iter().chain(alert.claim.status).reduce(Status::worse);
            group.impact = group.impact.max(words.impact);
            if !group.said.contains(&words.body) {
                group.said.push(words.body.clone());
            }
        }
        Some(group)
    }

    fn follow_group(&mut self, id: AlertId, group: Option<Group>, touched: &mut Touched, out: &mut Output) {
        let known = self.fold.desk.alerted.get(&id);
        let is_known = known.is_some();
        let incident = known.and_then(|known| self.fold.board.incident(known)).cloned();
        let incident = incident.filter(Incident::is_open);
        match (incident, group) {
            (Some(incident), _) if incident.taken_over => {}
            (Some(incident), Some(group)) => self.lead_group(incident, &group, touched, out),
            (Some(incident), None) => self.end_group(&id, &incident, touched, out),
            // A person ended it: while its alerts fire it begins no other.
            (None, Some(_)) if is_known => {}
            (None, Some(group)) => self.open_group(id, &group, touched, out),
            (None, None) => self.record(out, Fact::AlertsTold { group: id, incident: None }),
        }
    }

    fn open_group(&mut self, id: AlertId, group: &Group, touched: &mut Touched, out: &mut Output) {
        let board = &self.fold.board;
        let is_maintained = |component: &ComponentId| board.maintained_since(component).is_some();
        let is_silent = !group.components.is_empty() && group.components.iter().all(is_maintained);
        if is_silent || board.open_incidents().count() >= OPEN_INCIDENTS_MAX {
            return;
        }
        let Ok(name) = self.fresh_incident(&group.words.title, group.since) else { return };
        let says = Transition::Written(Box::new(group.words.body.clone()));
        let incident = Incident {
            id: name.clone(),
            title: group.words.title.clone(),
            source: IncidentSource::Automatic,
            status: IncidentStatus::Investigating,
            impact: group.impact(),
            components: group.components.clone(),
            began_at: group.since,
            resolved_at: None,
            updates: vec![IncidentUpdate::new(out.at, IncidentStatus::Investigating, says)],
            pinned: false,
            taken_over: false,
            impact_stated: group.impact.is_some(),
            root: None,
            revision: 0,
            edited_at: None,
        };
        touch(&incident, touched, out);
        self.record(out, Fact::Public(Change::IncidentOpened(incident)));
        self.record(out, Fact::AlertsTold { group: id, incident: Some(name) });
    }

    /// Says what is new: that it fires again, what else fires, what else suffers.
    fn lead_group(&mut self, incident: Incident, group: &Group, touched: &mut Touched, out: &mut Output) {
        let is_full = incident.updates.len() >= INCIDENT_UPDATES_MAX;
        let is_said = |prose: &&Prose| {
            incident
                .updates
                .iter()
                .any(|update| matches!(&update.transition, Transition::Written(said) if **said == **prose))
        };
        let fires_again = incident.status == IncidentStatus::Monitoring;
        let unsaid = group.said.iter().find(|prose| !is_full && !is_said(prose));
        let body = unsaid.or(fires_again.then_some(&group.words.body));
        let also = group.components.iter().filter(|component| !incident.components.contains(component));
        let also: Vec<ComponentId> = also.cloned().collect();
        let is_stated = incident.impact_stated;
        let impact = if is_stated { incident.impact } else { incident.impact.max(group.impact()) };
        if body.is_none() && also.is_empty() && impact == incident.impact {
            return;
        }
        let mut next = incident;
        next.components.extend(also);
        next.impact = impact;
        match body {
            Some(body) => {
                let status = if fires_again { IncidentStatus::Investigating } else { next.status };
                let says = Transition::Written(Box::new(body.clone()));
                next.follow(&IncidentUpdate::new(out.at, status, says));
            }
            None => next.revision += 1,
        }
        touch(&next, touched, out);
        self.record(out, Fact::Public(Change::IncidentChanged(Box::new(next))));
    }

    /// Watches for a while once nothing fires any more, and then calls it over.
    fn end_group(&mut self, id: &AlertId, incident: &Incident, touched: &mut Touched, out: &mut Output) {
        if incident.status != IncidentStatus::Monitoring {
            let update = IncidentUpdate::new(out.at, IncidentStatus::Monitoring, Transition::Recovering);
            return self.say_of(incident, update, out);
        }
        let policies = incident.components.iter().map(|component| self.config.policy(component));
        let rests = policies.map(|policy| policy.resolve_after_ms).max();
        let rests_ms = rests.unwrap_or(IncidentPolicy::default().resolve_after_ms);
        if out.at < incident.updated_at().plus_ms(rests_ms) {
            return;
        }
        let resolved = self.resolved_words(id);
        let says = resolved.map_or(Transition::Resolved, |prose| Transition::Written(Box::new(prose)));
        // Trouble that others still find in its components is news again.
        touch(incident, touched, out);
        self.say_of(incident, IncidentUpdate::new(out.at, IncidentStatus::Resolved, says), out);
        self.record(out, Fact::AlertsTold { group: id.clone(), incident: None });
    }

    /// What the alert of this group that was heard last says of its end.
    fn resolved_words(&self, id: &AlertId) -> Option<Prose> {
        let alerts = self.fold.desk.alerts.iter();
        let of_group = alerts.filter_map(|(of, alert)| Some((of, alert, alert.claim.words.as_deref()?)));
        let of_group = of_group.filter(|(of, _, words)| AlertId::of(of.hook(), &words.group) == *id);
        let (_, _, words) = of_group.max_by_key(|(of, alert, _)| (alert.as_of, *of))?;
        words.resolved.clone()
    }

    fn say_of(&mut self, incident: &Incident, update: IncidentUpdate, out: &mut Output) {
        let (id, impact) = (incident.id.clone(), incident.impact);
        self.record(out, Fact::Public(Change::IncidentUpdated { id, update, impact }));
    }
}

impl Group {
    fn impact(&self) -> Impact {
        self.impact.or(self.worst.map(Impact::of_status)).unwrap_or(Impact::None)
    }
}

/// What is shown of its components may be another thing from now on.
fn touch(incident: &Incident, touched: &mut Touched, out: &Output) {
    for component in &incident.components {
        touched.entry(component.clone()).or_insert(out.at);
    }
}
