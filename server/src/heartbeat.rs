//! What a job's signals say of it.

use pharos_model::{Status, UnixMs};

/// What a job says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    started_at: Option<UnixMs>,
}

/// What a signal says of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// How it is; `Unknown` for a beginning, which says nothing yet.
    pub status: Status,
    /// How long it ran, in microseconds, if it said when it began.
    pub latency_us: Option<u32>,
    /// Why it is not well, for operators.
    pub reason: Option<String>,
}

impl Job {
    /// Takes a signal that came in at `at`.
    pub fn hear(&mut self, signal: Signal, at: UnixMs) -> Heard {
        if signal == Signal::Start {
            self.started_at = Some(at);
            return Heard { status: Status::Unknown, latency_us: None, reason: None };
        }
        let ran_ms = self.started_at.take().map(|started| at.since_ms(started));
        let latency_us = ran_ms.map(|ms| u32::try_from(ms.saturating_mul(1_000)).unwrap_or(u32::MAX));
        if signal == Signal::Success {
            return Heard { status: Status::Operational, latency_us, reason: None };
        }
        Heard {
            status: Status::MajorOutage,
            latency_us,
            reason: Some("The job says that it failed".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_says_when_it_began_is_timed_once() {
        let mut job = Job::default();
        assert_eq!(job.hear(Signal::Start, UnixMs(1_000)).status, Status::Unknown);
        assert_eq!(job.hear(Signal::Success, UnixMs(3_500)).latency_us, Some(2_500_000));
        assert_eq!(job.hear(Signal::Success, UnixMs(9_000)).latency_us, None);
    }

    #[test]
    fn a_job_that_says_it_failed_is_not_well() {
        let heard = Job::default().hear(Signal::Fail, UnixMs(0));
        assert_eq!(
            (heard.status, heard.reason.as_deref()),
            (Status::MajorOutage, Some("The job says that it failed"))
        );
    }
}
