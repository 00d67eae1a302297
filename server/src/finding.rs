//! What a look found, in the form in which nodes tell each other: no more than verdicts, samples and charts are made of.

use pharos_engine::{CheckId, Due, Observation};
use pharos_model::{ComponentId, Role, Status, UnixMs};
use pharos_probe::push::Heard;
use pharos_probe::{Mapped, Outcome, ProbeResult};
use pharos_store::Sample;
use serde::{Deserialize, Serialize};

use crate::checks::part_of;

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// At what was looked.
    pub check: CheckId,
    /// Its slot. With the check, the natural key.
    pub scheduled_at: UnixMs,
    /// `None` when nobody looked: the node knows no such check, or cannot trust its own sight.
    pub seen: Option<Seen>,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When the look began, by the wall clock.
    pub at: UnixMs,
    /// What was seen of the whole.
    pub status: Status,
    /// Why it is not operational, for operators.
    #[serde(default)]
    pub reason: Option<String>,
    /// How long each stage took, in microseconds: name, connection, TLS, first byte, body.
    pub stages_us: [Option<u32>; 5],
    /// How long all of it took, in microseconds.
    pub total_us: Option<u32>,
    /// How long it waited for its turn, in microseconds.
    pub queued_us: u64,
    /// What the member of a redundant component says that it does.
    #[serde(default)]
    pub role: Option<Role>,
    /// How far it says that it lags, in milliseconds.
    #[serde(default)]
    pub lag_ms: Option<u64>,
    /// What was told of parts that speak for components of their own.
    #[serde(default)]
    pub parts: Vec<Told>,
}

/// What a document told of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The path or the pattern by which the configuration names it.
    pub pattern: String,
    /// How it is.
    pub status: Status,
    /// Why it is not operational, for operators.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The status an outcome speaks of.
pub fn status_of(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Good => Status::Operational,
        Outcome::Degraded => Status::DegradedPerformance,
        Outcome::Partial => Status::PartialOutage,
        Outcome::Down => Status::MajorOutage,
        Outcome::Maintenance => Status::UnderMaintenance,
        Outcome::Unknown => Status::Unknown,
    }
}

/// The role that a probe speaks of.
fn role_of(role: pharos_probe::Role) -> Role {
    match role {
        pharos_probe::Role::Primary => Role::Primary,
        pharos_probe::Role::Standby => Role::Standby,
    }
}

impl Finding {
    /// Of a look that began at `at`.
    pub fn of(due: &Due, at: UnixMs, result: &ProbeResult) -> Self {
        let stages = &result.stages;
        let told = |mapped: &Mapped| Told {
            pattern: mapped.pattern.clone(),
            status: status_of(mapped.outcome),
            reason: mapped.reason.as_ref().map(|reason| reason.sentence.clone()),
        };
        let seen = Seen {
            at,
            status: status_of(result.outcome),
            reason: result.reason.as_ref().map(|reason| reason.sentence.clone()),
            stages_us: [
                stages.dns_us,
                stages.connect_us,
                stages.tls_us,
                stages.first_byte_us,
                stages.body_us,
            ],
            total_us: stages.total_us,
            queued_us: result.queued_us,
            role: result.facts.role.map(role_of),
            lag_ms: result.facts.lag_ms,
            parts: result.facts.mapped.iter().map(told).collect(),
        };
        Self { check: due.check.clone(), scheduled_at: due.scheduled_at, seen: Some(seen) }
    }

    /// Nobody looked.
    pub fn missing(due: &Due) -> Self {
        Self { check: due.check.clone(), scheduled_at: due.scheduled_at, seen: None }
    }

    /// What it was to be.
    pub fn due(&self) -> Due {
        Due { check: self.check.clone(), scheduled_at: self.scheduled_at }
    }
}

impl Seen {
    /// What the core takes of the whole.
    pub fn observation(&self, due: &Due) -> Observation {
        Observation {
            check: due.check.clone(),
            scheduled_at: due.scheduled_at,
            at: self.at,
            status: self.status,
            // How fast a failure came says nothing about how fast the service is.
            latency_us: self.total_us.filter(|_| !self.status.is_outage() && self.status != Status::Unknown),
            reason: self.reason.clone(),
            role: self.role,
            lag_ms: self.lag_ms,
        }
    }

    /// What it takes of the parts, each an observation of its own check.
    pub fn observations_of_parts(&self, due: &Due) -> Vec<Observation> {
        let observation = |told: &Told| Observation {
            check: part_of(&due.check, &told.pattern),
            scheduled_at: due.scheduled_at,
            at: self.at,
            status: told.status,
            latency_us: None,
            reason: told.reason.clone(),
            role: None,
            lag_ms: None,
        };
        self.parts.iter().map(observation).collect()
    }

    /// Dates a look that another node took between `given` and `now` by this node's clock, so that the other's may be wrong by any
    /// measure.
    pub fn fit(&mut self, given: UnixMs, now: UnixMs) {
        let took_ms = i64::from(self.total_us.unwrap_or(0) / 1_000);
        self.at = self.at.min(UnixMs(now.0.saturating_sub(took_ms))).max(given);
    }

    /// How long after its time it began, in milliseconds.
    pub fn late_ms(&self, due: &Due) -> u64 {
        self.at.since_ms(due.scheduled_at).saturating_add(self.queued_us / 1_000)
    }
}

/// A heartbeat's observation.
pub fn of_heartbeat(check: CheckId, at: UnixMs, heard: Heard) -> Observation {
    Observation {
        check,
        scheduled_at: at,
        at,
        status: status_of(heard.outcome),
        latency_us: heard.latency_us,
        reason: heard.reason.map(|reason| reason.sentence),
        role: None,
        lag_ms: None,
    }
}

/// What is kept of an observation.
pub fn sample(
    observation: &Observation,
    component: Option<ComponentId>,
    stages_us: [Option<u32>; 5],
) -> Sample {
    Sample {
        check: observation.check.clone(),
        component,
        scheduled_at: observation.scheduled_at,
        at: observation.at,
        status: observation.status,
        latency_us: observation.latency_us,
        stages_us,
        reason: observation.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at: i64) -> Seen {
        Seen {
            at: UnixMs(at),
            status: Status::Operational,
            reason: None,
            stages_us: [None; 5],
            total_us: Some(200_000),
            queued_us: 0,
            role: None,
            lag_ms: None,
            parts: Vec::new(),
        }
    }

    #[test]
    fn a_node_whose_clock_is_wrong_dates_no_look_before_it_was_asked_or_after_it_told() {
        for (told, fitted) in [(1_100, 1_100), (5_000_000, 1_300), (-5_000_000, 1_000)] {
            let mut seen = seen(told);
            seen.fit(UnixMs(1_000), UnixMs(1_500));
            assert_eq!(seen.at, UnixMs(fitted), "{told}");
        }
    }

    #[test]
    fn what_a_newer_node_tells_beside_is_passed_over() {
        let finding =
            Finding { check: CheckId("api/http".into()), scheduled_at: UnixMs(1), seen: Some(seen(1)) };
        let mut json = serde_json::to_value(&finding).unwrap();
        json["seen"]["mood"] = "good".into();
        assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
    }
}
