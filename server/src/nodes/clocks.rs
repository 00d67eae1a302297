//! Whose clock is wrong: each node holds its own against the database's, and hears how those of the others compare. What is decided is dated by
//! the clock of the one that leads, so one that is alone with its time leads nobody.

use pharos_store::{NodeRow, Nonce, Store};
use tokio::time::Instant;

use super::roster::{is_live, told};
use crate::limits::{CLOCK_ALONE, CLOCKS_APART_MS};

/// By how many milliseconds this machine's clock is ahead of the database's, less than 0 where it is behind; `None` where nobody can tell.
pub fn ahead_ms(store: &dyn Store) -> Option<i64> {
    let (at, asked) = store.time()?;
    Some(crate::clock::ahead_of(at, asked.elapsed()))
}

/// Whether two clocks that differ by so many milliseconds do not show the same time.
pub fn are_apart(ahead_ms: i64) -> bool {
    ahead_ms.unsigned_abs() >= CLOCKS_APART_MS
}

/// Whether the node `me`, whose clock is ahead by so much, is alone with its time: another node that is there has the database's.
pub fn is_alone(me: Nonce, ahead_ms: Option<i64>, rows: &[NodeRow]) -> bool {
    let agrees = |row: &NodeRow| told(row).ahead_ms.is_some_and(|other_ms| !are_apart(other_ms));
    ahead_ms.is_some_and(are_apart) && rows.iter().any(|row| row.beat.id != me && is_live(row) && agrees(row))
}

/// For how long a node has been alone with its time.
#[derive(Debug, Default)]
pub struct Alone {
    since: Option<Instant>,
}

impl Alone {
    /// Whether the node is to lead nobody, as it was found to be `alone` or not at a moment; `None` while that is not certain: where the clock
    /// of the database jumps, the node that notices first seems to be alone until the others have told.
    pub fn bars(&mut self, alone: bool, now: Instant) -> Option<bool> {
        if !alone {
            self.since = None;
            return Some(false);
        }
        let since = *self.since.get_or_insert(now);
        (now.duration_since(since) >= CLOCK_ALONE).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pharos_store::Beat;

    use super::*;
    use crate::limits::NODE_LIVE;
    use crate::nodes::roster::Told;

    const ME: Nonce = Nonce([1; 16]);
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_node_that_seems_alone_until_the_others_have_told_goes_on_leading() {
        let (mut alone, begun) = (Alone::default(), Instant::now());
        assert_eq!(alone.bars(true, begun), None);
        assert_eq!(alone.bars(true, begun + CLOCK_ALONE / 2), None);
        assert_eq!(alone.bars(false, begun + CLOCK_ALONE), Some(false));
        assert_eq!(alone.bars(true, begun + CLOCK_ALONE), None);
        assert_eq!(alone.bars(true, begun + 2 * CLOCK_ALONE), Some(true));
    }

    fn row(id: Nonce, ahead_ms: Option<i64>, silent: Duration) -> NodeRow {
        let told = serde_json::to_vec(&Told { ahead_ms, ..Told::default() }).unwrap();
        let (name, version, config) = (String::new(), String::new(), String::new());
        let beat = Beat { id, name, version, config, seq: 0, term: None, told };
        NodeRow { beat, up: Duration::ZERO, silent }
    }

    /// Whether this node is alone with a clock that is ahead by so much, beside another whose clock is ahead by so much.
    fn alone(own: Option<i64>, other: Option<i64>) -> bool {
        is_alone(ME, own, &[row(ME, own, Duration::ZERO), row(Nonce([2; 16]), other, Duration::ZERO)])
    }

    #[test]
    fn a_node_is_alone_with_its_time_where_another_has_that_of_the_database() {
        assert!(alone(Some(HOUR), Some(1_000)) && alone(Some(-HOUR), Some(-1_000)));
        assert!(!alone(Some(1_000), Some(1_000)), "its clock is right");
        assert!(!alone(None, Some(0)), "nobody can tell");
    }

    #[test]
    fn where_it_may_be_the_clock_of_the_database_that_is_wrong_nobody_is_kept_from_leading() {
        assert!(!alone(Some(HOUR), Some(HOUR)));
        assert!(!alone(Some(HOUR), None), "one of the version before tells nothing");
        assert!(!is_alone(ME, Some(HOUR), &[row(ME, Some(0), Duration::ZERO)]), "there is no other");
        assert!(!is_alone(ME, Some(HOUR), &[row(Nonce([2; 16]), Some(0), NODE_LIVE)]), "the other is gone");
    }
}
