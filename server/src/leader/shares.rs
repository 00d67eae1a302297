//! Whose turn a check is. Each look goes to one node, and the same node looks at a check for as long as it is there: so a
//! node that comes or goes moves its own share and no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use pharos_engine::{CheckId, Due};
use pharos_model::UnixMs;
use pharos_store::{NodeRow, Nonce};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::nodes::{Errand, Post, Roster, is_blind, is_live};

/// A look that another node has been given.
#[derive(Clone, Copy, Debug)]
struct Given {
    node: Nonce,
    slot: UnixMs,
    /// When, by this node's clock.
    at: UnixMs,
}

/// Who looks.
pub struct Shares {
    post: Post,
    roster: watch::Receiver<Arc<Roster>>,
    config: watch::Receiver<String>,
    /// That this node was asked to end: it hears of nobody's looks any more.
    ends: CancellationToken,
    /// Since when it leads: a roster from before may name nodes that are gone.
    since: Instant,
    /// Looks that other nodes have been given, by check.
    given: BTreeMap<CheckId, Given>,
    /// Looks to be given away.
    batch: BTreeMap<Nonce, Vec<Errand>>,
}

impl Shares {
    /// Of the nodes in a roster that have this configuration, until this one ends.
    pub fn new(
        post: Post,
        (roster, config): (watch::Receiver<Arc<Roster>>, watch::Receiver<String>),
        ends: CancellationToken,
    ) -> Self {
        let since = Instant::now();
        Self { post, roster, config, ends, since, given: BTreeMap::new(), batch: BTreeMap::new() }
    }

    /// Takes a look for another node; `false` where this one is to take it.
    pub fn give(&mut self, due: &Due, now: UnixMs) -> bool {
        let me = self.post.me();
        let roster = self.roster.borrow().clone();
        let is_known = roster.heard.is_some_and(|heard| heard >= self.since) && !self.ends.is_cancelled();
        let others = roster.rows.iter().filter(|row| is_known && row.beat.id != me && self.counts(row));
        let candidates = others.map(|row| row.beat.id).chain([me]);
        let Some(node) = candidates.max_by_key(|node| weight(*node, &due.check)).filter(|node| *node != me)
        else {
            self.given.remove(&due.check);
            return false;
        };
        self.given.insert(due.check.clone(), Given { node, slot: due.scheduled_at, at: now });
        let errand = Errand { check: due.check.clone(), scheduled_at: due.scheduled_at };
        self.batch.entry(node).or_default().push(errand);
        true
    }

    /// Whether a node can take looks: it is there, sees, and knows the same checks.
    fn counts(&self, row: &NodeRow) -> bool {
        is_live(row) && !is_blind(row) && row.beat.config == *self.config.borrow()
    }

    /// Sends what was given away. Tells what nobody will look at, for lack of room.
    pub fn send(&mut self) -> Vec<Due> {
        let mut missed = Vec::new();
        for (node, errands) in std::mem::take(&mut self.batch) {
            if !self.post.errands(node, errands.clone()) {
                missed.extend(errands.into_iter().map(|errand| self.take_back(errand)));
            }
        }
        missed
    }

    fn take_back(&mut self, errand: Errand) -> Due {
        self.given.remove(&errand.check);
        errand.due()
    }

    /// When a node was given this look, if it was and nobody has told of it yet.
    pub fn landed(&mut self, from: Nonce, due: &Due) -> Option<UnixMs> {
        let given = self.given.get(&due.check)?;
        if (given.node, given.slot) != (from, due.scheduled_at) {
            return None;
        }
        self.given.remove(&due.check).map(|given| given.at)
    }

    /// Looks that nodes had been given which are there no more.
    pub fn lost(&mut self) -> Vec<Due> {
        let roster = self.roster.borrow().clone();
        let is_there = |node: Nonce| roster.rows.iter().any(|row| row.beat.id == node && is_live(row));
        let lost: Vec<Due> = self
            .given
            .iter()
            .filter(|(_, given)| !is_there(given.node))
            .map(|(check, given)| Due { check: check.clone(), scheduled_at: given.slot })
            .collect();
        for due in &lost {
            self.given.remove(&due.check);
        }
        lost
    }
}

/// The node with the greatest weight looks. It depends on nothing but the two.
fn weight(node: Nonce, check: &CheckId) -> u64 {
    let start = u128::from_be_bytes(node.0);
    let seed =
        u64::try_from(start >> 64).unwrap_or(0) ^ u64::try_from(start & u128::from(u64::MAX)).unwrap_or(0);
    let hash = check.0.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The last bytes move the high bits too.
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u8) -> Nonce {
        let mut bytes = [0; 16];
        (bytes[0], bytes[15]) = (number.wrapping_mul(37), number);
        Nonce(bytes)
    }

    fn whose(nodes: &[Nonce], check: u32) -> Nonce {
        let check = CheckId(format!("component-{check}/http"));
        nodes.iter().copied().max_by_key(|node| weight(*node, &check)).unwrap()
    }

    #[test]
    fn checks_are_spread_evenly() {
        let nodes = [node(1), node(2), node(3)];
        for wanted in nodes {
            let count = (0..3_000).filter(|check| whose(&nodes, *check) == wanted).count();
            assert!((850..1_150).contains(&count), "{wanted:?}: {count}");
        }
    }

    #[test]
    fn a_node_that_goes_moves_its_own_share_and_no_other() {
        let (all, left) = ([node(1), node(2), node(3)], [node(1), node(3)]);
        for check in 0..500 {
            let before = whose(&all, check);
            assert!(before == node(2) || whose(&left, check) == before, "{check}");
        }
    }
}
