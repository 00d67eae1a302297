//! Made-up snapshots for tests and for the gallery of pages.

use pharos_model::{
    CivilDate, Component, ComponentDefinition, ComponentId, Day, DayTally, Group, GroupId, Impact, Incident,
    IncidentId, IncidentSource, IncidentStatus, IncidentUpdate, Origin, Page, Prose, Snapshot, Status, Text,
    Transition, UnixMs, UptimeWeights,
};

/// 2026-11-23T14:03:05Z.
pub const NOW: UnixMs = UnixMs(1_795_442_585_000);
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;

/// The last `count` days, in UTC.
fn days(count: i32) -> Vec<Day> {
    let today = CivilDate::from_ymd(2026, 11, 23).0;
    let day = |number| Day { date: CivilDate(number), starts_at: UnixMs(i64::from(number) * DAY_MS) };
    (today - count + 1..=today).map(day).collect()
}

fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).take(32).collect();
    let text = text.trim_matches('-');
    if text.is_empty() { "unnamed".to_owned() } else { text.to_owned() }
}

/// A component that has been as it is since the first of `days`.
fn component(name: &str, status: Status, days: &[Day]) -> Component {
    let began = days.first().map_or(NOW, |day| day.starts_at);
    let definition = ComponentDefinition::new(ComponentId::new(&identifier(name)).unwrap(), name.into());
    Component { definition, status, stated: None, redundancy: None, since: began, began, tallies: Vec::new() }
}

/// A page with these components, one day old.
pub fn page(components: &[(&str, Status)]) -> Snapshot {
    let days = days(1);
    Snapshot {
        origin: Origin::new("sample").unwrap(),
        seq: 42,
        at: NOW,
        laid_out_at: NOW,
        page: Page {
            name: "Lighthouse Works".into(),
            description: "Status of the services that Lighthouse Works runs for its customers.".into(),
            notice: Text::default(),
            language: String::new(),
            presentation: Box::default(),
            time_zone: "Europe/Berlin".into(),
            weights: UptimeWeights::default(),
        },
        groups: Vec::new(),
        components: components.iter().map(|(name, status)| component(name, *status, &days)).collect(),
        days,
        maintenances: vec![],
        announcements: vec![],
        failovers: vec![],
        drills: vec![],
        incidents: Vec::new(),
    }
}

fn update(at: UnixMs, status: IncidentStatus, transition: Transition) -> IncidentUpdate {
    IncidentUpdate::new(at, status, transition)
}

/// An incident of one component that began 25 minutes ago: being watched, or over.
pub fn incident(id: &str, component: &str, open: bool) -> Incident {
    let began_at = NOW.minus_ms(25 * MINUTE_MS);
    let mut incident = Incident {
        id: IncidentId::new(id).unwrap(),
        title: "Public API is not available".into(),
        source: IncidentSource::Automatic,
        status: IncidentStatus::Monitoring,
        impact: Impact::Major,
        components: vec![ComponentId::new(component).unwrap()],
        began_at,
        resolved_at: None,
        updates: vec![
            update(
                began_at.plus_ms(MINUTE_MS),
                IncidentStatus::Investigating,
                Transition::Detected(Status::MajorOutage),
            ),
            update(
                began_at.plus_ms(9 * MINUTE_MS),
                IncidentStatus::Identified,
                Transition::Written(Box::new(Prose {
                    source: "A configuration change broke the connection to the database.".into(),
                    html: "<p>A configuration change broke the connection to the database. We are taking it back.</p>"
                        .into(),
                })),
            ),
            update(began_at.plus_ms(14 * MINUTE_MS), IncidentStatus::Monitoring, Transition::Recovering),
        ],
        pinned: false,
        taken_over: false,
        impact_stated: false,
        root: None,
        revision: 0,
        edited_at: None,
    };
    if !open {
        let end = began_at.plus_ms(20 * MINUTE_MS);
        incident.updates.push(update(end, IncidentStatus::Resolved, Transition::Resolved));
        incident.status = IncidentStatus::Resolved;
        incident.resolved_at = Some(end);
    }
    incident
}

/// The same incident moved `ms` into the past.
pub fn earlier(mut incident: Incident, ms: u64) -> Incident {
    incident.began_at = incident.began_at.minus_ms(ms);
    incident.resolved_at = incident.resolved_at.map(|at| at.minus_ms(ms));
    for update in &mut incident.updates {
        update.at = update.at.minus_ms(ms);
    }
    incident
}

const NAMES: [&str; 10] = [
    "Website",
    "Public API",
    "Sign-in",
    "Image service",
    "Search",
    "Queue worker",
    "Message broker",
    "Billing",
    "E-mail delivery",
    "Reports",
];
const GROUPS: [&str; 4] = ["Core services", "Background services", "Regions", "Partners"];

/// `count` components in up to four groups with 90 days of mixed history.
pub fn varied(count: usize) -> Snapshot {
    let mut snapshot = page(&[]);
    snapshot.days = days(90);
    let mut seed: u32 = 7;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    for index in 0..count {
        let name = match index / NAMES.len() {
            0 => NAMES[index].to_owned(),
            round => format!("{} {}", NAMES[index % NAMES.len()], round + 1),
        };
        let mut component = component(&name, Status::Operational, &snapshot.days);
        if index % 3 == 0 {
            component.definition.description = "What our customers see first".into();
        }
        let group = GROUPS[index * GROUPS.len().min(count) / count.max(1)];
        component.definition.group = GroupId::new(&identifier(group)).ok();
        for day in &snapshot.days {
            let mut tally = DayTally::empty(day.date);
            match random(40) {
                0 => tally.add(Status::MajorOutage, u64::from(random(5_000_000))),
                1 => tally.add(Status::PartialOutage, u64::from(random(9_000_000))),
                2 => tally.add(Status::DegradedPerformance, u64::from(random(9_000_000))),
                3 => tally.add(Status::UnderMaintenance, u64::from(random(9_000_000))),
                4 => tally.add(Status::Unknown, 40_000_000 + u64::from(random(40_000_000))),
                _ => continue,
            }
            component.tallies.push(tally);
        }
        component.since = NOW.minus_ms(3 * 3_600_000);
        snapshot.components.push(component);
    }
    let used = |name: &str| {
        snapshot
            .components
            .iter()
            .any(|c| c.definition.group.as_ref().is_some_and(|g| g.as_str() == identifier(name)))
    };
    snapshot.groups = GROUPS
        .iter()
        .filter(|name| used(name))
        .map(|name| Group { id: GroupId::new(&identifier(name)).unwrap(), name: (*name).into() })
        .collect();
    for number in 0..5_u64 {
        let id = format!("2026-11-sample-{number}");
        let past = earlier(incident(&id, "public-api", false), number * 2 * 86_400_000 + 80_000_000);
        snapshot.incidents.push(past);
    }
    snapshot
}
