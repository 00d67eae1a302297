//! What an agent saw and could not hand in yet: bounded in number and in age, the oldest let go of first, and counted.

use std::collections::VecDeque;

use pharos_model::UnixMs;

use crate::finding::Finding;
use crate::limits::{AGENT_BATCH_MAX, AGENT_KEPT_MAX, AGENT_KEPT_MS};
use crate::vantage::HandedIn;

/// Results in the order in which they came back.
#[derive(Debug, Default)]
pub struct Buffer {
    results: VecDeque<Finding>,
    /// How many were let go of and not told of yet.
    dropped: u64,
    /// How many were taken or let go of since the beginning: which result the first is.
    first: u64,
}

/// The oldest results, and which they are.
#[derive(Debug)]
pub struct Batch {
    handed_in: HandedIn,
    until: u64,
}

impl std::ops::Deref for Batch {
    type Target = HandedIn;

    fn deref(&self) -> &HandedIn {
        &self.handed_in
    }
}

impl Buffer {
    /// Keeps a result.
    pub fn push(&mut self, result: Finding, now: UnixMs) {
        self.results.push_back(result);
        self.let_go(now);
    }

    fn let_go(&mut self, now: UnixMs) {
        let oldest = now.minus_ms(AGENT_KEPT_MS);
        let is_old = |result: &Finding| result.scheduled_at < oldest;
        while self.results.len() > AGENT_KEPT_MAX || self.results.front().is_some_and(is_old) {
            self.results.pop_front();
            self.first += 1;
            if self.dropped == 0 {
                tracing::warn!("cut off for so long that results are let go of, the oldest first");
            }
            self.dropped += 1;
        }
    }

    /// The oldest results, as many as may be handed in at once.
    pub fn batch(&mut self, now: UnixMs) -> Batch {
        self.let_go(now);
        let results: Vec<Finding> = self.results.iter().take(AGENT_BATCH_MAX).cloned().collect();
        let until = self.first + u64::try_from(results.len()).unwrap_or(0);
        Batch { handed_in: HandedIn { dropped: self.dropped, results }, until }
    }

    /// A batch was handed in.
    pub fn done(&mut self, batch: &Batch) {
        while self.first < batch.until && self.results.pop_front().is_some() {
            self.first += 1;
        }
        if batch.dropped > 0 {
            tracing::warn!(dropped = batch.dropped, "handing in again; results were let go of meanwhile");
        }
        self.dropped -= batch.dropped.min(self.dropped);
    }

    /// How many results wait.
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use pharos_engine::{CheckId, Due};

    use super::*;

    fn seen(at: i64) -> Finding {
        Finding::missing(&Due { check: CheckId("api/http@fra".to_owned()), scheduled_at: UnixMs(at) })
    }

    fn filled(count: i64) -> Buffer {
        let mut buffer = Buffer::default();
        (0..count).for_each(|at| buffer.push(seen(at), UnixMs(at)));
        buffer
    }

    #[test]
    fn too_many_results_push_out_the_oldest_and_are_counted() {
        let mut buffer = filled(10_003);
        let batch = buffer.batch(UnixMs(10_003));
        assert_eq!((batch.results[0].scheduled_at, batch.results.len(), batch.dropped), (UnixMs(3), 200, 3));
    }

    #[test]
    fn results_past_their_age_are_let_go_of() {
        let mut buffer = filled(10);
        let batch = buffer.batch(UnixMs(6 * 3_600_000 + 4));
        assert_eq!((batch.results[0].scheduled_at, batch.dropped), (UnixMs(4), 4));
    }

    #[test]
    fn what_is_handed_in_is_gone_and_what_came_meanwhile_is_not() {
        let mut buffer = filled(10_000);
        let batch = buffer.batch(UnixMs(10_000));
        (10_000..10_100).for_each(|at| buffer.push(seen(at), UnixMs(at)));
        buffer.done(&batch);
        assert_eq!(buffer.len(), 9_900);
        let next = buffer.batch(UnixMs(10_100));
        assert_eq!((next.results[0].scheduled_at, next.dropped), (UnixMs(200), 100));
        buffer.done(&next);
        assert_eq!(buffer.batch(UnixMs(10_100)).dropped, 0);
    }
}
