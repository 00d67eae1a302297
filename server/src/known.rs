//! What operators see: the newest of what is public, with what they keep beside it, as of one place in the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use pharos_engine::desk::Desk;
use pharos_engine::{CheckId, Fold, Verdict};
use pharos_model::{ComponentId, Failover, Redundancy, Snapshot};

/// As of one place in the journal.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The place, public or not.
    pub seq: u64,
    /// What is public.
    pub board: Arc<Snapshot>,
    /// What operators keep.
    pub desk: Arc<Desk>,
    /// The redundancy of components of which only operators are told.
    pub redundancies: Arc<BTreeMap<ComponentId, Box<Redundancy>>>,
    /// The failovers of such components, the newest first.
    pub failovers: Arc<Vec<Failover>>,
    /// The verdict on each check.
    pub verdicts: Arc<BTreeMap<CheckId, Verdict>>,
}

impl Known {
    /// What the journal says by then.
    pub fn of(fold: &Fold) -> Self {
        Self {
            seq: fold.seq,
            board: Arc::new(fold.board.clone()),
            desk: Arc::new(fold.desk.clone()),
            redundancies: Arc::new(fold.redundancies.clone()),
            failovers: Arc::new(fold.failovers.clone()),
            verdicts: Arc::new(fold.verdicts.clone()),
        }
    }
}
