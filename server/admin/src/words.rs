//! The words that operators read, in English.

use pharos_model::{Impact, IncidentStatus, MaintenanceStatus, Status};

/// A component's status.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Operational => "Operational",
        Status::UnderMaintenance => "Under maintenance",
        Status::DegradedPerformance => "Degraded performance",
        Status::PartialOutage => "Partial outage",
        Status::MajorOutage => "Major outage",
        Status::Unknown => "Unknown",
    }
}

/// The short name of a status' colours.
pub fn tone(status: Status) -> &'static str {
    match status {
        Status::Operational => "op",
        Status::UnderMaintenance => "mt",
        Status::DegradedPerformance => "dg",
        Status::PartialOutage => "po",
        Status::MajorOutage => "mo",
        Status::Unknown => "un",
    }
}

/// The shape that stands for a status beside its colour.
pub fn shape(status: Status) -> &'static str {
    match status {
        Status::Operational => "●",
        Status::UnderMaintenance => "◆",
        Status::DegradedPerformance => "▲",
        Status::PartialOutage => "◐",
        Status::MajorOutage => "✖",
        Status::Unknown => "○",
    }
}

/// Where an incident stands.
pub fn incident(status: IncidentStatus) -> &'static str {
    match status {
        IncidentStatus::Investigating => "Investigating",
        IncidentStatus::Identified => "Identified",
        IncidentStatus::Monitoring => "Monitoring",
        IncidentStatus::Resolved => "Resolved",
        IncidentStatus::Postmortem => "Postmortem",
    }
}

/// All of an incident's statuses.
pub const INCIDENT_STATUSES: [IncidentStatus; 5] = [
    IncidentStatus::Investigating,
    IncidentStatus::Identified,
    IncidentStatus::Monitoring,
    IncidentStatus::Resolved,
    IncidentStatus::Postmortem,
];

/// How much an incident hurts.
pub fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "None",
        Impact::Minor => "Minor",
        Impact::Major => "Major",
        Impact::Critical => "Critical",
    }
}

/// All impacts.
pub const IMPACTS: [Impact; 4] = [Impact::None, Impact::Minor, Impact::Major, Impact::Critical];

/// Where maintenance stands.
pub fn maintenance(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Scheduled => "Scheduled",
        MaintenanceStatus::InProgress => "In progress",
        MaintenanceStatus::Verifying => "Verifying",
        MaintenanceStatus::Completed => "Completed",
        MaintenanceStatus::Cancelled => "Cancelled",
    }
}
