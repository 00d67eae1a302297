//! Which parts of a page can stay alive, what each shows, and how it is drawn.

use std::hash::{Hash, Hasher};

use leptos::either::EitherOf7;
use leptos::prelude::*;
use pharos_model::{ComponentId, GroupId, IncidentId, Snapshot, Status};

use crate::parts::banner::{Banner, BannerData};
use crate::parts::component_head::{ComponentHead, HeadData};
use crate::parts::component_row::{ComponentRow, RowData};
use crate::parts::icon::StatusLabel;
use crate::parts::incident::{IncidentBody, IncidentData, OpenIncidents};
use crate::parts::past_days::{PastDay, PastDays};
use crate::words::Words;

/// Names a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The banner.
    Banner,
    /// The open incidents.
    Open,
    /// A component's row.
    Row(ComponentId),
    /// A group's status.
    Group(GroupId),
    /// The last days.
    Past,
    /// What an incident's own page tells.
    Incident(IncidentId),
    /// The head of a component's own page.
    Head(ComponentId),
}

impl Part {
    /// The name as it stands in the page. Identifiers are safe there.
    pub fn name(&self) -> String {
        let (kind, id) = match self {
            Self::Banner => ("banner", ""),
            Self::Open => ("open", ""),
            Self::Row(id) => ("row", id.as_str()),
            Self::Group(id) => ("group", id.as_str()),
            Self::Past => ("past", ""),
            Self::Incident(id) => ("incident", id.as_str()),
            Self::Head(id) => ("head", id.as_str()),
        };
        [kind, ":", id].concat()
    }

    /// Reads a name from the page.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, id) = name.split_once(':')?;
        Some(match kind {
            "banner" => Self::Banner,
            "open" => Self::Open,
            "row" => Self::Row(ComponentId::new(id).ok()?),
            "group" => Self::Group(GroupId::new(id).ok()?),
            "past" => Self::Past,
            "incident" => Self::Incident(IncidentId::new(id).ok()?),
            "head" => Self::Head(ComponentId::new(id).ok()?),
            _ => return None,
        })
    }

    /// What the part shows of a snapshot; `None` when what it is about is not there.
    pub fn data(&self, snapshot: &Snapshot, words: Words) -> Option<PartData> {
        let incident = |incident| IncidentData::of(snapshot, incident, words);
        Some(match self {
            Self::Banner => PartData::Banner(BannerData::of(snapshot, words)),
            Self::Open => {
                // Those that operators put above the others, then the rest, each newest first.
                let pinned = snapshot.open_incidents().filter(|incident| incident.pinned);
                let rest = snapshot.open_incidents().filter(|incident| !incident.pinned);
                PartData::Open(pinned.chain(rest).map(incident).collect())
            }
            Self::Row(id) => PartData::Row(RowData::of(snapshot, snapshot.component(id)?, words)),
            Self::Group(id) => {
                let group = snapshot.groups.iter().find(|group| group.id == *id)?;
                PartData::Group(snapshot.group_status(group))
            }
            Self::Past => PartData::Past(PastDay::of(snapshot, words)),
            Self::Incident(id) => PartData::Incident(incident(snapshot.incident(id)?)),
            Self::Head(id) => PartData::Head(HeadData::of(snapshot, snapshot.component(id)?, words)),
        })
    }
}

/// What a part shows. As long as it is the same, nothing is drawn anew.
#[derive(Clone, Debug, Hash)]
pub enum PartData {
    /// The banner.
    Banner(BannerData),
    /// The open incidents.
    Open(Vec<IncidentData>),
    /// A component's row.
    Row(RowData),
    /// A group's status.
    Group(Status),
    /// The last days.
    Past(Vec<PastDay>),
    /// What an incident's own page tells.
    Incident(IncidentData),
    /// The head of a component's own page.
    Head(HeadData),
}

impl PartData {
    /// The part, drawn: the same views on the server and in the browser.
    pub fn draw(self, words: Words) -> impl IntoView {
        match self {
            Self::Banner(data) => EitherOf7::A(view! { <Banner data words/> }),
            Self::Open(data) => EitherOf7::B(view! { <OpenIncidents data words/> }),
            Self::Row(data) => EitherOf7::C(view! { <ComponentRow data words/> }),
            Self::Group(status) => EitherOf7::D(view! { <StatusLabel status words/> }),
            Self::Past(data) => EitherOf7::E(view! { <PastDays data words/> }),
            Self::Incident(data) => EitherOf7::F(view! { <IncidentBody data words/> }),
            Self::Head(data) => EitherOf7::G(view! { <ComponentHead data words/> }),
        }
    }

    /// A short number for what the part shows: by it the browser tells whether the part would look different, without
    /// the page carrying the part twice.
    pub fn fingerprint(&self) -> u32 {
        let mut fingerprint = Fingerprint::default();
        self.hash(&mut fingerprint);
        fingerprint.0
    }
}

/// FNV-1a, 32 bits wide. Unlike the standard library's, it is the same for machines of every word length.
struct Fingerprint(u32);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.write(&(number as u64).to_le_bytes());
    }

    fn write_isize(&mut self, number: isize) {
        self.write(&(number as i64).to_le_bytes());
    }

    fn finish(&self) -> u64 {
        u64::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::Status;

    fn print(part: &Part, snapshot: &Snapshot) -> Option<u32> {
        part.data(snapshot, Words::english()).map(|data| data.fingerprint())
    }

    fn id(text: &str) -> ComponentId {
        ComponentId::new(text).unwrap()
    }

    #[test]
    fn a_change_of_one_component_touches_its_row_and_no_other() {
        let before = samples::page(&[("API", Status::Operational), ("Website", Status::Operational)]);
        let mut after = before.clone();
        after.components[0].status = Status::MajorOutage;
        after.at = after.at.plus_ms(1_000);
        let same = |part: Part| print(&part, &before) == print(&part, &after);
        assert!(!same(Part::Row(id("api"))));
        assert!(same(Part::Row(id("website"))));
        assert!(!same(Part::Banner));
        assert!(same(Part::Past));
    }

    #[test]
    fn time_that_passes_without_a_change_redraws_nothing_but_the_banner() {
        let before = samples::page(&[("API", Status::Operational)]);
        let mut after = before.clone();
        after.at = after.at.plus_ms(60_000);
        for part in [Part::Open, Part::Row(id("api")), Part::Past, Part::Head(id("api"))] {
            assert_eq!(print(&part, &before), print(&part, &after), "{part:?}");
        }
    }

    #[test]
    fn what_is_not_in_the_snapshot_is_not_drawn() {
        let snapshot = samples::page(&[]);
        assert!(Part::Row(id("api")).data(&snapshot, Words::english()).is_none());
        assert!(Part::Head(id("api")).data(&snapshot, Words::english()).is_none());
        assert!(Part::Incident(IncidentId::new("i1").unwrap()).data(&snapshot, Words::english()).is_none());
    }

    #[test]
    fn every_part_is_found_by_its_name() {
        let incident = IncidentId::new("2026-11-23-api").unwrap();
        let group = GroupId::new("core").unwrap();
        for part in [
            Part::Banner,
            Part::Open,
            Part::Row(id("api")),
            Part::Group(group),
            Part::Past,
            Part::Incident(incident),
            Part::Head(id("api")),
        ] {
            assert_eq!(Part::parse(&part.name()), Some(part));
        }
        assert_eq!(Part::parse("row:<b>"), None);
    }

    #[test]
    fn a_fingerprint_is_the_published_function() {
        let of = |bytes: &[u8]| {
            let mut fingerprint = Fingerprint::default();
            fingerprint.write(bytes);
            fingerprint.0
        };
        assert_eq!(of(b""), 0x811c_9dc5);
        assert_eq!(of(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_the_length_of_a_word() {
        let mut fingerprint = Fingerprint::default();
        fingerprint.write_usize(3);
        let mut bytes = Fingerprint::default();
        bytes.write(&[3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(fingerprint.0, bytes.0);
    }
}
