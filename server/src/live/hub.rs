//! The hub: what is published, by whom it is heard, and what is kept for those who come back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pharos_model::{Event, Pulse, Snapshot};
use tokio::sync::broadcast;

use super::frame::{Frame, ResumePoint};
use crate::limits::{RING_FRAMES_MAX, STREAM_LAG_MAX};

/// Everything that event streams share.
#[derive(Debug)]
pub struct Hub {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    snapshot: Arc<Snapshot>,
    /// Changes in a row; the last is the one that led to `snapshot`. Only the first may take the place of something that
    /// was said before.
    ring: VecDeque<Frame>,
    /// The place before the first of `ring`.
    ring_after: u64,
    reset: Option<Frame>,
    sender: broadcast::Sender<Frame>,
}

/// A new listener: what it must hear first, and its ear for the rest.
#[derive(Debug)]
pub struct Subscription {
    /// To be sent at once.
    pub backlog: Vec<Frame>,
    /// The place that the backlog ends at.
    pub seq: u64,
    /// What is published from now on.
    pub receiver: broadcast::Receiver<Frame>,
    /// Set when changes between this place and `seq` are no longer in memory: they must be read from the journal.
    pub missing_after: Option<u64>,
}

impl Hub {
    /// A hub that shows `snapshot`.
    pub fn new(snapshot: Arc<Snapshot>) -> Self {
        Self { state: Mutex::new(State::of(snapshot)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().snapshot)
    }

    /// Publishes the changes that led to `snapshot`.
    pub fn publish(&self, snapshot: Arc<Snapshot>, changes: &[Event]) {
        let mut state = self.state();
        for change in changes {
            let frame = Frame::change(&snapshot.origin, change);
            if change.change.rewrites() {
                // What it takes the place of is told to nobody who comes back: it may be hidden, or worded otherwise now.
                state.ring.clear();
                state.ring_after = change.after;
            }
            state.ring.push_back(frame.clone());
            if state.ring.len() > RING_FRAMES_MAX
                && let Some(dropped) = state.ring.pop_front()
            {
                state.ring_after = dropped.seq;
            }
            // An error only says that nobody listens.
            drop(state.sender.send(frame));
        }
        state.snapshot = snapshot;
        state.reset = None;
    }

    /// Begins anew with a journal that is not the one of before: all ears so far hear that they are to be exchanged for new ones.
    pub fn begin_anew(&self, snapshot: Arc<Snapshot>) {
        *self.state() = State::of(snapshot);
    }

    /// Publishes a sign of life.
    pub fn pulse(&self, pulse: &Pulse) {
        drop(self.state().sender.send(Frame::pulse(pulse)));
    }

    /// Takes up a listener that stopped at `resume`, or a new one. Nothing is published between what the
    /// backlog ends with and what the receiver begins with.
    pub fn subscribe(&self, resume: Option<&ResumePoint>) -> Subscription {
        let mut state = self.state();
        let receiver = state.sender.subscribe();
        let seq = state.snapshot.seq;
        let known = resume.filter(|point| point.origin == state.snapshot.origin && point.seq <= seq);
        let Some(point) = known else {
            return Subscription { backlog: vec![state.reset_frame()], seq, receiver, missing_after: None };
        };
        if point.seq < state.ring_after {
            return Subscription { backlog: Vec::new(), seq, receiver, missing_after: Some(point.seq) };
        }
        let backlog = state.ring.iter().filter(|frame| frame.seq > point.seq).cloned().collect();
        Subscription { backlog, seq, receiver, missing_after: None }
    }
}

impl State {
    fn of(snapshot: Arc<Snapshot>) -> Self {
        let (ring_after, sender) = (snapshot.seq, broadcast::Sender::new(STREAM_LAG_MAX));
        Self { snapshot, ring: VecDeque::new(), ring_after, reset: None, sender }
    }

    /// Everything anew, serialised at most once for each place in the journal.
    fn reset_frame(&mut self) -> Frame {
        let snapshot = &self.snapshot;
        self.reset.get_or_insert_with(|| Frame::reset(snapshot)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::{Change, Origin, UnixMs};

    fn snapshot(seq: u64) -> Arc<Snapshot> {
        Arc::new(Snapshot { seq, ..Snapshot::empty(Origin::new("o").unwrap()) })
    }

    fn event(seq: u64) -> Event {
        Event { seq, after: seq - 1, at: UnixMs(0), change: Change::Checkpoint }
    }

    fn point(seq: u64) -> ResumePoint {
        ResumePoint { origin: Origin::new("o").unwrap(), seq }
    }

    fn seqs(subscription: &Subscription) -> Vec<u64> {
        subscription.backlog.iter().map(|frame| frame.seq).collect()
    }

    #[test]
    fn one_who_resumes_hears_exactly_what_was_missed() {
        let hub = Hub::new(snapshot(10));
        for seq in 11..=15 {
            hub.publish(snapshot(seq), &[event(seq)]);
        }
        assert_eq!(seqs(&hub.subscribe(Some(&point(12)))), [13, 14, 15]);
        assert_eq!(seqs(&hub.subscribe(Some(&point(15)))), [0_u64; 0]);
    }

    #[test]
    fn a_stranger_to_this_life_of_the_journal_gets_everything_anew() {
        let hub = Hub::new(snapshot(10));
        let other = ResumePoint { origin: Origin::new("x").unwrap(), seq: 9 };
        for resume in [None, Some(&other), Some(&point(11))] {
            let subscription = hub.subscribe(resume);
            assert!(subscription.backlog[0].plain.starts_with(b"id: o.10\nevent: reset\n"));
        }
    }

    #[test]
    fn one_from_before_the_ring_is_sent_to_the_journal() {
        let hub = Hub::new(snapshot(10));
        hub.publish(snapshot(11), &[event(11)]);
        assert_eq!(hub.subscribe(Some(&point(9))).missing_after, Some(9));
        assert_eq!(hub.subscribe(Some(&point(10))).missing_after, None);
    }

    #[test]
    fn what_was_hidden_later_is_not_in_the_ring_for_those_who_come_back() {
        let hub = Hub::new(snapshot(10));
        hub.publish(snapshot(11), &[event(11)]);
        let id = pharos_model::IncidentId::new("i").unwrap();
        let hidden = Event { change: Change::IncidentHidden { id }, ..event(12) };
        hub.publish(snapshot(13), &[hidden, event(13)]);
        assert_eq!(hub.subscribe(Some(&point(10))).missing_after, Some(10));
        assert_eq!(seqs(&hub.subscribe(Some(&point(11)))), [12, 13]);
        assert_eq!(seqs(&hub.subscribe(Some(&point(12)))), [13]);
    }

    #[test]
    fn the_ring_forgets_the_oldest_beyond_its_bound() {
        let hub = Hub::new(snapshot(0));
        let last = u64::try_from(RING_FRAMES_MAX).unwrap() + 5;
        for seq in 1..=last {
            hub.publish(snapshot(seq), &[event(seq)]);
        }
        assert_eq!(hub.subscribe(Some(&point(4))).missing_after, Some(4));
        assert_eq!(hub.subscribe(Some(&point(5))).backlog.len(), RING_FRAMES_MAX);
    }
}
