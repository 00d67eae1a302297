//! From what is known to what is shown: each moment at which a component's status changed, dated back as far as may be.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{Change, ComponentId, Status, UnixMs};

use crate::desk::{Shown, Word};
use crate::engine::{Engine, Output, Touched};
use crate::history::{History, together, worse};
use crate::watch::Evidence;
use crate::{CheckId, Fact};

/// Each moment at which something may change, with what it then is.
type Course = Vec<(UnixMs, Status)>;

impl Engine {
    /// Takes a verdict as what is held from now on.
    pub(crate) fn believe(
        &mut self,
        component: ComponentId,
        evidence: Evidence,
        touched: &mut Touched,
        out: &mut Output,
    ) {
        let Evidence { check, verdict } = evidence;
        let from = touched.entry(component).or_insert(verdict.since);
        *from = verdict.since.min(*from);
        self.record(out, Fact::VerdictChanged { check, verdict });
    }

    /// Brings what is shown of everything in line with what is known.
    pub(crate) fn settle_all(&mut self, out: &mut Output) {
        let all = self.fold.board.components.iter();
        let all = all.map(|component| (component.definition.id.clone(), out.at)).collect();
        self.settle_touched(all, out);
    }

    /// Brings what is shown in line with what is known: of members first, and then of what they are members of.
    pub(crate) fn settle_touched(&mut self, touched: Touched, out: &mut Output) {
        let mut pending: BTreeMap<(usize, ComponentId), UnixMs> = touched
            .into_iter()
            .map(|(component, from)| ((self.kin.rank(&component), component), from))
            .collect();
        let mut settled = BTreeSet::new();
        while let Some(((_, component), from)) = pending.pop_first() {
            self.settle(&component, from, out);
            for parent in self.kin.parents(&component) {
                let earliest = pending.entry((self.kin.rank(parent), parent.clone())).or_insert(from);
                *earliest = from.min(*earliest);
            }
            settled.insert(component);
        }
        self.react(&settled, out);
    }

    /// Brings what is shown of a component from `from` on in line with the verdicts of its checks, at each moment the worst, and
    /// with what operators say.
    ///
    /// What was shown before the present status began stands: spans tile time.
    fn settle(&mut self, component: &ComponentId, from: UnixMs, out: &mut Output) {
        let Some(shown) = self.fold.board.component(component) else { return };
        let mut before = Shown { status: shown.status, stated: shown.stated.clone() };
        let settled = self.fold.desk.settled.get(component).copied().unwrap_or(from);
        let from = from.max(shown.since).max(settled).min(out.at);
        for (from, next) in self.course(component, from, out.at) {
            if next.status != before.status {
                if let Some(memory) = self.members.get_mut(component) {
                    memory.shown.turn(from, next.status);
                }
                let (component, status) = (component.clone(), next.status);
                self.record(out, Fact::Public(Change::StatusChanged { component, status, from }));
            }
            if next.stated != before.stated || (next.stated.is_some() && next.status != before.status) {
                let (component, stated) = (component.clone(), next.stated.clone());
                self.record(out, Fact::Public(Change::Stated { component, stated, from }));
            }
            before = next;
        }
        self.settle_redundancy(component, from, out);
    }

    /// What is to be shown of a component from `from` to `until`: each moment at which it may change, with what it then is.
    fn course(&self, component: &ComponentId, from: UnixMs, until: UnixMs) -> Vec<(UnixMs, Shown)> {
        let rule = self.config.redundancy.get(component);
        let by_members = rule.map(|rule| self.service_of_members((component, rule), from, until));
        let courses = by_members.into_iter().chain(self.found_by_checks(component, from, until));
        let looks = courses.reduce(|one, other| worse(&one, &other)).unwrap_or_default();
        let alerts = self.alerts_of(component);
        let is_looked_at = self.is_looked_at(component) || self.is_stated_despite(component, &alerts);
        let word = Word::of(&self.fold, component, is_looked_at);
        let mut moments: Vec<UnixMs> = looks.iter().map(|(at, _)| *at).collect();
        moments.push(from);
        let of_alerts = alerts.iter().flat_map(|alert| alert.moments());
        moments.extend(of_alerts.filter(|at| *at > from && *at <= until));
        moments.extend(word.moments(from, until));
        moments.sort_unstable();
        moments.dedup();
        let seen = |at: UnixMs| looks.iter().rev().find(|(since, _)| *since <= at).map(|(_, status)| *status);
        let told = |at: UnixMs| alerts.iter().filter_map(move |alert| alert.status_at(at));
        let found =
            |at: UnixMs| seen(at).into_iter().chain(told(at)).reduce(Status::worse).unwrap_or_default();
        let shown = |at: UnixMs| word.shown(at, found(at));
        moments.into_iter().map(|at| (at, shown(at))).collect()
    }

    /// What the checks of a component find from `from` to `until`: those that only this watcher looks at together, and each that is
    /// looked at from several places by what these agree on.
    fn found_by_checks(&self, component: &ComponentId, from: UnixMs, until: UnixMs) -> Vec<Course> {
        let several = self.config.vantages.get(component).map_or(&[][..], Vec::as_slice);
        let is_alone = |id: &&CheckId| !several.iter().any(|vantages| vantages.checks.contains(id));
        let history = |id: &CheckId| self.watches.get(id).map(|watch| &watch.history);
        let alone: Vec<&History> =
            self.checks_of(component).iter().filter(is_alone).filter_map(history).collect();
        let mut found = if alone.is_empty() { Vec::new() } else { vec![together(&alone, from, until)] };
        found.extend(several.iter().map(|vantages| {
            let histories: Vec<&History> = vantages.checks.iter().filter_map(history).collect();
            vantages.together(&histories, from, until)
        }));
        found
    }
}
