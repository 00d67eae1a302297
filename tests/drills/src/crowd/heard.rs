//! What listeners heard: whether each sequence is whole, ordered and without repeats, how late events came, and how soon whoever was
//! lost listened again.

use std::collections::BTreeMap;

use pharos_measure::sse::Frame;
use serde::{Deserialize, Serialize};

use super::truth::Told;

/// How finely it is told how late events came.
const BUCKET_MS: i64 = 10;
const MS_PER_S: i64 = 1_000;

/// What one listener heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// The place at which it began.
    base: Option<u64>,
    /// The newest place of which it heard.
    newest: u64,
    /// Where it stands: behind `newest` after it was sent back.
    at: u64,
    /// Changes that were new to it.
    accepted: u64,
}

/// What is known of a change, from its first delivery.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Change {
    after: u64,
    at: i64,
}

/// What all listeners of a process heard so far.
#[derive(Debug, Default)]
pub struct Tally {
    streams: Vec<Heard>,
    changes: BTreeMap<u64, Change>,
    /// How many events that were decided in a second came so late.
    late: BTreeMap<(i64, i64), u64>,
    outcome: Outcome,
}

/// What a crowd says of all that it heard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Streams, by the place at which they began and how many changes they heard since.
    pub sequences: Vec<(u64, u64, u64)>,
    /// Changes that a stream heard which had heard them.
    pub repeated: u64,
    /// Changes that do not follow the one before.
    pub gaps: u64,
    /// Times at which a stream was sent everything anew.
    pub resets: u64,
    /// Those of them that led back to an earlier place.
    pub sent_back: u64,
    /// Seconds, lateness in steps of 10 ms, and how many events that were decided then came so late.
    pub late: Vec<(i64, i64, u64)>,
    /// When a stream was lost, and when it heard again.
    pub returns: Vec<(i64, i64)>,
    /// How streams, and attempts at one, ended.
    pub ends: BTreeMap<String, u64>,
}

impl Tally {
    /// Of so many listeners.
    pub fn new(count: usize) -> Self {
        Self { streams: vec![Heard::default(); count], ..Self::default() }
    }

    /// The place up to which a listener heard; `None` before the first frame that has one.
    pub fn place(&self, stream: usize) -> Option<u64> {
        self.streams.get(stream).and_then(|heard| heard.base.map(|_| heard.at))
    }

    /// A frame came.
    pub fn hear(&mut self, stream: usize, frame: &Frame, now_ms: i64) {
        let Some(heard) = self.streams.get_mut(stream) else { return };
        let Some(seq) = frame.seq() else { return };
        match (frame.event.as_str(), heard.base) {
            ("reset", None) => *heard = Heard { base: Some(seq), newest: seq, at: seq, accepted: 0 },
            ("reset", Some(_)) => {
                self.outcome.resets += 1;
                self.outcome.sent_back += u64::from(seq < heard.newest);
                heard.at = seq;
                heard.newest = heard.newest.max(seq);
            }
            ("change", Some(_)) => {
                let change = self.changes.entry(seq).or_insert_with(|| {
                    serde_json::from_slice(&frame.data).unwrap_or(Change { after: 0, at: 0 })
                });
                self.outcome.gaps += u64::from(change.after != heard.at);
                heard.at = seq;
                if seq <= heard.newest {
                    self.outcome.repeated += 1;
                    return;
                }
                heard.newest = seq;
                heard.accepted += 1;
                let late = (now_ms - change.at).max(0) / BUCKET_MS;
                *self.late.entry((change.at / MS_PER_S, late)).or_default() += 1;
            }
            _ => {}
        }
    }

    /// A stream that was lost hears again.
    pub fn is_back(&mut self, lost_ms: i64, now_ms: i64) {
        self.outcome.returns.push((lost_ms, now_ms));
    }

    /// A stream, or an attempt at one, ended in this way.
    pub fn ended(&mut self, how: String) {
        *self.outcome.ends.entry(how).or_default() += 1;
    }

    /// All of it.
    pub fn outcome(&self) -> Outcome {
        let mut sequences: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for heard in &self.streams {
            *sequences.entry((heard.base.unwrap_or(0), heard.accepted)).or_default() += 1;
        }
        Outcome {
            sequences: sequences
                .into_iter()
                .map(|((base, accepted), count)| (base, accepted, count))
                .collect(),
            late: self.late.iter().map(|((second, late), count)| (*second, *late, *count)).collect(),
            ..self.outcome.clone()
        }
    }
}

impl Outcome {
    /// Takes what another crowd heard.
    pub fn add(&mut self, other: Self) {
        self.sequences.extend(other.sequences);
        self.repeated += other.repeated;
        self.gaps += other.gaps;
        self.resets += other.resets;
        self.sent_back += other.sent_back;
        self.late.extend(other.late);
        self.returns.extend(other.returns);
        for (how, count) in other.ends {
            *self.ends.entry(how).or_default() += count;
        }
    }

    /// Changes that did not come to who listened, of those that the journal has.
    pub fn missing(&self, told: &[Told]) -> u64 {
        let due = |base: u64| told.len() - told.partition_point(|change| change.seq <= base);
        let missing =
            |(base, accepted, count): &(u64, u64, u64)| (due(*base) as u64).saturating_sub(*accepted) * count;
        self.sequences.iter().map(missing).sum()
    }

    /// How late events came that were decided in these seconds, such a part of them, in seconds; not a number where there were none.
    pub fn late_s(&self, share: f64, (from, until): (i64, i64)) -> f64 {
        let mut late: Vec<(i64, u64)> = Vec::new();
        for (second, bucket, count) in &self.late {
            if (from / MS_PER_S..until / MS_PER_S).contains(second) {
                late.push((*bucket, *count));
            }
        }
        late.sort_unstable();
        let all: u64 = late.iter().map(|(_, count)| count).sum();
        let mut seen = 0;
        for (bucket, count) in late {
            seen += count;
            if crate::report::count_of(seen) >= share * crate::report::count_of(all) {
                let ms = (bucket + 1) * BUCKET_MS;
                return crate::report::count_of(ms.unsigned_abs()) / 1e3;
            }
        }
        f64::NAN
    }

    /// How many streams came back after a change that was decided while they were away.
    pub fn returns_over(&self, told: &[Told]) -> u64 {
        let is_over = |(lost, back): &&(i64, i64)| {
            let after = told.partition_point(|change| change.at.0 <= *lost);
            told.get(after).is_some_and(|change| change.at.0 < *back)
        };
        self.returns.iter().filter(is_over).count() as u64
    }

    /// Most streams that came back within one second.
    pub fn returns_peak(&self) -> u64 {
        let mut seconds: BTreeMap<i64, u64> = BTreeMap::new();
        for (_, back) in &self.returns {
            *seconds.entry(back / MS_PER_S).or_default() += 1;
        }
        seconds.into_values().max().unwrap_or(0)
    }

    /// How long it took until such a part of those who were lost listened again, in seconds; 0 where none was.
    pub fn return_s(&self, share: f64) -> f64 {
        let mut took: Vec<u64> =
            self.returns.iter().map(|(lost, back)| (back - lost).unsigned_abs()).collect();
        took.sort_unstable();
        let all = crate::report::count_of(took.len() as u64);
        let place = (1_u64..).zip(&took).find(|(rank, _)| crate::report::count_of(*rank) >= share * all);
        place.map_or(0.0, |(_, ms)| crate::report::count_of(*ms) / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(event: &str, seq: u64, after: u64) -> Frame {
        let data = format!("{{\"seq\":{seq},\"after\":{after},\"at\":5000}}").into_bytes();
        Frame { id: format!("o.{seq}"), event: event.to_owned(), data }
    }

    /// A stream that began at 5, while the journal has 6, 8 and 9.
    fn heard(frames: &[(&str, u64, u64)]) -> Outcome {
        let mut tally = Tally::new(1);
        tally.hear(0, &frame("reset", 5, 0), 5_000);
        for (event, seq, after) in frames {
            tally.hear(0, &frame(event, *seq, *after), 5_120);
        }
        tally.outcome()
    }

    fn told(seq: u64) -> Told {
        Told { seq, at: pharos_model::UnixMs(i64::try_from(seq * 100).unwrap()) }
    }

    fn faults(outcome: &Outcome) -> (u64, u64, u64, u64) {
        (outcome.missing(&[4, 5, 6, 8, 9].map(told)), outcome.repeated, outcome.gaps, outcome.sent_back)
    }

    #[test]
    fn a_sequence_is_whole_when_every_change_came_once_and_in_order() {
        let outcome = heard(&[("change", 6, 5), ("change", 8, 6), ("change", 9, 8)]);
        assert_eq!(faults(&outcome), (0, 0, 0, 0));
        assert!((outcome.late_s(0.99, (5_000, 6_000)) - 0.13).abs() < 1e-9);
        assert!(outcome.late_s(0.99, (6_000, 7_000)).is_nan());
    }

    #[test]
    fn what_a_reset_passes_over_is_missing_and_what_it_leads_back_to_is_repeated() {
        assert_eq!(faults(&heard(&[("reset", 8, 0), ("change", 9, 8)])), (2, 0, 0, 0));
        let back = [("change", 6, 5), ("change", 8, 6), ("reset", 6, 0), ("change", 8, 6), ("change", 9, 8)];
        assert_eq!(faults(&heard(&back)), (0, 1, 0, 1));
    }

    #[test]
    fn a_change_that_is_left_out_is_missing_and_shows_as_a_gap() {
        assert_eq!(faults(&heard(&[("change", 6, 5), ("change", 9, 8)])), (1, 0, 1, 0));
        assert_eq!(faults(&heard(&[("change", 6, 5), ("change", 8, 6)])), (1, 0, 0, 0));
    }

    #[test]
    fn returns_are_told_by_how_long_they_took_and_how_many_came_at_once() {
        let returns = vec![(0, 400), (0, 900), (500, 2_500)];
        let outcome = Outcome { returns, ..Outcome::default() };
        assert_eq!(outcome.returns_peak(), 2);
        assert_eq!((outcome.returns_over(&[told(4)]), outcome.returns_over(&[told(3), told(6)])), (1, 3));
        assert!((outcome.return_s(0.99) - 2.0).abs() < 1e-9 && (outcome.return_s(0.5) - 0.9).abs() < 1e-9);
    }
}
