//! A command on its way to the core, and the answer, which comes when what follows from it is committed.

use std::borrow::Cow;

use pharos_engine::desk::{Command, Refusal, Subject};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::limits::ORDER_TIMEOUT;

/// Who asks, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// As in the audit log: `user:NAME` or `token:NAME/ID`.
    pub actor: String,
    /// The address at the other end.
    pub address: String,
}

/// A request that must be done once, however often it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnceKey {
    /// The key its sender gave it.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// A command with who asks for it.
#[derive(Debug)]
pub struct Order {
    /// What is asked for.
    pub command: Command,
    /// Who asks.
    pub author: Author,
    /// Present when it must be done once.
    pub once: Option<OnceKey>,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Done, Failure>>,
}

/// It is done, and will not be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What it was about.
    pub subject: Subject,
    /// The journal's place with it.
    pub seq: u64,
}

/// Why it is not done, or why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The core refused. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was not taken. Nothing was changed.
    #[error("nothing can be taken at the moment: {0}")]
    Busy(Cow<'static, str>),
    /// Its key was used for another request. Nothing was changed.
    #[error("the key was used for another request")]
    KeyInUse,
    /// It was taken, but not written in time. It may be yet.
    #[error("it was not written in time, and may be yet; ask what became of it before you repeat it")]
    Late,
}

impl Failure {
    /// It was not taken.
    pub fn busy(why: &'static str) -> Self {
        Self::Busy(Cow::Borrowed(why))
    }
}

/// Takes commands to the core.
#[derive(Clone, Debug)]
pub struct Operators {
    orders: mpsc::Sender<Order>,
}

impl Operators {
    /// Those whose orders go this way.
    pub fn new(orders: mpsc::Sender<Order>) -> Self {
        Self { orders }
    }

    /// Has a command carried out, and waits until it is durable.
    ///
    /// # Errors
    /// When it is refused, or could not be taken or written in time.
    pub async fn order(
        &self,
        command: Command,
        author: Author,
        once: Option<OnceKey>,
    ) -> Result<Done, Failure> {
        let (reply, answer) = oneshot::channel();
        let order = Order { command, author, once, reply };
        self.orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::busy("too many requests wait already"),
            mpsc::error::TrySendError::Closed(_) => Failure::busy("this node is ending"),
        })?;
        match tokio::time::timeout(ORDER_TIMEOUT, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Failure::Late),
        }
    }
}
