//! From what each part of the copy is made, in a few letters: while those are the same, it is not made anew.

use std::collections::HashMap;

use pharos_app::parts::redundancy::is_told_of;
use pharos_bucket::Key;
use pharos_bucket::hash::sha256;
use pharos_model::{CivilDate, ComponentId, Incident, IncidentId, Snapshot, UnixMs};
use serde::Serialize;

use crate::limits::{COPY_FIRST_MS, COPY_HISTORY_MS};
use crate::pages::{Month, zone};

/// What must change before a part is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Anything at all; now and then without, so that the age it tells is small.
    Everything,
    /// How anything is, or what was said of it; and the hour.
    State,
    /// What there is, however it is, and which day.
    Layout,
    /// How a component is, or what was said of it; and the hour.
    Component(ComponentId),
    /// What a component was on a day that is over.
    Day(ComponentId, CivilDate),
    /// The incidents that began in a month that is over, of a component or of all.
    Month(Month, Option<ComponentId>),
    /// An incident that is over.
    Incident(IncidentId),
    /// Nothing: it has another name when it changes.
    Name,
}

impl Basis {
    /// Whether it tells of what is over: then it is made anew only to tell a smaller age.
    pub fn is_past(&self) -> bool {
        matches!(self, Self::Day(..) | Self::Month(..) | Self::Incident(_))
    }
}

/// An incident in a few letters, and when it was.
struct Told<'a> {
    incident: &'a Incident,
    hash: String,
}

impl Told<'_> {
    fn concerns(&self, id: &ComponentId) -> bool {
        self.incident.components.contains(id)
    }

    fn touches(&self, from: UnixMs, until: UnixMs) -> bool {
        self.incident.began_at < until && self.incident.resolved_at.is_none_or(|resolved| resolved >= from)
    }
}

/// From what the parts of an edition are made.
pub struct Bases<'a> {
    snapshot: &'a Snapshot,
    incidents: Vec<Told<'a>>,
    /// When the first pages were last made anew at the latest.
    moment: i64,
    hour: i64,
    state: String,
    /// What stands around every page.
    around: String,
    components: HashMap<ComponentId, OfComponent<'a>>,
}

/// What the parts of a component are made of.
struct OfComponent<'a> {
    hash: String,
    incidents: Vec<Told<'a>>,
}

impl<'a> Bases<'a> {
    /// Of a snapshot; `older` are incidents that are in it no more, where they are not in it still.
    pub fn new(snapshot: &'a Snapshot, older: &'a [Incident], now: UnixMs) -> Self {
        let moment = now.0.div_euclid(COPY_FIRST_MS);
        let hour = now.0.div_euclid(COPY_HISTORY_MS);
        let Snapshot { page, groups, components, .. } = snapshot;
        let definitions: Vec<_> = components.iter().map(|component| &component.definition).collect();
        let around = hash(&(page, groups, definitions, is_told_of(snapshot)));
        let older = older.iter().filter(|incident| snapshot.incident(&incident.id).is_none());
        let incidents = snapshot.incidents.iter().chain(older);
        let incidents: Vec<_> = incidents.map(|incident| Told { incident, hash: hash(incident) }).collect();
        // Feeds tell of incidents that are in the snapshot no more.
        let said: Vec<&str> = incidents.iter().map(|told| told.hash.as_str()).collect();
        let told = Snapshot { seq: 0, at: UnixMs(0), ..snapshot.clone() };
        let state = format!("{hour} {}", hash(&(told, said)));
        Self { snapshot, incidents, moment, hour, state, around, components: HashMap::new() }
    }

    /// From what a part is made.
    pub fn of(&mut self, basis: &Basis, key: &Key) -> String {
        match basis {
            Basis::Everything => {
                let Snapshot { origin, seq, .. } = self.snapshot;
                format!("{origin}.{seq} {}", self.moment)
            }
            Basis::State => self.state.clone(),
            Basis::Layout => {
                let today = self.snapshot.days.last().map(|day| day.date);
                format!("{} {}", self.around, hash(&(today, self.snapshot.laid_out_at)))
            }
            Basis::Component(id) => self.component(id).hash.clone(),
            Basis::Day(id, date) => self.day(id, *date),
            Basis::Month(month, component) => self.month(*month, component.as_ref()),
            Basis::Incident(id) => {
                let found = self.incidents.iter().find(|told| told.incident.id == *id);
                format!("{} {}", self.around, found.map_or("", |told| told.hash.as_str()))
            }
            Basis::Name => key.to_string(),
        }
    }

    fn component(&mut self, id: &ComponentId) -> &OfComponent<'a> {
        let Self { snapshot, incidents, hour, around, components, .. } = self;
        components.entry(id.clone()).or_insert_with(|| {
            let concerns = incidents.iter().filter(|told| told.concerns(id));
            let incidents: Vec<_> =
                concerns.map(|told| Told { incident: told.incident, hash: told.hash.clone() }).collect();
            let said: Vec<&str> = incidents.iter().map(|told| told.hash.as_str()).collect();
            let of = (snapshot.component(id), said, &*around, snapshot.days.len());
            OfComponent { hash: format!("{hour} {}", hash(&(of, snapshot.laid_out_at))), incidents }
        })
    }

    /// Closed spans of a day are in its tally; one that is open and began before the day's end says of itself that it lasts.
    fn day(&mut self, id: &ComponentId, date: CivilDate) -> String {
        let snapshot = self.snapshot;
        let days = &snapshot.days;
        let Ok(index) = days.binary_search_by_key(&date, |day| day.date) else { return self.state.clone() };
        let (from, until) = (days[index].starts_at, days.get(index + 1).map(|next| next.starts_at));
        let until = until.unwrap_or(snapshot.at);
        let component = snapshot.component(id);
        let tally = component.and_then(|component| {
            let found = component.tallies.binary_search_by_key(&date, |tally| tally.date).ok()?;
            component.tallies.get(found)
        });
        let lasting = component.filter(|component| component.since < until);
        let lasting = lasting.map(|component| (component.status, component.since));
        let touching = self.component(id).incidents.iter().filter(|told| told.touches(from, until));
        let said: Vec<&str> = touching.map(|told| told.hash.as_str()).collect();
        let told = hash(&(tally, lasting, said));
        format!("{} {told}", self.around)
    }

    fn month(&self, month: Month, component: Option<&ComponentId>) -> String {
        let zone = zone(self.snapshot);
        let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
        let began = self.incidents.iter().filter(|told| (from..until).contains(&told.incident.began_at));
        let concerns = began.filter(|told| component.is_none_or(|id| told.concerns(id)));
        let said: Vec<&str> = concerns.map(|told| told.hash.as_str()).collect();
        format!("{} {}", self.around, hash(&said))
    }
}

/// What cannot be written is never the same.
fn hash(value: &impl Serialize) -> String {
    serde_json::to_vec(value).map(|json| sha256(&json)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pharos_model::{Component, ComponentDefinition, Day, Impact, IncidentSource, IncidentStatus, Status};

    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const BEGAN: UnixMs = UnixMs(1_790_208_000_000);

    fn api() -> ComponentId {
        ComponentId::new("api").unwrap()
    }

    fn start(day: i64) -> UnixMs {
        UnixMs(BEGAN.0 + day * DAY_MS)
    }

    fn date(day: i64) -> CivilDate {
        CivilDate::from_ymd(2026, 9, 24 + u8::try_from(day).unwrap())
    }

    /// Five days of a component that is as it is since the beginning of one of them.
    fn five_days(since: i64) -> Snapshot {
        let definition = ComponentDefinition::new(api(), "API".into());
        let component = Component {
            status: Status::Operational,
            since: start(since),
            ..Component::unseen(definition, BEGAN)
        };
        let days = (0..5).map(|day| Day { date: date(day), starts_at: start(day) }).collect();
        Snapshot { days, components: vec![component], at: UnixMs(start(5).0 - 1), ..Snapshot::default() }
    }

    fn incident(id: &str, day: i64) -> Incident {
        let at = start(day);
        Incident {
            id: IncidentId::new(id).unwrap(),
            title: "Slow".into(),
            source: IncidentSource::Operator,
            status: IncidentStatus::Resolved,
            impact: Impact::Minor,
            components: vec![api()],
            root: None,
            began_at: at,
            resolved_at: Some(UnixMs(at.0 + 1)),
            updates: Vec::new(),
            pinned: false,
            taken_over: false,
            impact_stated: false,
            revision: 0,
            edited_at: None,
        }
    }

    /// The days that are over and are made anew when one snapshot takes the place of another.
    fn made_anew(before: &Snapshot, after: &Snapshot) -> Vec<i64> {
        let key = Key::new("index.html").unwrap();
        let [mut before, mut after] = [before, after].map(|of| Bases::new(of, &[], of.at));
        let day = |day: i64| Basis::Day(api(), date(day));
        (0..4).filter(|of| before.of(&day(*of), &key) != after.of(&day(*of), &key)).collect()
    }

    #[test]
    fn what_happens_today_makes_no_day_anew_that_was_over_before() {
        let before = five_days(4);
        let mut after = before.clone();
        after.components[0].status = Status::MajorOutage;
        after.components[0].since = UnixMs(start(4).0 + 1_000);
        assert_eq!(made_anew(&before, &after), Vec::<i64>::new());
    }

    #[test]
    fn days_on_which_something_lasted_are_made_anew_when_it_ends() {
        let before = five_days(2);
        let mut after = before.clone();
        after.components[0].since = start(4);
        assert_eq!(made_anew(&before, &after), [2, 3]);
    }

    #[test]
    fn what_is_said_of_an_incident_makes_its_days_anew_and_no_others() {
        let before = Snapshot { incidents: vec![incident("late", 3), incident("early", 1)], ..five_days(4) };
        let mut after = before.clone();
        after.incidents[1].title = "Something else".into();
        assert_eq!(made_anew(&before, &after), [1]);
    }

    #[test]
    fn a_month_is_made_anew_when_one_of_its_incidents_is_and_no_other_month() {
        let before = Snapshot { incidents: vec![incident("late", 8), incident("early", 1)], ..five_days(4) };
        let mut after = before.clone();
        after.incidents[1].title = "Something else".into();
        let key = Key::new("index.html").unwrap();
        let [mut of_before, mut of_after] = [&before, &after].map(|of| Bases::new(of, &[], of.at));
        let mut is_anew = |month: i8, component: Option<ComponentId>| {
            let basis = Basis::Month(Month { year: 2026, month }, component);
            of_before.of(&basis, &key) != of_after.of(&basis, &key)
        };
        assert_eq!([is_anew(9, None), is_anew(10, None)], [true, false]);
        assert_eq!([is_anew(9, Some(api())), is_anew(10, Some(api()))], [true, false]);
    }

    #[test]
    fn an_incident_that_left_the_snapshot_is_still_the_same() {
        let (key, old) = (Key::new("index.html").unwrap(), incident("early", 1));
        let within = Snapshot { incidents: vec![old.clone()], ..five_days(4) };
        let (without, older) = (five_days(4), [old.clone()]);
        let basis = Basis::Incident(old.id);
        let before = Bases::new(&within, &[], within.at).of(&basis, &key);
        assert_eq!(before, Bases::new(&without, &older, without.at).of(&basis, &key));
    }

    #[test]
    fn what_tells_of_all_is_made_anew_when_an_incident_that_left_the_snapshot_is_hidden() {
        let (key, snapshot, older) = (Key::new("feed.json").unwrap(), five_days(4), [incident("early", 1)]);
        let of = |older: &[Incident]| Bases::new(&snapshot, older, snapshot.at).of(&Basis::State, &key);
        assert_ne!(of(&older), of(&[]));
    }

    #[test]
    fn what_says_nothing_of_a_state_is_not_made_anew_when_that_changes() {
        let (key, before) = (Key::new("card.png").unwrap(), five_days(4));
        let mut after = before.clone();
        after.components[0].status = Status::MajorOutage;
        let of = |snapshot: &Snapshot| Bases::new(snapshot, &[], snapshot.at).of(&Basis::Layout, &key);
        assert_eq!(of(&before), of(&after));
        after.page.notice = "We moved.".into();
        assert_ne!(of(&before), of(&after));
    }

    #[test]
    fn another_notice_makes_everything_anew() {
        let before = five_days(4);
        let mut after = before.clone();
        after.page.notice = "We moved.".into();
        assert_eq!(made_anew(&before, &after), [0, 1, 2, 3]);
    }
}
