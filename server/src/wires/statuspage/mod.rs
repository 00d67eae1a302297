//! The public API of Atlassian Statuspage, version 2, so that its clients work unmodified: its shapes, words and order, and no
//! key more. `docs/wires.md` says what becomes of what it has no word for.

#[cfg(test)]
mod any;
mod banner;
mod component;
mod incident;
mod maintenance;
mod metric;
mod shapes;
#[cfg(test)]
mod tests;
mod uptime;

use pharos_model::limits::MAINTENANCES_MAX;
use pharos_model::{MaintenanceStatus, Snapshot};
use serde::Serialize;

use super::moment::Clock;
use super::view::{Need, Of, Subject, View};
use super::{Wire, Written, code};
use shapes::{
    ComponentsDocument, IncidentDocument, IncidentsDocument, MaintenancesDocument, PageShape, StatusDocument,
    Summary,
};

/// As many as Statuspage tells of in a list.
const LIST_MAX: usize = 50;
const JSON: &str = "application/json; charset=utf-8";
/// How long others may hold it, in seconds.
const MAX_AGE_S: u32 = 5;

const fn document(
    pattern: &'static str,
    of: Of,
    needs: &'static [Need],
    write: fn(&View) -> Option<Written>,
) -> Wire {
    Wire { pattern, media_type: JSON, of, is_spoken: false, pages_max: 1, max_age_s: MAX_AGE_S, needs, write }
}

/// Its documents.
pub const WIRES: &[Wire] = &[
    document("/api/v2/summary.json", Of::Page, &[], summary),
    document("/api/v2/status.json", Of::Page, &[], status),
    document("/api/v2/components.json", Of::Page, &[], components),
    document("/api/v2/incidents.json", Of::Page, &[Need::Incidents(LIST_MAX)], incidents),
    document("/api/v2/incidents/unresolved.json", Of::Page, &[], unresolved),
    document("/api/v2/incidents/resolved.json", Of::Page, &[Need::Incidents(2 * LIST_MAX)], resolved),
    document("/api/v2/incidents/{id}.json", Of::Incident, &[], incident),
    document("/incidents/{id}.json", Of::Incident, &[], incident),
    document(
        "/api/v2/scheduled-maintenances.json",
        Of::Page,
        &[Need::Maintenances(MAINTENANCES_MAX)],
        maintenances,
    ),
    document("/api/v2/scheduled-maintenances/upcoming.json", Of::Page, &[], upcoming),
    document("/api/v2/scheduled-maintenances/active.json", Of::Page, &[], active),
    Wire {
        pages_max: uptime::PAGES_MAX,
        ..document("/uptime/{id}.json", Of::Component, &[Need::Spans(uptime::HOURS)], uptime::document)
    },
    document("/metrics-display/{id}/day.json", Of::Component, &[Need::Latency(24, 5)], metric::day),
    document("/metrics-display/{id}/week.json", Of::Component, &[Need::Latency(7 * 24, 60)], metric::week),
    document(
        "/metrics-display/{id}/month.json",
        Of::Component,
        &[Need::Latency(30 * 24, 240)],
        metric::month,
    ),
];

/// What all shapes are made with.
struct Maker<'a> {
    view: &'a View,
    clock: Clock,
    page_id: String,
}

impl<'a> Maker<'a> {
    fn of(view: &'a View) -> Self {
        Self { view, clock: Clock::of(&view.snapshot), page_id: page_code(&view.snapshot) }
    }

    fn page(&self) -> PageShape<'a> {
        let snapshot = &self.view.snapshot;
        let zone = snapshot.page.time_zone.as_str();
        PageShape {
            id: self.page_id.clone(),
            name: self.view.words.page_name(snapshot),
            url: snapshot.page.presentation.address(),
            time_zone: if matches!(zone, "" | "UTC") { "Etc/UTC" } else { zone },
            updated_at: self.clock.iso(snapshot.at),
        }
    }
}

/// The code of the page: by its address, which is its own, else by its name.
fn page_code(snapshot: &Snapshot) -> String {
    let address = snapshot.page.presentation.address();
    code("page", if address.is_empty() { snapshot.page.name.plain() } else { &address })
}

/// Names, words and numbers: all of it can be written.
fn written(document: &impl Serialize) -> Option<Written> {
    serde_json::to_string(document).ok().map(Written::from)
}

fn summary(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    let mut open: Vec<_> = view.snapshot.open_incidents().map(|known| maker.incident(known)).collect();
    open.sort_by_key(|known| std::cmp::Reverse(known.changed_at));
    let planned = view.snapshot.planned_maintenances();
    let document = Summary {
        page: maker.page(),
        components: maker.components(),
        incidents: open.into_iter().map(|known| known.shape).collect(),
        scheduled_maintenances: planned.map(|known| maker.maintenance(known)).collect(),
        status: banner::status(&view.snapshot),
    };
    written(&document)
}

fn status(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    written(&StatusDocument { page: maker.page(), status: banner::status(&view.snapshot) })
}

fn components(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    written(&ComponentsDocument { page: maker.page(), components: maker.components() })
}

/// Open ones first, then the latest begun.
fn incidents(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    let open = view.snapshot.open_incidents();
    let over = view.incidents.iter().filter(|known| !known.is_open());
    let shapes = open.chain(over).take(LIST_MAX).map(|known| maker.incident(known).shape).collect();
    written(&IncidentsDocument { page: maker.page(), incidents: shapes })
}

fn unresolved(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    let shapes = view.snapshot.open_incidents().map(|known| maker.incident(known).shape).collect();
    written(&IncidentsDocument { page: maker.page(), incidents: shapes })
}

fn resolved(view: &View) -> Option<Written> {
    let maker = Maker::of(view);
    let over = view.incidents.iter().filter(|known| !known.is_open()).take(LIST_MAX);
    let shapes = over.map(|known| maker.incident(known).shape).collect();
    written(&IncidentsDocument { page: maker.page(), incidents: shapes })
}

fn incident(view: &View) -> Option<Written> {
    let Subject::Incident(known) = &view.subject else { return None };
    let maker = Maker::of(view);
    written(&IncidentDocument { page: maker.page(), incident: maker.incident(known).shape })
}

/// The latest first. Where there are too many, those that are planned farthest ahead give way to what is done and was done.
fn maintenances(view: &View) -> Option<Written> {
    let (maker, known) = (Maker::of(view), &view.maintenances);
    let ahead = known.iter().take_while(|known| known.status == MaintenanceStatus::Scheduled).count();
    let surplus = known.len().saturating_sub(LIST_MAX).min(ahead.saturating_sub(LIST_MAX / 2));
    let shapes = known.iter().skip(surplus).take(LIST_MAX).map(|known| maker.maintenance(known)).collect();
    written(&MaintenancesDocument { page: maker.page(), scheduled_maintenances: shapes })
}

/// The earliest first.
fn upcoming(view: &View) -> Option<Written> {
    planned(view, |status| status == MaintenanceStatus::Scheduled)
}

fn active(view: &View) -> Option<Written> {
    planned(view, MaintenanceStatus::is_active)
}

fn planned(view: &View, is_wanted: impl Fn(MaintenanceStatus) -> bool) -> Option<Written> {
    let maker = Maker::of(view);
    let wanted = view.snapshot.planned_maintenances().filter(|known| is_wanted(known.status));
    let shapes = wanted.map(|known| maker.maintenance(known)).collect();
    written(&MaintenancesDocument { page: maker.page(), scheduled_maintenances: shapes })
}
