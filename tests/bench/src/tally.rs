//! Counts what every stream heard: latency of each delivery, and what was lost, heard twice or out of order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::latencies::{Summary, milliseconds, summary};
use pharos_measure::sse::Frame;

/// What the streams of one program heard.
#[derive(Debug, Default)]
pub struct Tally {
    streams: Vec<Heard>,
    events: BTreeMap<u64, Known>,
    pulses: u64,
}

/// What one stream heard.
#[derive(Debug, Default)]
struct Heard {
    /// The place of its first reset.
    base: Option<u64>,
    /// Resets after the first: it lagged behind.
    resets: u64,
    /// Changes, in the order of their arrival: place and time in microseconds.
    changes: Vec<(u64, u64)>,
}

/// What is known of one change, from its first delivery.
#[derive(Clone, Copy, Debug)]
struct Known {
    after: u64,
    decided_us: u64,
    first_us: u64,
}

/// The part of a change that matters here.
#[derive(Deserialize)]
struct Change {
    after: u64,
    at: u64,
}

/// What is said of all of it.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Streams that were opened.
    pub streams: usize,
    /// Changes that were published while all streams were open.
    pub events: usize,
    /// Changes that arrived, on all streams together.
    pub deliveries: u64,
    /// Frames of any kind that arrived, on all streams together.
    pub frames: u64,
    /// Changes that did not arrive where they should have.
    pub lost: u64,
    /// Changes that arrived once more on a stream that had them.
    pub twice: u64,
    /// Changes that arrived after a later one.
    pub out_of_order: u64,
    /// Places where a change does not follow the one before it: nobody heard what lies between.
    pub gaps: u64,
    /// Streams that lagged behind and were sent everything anew, counted each time.
    pub resets: u64,
    /// From the decision by the core to receipt: commit, fold, frame and the way to the stream.
    pub from_decision: Summary,
    /// From the first receipt of a change on any stream to its receipt on each.
    pub from_first: Summary,
    /// From the decision to the receipt on the last stream, for the change in the middle.
    pub last_stream_p50_ms: f64,
}

impl Tally {
    /// A tally for that many streams.
    pub fn new(count: usize) -> Self {
        Self { streams: std::iter::repeat_with(Heard::default).take(count).collect(), ..Self::default() }
    }

    /// Notes that a frame arrived on a stream.
    pub fn note(&mut self, stream: usize, frame: &Frame, now_us: u64) {
        let Some(heard) = self.streams.get_mut(stream) else { return };
        match (frame.event.as_str(), frame.seq()) {
            ("reset", Some(seq)) if heard.base.is_none() => heard.base = Some(seq),
            ("reset", _) => heard.resets += 1,
            ("change", Some(seq)) => {
                heard.changes.push((seq, now_us));
                self.events.entry(seq).or_insert_with(|| {
                    let change = serde_json::from_slice(&frame.data).unwrap_or(Change { after: 0, at: 0 });
                    Known { after: change.after, decided_us: change.at * 1_000, first_us: now_us }
                });
            }
            _ => self.pulses += 1,
        }
    }

    /// Whether that stream has heard its first frame.
    pub fn is_open(&self, stream: usize) -> bool {
        self.streams.get(stream).is_some_and(|heard| heard.base.is_some())
    }

    /// Sums everything up. Streams that never opened are left out.
    pub fn outcome(&self) -> Outcome {
        let open: Vec<&Heard> = self.streams.iter().filter(|heard| heard.base.is_some()).collect();
        let base = open.iter().filter_map(|heard| heard.base).max().unwrap_or(0);
        let events: BTreeMap<u64, Known> =
            self.events.range(base + 1..).map(|(seq, known)| (*seq, *known)).collect();
        let mut outcome = Outcome {
            streams: open.len(),
            events: events.len(),
            deliveries: 0,
            frames: self.pulses,
            lost: 0,
            twice: 0,
            out_of_order: 0,
            gaps: gaps(&events, base),
            resets: open.iter().map(|heard| heard.resets).sum(),
            from_decision: Summary::default(),
            from_first: Summary::default(),
            last_stream_p50_ms: 0.0,
        };
        let (mut from_decision, mut from_first) = (Vec::new(), Vec::new());
        let mut last_us: BTreeMap<u64, u64> = BTreeMap::new();
        for heard in open {
            let mut seen: Vec<u64> = Vec::with_capacity(heard.changes.len());
            for (seq, arrived_us) in heard.changes.iter().filter(|(seq, _)| *seq > base) {
                let Some(known) = events.get(seq) else { continue };
                from_decision.push(arrived_us.saturating_sub(known.decided_us));
                from_first.push(arrived_us.saturating_sub(known.first_us));
                let last = last_us.entry(*seq).or_default();
                *last = (*last).max(arrived_us.saturating_sub(known.decided_us));
                outcome.out_of_order += u64::from(seen.last().is_some_and(|before| before > seq));
                seen.push(*seq);
            }
            let arrived = seen.len();
            seen.sort_unstable();
            seen.dedup();
            outcome.deliveries += arrived as u64;
            outcome.twice += (arrived - seen.len()) as u64;
            outcome.lost += (events.len() - seen.len()) as u64;
        }
        outcome.frames += outcome.deliveries;
        outcome.from_decision = summary(from_decision);
        outcome.from_first = summary(from_first);
        let mut last: Vec<u64> = last_us.into_values().collect();
        last.sort_unstable();
        outcome.last_stream_p50_ms = last.get(last.len() / 2).copied().map_or(0.0, milliseconds);
        outcome
    }
}

/// How often a change does not name the one before it as its predecessor.
fn gaps(events: &BTreeMap<u64, Known>, base: u64) -> u64 {
    let mut before = base;
    let mut gaps = 0;
    for (seq, known) in events {
        gaps += u64::from(known.after != before);
        before = *seq;
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(seq: u64) -> Frame {
        Frame { id: format!("o.{seq}"), event: "reset".to_owned(), data: Vec::new() }
    }

    fn change(seq: u64, after: u64) -> Frame {
        let data = format!("{{\"seq\":{seq},\"after\":{after},\"at\":1000}}").into_bytes();
        Frame { id: format!("o.{seq}"), event: "change".to_owned(), data }
    }

    /// Two streams that began at 5; the second hears what `heard` says, each a millisecond after the first.
    fn second_hears(heard: &[u64]) -> Outcome {
        let mut tally = Tally::new(2);
        tally.note(0, &reset(5), 0);
        tally.note(1, &reset(5), 0);
        for (seq, after) in [(6, 5), (8, 6), (9, 8)] {
            tally.note(0, &change(seq, after), 1_010_000);
        }
        for seq in heard {
            tally.note(1, &change(*seq, 0), 1_011_000);
        }
        tally.outcome()
    }

    fn faults(outcome: &Outcome) -> (u64, u64, u64, u64) {
        (outcome.lost, outcome.twice, outcome.out_of_order, outcome.gaps)
    }

    #[test]
    fn all_is_well_when_every_stream_heard_everything_once_and_in_order() {
        let outcome = second_hears(&[6, 8, 9]);
        assert_eq!(faults(&outcome), (0, 0, 0, 0));
        assert_eq!((outcome.events, outcome.deliveries), (3, 6));
        let decided = Summary { count: 6, p50_ms: 10.0, p99_ms: 11.0, max_ms: 11.0 };
        assert_eq!(outcome.from_decision, decided);
        assert_eq!(outcome.from_first, Summary { p50_ms: 0.0, p99_ms: 1.0, max_ms: 1.0, ..decided });
    }

    #[test]
    fn a_missing_change_is_lost_and_a_repeated_one_is_twice() {
        assert_eq!(faults(&second_hears(&[6, 9])), (1, 0, 0, 0));
        assert_eq!(faults(&second_hears(&[6, 6, 8, 9])), (0, 1, 0, 0));
    }

    #[test]
    fn a_change_after_a_later_one_is_out_of_order() {
        assert_eq!(faults(&second_hears(&[6, 9, 8])), (0, 0, 1, 0));
    }

    #[test]
    fn a_change_that_nobody_heard_shows_as_a_gap() {
        let mut tally = Tally::new(1);
        tally.note(0, &reset(5), 0);
        tally.note(0, &change(6, 5), 1);
        tally.note(0, &change(9, 8), 2);
        assert_eq!(tally.outcome().gaps, 1);
    }

    #[test]
    fn what_came_before_the_last_stream_opened_is_not_counted() {
        let mut tally = Tally::new(2);
        tally.note(0, &reset(5), 0);
        tally.note(0, &change(6, 5), 1);
        tally.note(1, &reset(6), 2);
        tally.note(0, &change(7, 6), 3);
        tally.note(1, &change(7, 6), 3);
        let outcome = tally.outcome();
        assert_eq!(faults(&outcome), (0, 0, 0, 0));
        assert_eq!((outcome.events, outcome.deliveries), (1, 2));
    }
}
