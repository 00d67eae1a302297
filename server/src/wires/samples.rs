//! Made-up snapshots in every state, for tests.

use std::sync::Arc;

use pharos_app::Words;
use pharos_model::{
    Affected, CivilDate, Component, ComponentDefinition, ComponentId, Day, Group, GroupId, Impact, Incident,
    IncidentId, IncidentSource, IncidentStatus, IncidentUpdate, Maintenance, MaintenanceId,
    MaintenanceStatus, MaintenanceUpdate, Origin, Prose, Snapshot, Span, Status, Text, Transition, UnixMs,
};
use pharos_store::LatencyPoint;

use super::view::{Subject, View};

/// 2026-11-23T14:03:05Z.
pub const NOW: UnixMs = UnixMs(1_795_442_585_000);
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 86_400_000;

fn component(id: &str, name: &str, group: Option<&str>, status: Status) -> Component {
    let mut definition = ComponentDefinition::new(ComponentId::new(id).unwrap(), name.into());
    definition.group = group.map(|group| GroupId::new(group).unwrap());
    let began = NOW.minus_ms(40 * DAY_MS);
    Component { status, since: NOW.minus_ms(HOUR_MS), ..Component::unseen(definition, began) }
}

fn page() -> Snapshot {
    let today = CivilDate::from_ymd(2026, 11, 23).0;
    let day = |number: i32| Day {
        date: CivilDate(number),
        starts_at: UnixMs(i64::from(number) * 86_400_000 - 3_600_000),
    };
    let mut snapshot = Snapshot {
        seq: 42,
        at: NOW,
        laid_out_at: NOW.minus_ms(2 * DAY_MS),
        ..Snapshot::empty(Origin::new("sample").unwrap())
    };
    snapshot.page.name = "Lighthouse & Works".into();
    snapshot.page.time_zone = "Europe/Berlin".to_owned();
    snapshot.page.presentation.url = "https://status.example.com".to_owned();
    snapshot.days = (today - 39..=today).map(day).collect();
    snapshot
}

/// A person's words.
fn said(html: &str) -> Transition {
    Transition::Written(Box::new(prose(html)))
}

fn prose(html: &str) -> Prose {
    Prose { source: html.into(), html: html.into() }
}

/// Three components, two of them in a group, in these states.
fn works(api: Status, web: Status, search: Status) -> Snapshot {
    let mut snapshot = page();
    snapshot.groups = vec![Group { id: GroupId::new("core").unwrap(), name: "Core".into() }];
    snapshot.components = vec![
        component("api", "Public API", Some("core"), api),
        component("web", "Website", Some("core"), web),
        component("search", "Search", None, search),
    ];
    snapshot.components[0].definition.description =
        Text::translated("What <customers> call".into(), vec![("de".into(), "Was Kunden rufen".into())]);
    snapshot
}

/// All is well.
pub fn operational() -> Snapshot {
    works(Status::Operational, Status::Operational, Status::Operational)
}

/// Components in these states, and an incident of this impact where one is to be open.
pub fn with(statuses: &[Status], open: Option<Impact>) -> Snapshot {
    let mut snapshot = page();
    for (number, status) in statuses.iter().enumerate() {
        snapshot.components.push(component(&format!("c{number}"), "Some", None, *status));
    }
    if let Some(impact) = open {
        let mut incident = written("open", NOW.minus_ms(HOUR_MS), false);
        incident.impact = impact;
        snapshot.incidents.push(incident);
    }
    snapshot
}

/// An incident that Pharos opened and followed.
fn automatic(id: &str, of: &str, began_at: UnixMs) -> Incident {
    let say = |minutes: u64, status, transition| {
        IncidentUpdate::new(began_at.plus_ms(minutes * MINUTE_MS), status, transition)
    };
    let mut incident = written(id, began_at, false);
    incident.title = Text::default();
    incident.source = IncidentSource::Automatic;
    incident.components = vec![ComponentId::new(of).unwrap()];
    incident.status = IncidentStatus::Monitoring;
    incident.updates = vec![
        say(1, IncidentStatus::Investigating, Transition::Detected(Status::MajorOutage)),
        say(
            9,
            IncidentStatus::Identified,
            said("<p>The cause &amp; the <em>cure</em> are known.</p><p>More at 15:00.</p>"),
        ),
        say(14, IncidentStatus::Monitoring, Transition::Recovering),
    ];
    incident
}

/// An incident that a person wrote, over or not.
fn written(id: &str, began_at: UnixMs, is_over: bool) -> Incident {
    let api = ComponentId::new("api").unwrap();
    let mut first = IncidentUpdate::new(
        began_at.plus_ms(MINUTE_MS),
        IncidentStatus::Investigating,
        said("<p>Answers are slow.</p>"),
    );
    first.components = vec![Affected { component: api.clone(), status: Status::PartialOutage }];
    let mut incident = Incident {
        id: IncidentId::new(id).unwrap(),
        title: Text::translated("Slow <answers>".into(), vec![("de".into(), "Langsame Antworten".into())]),
        source: IncidentSource::Operator,
        status: IncidentStatus::Investigating,
        impact: Impact::Major,
        components: vec![api.clone()],
        began_at,
        resolved_at: None,
        updates: vec![first],
        pinned: false,
        taken_over: true,
        impact_stated: false,
        root: None,
        revision: 1,
        edited_at: None,
    };
    if is_over {
        let end = began_at.plus_ms(30 * MINUTE_MS);
        let mut last = IncidentUpdate::new(end, IncidentStatus::Resolved, said("<p>All is well again.</p>"));
        last.components = vec![Affected { component: api, status: Status::Operational }];
        last.edited_at = Some(end.plus_ms(MINUTE_MS));
        let account = IncidentUpdate::new(
            end.plus_ms(DAY_MS),
            IncidentStatus::Postmortem,
            said("<h3>What happened</h3><ul><li>One</li><li>Two</li></ul>"),
        );
        incident.updates.extend([last, account]);
        incident.status = IncidentStatus::Postmortem;
        incident.resolved_at = Some(end);
    }
    incident
}

/// One component is slower than it should be.
pub fn degraded() -> Snapshot {
    works(Status::Operational, Status::DegradedPerformance, Status::Operational)
}

/// One component is out and another in part; two incidents are open.
pub fn outage() -> Snapshot {
    let mut snapshot = works(Status::MajorOutage, Status::PartialOutage, Status::Operational);
    snapshot.incidents = vec![
        automatic("2026-11-23-api-1", "api", NOW.minus_ms(25 * MINUTE_MS)),
        written("2026-11-23-slow", NOW.minus_ms(40 * MINUTE_MS), false),
    ];
    snapshot
}

/// Nobody looked at two of three.
pub fn unknown() -> Snapshot {
    works(Status::Unknown, Status::Unknown, Status::Operational)
}

/// An incident is over and accounted for.
pub fn resolved() -> Snapshot {
    let mut snapshot = operational();
    snapshot.incidents = vec![written("2026-11-20-slow", NOW.minus_ms(3 * DAY_MS), true)];
    snapshot
}

fn maintenance(status: MaintenanceStatus) -> Maintenance {
    let start = match status {
        MaintenanceStatus::Scheduled | MaintenanceStatus::Cancelled => NOW.plus_ms(DAY_MS),
        _ => NOW.minus_ms(10 * MINUTE_MS),
    };
    Maintenance {
        id: MaintenanceId::new("2026-11-24-database").unwrap(),
        title: Text::translated(
            "Database upgrade; read-only".into(),
            vec![("de".into(), "Datenbank wird erneuert".into())],
        ),
        description: "Writes wait, reads go on.".into(),
        components: vec![ComponentId::new("api").unwrap()],
        scheduled_start: start,
        scheduled_end: start.plus_ms(HOUR_MS),
        status,
        revision: 2,
        ..Maintenance::default()
    }
}

/// Work is announced.
pub fn scheduled() -> Snapshot {
    let mut snapshot = operational();
    snapshot.maintenances = vec![maintenance(MaintenanceStatus::Scheduled)];
    snapshot
}

/// Work is being done.
pub fn in_progress() -> Snapshot {
    let mut snapshot = works(Status::UnderMaintenance, Status::Operational, Status::Operational);
    let mut known = maintenance(MaintenanceStatus::InProgress);
    known.started_at = Some(known.scheduled_start);
    let (at, status) = (known.scheduled_start.plus_ms(MINUTE_MS), MaintenanceStatus::InProgress);
    known.updates = vec![MaintenanceUpdate { at, status, body: prose("<p>We have begun.</p>") }];
    snapshot.maintenances = vec![known];
    snapshot
}

/// Work was called off.
pub fn cancelled() -> Snapshot {
    let mut snapshot = operational();
    let mut known = maintenance(MaintenanceStatus::Cancelled);
    known.ended_at = Some(NOW.minus_ms(MINUTE_MS));
    snapshot.maintenances = vec![known];
    snapshot
}

/// Every state with its name.
pub fn states() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("operational", operational()),
        ("degraded", degraded()),
        ("outage", outage()),
        ("unknown", unknown()),
        ("resolved", resolved()),
        ("scheduled", scheduled()),
        ("in_progress", in_progress()),
        ("cancelled", cancelled()),
    ]
}

/// Of the page in English, with what the store would tell.
pub fn view(snapshot: &Snapshot) -> View {
    let mut view = View::new(Arc::new(snapshot.clone()), Words::english(), Subject::Page, 1);
    view.incidents.clone_from(&snapshot.incidents);
    view.maintenances.clone_from(&snapshot.maintenances);
    view
}

/// Of a component, with an outage of ten minutes yesterday.
pub fn component_view(snapshot: &Snapshot, id: &str) -> View {
    let failed = NOW.minus_ms(DAY_MS);
    let span = |from: UnixMs, until: Option<UnixMs>, status| Span {
        starts_at: from,
        ends_at: until,
        status,
        measured: None,
    };
    let point = |hours: u64, us: Option<u32>| LatencyPoint {
        start: NOW.minus_ms(hours * HOUR_MS),
        count: 60,
        failed: u64::from(us.is_none()) * 60,
        p50_us: us,
        p95_us: us,
        p99_us: us,
        stages_us: None,
    };
    let id = ComponentId::new(id).unwrap();
    View {
        subject: Subject::Component(id),
        spans: vec![
            span(NOW.minus_ms(40 * DAY_MS), Some(failed), Status::Operational),
            span(failed, Some(failed.plus_ms(10 * MINUTE_MS)), Status::MajorOutage),
            span(failed.plus_ms(10 * MINUTE_MS), None, Status::Operational),
        ],
        latency: vec![point(3, Some(120_400)), point(2, None), point(1, Some(98_700))],
        ..view(snapshot)
    }
}
