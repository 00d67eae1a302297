//! The banner in Statuspage's words: by its table of component states, and never better than an open incident unless the
//! operator wants exactly what Statuspage would say.

use pharos_model::{Indicator, Snapshot, Status};

use super::component::word_of;
use super::shapes::StatusShape;

const ALL_OPERATIONAL: &str = "All Systems Operational";
const PARTLY_DEGRADED: &str = "Partially Degraded Service";

/// The banner of a snapshot.
pub fn status(snapshot: &Snapshot) -> StatusShape {
    let by_components = of_components(snapshot);
    if snapshot.page.presentation.is_banner_exact {
        return by_components;
    }
    let impacts = snapshot.open_incidents().map(|incident| Indicator::of_impact(incident.impact));
    match impacts.reduce(Indicator::worse) {
        None => by_components,
        Some(worst) => with_incident(by_components, worst),
    }
}

/// What the table makes of the components alone. The first row that fits counts.
fn of_components(snapshot: &Snapshot) -> StatusShape {
    let statuses: Vec<Status> = snapshot.listed().map(|component| word_of(component.status)).collect();
    let has = |status| statuses.contains(&status);
    let are_all = |status| !statuses.is_empty() && statuses.iter().all(|one| *one == status);
    let (indicator, description) = if are_all(Status::MajorOutage) {
        ("critical", "Major System Outage")
    } else if has(Status::MajorOutage) || are_all(Status::PartialOutage) {
        ("major", "Partial System Outage")
    } else if has(Status::PartialOutage) {
        ("minor", "Minor Service Outage")
    } else if are_all(Status::DegradedPerformance) {
        ("minor", "Degraded System Service")
    } else if has(Status::DegradedPerformance) {
        ("minor", PARTLY_DEGRADED)
    } else if has(Status::UnderMaintenance) {
        ("maintenance", "Service Under Maintenance")
    } else {
        ("none", ALL_OPERATIONAL)
    };
    StatusShape { indicator, description }
}

/// The worse of what the table says and an open incident's impact. While one is open not all systems are well, whatever its
/// impact.
fn with_incident(table: StatusShape, worst: Indicator) -> StatusShape {
    const ORDER: [&str; 5] = ["none", "maintenance", "minor", "major", "critical"];
    let rank = |word: &str| ORDER.iter().position(|known| *known == word);
    if rank(worst.as_str()) > rank(table.indicator) {
        let description = match worst {
            Indicator::Critical => "Major System Outage",
            Indicator::Major => "Partial System Outage",
            _ => "Minor Service Outage",
        };
        return StatusShape { indicator: worst.as_str(), description };
    }
    if table.description == ALL_OPERATIONAL {
        return StatusShape { description: PARTLY_DEGRADED, ..table };
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wires::samples;
    use pharos_model::Impact;
    use pharos_model::Status::{
        DegradedPerformance, MajorOutage, Operational, PartialOutage, UnderMaintenance, Unknown,
    };

    fn said(statuses: &[Status], open: Option<Impact>) -> (&'static str, &'static str) {
        let said = status(&samples::with(statuses, open));
        (said.indicator, said.description)
    }

    #[test]
    fn without_an_incident_the_table_of_components_decides() {
        let rows: &[(&[Status], (&str, &str))] = &[
            (&[MajorOutage, MajorOutage], ("critical", "Major System Outage")),
            (&[MajorOutage, Operational], ("major", "Partial System Outage")),
            (&[PartialOutage, PartialOutage], ("major", "Partial System Outage")),
            (&[PartialOutage, DegradedPerformance], ("minor", "Minor Service Outage")),
            (&[DegradedPerformance, DegradedPerformance], ("minor", "Degraded System Service")),
            (&[DegradedPerformance, UnderMaintenance], ("minor", "Partially Degraded Service")),
            (&[UnderMaintenance, Operational], ("maintenance", "Service Under Maintenance")),
            (&[Operational, Operational], ("none", "All Systems Operational")),
            (&[], ("none", "All Systems Operational")),
        ];
        for (statuses, expected) in rows {
            assert_eq!(said(statuses, None), *expected, "{statuses:?}");
        }
    }

    #[test]
    fn what_nobody_looked_at_is_not_called_well() {
        assert_eq!(said(&[Unknown, Operational], None), ("minor", "Partially Degraded Service"));
        assert_eq!(said(&[Unknown, Unknown], None), ("minor", "Degraded System Service"));
    }

    #[test]
    fn with_an_open_incident_the_banner_is_never_better_than_its_impact() {
        let well: &[Status] = &[Operational, Operational];
        assert_eq!(said(well, Some(Impact::Critical)), ("critical", "Major System Outage"));
        assert_eq!(said(well, Some(Impact::Major)), ("major", "Partial System Outage"));
        assert_eq!(said(well, Some(Impact::Minor)), ("minor", "Minor Service Outage"));
        assert_eq!(said(well, Some(Impact::None)), ("none", "Partially Degraded Service"));
        assert_eq!(
            said(&[MajorOutage, MajorOutage], Some(Impact::Minor)),
            ("critical", "Major System Outage")
        );
    }

    #[test]
    fn who_wants_exactly_what_statuspage_says_gets_it() {
        let mut snapshot = samples::with(&[Operational], Some(Impact::Critical));
        snapshot.page.presentation.is_banner_exact = true;
        assert_eq!(status(&snapshot), StatusShape { indicator: "none", description: ALL_OPERATIONAL });
    }
}
