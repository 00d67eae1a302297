//! Roles: what members say of themselves, since when, and who contradicts whom.

use std::collections::VecDeque;

use pharos_model::{ComponentId, Policy, Role, Status, UnixMs};
use serde::{Deserialize, Serialize};

use super::Rule;
use crate::engine::{Engine, Output, Touched};
use crate::history::History;
use crate::limits::{LAG_STEPS_MS, LAGS_MAX, TURNS_MAX};
use crate::{CheckId, Fact, Observation};

/// What a member says of itself, as the journal keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What it does; `None` when it says nothing any more.
    pub role: Option<Role>,
    /// The beginning of the first look that showed it.
    pub since: UnixMs,
    /// The end of that look.
    pub by: UnixMs,
    /// The beginning of the last look that is known to have shown it still, where that matters.
    pub claimed_at: UnixMs,
    /// It lags by less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_below_ms: Option<u64>,
}

/// What is remembered of a member between two observations.
#[derive(Clone, Debug)]
pub struct Memory {
    /// What was shown of it when.
    pub shown: History,
    roles: VecDeque<(UnixMs, Option<Role>)>,
    /// The check that tells its role.
    told_by: Option<CheckId>,
    /// When it was last seen in its role.
    claimed_at: Option<UnixMs>,
    /// When it was last seen before it had its role.
    pub without_role_at: Option<UnixMs>,
    /// How far it lagged when, the newest last.
    lags: VecDeque<(UnixMs, u64)>,
    /// The step of lag that was seen last, and is believed when it is seen again.
    step_seen: Option<u64>,
}

impl Memory {
    /// Nothing but what is shown.
    pub fn new(shown: History) -> Self {
        Self {
            shown,
            roles: VecDeque::new(),
            told_by: None,
            claimed_at: None,
            without_role_at: None,
            lags: VecDeque::new(),
            step_seen: None,
        }
    }

    /// The same with what the journal knows of its role.
    #[must_use]
    pub fn known(mut self, held: Option<&Held>) -> Self {
        if let Some(held) = held {
            self.turn(held.since, held.role);
            self.claimed_at = Some(held.claimed_at);
        }
        self
    }

    /// Whether it told its role itself.
    pub fn detects(&self) -> bool {
        self.told_by.is_some()
    }

    /// The moments at which anything turned.
    pub fn moments(&self) -> impl Iterator<Item = UnixMs> {
        self.shown.moments().chain(self.roles.iter().map(|(at, _)| *at))
    }

    /// Its role at a moment, and since when it had it.
    pub fn role_at(&self, at: UnixMs) -> Option<(UnixMs, Option<Role>)> {
        self.roles.iter().rev().find(|(since, _)| *since <= at).copied()
    }

    fn turn(&mut self, since: UnixMs, role: Option<Role>) {
        self.roles.push_back((since, role));
        if self.roles.len() > TURNS_MAX {
            self.roles.pop_front();
        }
    }

    /// When it was last seen as the primary, if it was the last time or the time before.
    pub fn seen_as_primary(&self) -> Option<UnixMs> {
        match self.roles.back() {
            Some((_, Some(Role::Primary))) => self.claimed_at,
            _ => self.without_role_at,
        }
    }

    /// How far it lagged when last asked before `at`.
    pub fn lag_before(&self, at: UnixMs) -> Option<u64> {
        self.lags.iter().rev().find(|(seen, _)| *seen <= at).map(|(_, lag_ms)| *lag_ms)
    }
}

impl Engine {
    /// Takes what a member says of its role and its lag, at `at`.
    pub(crate) fn hear_role(
        &mut self,
        component: &ComponentId,
        (observation, at): (&Observation, UnixMs),
        touched: &mut Touched,
        out: &mut Output,
    ) {
        if !self.kin.is_member(component) {
            return;
        }
        let held = self.fold.roles.get(component).cloned();
        let beside = self.claim_beside(component);
        let first_look = self.watches.get(&observation.check).and_then(|watch| watch.first_look);
        let Some(memory) = self.members.get_mut(component) else { return };
        // What works in part serves, and so has a role: the first thing a new primary misses is its standby.
        let is_heard = match observation.status {
            Status::MajorOutage | Status::Unknown => false,
            Status::PartialOutage => observation.role.is_some(),
            _ => true,
        };
        if !is_heard {
            return;
        }
        if observation.role.is_some() {
            memory.told_by = Some(observation.check.clone());
        } else if memory.told_by.as_ref() != Some(&observation.check) {
            return self.hear_lag(component, (observation, at), held, touched, out);
        }
        let by = observation
            .latency_us
            .map_or(out.at, |latency_us| at.plus_ms(u64::from(latency_us).div_ceil(1_000)));
        let mut known = held.clone().unwrap_or_default();
        if held.is_none() || known.role != observation.role {
            known = Held { role: observation.role, since: at, by, claimed_at: at, ..known };
            memory.without_role_at = memory.claimed_at;
            memory.claimed_at = Some(at);
            memory.turn(at, observation.role);
            self.hold(component, known.clone(), at, touched, out);
        } else {
            let is_primary = known.role == Some(Role::Primary);
            let contradicted = beside.filter(|(_, by)| is_primary && *by > known.claimed_at && at > *by);
            memory.claimed_at = Some(at);
            if let Some((since, _)) = contradicted {
                known.claimed_at = at;
                // It has claimed so for as long as the other does, or since it came back.
                let back = first_look.map_or(at, |first| first.began);
                self.hold(component, known.clone(), since.max(back).min(at), touched, out);
            }
        }
        self.hear_lag(component, (observation, at), Some(known), touched, out);
    }

    /// Takes a lag. It is told beside a role: of one that tells none, the role that the configuration states stays.
    fn hear_lag(
        &mut self,
        component: &ComponentId,
        (observation, at): (&Observation, UnixMs),
        known: Option<Held>,
        touched: &mut Touched,
        out: &mut Output,
    ) {
        let (Some(memory), Some(lag_ms)) = (self.members.get_mut(component), observation.lag_ms) else {
            return;
        };
        memory.lags.push_back((at, lag_ms));
        if memory.lags.len() > LAGS_MAX {
            memory.lags.pop_front();
        }
        let step = LAG_STEPS_MS.into_iter().find(|step| lag_ms < *step).unwrap_or(u64::MAX);
        let is_seen_again = memory.step_seen.replace(step) == Some(step);
        let Some(known) = known else { return };
        if known.lag_below_ms != Some(step) && (is_seen_again || known.lag_below_ms.is_none()) {
            self.hold(component, Held { lag_below_ms: Some(step), ..known }, at, touched, out);
        }
    }

    fn hold(
        &mut self,
        component: &ComponentId,
        held: Held,
        at: UnixMs,
        touched: &mut Touched,
        out: &mut Output,
    ) {
        self.record(out, Fact::RoleHeld { component: component.clone(), held: Some(Box::new(held)) });
        let from = touched.entry(component.clone()).or_insert(at);
        *from = at.min(*from);
    }

    /// The beginning and the end of the first look at which another member of the same component claimed to be the primary: the
    /// latest of them.
    fn claim_beside(&self, component: &ComponentId) -> Option<(UnixMs, UnixMs)> {
        let rules =
            self.kin.parents(component).iter().filter_map(|parent| self.config.redundancy.get(parent));
        let members =
            rules.filter(|rule| rule.policy == Policy::PrimaryStandby).flat_map(|rule| &rule.members);
        let others = members.filter(|member| member.component != *component);
        let held = others.filter_map(|member| self.fold.roles.get(&member.component));
        let claims = held.filter(|held| held.role == Some(Role::Primary));
        claims.map(|held| (held.since, held.by)).max_by_key(|(_, by)| *by)
    }

    /// Since when two members both say that they are the primary: one said so again after another had begun to.
    pub(super) fn conflict_since(&self, rule: &Rule) -> Option<UnixMs> {
        if rule.policy != Policy::PrimaryStandby {
            return None;
        }
        let claims: Vec<(&ComponentId, &Held)> = rule
            .members
            .iter()
            .filter_map(|member| Some((&member.component, self.fold.roles.get(&member.component)?)))
            .filter(|(id, held)| held.role == Some(Role::Primary) && self.still_claims(id, held))
            .collect();
        let contradicted = claims.iter().flat_map(|(id, held)| {
            // Whoever begins to claim contradicts nobody: the other must be seen to claim still, after that.
            let others = claims.iter().filter(move |(other, _)| other != id);
            let later = others.filter(|(_, other)| other.since >= held.since && held.claimed_at > other.by);
            later.map(|(_, other)| other.since)
        });
        contradicted.min()
    }

    /// Whether nothing that came after its claim makes it void.
    fn still_claims(&self, id: &ComponentId, held: &Held) -> bool {
        let seen = self.members.get(id).and_then(|memory| memory.claimed_at).unwrap_or(held.claimed_at);
        let seen = seen.max(held.claimed_at);
        self.fold.board.component(id).is_some_and(|known| match known.status {
            Status::Operational | Status::DegradedPerformance | Status::PartialOutage => true,
            _ => known.since <= seen,
        })
    }
}
