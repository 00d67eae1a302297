//! The parts of what is kept, by which it is said what is damaged.

use std::fmt;

/// A part of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What was decided.
    Journal,
    /// When which component was how.
    Spans,
    /// Incidents.
    Incidents,
    /// Maintenance.
    Maintenances,
    /// What was seen.
    Samples,
    /// Figures of minutes, hours and days.
    Rollups,
    /// Who may do what.
    Accounts,
    /// Who did what.
    Audit,
    /// Everything else, and what is not known yet.
    Rest,
}

impl Part {
    /// The part to which a table belongs.
    pub(crate) fn of_table(table: &str) -> Self {
        match table {
            "journal" => Self::Journal,
            "spans" => Self::Spans,
            "incidents" | "incident_components" => Self::Incidents,
            "maintenances" => Self::Maintenances,
            "samples" | "checks" => Self::Samples,
            "rollups" => Self::Rollups,
            "users" | "sessions" | "tokens" | "once" => Self::Accounts,
            "audit" => Self::Audit,
            _ => Self::Rest,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Journal => "the journal",
            Self::Spans => "the spans",
            Self::Incidents => "the incidents",
            Self::Maintenances => "the maintenances",
            Self::Samples => "the observations",
            Self::Rollups => "the figures of minutes, hours and days",
            Self::Accounts => "the accounts",
            Self::Audit => "the audit log",
            Self::Rest => "what the server keeps beside them",
        })
    }
}
