//! Dependencies: whose failure a component suffers from, so that one incident names the root instead of ten their victims.
//!
//! A component suffers from another that it needs, directly or through others that fail too, when that failed no later than itself
//! as far as anybody can tell. Before an outage is told, what the component needs is looked at once more, for a bounded time: the
//! root is often noticed a moment after its victims, because it is looked at less often.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{Component, ComponentId, Status, UnixMs};

use crate::engine::{Engine, Now, Output};
use crate::limits::{CAUSE_SLACK_MAX_MS, CAUSE_WAIT_MS};
use crate::{CheckId, Source};

/// Outages that wait for what their components need to be looked at: when each will be told in any case.
pub type Awaited = BTreeMap<ComponentId, UnixMs>;

/// Why a component is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By itself, as far as anybody knows.
    Itself,
    /// Because this one is.
    Root(ComponentId),
    /// It is not known yet whether something that it needs is out too: these checks tell.
    Doubt(Vec<CheckId>),
}

impl Engine {
    /// Why a component is out, at `at`.
    pub(crate) fn cause_of(&self, component: &Component, at: UnixMs) -> Cause {
        let id = &component.definition.id;
        if let Some(root) = self.root_of(component, &mut BTreeMap::new()) {
            return Cause::Root(root);
        }
        let doubtful = self.doubtful(component);
        let waits = self.awaited.get(id).is_none_or(|until| at < *until);
        if doubtful.is_empty() || !waits { Cause::Itself } else { Cause::Doubt(doubtful) }
    }

    /// What a component suffers from: the furthest that fails of what it needs, and of several the one that failed first. `known`
    /// holds what was found on the way.
    fn root_of(
        &self,
        component: &Component,
        known: &mut BTreeMap<ComponentId, Option<ComponentId>>,
    ) -> Option<ComponentId> {
        let id = &component.definition.id;
        if let Some(root) = known.get(id) {
            return root.clone();
        }
        known.insert(id.clone(), None);
        let mut roots = Vec::new();
        for needed in component.definition.depends_on.iter().filter_map(|id| self.failing(id)) {
            // A failure that began later explains nothing.
            if self.may_have_failed_at(needed) <= component.since {
                roots.push(self.root_of(needed, known).unwrap_or_else(|| needed.definition.id.clone()));
            }
        }
        // Members that all need one thing fail together.
        for member in self.members_of(id).filter_map(|id| self.failing(id)) {
            roots.extend(self.root_of(member, known));
        }
        let since = |id: &ComponentId| self.fold.board.component(id).map(|known| known.since);
        let root = roots.into_iter().min_by_key(since);
        known.insert(id.clone(), root.clone());
        root
    }

    /// The component, if checks find it out and that counts.
    fn failing(&self, id: &ComponentId) -> Option<&Component> {
        let board = &self.fold.board;
        board.component(id).filter(|known| is_out(known) && board.maintained_since(id).is_none())
    }

    fn members_of(&self, id: &ComponentId) -> impl Iterator<Item = &ComponentId> {
        let members = self.config.redundancy.get(id).map_or(&[][..], |rule| &rule.members);
        members.iter().map(|member| &member.component)
    }

    /// The checks that may yet find something out that a failing component needs: those that fail without being believed, and those
    /// that have not looked since.
    fn doubtful(&self, component: &Component) -> Vec<CheckId> {
        let is_open = |id: &&CheckId| {
            self.watches.get(id).is_some_and(|watch| {
                let is_paused = self.fold.desk.paused.contains(&watch.check.id);
                let is_late = watch.looked_at().is_some_and(|at| at < component.since);
                !is_paused && (watch.is_failing() || is_late)
            })
        };
        let board = &self.fold.board;
        let counts = |id: &&ComponentId| {
            board.component(id).is_some_and(|known| !is_out(known)) && board.maintained_since(id).is_none()
        };
        let needed = self.needed_by(component);
        needed.iter().filter(counts).flat_map(|id| self.checks_of(id)).filter(is_open).cloned().collect()
    }

    /// Everything that a component needs, directly or through others, and what that is made of.
    fn needed_by(&self, component: &Component) -> BTreeSet<ComponentId> {
        let mut needed = BTreeSet::new();
        let mut way: Vec<&ComponentId> = component.definition.depends_on.iter().collect();
        while let Some(id) = way.pop() {
            if !needed.insert(id.clone()) {
                continue;
            }
            way.extend(
                self.fold.board.component(id).into_iter().flat_map(|known| &known.definition.depends_on),
            );
            way.extend(self.members_of(id));
        }
        needed
    }

    /// The earliest moment at which a component that is out may have failed: after its failing checks were last seen well, or an
    /// interval before they were first seen to fail.
    fn may_have_failed_at(&self, component: &Component) -> UnixMs {
        let id = &component.definition.id;
        let checks = self.members_of(id).flat_map(|member| self.checks_of(member)).chain(self.checks_of(id));
        let failing = checks.filter_map(|id| self.watches.get(id));
        let began = failing.filter(|watch| watch.is_failing()).map(|watch| {
            let every_ms = match watch.check.source {
                Source::Probe { interval_ms, .. }
                | Source::Part { interval_ms, .. }
                | Source::Remote { interval_ms, .. } => interval_ms,
                Source::Heartbeat { period_ms, grace_ms } => period_ms.saturating_add(grace_ms),
            };
            watch.well_at.unwrap_or(component.since.minus_ms(every_ms))
        });
        let horizon = component.since.minus_ms(CAUSE_SLACK_MAX_MS);
        began.min().map_or(component.since, |at| at.clamp(horizon, component.since))
    }

    /// Notes that the outage of a component waits for these checks.
    pub(crate) fn await_cause(&mut self, component: &ComponentId, at: UnixMs) {
        self.awaited.entry(component.clone()).or_insert(at.plus_ms(CAUSE_WAIT_MS));
    }

    /// Looks again at what is waited for, and tells of the outages that have waited enough.
    pub(crate) fn follow_causes(&mut self, now: Now, out: &mut Output) {
        let waiting: BTreeSet<ComponentId> = self.awaited.keys().cloned().collect();
        if waiting.is_empty() {
            return;
        }
        self.react(&waiting, out);
        let asked: BTreeSet<CheckId> =
            self.awaited.keys().flat_map(|id| self.doubts_of(id, out.at)).collect();
        for check in asked {
            self.look_now(&check, now, out);
        }
    }

    fn doubts_of(&self, component: &ComponentId, at: UnixMs) -> Vec<CheckId> {
        match self.fold.board.component(component).map(|shown| self.cause_of(shown, at)) {
            Some(Cause::Doubt(checks)) => checks,
            _ => Vec::new(),
        }
    }
}

/// Whether checks find a component out.
pub fn is_out(component: &Component) -> bool {
    found(component).is_outage()
}

/// What checks find of a component, whatever a person states meanwhile.
pub fn found(component: &Component) -> Status {
    component.stated.as_ref().map_or(component.status, |stated| stated.measured)
}
