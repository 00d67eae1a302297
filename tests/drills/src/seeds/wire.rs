//! A node's end of the simulated network: what `Leadership` and the node itself ask of the database leaves here and is awaited here, for as
//! long as the real store would wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pharos_store::limits::{LEASE_TIMEOUT, LEASE_TTL, READ_TIMEOUT, WRITE_TIMEOUT};
use pharos_store::{Fence, Holder, Lease, Nonce, StoreError};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use super::message::{Answer, Ask, Look, Ms, ms};

/// How a node is falsified.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quirks {
    /// It acts until the lease ends, counted from when it heard of it.
    pub counts_from_the_answer: bool,
    /// It has one nonce for all its leaderships.
    pub keeps_its_nonce: bool,
}

/// One end.
pub struct Wire {
    node: usize,
    quirks: Quirks,
    /// When this life of the node began, by its clock and by the world's.
    began: (Instant, Ms),
    /// That something wants to leave.
    pub leaving: Notify,
    ends: Mutex<Ends>,
}

#[derive(Default)]
struct Ends {
    asked: u64,
    out: Vec<(Ms, u64, Ask)>,
    awaited: BTreeMap<u64, oneshot::Sender<Answer>>,
    fence: Option<Fence>,
    heard: Option<Ms>,
}

impl Wire {
    /// Of a node whose life begins now, which is `at` by the world's clock.
    pub fn new(node: usize, quirks: Quirks, at: Ms) -> Arc<Self> {
        let (leaving, ends) = (Notify::new(), Mutex::default());
        Arc::new(Self { node, quirks, began: (Instant::now(), at), leaving, ends })
    }

    /// What time it is in the world.
    pub fn now(&self) -> Ms {
        self.began.1 + ms(self.began.0.elapsed())
    }

    /// When a moment of the world is, by the node's clock.
    pub fn instant(&self, at: Ms) -> Instant {
        self.began.0 + Duration::from_millis(at.saturating_sub(self.began.1))
    }

    /// What has left since this was last asked: when, the how-manieth, and what.
    pub fn sent(&self) -> Vec<(Ms, u64, Ask)> {
        std::mem::take(&mut self.ends().out)
    }

    /// What comes in; nobody may wait for it any more.
    pub fn receive(&self, number: u64, answer: Answer) {
        if let Some(awaited) = self.ends().awaited.remove(&number) {
            let _gone = awaited.send(answer);
        }
    }

    /// The fence of what this node writes.
    pub fn fence(&self) -> Option<Fence> {
        self.ends().fence
    }

    /// Until when a node acts that counts from the answer.
    pub fn acts_until(&self) -> Option<Ms> {
        let heard = self.ends().heard?;
        self.quirks.counts_from_the_answer.then(|| heard + ms(LEASE_TTL))
    }

    /// What has been written.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn looks(&self) -> Result<Vec<Look>, StoreError> {
        match self.ask(Ask::Looks, READ_TIMEOUT).await? {
            Answer::Looks(looks) => Ok(looks),
            _ => Err(FAILED),
        }
    }

    /// Writes a look, under the fence that is in force now.
    ///
    /// # Errors
    /// When it was refused, or it is not known whether it was done.
    pub async fn write(&self, fence: Fence, look: Look) -> Result<(), StoreError> {
        let transaction = match self.ask(Ask::Begin { fence, look }, WRITE_TIMEOUT).await? {
            Answer::Begun(transaction) => transaction,
            Answer::NotLeading => return Err(StoreError::NotLeading),
            _ => return Err(FAILED),
        };
        match self.ask(Ask::Commit { transaction }, WRITE_TIMEOUT).await {
            Ok(Answer::Done) => Ok(()),
            Ok(_) => Err(FAILED),
            Err(_) => Err(StoreError::Unknown),
        }
    }

    async fn ask(&self, ask: Ask, limit: Duration) -> Result<Answer, StoreError> {
        let (tell, answer) = oneshot::channel();
        {
            let now = self.now();
            let mut ends = self.ends();
            ends.asked += 1;
            let number = ends.asked;
            ends.out.push((now, number, ask));
            ends.awaited.insert(number, tell);
        }
        self.leaving.notify_one();
        match timeout(limit, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(FAILED),
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nonce(&self, drawn: Nonce) -> Nonce {
        if self.quirks.keeps_its_nonce { Nonce([u8::try_from(self.node).unwrap_or(0); 16]) } else { drawn }
    }
}

const FAILED: StoreError = StoreError::Unavailable { why: "the database does not answer" };

#[async_trait]
impl Lease for Wire {
    fn is_shared(&self) -> bool {
        true
    }

    async fn acquire_or_renew(
        &self,
        _: &str,
        nonce: Nonce,
        ttl: Duration,
    ) -> Result<Option<u64>, StoreError> {
        match self.ask(Ask::Acquire { nonce: self.nonce(nonce), ttl }, LEASE_TIMEOUT).await? {
            Answer::Term(term) => {
                if term.is_some() {
                    self.ends().heard = Some(self.now());
                }
                Ok(term)
            }
            _ => Err(FAILED),
        }
    }

    async fn release(&self, nonce: Nonce) -> Result<(), StoreError> {
        match self.ask(Ask::Release { nonce: self.nonce(nonce) }, LEASE_TIMEOUT).await? {
            Answer::Done => Ok(()),
            _ => Err(FAILED),
        }
    }

    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        match self.ask(Ask::Holder, LEASE_TIMEOUT).await? {
            Answer::Holder(held) => Ok(held.map(|(fence, left)| Holder {
                name: String::new(),
                fence,
                left: Duration::from_millis(left),
            })),
            _ => Err(FAILED),
        }
    }

    fn set_fence(&self, fence: Option<Fence>) {
        let fence = fence.map(|fence| Fence { nonce: self.nonce(fence.nonce), ..fence });
        self.ends().fence = fence;
    }
}
