//! The database of the simulated world: the row of the lease, what was written, and the locks of transactions, as the statements of the
//! real one have them. Every timeline keeps all that was committed on it, in order.

use std::time::Duration;

use pharos_store::limits::{IDLE_IN_TRANSACTION_MS, LOCK_MS};
use pharos_store::{Fence, Nonce};

use super::message::{Answer, Ask, Look, Ms, Request, ms};

/// What of it is falsified.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sabotage of its own")]
pub struct Flaws {
    /// Writes are taken without looking at the fence.
    pub ignores_fences: bool,
    /// The fence is looked at, and not locked until the commit.
    pub locks_nothing: bool,
    /// Looks are taken without looking whether they are there already.
    pub ignores_keys: bool,
    /// A lease never ends by itself.
    pub keeps_leases: bool,
}

/// Something that was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// When.
    pub at: Ms,
    /// What.
    pub what: What,
}

/// What was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The lease was taken by whoever drew this nonce, or renewed by it.
    Leased(Fence, Ms),
    /// It was given up.
    Released(Fence),
    /// A leader wrote.
    Looked(Fence, Look),
}

/// The row of the lease.
#[derive(Clone, Copy, Debug)]
struct Row {
    fence: Fence,
    until: Ms,
}

/// A transaction that holds the fence.
#[derive(Clone, Copy, Debug)]
struct Open {
    number: u64,
    fence: Fence,
    look: Look,
    since: Ms,
}

/// One timeline.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// What was committed, the oldest first.
    pub log: Vec<Commit>,
    /// How many of these come from the timeline before.
    pub inherited: usize,
    /// Writes that were refused because their fence is not that of the lease.
    pub refused: u64,
    flaws: Flaws,
    row: Option<Row>,
    open: Vec<Open>,
    opened: u64,
    /// Requests that change the row of the lease, and wait for its locks.
    waiting: Vec<(Ms, Request)>,
}

impl Database {
    /// An empty one.
    pub fn new(flaws: Flaws) -> Self {
        Self { flaws, ..Self::default() }
    }

    /// What a standby has of it that heard nothing after `heard`: its transactions are gone.
    pub fn heard_until(&self, heard: Ms) -> Self {
        let mut standby = Self::new(self.flaws);
        standby.opened = self.opened;
        for commit in self.log.iter().take_while(|commit| commit.at <= heard) {
            match commit.what {
                What::Leased(fence, until) => standby.row = Some(Row { fence, until }),
                What::Released(_) => standby.row = standby.row.map(|row| Row { until: 0, ..row }),
                What::Looked(..) => {}
            }
            standby.log.push(*commit);
        }
        standby.inherited = standby.log.len();
        standby
    }

    /// When the lease was taken by whoever has it.
    pub fn elected(&self) -> Option<Ms> {
        let row = self.row?;
        let leased = |commit: &&Commit| matches!(commit.what, What::Leased(fence, _) if fence == row.fence);
        self.log.iter().find(leased).map(|commit| commit.at)
    }

    /// Loses all that waits, as one that dies.
    pub fn die(&mut self) {
        self.waiting.clear();
        self.open.clear();
    }

    /// Whether a request of this node waits for a lock.
    pub fn keeps_waiting(&self, node: usize) -> bool {
        self.waiting.iter().any(|(_, request)| request.node == node)
    }

    /// When it does something without being asked.
    pub fn next(&self) -> Option<Ms> {
        let idle = self.open.iter().map(|open| open.since + IDLE_IN_TRANSACTION_MS);
        idle.chain(self.waiting.iter().map(|(since, _)| since + LOCK_MS)).min()
    }

    /// Ends what took too long, and answers those who waited for it.
    pub fn tend(&mut self, now: Ms) -> Vec<(Request, Answer)> {
        self.open.retain(|open| open.since + IDLE_IN_TRANSACTION_MS > now);
        let mut answers = self.wake(now);
        self.waiting.retain(|(since, request)| {
            let is_late = since + LOCK_MS <= now;
            answers.extend(is_late.then_some((*request, Answer::Failed)));
            !is_late
        });
        answers
    }

    /// Does what is asked for, and answers whoever is done by it.
    pub fn take(&mut self, now: Ms, request: Request) -> Vec<(Request, Answer)> {
        let answer = match request.ask {
            Ask::Acquire { .. } | Ask::Release { .. } => {
                self.waiting.push((now, request));
                return self.wake(now);
            }
            Ask::Holder => Answer::Holder(self.held().map(|row| (row.fence, row.until.saturating_sub(now)))),
            Ask::Looks => Answer::Looks(self.looks()),
            Ask::Begin { fence, look } => self.begin(now, fence, look),
            Ask::Commit { transaction } => self.commit(now, transaction),
        };
        let mut answers = vec![(request, answer)];
        answers.extend(self.wake(now));
        answers
    }

    /// The row, unless the lease was given up.
    fn held(&self) -> Option<Row> {
        self.row.filter(|row| row.until > 0)
    }

    /// What is known of each check: its last slot.
    fn looks(&self) -> Vec<Look> {
        let looks = self.log.iter().filter_map(|commit| match commit.what {
            What::Looked(_, look) => Some(look),
            _ => None,
        });
        looks.collect()
    }

    fn begin(&mut self, now: Ms, fence: Fence, look: Look) -> Answer {
        if !self.flaws.ignores_fences && self.row.is_none_or(|row| row.fence != fence) {
            self.refused += 1;
            return Answer::NotLeading;
        }
        self.opened += 1;
        self.open.push(Open { number: self.opened, fence, look, since: now });
        Answer::Begun(self.opened)
    }

    fn commit(&mut self, now: Ms, transaction: u64) -> Answer {
        let Some(place) = self.open.iter().position(|open| open.number == transaction) else {
            return Answer::Failed;
        };
        let open = self.open.remove(place);
        if self.flaws.ignores_keys || !self.looks().contains(&open.look) {
            self.log.push(Commit { at: now, what: What::Looked(open.fence, open.look) });
        }
        Answer::Done
    }

    /// Lets those change the row who waited, where nothing holds it any more.
    fn wake(&mut self, now: Ms) -> Vec<(Request, Answer)> {
        let is_locked = !self.open.is_empty() && !self.flaws.locks_nothing;
        if is_locked || self.waiting.is_empty() {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().map(|(_, request)| (request, self.change(now, request.ask))).collect()
    }

    fn change(&mut self, now: Ms, ask: Ask) -> Answer {
        match ask {
            Ask::Acquire { nonce, ttl } => Answer::Term(self.acquire(now, nonce, ttl)),
            Ask::Release { nonce } => {
                if let Some(row) = self.row.as_mut().filter(|row| row.fence.nonce == nonce) {
                    row.until = 0;
                    self.log.push(Commit { at: now, what: What::Released(row.fence) });
                }
                Answer::Done
            }
            _ => Answer::Failed,
        }
    }

    fn acquire(&mut self, now: Ms, nonce: Nonce, ttl: Duration) -> Option<u64> {
        let term = match self.row {
            // What was given up is not taken again by what was still on its way.
            Some(row) if row.fence.nonce == nonce && row.until == 0 => return None,
            Some(row) if row.fence.nonce == nonce => row.fence.term,
            Some(row) if (now..=now + ms(ttl)).contains(&row.until) || self.flaws.keeps_leases => {
                return None;
            }
            row => row.map_or(1, |row| row.fence.term + 1),
        };
        let fence = Fence { term, nonce };
        let until = now + ms(ttl);
        self.row = Some(Row { fence, until });
        self.log.push(Commit { at: now, what: What::Leased(fence, until) });
        Some(term)
    }
}
