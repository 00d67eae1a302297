//! The entries of a feed: incidents and maintenances, the latest changed first.

use pharos_model::{Incident, IncidentStatus, Maintenance, MaintenanceStatus, Transition, UnixMs};

use super::super::plain::{self, escaped};
use super::super::view::{View, incident_changed_at};
use super::ENTRIES_MAX;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A name for it that stays what it is, as in `incident/2026-11-23-api-1`.
    pub name: String,
    /// One line.
    pub title: String,
    /// Where people read it.
    pub address: String,
    /// When it was first told of.
    pub published: UnixMs,
    /// When it last changed.
    pub updated: UnixMs,
    /// All that was said, as HTML, newest first.
    pub html: String,
    /// The names of the components that it concerns.
    pub components: Vec<String>,
    /// When it is to begin and to end, of a maintenance.
    pub window: Option<(UnixMs, UnixMs)>,
}

/// The entries of what a feed is about.
pub fn entries(view: &View) -> Vec<Entry> {
    // One that is open for long may have begun before all of those that began last.
    let is_told = |known: &&Incident| view.incidents.iter().any(|told| told.id == known.id);
    let open = view.snapshot.open_incidents().filter(|known| view.concerns(&known.components));
    let incidents = view.incidents.iter().chain(open.filter(|known| !is_told(known)));
    let incidents = incidents.map(|known| of_incident(view, known));
    let maintenances = view.maintenances.iter().map(|known| of_maintenance(view, known));
    let mut entries: Vec<Entry> = incidents.chain(maintenances).collect();
    entries.sort_by(|one, other| other.updated.cmp(&one.updated).then_with(|| other.name.cmp(&one.name)));
    entries.truncate(ENTRIES_MAX);
    entries
}

/// When any of them last changed; of none, when the page was last laid out.
pub fn changed_at(view: &View, entries: &[Entry]) -> UnixMs {
    entries.iter().map(|entry| entry.updated).max().unwrap_or(view.snapshot.laid_out_at)
}

fn names(view: &View, ids: &[pharos_model::ComponentId]) -> Vec<String> {
    ids.iter().map(|id| view.name_of(id).to_owned()).collect()
}

fn of_incident(view: &View, known: &Incident) -> Entry {
    let mut before: Option<IncidentStatus> = None;
    let mut parts: Vec<String> = Vec::new();
    for update in &known.updates {
        // A state that goes on is an update of it.
        let label = view.words.incident_status(update.status);
        let is_news = before != Some(update.status) || matches!(update.transition, Transition::Detected(_));
        before = Some(update.status);
        let label = if is_news { label } else { view.words.page().update_said };
        parts.push(said(view, (update.at, label), &view.said(known, update)));
    }
    parts.reverse();
    Entry {
        name: ["incident/", known.id.as_str()].concat(),
        title: view.words.incident_title(&view.snapshot, known),
        address: view.address(&["/incidents/", known.id.as_str()].concat()),
        published: known.updates.first().map_or(known.began_at, |update| update.at),
        updated: incident_changed_at(known),
        html: parts.concat(),
        components: names(view, &known.components),
        window: None,
    }
}

fn of_maintenance(view: &View, known: &Maintenance) -> Entry {
    let (tag, page) = (view.words.tag(), view.words.page());
    let announced = view.announced_at(known);
    let mut parts = Vec::new();
    let description = known.description.of(tag);
    if !description.is_empty() {
        let label = status_label(view, MaintenanceStatus::Scheduled);
        parts.push(said(view, (announced, label), &[description.to_owned()]));
    }
    for update in &known.updates {
        let label = status_label(view, update.status);
        parts.push(said(view, (update.at, label), &plain::lines(update.body.html.of(tag))));
    }
    let last = known.updates.last().map(|update| update.status);
    if let (Some(ended), true) = (known.ended_at, last != Some(known.status)) {
        parts.push(said(view, (ended, status_label(view, known.status)), &[]));
    }
    parts.reverse();
    let (from, until) = (view.words.moment(known.scheduled_start), view.words.moment(known.scheduled_end));
    let event = page.scheduled_event.replace("{from}", &from).replace("{until}", &until);
    Entry {
        name: ["maintenance/", known.id.as_str()].concat(),
        title: known.title.of(tag).to_owned(),
        address: view.address("/"),
        published: announced,
        updated: view.changed_at(known).max(announced),
        html: format!("<p><strong>{}</strong></p>{}", escaped(&event), parts.concat()),
        components: names(view, &known.components),
        window: Some((known.scheduled_start, known.scheduled_end)),
    }
}

/// Where a maintenance stands, in words.
pub fn status_label(view: &View, status: MaintenanceStatus) -> &'static str {
    let (live, page) = (view.words.live(), view.words.page());
    match status {
        MaintenanceStatus::Scheduled => page.maintenance_ahead,
        MaintenanceStatus::InProgress => live.status_maintenance,
        MaintenanceStatus::Verifying => page.maintenance_verifying,
        MaintenanceStatus::Completed => page.maintenance_completed,
        MaintenanceStatus::Cancelled => page.maintenance_cancelled,
    }
}

/// One thing that was said, in the markup that readers of such feeds know.
fn said(view: &View, (at, label): (UnixMs, &str), lines: &[String]) -> String {
    let said = lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>");
    let between = if said.is_empty() { "" } else { " - " };
    let (at, label) = (escaped(&view.words.moment(at)), escaped(label));
    format!("<p><small>{at}</small><br><strong>{label}</strong>{between}{said}</p>")
}
