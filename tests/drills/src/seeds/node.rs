//! A node of the simulated world: the real way to leadership on a clock of its own, a leader that looks and writes, and what it did.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use pharos_store::{Fence, Lead, Leadership, Lease, Standing, StoreError};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::{sleep, sleep_until};

use super::message::{Answer, Ask, Look, Ms};
use super::wire::{Quirks, Wire};

/// Checks of the page.
const CHECKS: u64 = 4;
/// How often each is looked at.
const SLOT_MS: Ms = 5_000;
/// How long a leader waits until it tries again, or looks what is due.
const PAUSE: Duration = Duration::from_millis(200);

/// Something that nodes did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Ms,
    /// Under which fence.
    pub fence: Fence,
    /// Which node.
    pub node: usize,
}

/// What all nodes of a world did, kept outside them.
#[derive(Debug, Default)]
pub struct Diary {
    /// Moments at which a node took itself for the leader, some each second.
    pub acts: Vec<Act>,
    /// Those at which it would have written under no fence, or that of another term.
    pub at_odds: Vec<Act>,
    /// Fences that leaderships began with.
    pub begun: Vec<Fence>,
}

/// A life of a node, from its start to its crash.
pub struct Life {
    runtime: Runtime,
    wire: Arc<Wire>,
    resign: Arc<Notify>,
}

impl Life {
    /// Starts node `node` at that moment. `stride` is how often it takes down whether it leads.
    ///
    /// # Errors
    /// When there is no runtime.
    pub fn start(
        (node, at): (usize, Ms),
        quirks: Quirks,
        stride: Duration,
        diary: &Arc<Mutex<Diary>>,
    ) -> Result<Self> {
        // Not turmoil: it cannot hold the tasks of a host while its time goes on, and steps every host through every moment.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let entered = runtime.enter();
        let wire = Wire::new(node, quirks, at);
        let resign = Arc::new(Notify::new());
        let me = Me {
            node,
            wire: Arc::clone(&wire),
            standing: Arc::default(),
            resign: Arc::clone(&resign),
            stride,
            diary: Arc::clone(diary),
        };
        runtime.spawn(me.live());
        drop(entered);
        Ok(Self { runtime, wire, resign })
    }

    /// Lets it run until that moment, or until it asks for something. Tells how far it came, and what it asked for when.
    pub fn run(&self, until: Ms) -> (Ms, Vec<(Ms, u64, Ask)>) {
        let at = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.wire.leaving.notified() => {}
                () = sleep_until(self.wire.instant(until)) => {}
            }
            self.wire.now()
        });
        (at, self.wire.sent())
    }

    /// Lets all its time until that moment pass at once, as for a process that was stopped.
    pub fn skip(&self, until: Ms) {
        self.runtime.block_on(async {
            let passed = until.saturating_sub(self.wire.now());
            tokio::time::advance(Duration::from_millis(passed)).await;
        });
    }

    /// Hands it an answer.
    pub fn receive(&self, number: u64, answer: Answer) {
        self.wire.receive(number, answer);
    }

    /// Makes it give up the lead, once it has it.
    pub fn resign(&self) {
        self.resign.notify_one();
    }
}

/// A node as it is in its own runtime.
struct Me {
    node: usize,
    wire: Arc<Wire>,
    standing: Arc<Standing>,
    resign: Arc<Notify>,
    stride: Duration,
    diary: Arc<Mutex<Diary>>,
}

impl Me {
    async fn live(self) {
        let lease: Arc<dyn Lease> = Arc::<Wire>::clone(&self.wire);
        let leadership = Leadership::new(lease, format!("node {}", self.node), Arc::clone(&self.standing));
        loop {
            let lead = leadership.await_it().await;
            self.lead(&lead).await;
            lead.give_up().await;
        }
    }

    async fn lead(&self, lead: &Lead) {
        let Some(fence) = self.wire.fence() else { return };
        self.diary().begun.push(fence);
        tokio::select! {
            biased;
            () = self.over(lead) => {}
            () = self.resign.notified() => {}
            () = self.witness(lead, fence) => {}
            () = self.work(lead) => {}
        }
    }

    /// Whether it takes itself for the leader: by all that parts of a node ask.
    fn acts(&self, lead: &Lead) -> bool {
        match self.wire.acts_until() {
            Some(until) => self.wire.now() < until,
            None => !lead.is_over() || self.standing.leads(),
        }
    }

    async fn over(&self, lead: &Lead) {
        if self.wire.acts_until().is_none() {
            return lead.over().await;
        }
        while let Some(until) = self.wire.acts_until().filter(|until| self.wire.now() < *until) {
            sleep_until(self.wire.instant(until)).await;
        }
    }

    /// Takes down that it leads.
    async fn witness(&self, lead: &Lead, fence: Fence) {
        loop {
            if self.acts(lead) {
                let act = Act { at: self.wire.now(), fence, node: self.node };
                let is_at_odds = self.standing.leads() && self.wire.fence() != Some(fence);
                let mut diary = self.diary();
                diary.acts.push(act);
                diary.at_odds.extend(is_at_odds.then_some(act));
            }
            sleep(self.stride).await;
        }
    }

    /// Looks at what is due and writes it, each under the fence of that moment, until somebody else leads.
    async fn work(&self, lead: &Lead) {
        let mut done = BTreeMap::new();
        loop {
            if let Ok(looks) = self.wire.looks().await {
                done.extend(looks.into_iter().map(|look| (look.check, look.slot)));
                break;
            }
            sleep(PAUSE).await;
        }
        let mut again = None;
        while self.acts(lead) {
            let due = again.or_else(|| self.due(&done));
            let (Some(look), Some(fence)) = (due, self.wire.fence()) else {
                sleep(PAUSE).await;
                continue;
            };
            match self.wire.write(fence, look).await {
                Ok(()) => {
                    done.insert(look.check, look.slot);
                    again = None;
                }
                Err(StoreError::NotLeading) => return,
                Err(_) => {
                    again = Some(look);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn due(&self, done: &BTreeMap<u64, u64>) -> Option<Look> {
        let now = self.wire.now();
        (0..CHECKS).find_map(|check| {
            let slot = (now + check * SLOT_MS / CHECKS) / SLOT_MS;
            done.get(&check).is_none_or(|last| *last < slot).then_some(Look { check, slot })
        })
    }

    fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
