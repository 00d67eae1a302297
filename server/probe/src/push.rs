//! `push`: nobody looks; a job tells how it went, and this reads what it tells.

use serde::{Deserialize, Serialize};

use crate::outcome::{Outcome, Reason, ReasonKind};

/// What a job says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// It began.
    Start,
    /// It ended well.
    Success,
    /// It failed.
    Fail,
}

/// A job between two of its signals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Job {
    started_at_ms: Option<i64>,
}

/// What a signal says of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// How it is; `Unknown` for a beginning, which says nothing yet.
    pub outcome: Outcome,
    /// How long it ran, in microseconds, if it said when it began.
    pub latency_us: Option<u32>,
    /// Why it is not well.
    pub reason: Option<Reason>,
}

impl Job {
    /// Takes a signal that came in at `at_ms`, in milliseconds since 1970. Two beginnings in a row are one job that began
    /// anew.
    pub fn hear(&mut self, signal: Signal, at_ms: i64) -> Heard {
        if signal == Signal::Start {
            self.started_at_ms = Some(at_ms);
            return Heard { outcome: Outcome::Unknown, latency_us: None, reason: None };
        }
        let ran_ms = self.started_at_ms.take().map(|started| at_ms.saturating_sub(started).max(0));
        let latency_us = ran_ms.map(|ms| u32::try_from(ms.saturating_mul(1_000)).unwrap_or(u32::MAX));
        if signal == Signal::Success {
            return Heard { outcome: Outcome::Good, latency_us, reason: None };
        }
        let reason = Reason::new(ReasonKind::JobFailed, "The job says that it failed");
        Heard { outcome: Outcome::Down, latency_us, reason: Some(reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_says_when_it_began_is_timed_once() {
        let mut job = Job::default();
        assert_eq!(job.hear(Signal::Start, 1_000).outcome, Outcome::Unknown);
        assert_eq!(job.hear(Signal::Success, 3_500).latency_us, Some(2_500_000));
        assert_eq!(job.hear(Signal::Success, 9_000).latency_us, None);
    }

    #[test]
    fn a_job_that_began_twice_is_timed_from_the_second_time() {
        let mut job = Job::default();
        job.hear(Signal::Start, 0);
        job.hear(Signal::Start, 4_000);
        assert_eq!(job.hear(Signal::Success, 5_000).latency_us, Some(1_000_000));
    }

    #[test]
    fn a_job_that_ended_before_it_began_took_no_time() {
        let mut job = Job::default();
        job.hear(Signal::Start, 5_000);
        assert_eq!(job.hear(Signal::Success, 4_000).latency_us, Some(0));
    }

    #[test]
    fn a_job_that_says_it_failed_is_not_well() {
        let heard = Job::default().hear(Signal::Fail, 0);
        let sentence = heard.reason.map(|reason| reason.sentence);
        assert_eq!(
            (heard.outcome, sentence.as_deref()),
            (Outcome::Down, Some("The job says that it failed"))
        );
    }
}
