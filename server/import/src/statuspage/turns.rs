//! How components were, from what updates said of them.
//!
//! The page told that a component was operational whenever nothing else was said. That is believed as far back as all incidents are known
//! with what they said of components; before that it is unknown.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, Status, UnixMs};

use super::Reader;
use crate::Turn;

/// What an update said of a component.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: UnixMs,
    /// Which component.
    pub component: ComponentId,
    /// What it was before.
    pub before: Option<Status>,
    /// What it is from then on.
    pub after: Status,
}

impl Reader {
    /// Makes the turns of all components.
    pub(super) fn finish_turns(&mut self) {
        let mut told: BTreeMap<ComponentId, Vec<Told>> = BTreeMap::new();
        for one in std::mem::take(&mut self.turns) {
            told.entry(one.component.clone()).or_default().push(one);
        }
        let newest = self.newest;
        let horizon = self.oldest.filter(|_| self.is_cut);
        let mut turns = Vec::new();
        for known in self.known.values() {
            let mut said = told.remove(&known.id).unwrap_or_default();
            said.sort_by_key(|one| one.at);
            let begin = horizon.map_or(known.began_at, |horizon| horizon.max(known.began_at));
            let mut status =
                said.first().map_or(known.status, |first| first.before.unwrap_or(Status::Operational));
            let mut turn = |from: UnixMs, status: Status| {
                turns.push(Turn { from, component: known.id.clone(), status });
            };
            // What is said of the time before it was on the page is of no use.
            let mut reached = begin;
            turn(begin, status);
            for one in said {
                let at = one.at.max(reached);
                if one.after != status {
                    turn(at, one.after);
                    status = one.after;
                }
                reached = at;
            }
            // What was changed without a word.
            if status != known.status {
                turn(known.changed_at.max(reached), known.status);
            }
        }
        if let Some(newest) = newest {
            turns.retain(|turn| turn.from <= newest);
        }
        self.haul.turns = turns;
    }
}
