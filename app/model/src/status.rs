//! The words for how things are, in the field's standard terms, and their order.

use serde::{Deserialize, Serialize};

/// How a component is. The order of the variants is the order of severity used by [`Status::worse`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Works, and somebody looked.
    Operational,
    /// Planned work is in progress.
    UnderMaintenance,
    /// Works, but slower or with less than it should.
    DegradedPerformance,
    /// Some of it does not work.
    PartialOutage,
    /// None of it works.
    MajorOutage,
    /// Nobody looked: neither good nor bad may be claimed.
    #[default]
    Unknown,
}

impl Status {
    /// All of them, in the order in which a [`crate::Tally`] keeps its parts.
    pub const ALL: [Self; 6] = [
        Self::Operational,
        Self::UnderMaintenance,
        Self::DegradedPerformance,
        Self::PartialOutage,
        Self::MajorOutage,
        Self::Unknown,
    ];

    /// Position in [`Status::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Operational => 0,
            Self::UnderMaintenance => 1,
            Self::DegradedPerformance => 2,
            Self::PartialOutage => 3,
            Self::MajorOutage => 4,
            Self::Unknown => 5,
        }
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::UnderMaintenance => "under_maintenance",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
            Self::Unknown => "unknown",
        }
    }

    /// Severity for "which of these should be shown": an outage is worse than not knowing, not knowing is worse
    /// than working.
    pub fn severity(self) -> u8 {
        match self {
            Self::Operational => 0,
            Self::UnderMaintenance => 1,
            Self::Unknown => 2,
            Self::DegradedPerformance => 3,
            Self::PartialOutage => 4,
            Self::MajorOutage => 5,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.severity() > self.severity() { other } else { self }
    }

    /// Whether this is an outage, partial or major.
    pub fn is_outage(self) -> bool {
        matches!(self, Self::PartialOutage | Self::MajorOutage)
    }
}

/// Where an incident stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Seen, cause not known.
    Investigating,
    /// Cause known.
    Identified,
    /// Mended, being watched.
    Monitoring,
    /// Over.
    Resolved,
    /// Over, with an account of what happened.
    Postmortem,
}

impl IncidentStatus {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }

    /// Whether the incident still counts as open.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Postmortem)
    }
}

/// How much an incident hurts its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing a user notices.
    None,
    /// Something is slower or partly missing.
    Minor,
    /// Something does not work.
    Major,
    /// Everything that matters does not work.
    Critical,
}

impl Impact {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The impact an outage of one component has when nobody states another.
    pub fn of_status(status: Status) -> Self {
        match status {
            Status::Operational | Status::UnderMaintenance | Status::Unknown => Self::None,
            Status::DegradedPerformance | Status::PartialOutage => Self::Minor,
            Status::MajorOutage => Self::Major,
        }
    }
}

/// The state of the whole page. Never says less than the worst open truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// All is well and somebody looked.
    None,
    /// Planned work is in progress, nothing else.
    Maintenance,
    /// Something is not known, nothing is known to be bad.
    Unknown,
    /// Something is slower or partly missing.
    Minor,
    /// Something does not work.
    Major,
    /// Everything does not work.
    Critical,
}

impl Indicator {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Maintenance => 1,
            Self::Unknown => 2,
            Self::Minor => 3,
            Self::Major => 4,
            Self::Critical => 5,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// What one component's status means for the whole page.
    pub fn of_status(status: Status) -> Self {
        match status {
            Status::Operational => Self::None,
            Status::UnderMaintenance => Self::Maintenance,
            Status::Unknown => Self::Unknown,
            Status::DegradedPerformance | Status::PartialOutage => Self::Minor,
            Status::MajorOutage => Self::Major,
        }
    }

    /// What an open incident's impact means for the whole page.
    pub fn of_impact(impact: Impact) -> Self {
        match impact {
            Impact::None => Self::None,
            Impact::Minor => Self::Minor,
            Impact::Major => Self::Major,
            Impact::Critical => Self::Critical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_worse_than_not_knowing_and_not_knowing_worse_than_working() {
        assert_eq!(Status::Unknown.worse(Status::Operational), Status::Unknown);
        assert_eq!(Status::Unknown.worse(Status::PartialOutage), Status::PartialOutage);
        assert_eq!(Status::UnderMaintenance.worse(Status::Unknown), Status::Unknown);
    }

    #[test]
    fn every_status_stands_at_its_own_index() {
        for (index, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(status.index(), index);
        }
    }
}
