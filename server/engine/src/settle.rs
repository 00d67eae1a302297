//! From what is known to what is shown: each moment at which a component's status changed, dated back as far as may be.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{Change, ComponentId, Status, UnixMs};

use crate::Fact;
use crate::desk::{Shown, Word};
use crate::engine::{Engine, Output, Touched};
use crate::history::{History, together, worse};

impl Engine {
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
        let watches = self.checks_of(component).iter().filter_map(|id| self.watches.get(id));
        let histories: Vec<&History> = watches.map(|watch| &watch.history).collect();
        let measured = match self.config.redundancy.get(component) {
            None => together(&histories, from, until),
            Some(rule) => {
                let by_members = self.service_of_members((component, rule), from, until);
                if histories.is_empty() {
                    by_members
                } else {
                    worse(&by_members, &together(&histories, from, until))
                }
            }
        };
        let word = Word::of(&self.fold, component, self.is_looked_at(component));
        let mut moments: Vec<UnixMs> = measured.iter().map(|(at, _)| *at).collect();
        moments.extend(word.moments(from, until));
        moments.sort_unstable();
        moments.dedup();
        let found = |at: UnixMs| measured.iter().rev().find(|(since, _)| *since <= at);
        let shown = |at: UnixMs| word.shown(at, found(at).map_or(Status::Unknown, |(_, status)| *status));
        moments.into_iter().map(|at| (at, shown(at))).collect()
    }
}
