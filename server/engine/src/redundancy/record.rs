//! The record of failovers: from the failure of a member until redundancy is full again.
//!
//! What is recorded is a fact each time it is known better, so that a restart goes on where the last watcher stopped.

use std::collections::BTreeSet;

use pharos_model::{
    Between, Change, ComponentId, Failover, FailoverKind, Policy, Redundancy, RedundancyState, Role, Status,
    UnixMs,
};

use super::{Memory, Rule};
use crate::engine::{Engine, Output};
use crate::{Fact, Fold, Source};

impl Fold {
    /// What there is to tell of a component's redundancy, to everybody or to operators.
    pub fn redundancy(&self, component: &ComponentId) -> Option<&Redundancy> {
        let public = self.board.component(component).and_then(|known| known.redundancy.as_deref());
        public.or_else(|| self.redundancies.get(component).map(|known| &**known))
    }

    /// All failovers that are kept, those that everybody sees first.
    pub fn failovers(&self) -> impl Iterator<Item = &Failover> {
        self.board.failovers.iter().chain(&self.failovers)
    }
}

impl Engine {
    /// Opens, follows and closes the records of a component. `before` is the member on which its service rested until now.
    pub(super) fn follow_record(
        &mut self,
        component: &ComponentId,
        rule: &Rule,
        before: Option<ComponentId>,
        out: &mut Output,
    ) {
        let Some(now) = self.fold.redundancy(component).cloned() else { return };
        // What never had redundancy has none to lose.
        let Some(state) = now.state else { return };
        let serving = now.serving().map(|member| member.component.clone());
        let moves = rule.policy == Policy::PrimaryStandby;
        let is_moving =
            |failover: &Failover| failover.restored.is_none() && failover.kind != FailoverKind::MemberLost;
        let mut open: Vec<Failover> = self
            .fold
            .failovers()
            .filter(|known| known.component == *component && !known.is_over())
            .cloned()
            .collect();
        let known = open.clone();
        if moves
            && !open.iter().any(is_moving)
            && let Some(from) = before
            && serving.as_ref() != Some(&from)
            && (serving.is_some() || self.has_failed(&from))
        {
            let number = self.next_number(component, &open);
            let failed = self.failed_between(&from, serving.as_ref(), out.at);
            open.push(opened((component, rule), (number, from, FailoverKind::Failover), failed, out.at));
        }
        for failover in open.iter_mut().filter(|failover| is_moving(failover)) {
            if let Some(to) = &serving {
                self.restore(failover, to);
            }
        }
        let lost = now.members.iter().map(|member| &member.component).filter(|id| self.has_failed(id));
        for id in lost {
            let is_told = open.iter().any(|failover| failover.from == *id);
            if !is_told {
                let number = self.next_number(component, &open);
                let failed = self.failed_between(id, None, out.at);
                let lost = (number, id.clone(), FailoverKind::MemberLost);
                open.push(opened((component, rule), lost, failed, out.at));
            }
        }
        let status = self.fold.board.component(component).map_or(Status::Unknown, |known| {
            known.stated.as_ref().map_or(known.status, |stated| stated.measured)
        });
        for failover in &mut open {
            failover.service_lost |= status.is_outage();
            // Who failed gave nothing back.
            if failover.kind == FailoverKind::Failback && self.has_failed(&failover.from) {
                failover.kind = FailoverKind::Failover;
            }
            let incidents = self.fold.board.open_incidents();
            let incident = incidents.filter(|incident| incident.components.contains(component)).last();
            if failover.incident.is_none() && failover.service_lost {
                failover.incident = incident.map(|incident| incident.id.clone());
            }
            if failover.kind == FailoverKind::MemberLost && failover.service_lost && !status.is_outage() {
                let since = self.fold.board.component(component).map_or(out.at, |known| known.since);
                let Between { after, by } = self.well_between(component, since, failover.failed.by);
                failover.restored.get_or_insert(Between { after: after.max(failover.failed.after), by });
            }
            let is_settled = failover.restored.is_some() || !is_moving(failover);
            if state == RedundancyState::Full && is_settled {
                failover.redundant_at = Some(now.since.max(failover.failed.by));
            }
        }
        for failover in open {
            if !known.contains(&failover) {
                self.tell_failover(failover, rule.is_public, out);
            }
        }
    }

    fn next_number(&self, component: &ComponentId, open: &[Failover]) -> u32 {
        let opened = self.fold.failovers_opened.get(component).copied().unwrap_or(0);
        open.iter().map(|failover| failover.number).max().unwrap_or(0).max(opened) + 1
    }

    /// The service rests on `to` now.
    fn restore(&self, failover: &mut Failover, to: &ComponentId) {
        let certain_at = failover.failed.by;
        let known_since = self.fold.board.component(to).map_or(failover.confirmed_at, |known| known.since);
        let Between { after, by } = match self.fold.roles.get(to) {
            _ if *to == failover.from => self.well_between(to, known_since, certain_at),
            Some(held) => {
                let without = self.members.get(to).and_then(|memory| memory.without_role_at);
                Between { after: without.unwrap_or(certain_at), by: held.by }
            }
            None => Between { after: certain_at, by: known_since },
        };
        // It cannot have been good again before it failed.
        let after = after.max(failover.failed.after).min(by);
        failover.restored = Some(Between { after, by });
        failover.to = Some(to.clone());
        failover.kind = if *to == failover.from {
            FailoverKind::Recovery
        } else if self.goes_back(failover, to) {
            FailoverKind::Failback
        } else if self.is_planned(failover, to) {
            FailoverKind::Switchover
        } else {
            FailoverKind::Failover
        };
        let lag_of = |id: &ComponentId| self.members.get(id)?.lag_before(failover.failed.by);
        failover.lag_ms = lag_of(to).or_else(|| lag_of(&failover.from));
    }

    /// Whether the last move of this component led the other way.
    fn goes_back(&self, failover: &Failover, to: &ComponentId) -> bool {
        let moved = self.fold.failovers().filter(|known| {
            known.component == failover.component
                && known.number != failover.number
                && known.restored.is_some()
                && known.to.as_ref().is_some_and(|to| *to != known.from)
        });
        let last = moved.max_by_key(|known| known.number);
        last.is_some_and(|last| last.from == *to && last.to.as_ref() == Some(&failover.from))
    }

    /// Whether operators work on the component or on one of the two members, or state that they do.
    fn is_planned(&self, failover: &Failover, to: &ComponentId) -> bool {
        [&failover.component, &failover.from, to].into_iter().any(|id| {
            let stated = self.fold.desk.statements.get(id);
            self.fold.board.maintained_since(id).is_some()
                || stated.is_some_and(|statement| statement.status == Status::UnderMaintenance)
        })
    }

    fn has_failed(&self, member: &ComponentId) -> bool {
        self.fold.board.component(member).is_some_and(|known| known.status == Status::MajorOutage)
    }

    /// When a member failed, or gave up its role to `serving` without failing.
    fn failed_between(&self, member: &ComponentId, serving: Option<&ComponentId>, at: UnixMs) -> Between {
        if let Some(known) =
            self.fold.board.component(member).filter(|known| known.status == Status::MajorOutage)
        {
            let since = known.since;
            let is_out =
                |id: &&crate::CheckId| self.fold.verdicts.get(id).is_some_and(|held| held.status.is_outage());
            let looks = self.checks_below(member);
            let looks = looks.iter().filter(is_out).filter_map(|id| self.watches.get(id)?.well_at);
            let after = looks.filter(|at| *at <= since).max().unwrap_or(since);
            return Between { after, by: self.shown_by(member, since, true) };
        }
        let memory = self.members.get(member);
        let taken = serving.and_then(|id| self.fold.roles.get(id)).map_or(at, |held| held.by);
        let given =
            memory.and_then(|memory| memory.role_at(at)).filter(|(_, role)| *role != Some(Role::Primary));
        let looks = self.checks_below(member);
        let failing = looks.iter().filter_map(|id| self.watches.get(id)?.first_look);
        let failing = failing.filter(|first| first.is_out).map(|first| first.ended).min();
        let held = self.fold.roles.get(member);
        let told_by = |since: UnixMs| held.filter(|held| held.since == since).map_or(since, |held| held.by);
        let given = given.map(|(since, _)| told_by(since));
        let by = given.into_iter().chain(failing).fold(taken, UnixMs::min);
        let after = memory.and_then(Memory::seen_as_primary);
        Between { after: after.unwrap_or(by).min(by), by }
    }

    /// Between which moments a component became well that is shown as well since `since`: the last look at what brought it back
    /// that failed, and the end of the first that did not. After `otherwise` where nobody remembers that look.
    fn well_between(&self, component: &ComponentId, since: UnixMs, otherwise: UnixMs) -> Between {
        let looks = self.checks_below(component);
        let came_back = looks
            .iter()
            .filter_map(|id| self.watches.get(id))
            .filter(|watch| watch.first_look.is_some_and(|first| !first.is_out && first.began == since));
        let after = came_back.filter_map(|watch| watch.failed_at).min();
        Between { after: after.unwrap_or(otherwise).min(since), by: self.shown_by(component, since, false) }
    }

    /// When the look had ended that began at `since` and showed a component as it is since.
    fn shown_by(&self, component: &ComponentId, since: UnixMs, is_out: bool) -> UnixMs {
        let looks = self.checks_below(component);
        let firsts = looks.iter().filter_map(|id| self.watches.get(id)?.first_look);
        let showing = firsts.filter(|first| first.is_out == is_out && first.began == since);
        showing.map(|first| first.ended).max().unwrap_or(since)
    }

    /// The checks of a component and of its members that this watcher looks at: what others see comes by other ways and times.
    fn checks_below(&self, component: &ComponentId) -> Vec<crate::CheckId> {
        let mut found = Vec::new();
        let (mut components, mut seen) = (vec![component.clone()], BTreeSet::new());
        while let Some(next) = components.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let rule = self.config.redundancy.get(&next);
            components.extend(
                rule.into_iter().flat_map(|rule| &rule.members).map(|member| member.component.clone()),
            );
            let is_own = |id: &&crate::CheckId| {
                self.watches.get(id).is_some_and(|watch| !matches!(watch.check.source, Source::Remote { .. }))
            };
            found.extend(self.checks_of(&next).iter().filter(is_own).cloned());
        }
        found
    }

    fn tell_failover(&mut self, failover: Failover, is_public: bool, out: &mut Output) {
        let failover = Box::new(failover);
        let fact = if is_public {
            Fact::Public(Change::FailoverChanged(failover))
        } else {
            Fact::FailoverNoted(failover)
        };
        self.record(out, fact);
    }
}

/// A record that begins.
fn opened(
    (component, rule): (&ComponentId, &Rule),
    (number, from, kind): (u32, ComponentId, FailoverKind),
    failed: Between,
    confirmed_at: UnixMs,
) -> Failover {
    Failover {
        number,
        component: component.clone(),
        kind,
        from,
        to: None,
        failed,
        confirmed_at,
        restored: None,
        redundant_at: None,
        lag_ms: None,
        rto_objective_ms: rule.rto_objective_ms,
        rpo_objective_ms: rule.rpo_objective_ms,
        service_lost: false,
        incident: None,
    }
}
