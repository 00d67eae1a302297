//! Which parts of a page can stay alive, and what each shows.

use pharos_model::{ComponentId, GroupId, IncidentId, Snapshot, Status};

use crate::parts::banner::BannerData;
use crate::parts::component_row::RowData;
use crate::parts::incident::IncidentData;
use crate::parts::past_days::PastDay;

/// Names a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The banner.
    Banner,
    /// The open incidents.
    Open,
    /// A component's row.
    Row(ComponentId),
    /// A component's status.
    Status(ComponentId),
    /// A group's status.
    Group(GroupId),
    /// The last days.
    Past,
    /// One incident.
    Incident(IncidentId),
}

impl Part {
    /// The name as it stands in the page.
    pub fn name(&self) -> String {
        match self {
            Self::Banner => "banner".to_owned(),
            Self::Open => "open".to_owned(),
            Self::Row(id) => format!("row:{id}"),
            Self::Status(id) => format!("status:{id}"),
            Self::Group(id) => format!("group:{id}"),
            Self::Past => "past".to_owned(),
            Self::Incident(id) => format!("incident:{id}"),
        }
    }

    /// Reads a name from the page.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, id) = name.split_once(':').unwrap_or((name, ""));
        Some(match kind {
            "banner" => Self::Banner,
            "open" => Self::Open,
            "row" => Self::Row(ComponentId::new(id).ok()?),
            "status" => Self::Status(ComponentId::new(id).ok()?),
            "group" => Self::Group(GroupId::new(id).ok()?),
            "past" => Self::Past,
            "incident" => Self::Incident(IncidentId::new(id).ok()?),
            _ => return None,
        })
    }
}

/// What a part shows. As long as it is the same, nothing is drawn anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartData {
    /// The banner.
    Banner(BannerData),
    /// Incidents with their timelines.
    Incidents(Vec<IncidentData>),
    /// A component's row.
    Row(Box<RowData>),
    /// A status.
    Status(Status),
    /// The last days.
    Past(Vec<PastDay>),
}

impl PartData {
    /// What a part shows of a snapshot; `None` when what it is about is not there.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser takes a part over"))]
    pub fn of(part: &Part, snapshot: &Snapshot) -> Option<Self> {
        Some(match part {
            Part::Banner => Self::Banner(BannerData::of(snapshot)),
            Part::Open => {
                let open = snapshot.open_incidents().map(|incident| IncidentData::of(snapshot, incident));
                Self::Incidents(open.collect())
            }
            Part::Row(id) => Self::Row(Box::new(RowData::of(snapshot, snapshot.component(id)?))),
            Part::Status(id) => Self::Status(snapshot.component(id)?.status),
            Part::Group(id) => {
                let group = snapshot.groups.iter().find(|group| group.id == *id)?;
                Self::Status(snapshot.group_status(group))
            }
            Part::Past => Self::Past(PastDay::of(snapshot)),
            Part::Incident(id) => Self::Incidents(vec![IncidentData::of(snapshot, snapshot.incident(id)?)]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found_by_its_name() {
        let id = ComponentId::new("api").unwrap();
        let incident = IncidentId::new("2026-11-23-api").unwrap();
        let group = GroupId::new("core").unwrap();
        for part in [
            Part::Banner,
            Part::Open,
            Part::Row(id.clone()),
            Part::Status(id),
            Part::Group(group),
            Part::Past,
            Part::Incident(incident),
        ] {
            assert_eq!(Part::parse(&part.name()), Some(part));
        }
        assert_eq!(Part::parse("row:<b>"), None);
    }
}
