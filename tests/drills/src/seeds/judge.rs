//! What must hold of a world that is over, told from what its nodes did and what its databases committed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use pharos_store::limits::LEASE_ACTS;
use pharos_store::{Fence, Nonce};

use super::database::{Commit, What};
use super::faults::{CALM, END};
use super::message::{Ms, ms};
use super::node::Act;
use super::world::Past;

/// How long a leader's writes may be apart once all is calm: more than its looks are, by two that come late.
const QUIET_MS_MAX: Ms = 4_000;

/// What was found, of one world or of many.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Moments at which a node acted although another had been elected on the same timeline.
    pub overlaps: u64,
    /// Moments at which a node acted longer than it may after its lease was last renewed.
    pub overdue: u64,
    /// Writes that a timeline took under another fence than that of its last election.
    pub stale: u64,
    /// Fences with which two leaderships began.
    pub shared: u64,
    /// Looks that a timeline has twice.
    pub doubled: u64,
    /// Moments at which a leader would have written under no fence or another.
    pub at_odds: u64,
    /// The longest time from the end of all faults until writes go on, in milliseconds.
    pub recovery_ms: Ms,
    /// The shortest time from the last act of one that lost its lease by its end, to the next election.
    pub margin_ms: Option<Ms>,
    /// Elections.
    pub elections: u64,
    /// Elections under a term that was handed out on an older timeline already.
    pub terms_again: u64,
    /// Leases that were taken again with the nonce of who had given them up: by what was still on its way.
    pub taken_again: u64,
    /// Looks that were taken.
    pub looks: u64,
    /// Writes that were refused.
    pub refused: u64,
}

impl Found {
    /// Adds what was found in another world.
    pub fn add(&mut self, other: &Self) {
        self.overlaps += other.overlaps;
        self.overdue += other.overdue;
        self.stale += other.stale;
        self.shared += other.shared;
        self.doubled += other.doubled;
        self.at_odds += other.at_odds;
        self.recovery_ms = self.recovery_ms.max(other.recovery_ms);
        self.margin_ms = self.margin_ms.into_iter().chain(other.margin_ms).min();
        self.elections += other.elections;
        self.terms_again += other.terms_again;
        self.taken_again += other.taken_again;
        self.looks += other.looks;
        self.refused += other.refused;
    }

    /// Whatever must not be, in all.
    pub fn violations(&self) -> u64 {
        self.overlaps + self.overdue + self.stale + self.shared + self.doubled + self.at_odds
    }
}

/// One lease as it was committed: when, and on which timeline.
type Leases = BTreeMap<(u64, Nonce), Vec<(Ms, usize)>>;

/// Judges a world.
pub fn judge(past: &Past) -> Found {
    let mut found = Found::default();
    let (mut leases, mut elections) = (Leases::new(), Vec::new());
    let mut terms = BTreeSet::new();
    for (timeline, database) in past.timelines.iter().enumerate() {
        found.refused += database.refused;
        let mut own_terms = BTreeSet::new();
        let (mut last, mut released, mut looks) = (None, None, BTreeSet::new());
        for (place, Commit { at, what }) in database.log.iter().enumerate() {
            let is_own = place >= database.inherited;
            match *what {
                What::Leased(fence, _) => {
                    if is_own {
                        leases.entry(key(fence)).or_default().push((*at, timeline));
                    }
                    if is_own && last != Some(fence) {
                        elections.push((*at, timeline, fence, last));
                        found.terms_again += u64::from(terms.contains(&fence.term));
                        own_terms.insert(fence.term);
                    }
                    found.taken_again += u64::from(is_own && released == Some(fence));
                    (last, released) = (Some(fence), None);
                }
                What::Released(fence) => released = Some(fence),
                What::Looked(fence, look) => {
                    found.looks += u64::from(is_own);
                    found.stale += u64::from(is_own && last != Some(fence));
                    found.doubled += u64::from(!looks.insert(look) && is_own);
                }
            }
        }
        terms.extend(own_terms);
    }
    found.elections = elections.len() as u64;
    let mut begun = BTreeSet::new();
    found.shared = past.diary.begun.iter().filter(|fence| !begun.insert(key(**fence))).count() as u64;
    found.at_odds = past.diary.at_odds.len() as u64;
    judge_acts(past, &leases, &elections, &mut found);
    found.recovery_ms = recovery(past);
    found
}

/// An election: when, on which timeline, whose, and who led there before.
type Election = (Ms, usize, Fence, Option<Fence>);

/// Whether nodes acted only while they could, and how long before others were elected they stopped.
fn judge_acts(past: &Past, leases: &Leases, elections: &[Election], found: &mut Found) {
    let mut last_acts: BTreeMap<(u64, Nonce, usize), Ms> = BTreeMap::new();
    for Act { at, fence, .. } in &past.diary.acts {
        let own = leases.get(&key(*fence)).into_iter().flatten();
        let Some((since, timeline)) = own.filter(|(since, _)| since <= at).max() else {
            found.overdue += 1;
            continue;
        };
        found.overdue += u64::from(*at >= since + ms(LEASE_ACTS));
        let is_over = |(elected, where_, who, _): &Election| {
            where_ == timeline && who != fence && elected > since && elected <= at
        };
        found.overlaps += u64::from(elections.iter().any(is_over));
        let last = last_acts.entry((fence.term, fence.nonce, *timeline)).or_default();
        *last = (*last).max(*at);
    }
    for (elected, timeline, _, before) in elections {
        let Some(before) = before else { continue };
        let log = &past.timelines[*timeline].log;
        let released = |commit: &Commit| commit.what == What::Released(*before);
        let Some(last) = last_acts.get(&(before.term, before.nonce, *timeline)) else { continue };
        if !log.iter().any(released) {
            let margin = elected.saturating_sub(*last);
            found.margin_ms = Some(found.margin_ms.map_or(margin, |least| least.min(margin)));
        }
    }
}

/// How long after the last fault writes go on without a break until the end.
fn recovery(past: &Past) -> Ms {
    let Some(newest) = past.timelines.last() else { return END - CALM };
    let looks = newest.log.iter().filter(|commit| matches!(commit.what, What::Looked(..)));
    let (mut last, mut since) = (CALM, CALM);
    for at in looks.map(|commit| commit.at).filter(|at| *at > CALM).chain([END]) {
        if at - last > QUIET_MS_MAX {
            since = at;
        }
        last = at;
    }
    since - CALM
}

fn key(fence: Fence) -> (u64, Nonce) {
    (fence.term, fence.nonce)
}

/// All that happened as one number. Nonces, which are drawn by the system, count by the order in which they were first seen.
pub fn digest(past: &Past) -> u64 {
    let mut nonces = BTreeMap::new();
    let mut hasher = DefaultHasher::new();
    let mut take = |at: Ms, fence: Fence, more: (u64, u64, u64)| {
        let next = nonces.len();
        let nonce = *nonces.entry(fence.nonce).or_insert(next);
        (at, fence.term, nonce, more).hash(&mut hasher);
    };
    for act in &past.diary.acts {
        take(act.at, act.fence, (1, act.node as u64, 0));
    }
    for commit in past.timelines.iter().flat_map(|timeline| &timeline.log) {
        match commit.what {
            What::Leased(fence, until) => take(commit.at, fence, (2, until, 0)),
            What::Released(fence) => take(commit.at, fence, (3, 0, 0)),
            What::Looked(fence, look) => take(commit.at, fence, (4, look.check, look.slot)),
        }
    }
    hasher.finish()
}
