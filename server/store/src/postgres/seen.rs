//! The newest entry that this node has seen, so that it notices when the database no longer has it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use tokio::sync::watch;

use super::query;
use crate::limits::ENDS_KEPT;
use crate::values::{damaged, signed, unsigned};
use crate::{Chain, Head, Lost, StoreError};

/// What has been seen of the journal.
pub struct Seen {
    state: Mutex<State>,
    /// The newest ends that were seen, ascending.
    ends: Mutex<VecDeque<Head>>,
    told: watch::Sender<u64>,
}

#[derive(Clone, Copy, Default)]
struct State {
    head: Head,
    /// Whether the database was found without what was seen. It stays so until the journal is read anew.
    diverged: bool,
    /// How often it was begun anew.
    life: u64,
}

impl Seen {
    /// Everything up to here was seen.
    pub fn new(head: Head) -> Self {
        Self {
            state: Mutex::new(State { head, diverged: false, life: 0 }),
            ends: Mutex::new(VecDeque::from([head])),
            told: watch::channel(head.seq).0,
        }
    }

    /// Told of the place of the last entry.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The newest entry seen.
    ///
    /// # Errors
    /// When the database was found without it.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.head_and_life().map(|(head, _)| head)
    }

    /// The same, and how often the journal was begun anew.
    ///
    /// # Errors
    /// As [`Seen::head`].
    pub fn head_and_life(&self) -> Result<(Head, u64), StoreError> {
        let State { head, diverged, life } = *self.state();
        if diverged { Err(StoreError::Diverged { seq: head.seq }) } else { Ok((head, life)) }
    }

    /// How often the journal was begun anew.
    pub fn life(&self) -> u64 {
        self.state().life
    }

    /// Whether the database was found without what was seen.
    pub fn is_diverged(&self) -> bool {
        self.state().diverged
    }

    /// An entry was seen.
    pub fn advance(&self, head: Head) {
        {
            let mut state = self.state();
            if state.diverged || head.seq <= state.head.seq {
                return;
            }
            state.head = head;
            let mut ends = self.ends();
            if ends.len() >= ENDS_KEPT {
                ends.pop_front();
            }
            ends.push_back(head);
        }
        self.told.send_if_modified(|told| std::mem::replace(told, head.seq) != head.seq);
    }

    /// The journal was read anew, up to here.
    pub fn begin_anew(&self, head: Head) {
        *self.ends() = VecDeque::from([head]);
        let mut state = self.state();
        *state = State { head, diverged: false, life: state.life + 1 };
        drop(state);
        self.told.send_replace(head.seq);
    }

    /// The database is without what was seen.
    pub fn diverge(&self, found: Head) -> StoreError {
        let (seq, was) = {
            let mut state = self.state();
            (state.head.seq, std::mem::replace(&mut state.diverged, true))
        };
        if !was {
            tracing::error!(
                seen = seq,
                found = found.seq,
                "the database no longer has what this node has seen of the journal"
            );
            self.told.send_replace(found.seq);
        }
        StoreError::Diverged { seq }
    }

    /// The newest of the ends seen that the database still has, and the newest of all. To be asked before the journal is read anew.
    pub async fn lost(&self, connection: &mut PgConnection) -> Result<Lost, StoreError> {
        let ends: Vec<Head> = self.ends().iter().copied().collect();
        let places: Vec<i64> = ends.iter().map(|end| signed(end.seq)).collect();
        let read = "SELECT seq, chain FROM journal WHERE seq = ANY($1)";
        let rows = query(read).bind(places).fetch_all(connection).await?;
        let pair = |row: &PgRow| Ok((unsigned(row.try_get("seq")?), row.try_get("chain")?));
        let there: BTreeMap<u64, Vec<u8>> = rows.iter().map(pair).collect::<Result<_, sqlx::Error>>()?;
        let is_there = |end: &&Head| there.get(&end.seq).is_some_and(|chain| **chain == end.chain.0[..]);
        let kept = ends.iter().rev().find(is_there).map_or(0, |end| end.seq);
        Ok(Lost { kept, seen: self.state().head.seq })
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, VecDeque<Head>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of the journal, if it is one that goes on from what was `seen`; with `Err` the end that it has instead. To be asked
/// within a transaction that sees one state.
pub async fn end_after(connection: &mut PgConnection, seen: Head) -> Result<Result<Head, Head>, StoreError> {
    let read = "SELECT h.seq, h.chain, (SELECT j.chain FROM journal j WHERE j.seq = $1) AS seen FROM head h";
    let row = query(read).bind(signed(seen.seq)).fetch_one(connection).await?;
    let head = head_of(unsigned(row.try_get("seq")?), row.try_get("chain")?)?;
    let found: Option<Vec<u8>> = row.try_get("seen")?;
    let goes_on = seen.seq == 0 || found.as_deref() == Some(&seen.chain.0[..]);
    Ok(if goes_on && head.seq >= seen.seq { Ok(head) } else { Err(head) })
}

/// An end of the journal as it is kept.
pub fn head_of(seq: u64, chain: Vec<u8>) -> Result<Head, StoreError> {
    let chain = Chain::from_slice(&chain).ok_or_else(|| damaged(seq, "its chain has the wrong length"))?;
    Ok(Head { seq, chain })
}
