//! What nodes and the database of the simulated world say to each other.

use std::time::Duration;

use pharos_store::{Fence, Nonce};

/// Milliseconds since the world began.
pub type Ms = u64;

/// A look at a check, by its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Look {
    /// Which check.
    pub check: u64,
    /// Which slot.
    pub slot: u64,
}

/// What a node asks for.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// The lease, or its renewal.
    Acquire { nonce: Nonce, ttl: Duration },
    /// To give it up.
    Release { nonce: Nonce },
    /// Who holds it.
    Holder,
    /// What has been written of each check.
    Looks,
    /// To begin a transaction that writes, under a fence.
    Begin { fence: Fence, look: Look },
    /// To end it.
    Commit { transaction: u64 },
}

/// An ask on its way, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Which node.
    pub node: usize,
    /// In the how-manieth life of it.
    pub life: u64,
    /// The how-manieth ask of that life.
    pub number: u64,
    /// What.
    pub ask: Ask,
}

/// What the database answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The term of the lease; `None` when somebody else holds it.
    Term(Option<u64>),
    /// It is done.
    Done,
    /// Who holds the lease, and for how long.
    Holder(Option<(Fence, Ms)>),
    /// All looks that were written.
    Looks(Vec<Look>),
    /// The transaction has begun.
    Begun(u64),
    /// Somebody else leads.
    NotLeading,
    /// It took too long.
    Failed,
}

/// A duration in whole milliseconds.
pub fn ms(duration: Duration) -> Ms {
    u64::try_from(duration.as_millis()).unwrap_or(Ms::MAX)
}
