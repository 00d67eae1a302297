//! From what a probe or a heartbeat brought to what the core and the store take.

use pharos_engine::{CheckId, Due, Observation};
use pharos_model::{ComponentId, Role, Status, UnixMs};
use pharos_probe::push::Heard;
use pharos_probe::{Mapped, Outcome, ProbeResult, Stages};
use pharos_store::Sample;

use crate::checks::part_of;

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

/// A probe's observation.
pub fn of_probe(due: &Due, started_at: UnixMs, result: &ProbeResult) -> Observation {
    let status = status_of(result.outcome);
    Observation {
        check: due.check.clone(),
        scheduled_at: due.scheduled_at,
        at: started_at,
        status,
        // How fast a failure came says nothing about how fast the service is.
        latency_us: result.stages.total_us.filter(|_| !status.is_outage() && status != Status::Unknown),
        reason: result.reason.as_ref().map(|reason| reason.sentence.clone()),
        role: result.facts.role.map(role_of),
        lag_ms: result.facts.lag_ms,
    }
}

/// What a document told of the parts that speak for components of their own, each an observation of its own check.
pub fn of_parts(due: &Due, started_at: UnixMs, result: &ProbeResult) -> Vec<Observation> {
    let observation = |mapped: &Mapped| Observation {
        check: part_of(&due.check, &mapped.pattern),
        scheduled_at: due.scheduled_at,
        at: started_at,
        status: status_of(mapped.outcome),
        latency_us: None,
        reason: mapped.reason.as_ref().map(|reason| reason.sentence.clone()),
        role: None,
        lag_ms: None,
    };
    result.facts.mapped.iter().map(observation).collect()
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
pub fn sample(observation: &Observation, component: Option<ComponentId>, stages: Option<&Stages>) -> Sample {
    let stages_us = stages.map_or([None; 5], |stages| {
        [stages.dns_us, stages.connect_us, stages.tls_us, stages.first_byte_us, stages.body_us]
    });
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
