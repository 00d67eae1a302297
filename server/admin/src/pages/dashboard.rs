//! What fires now, and what operators should not forget.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_engine::desk::{Desk, Reminder};
use pharos_model::{Component, Snapshot, Status, UnixMs};

use super::incidents::quick_form;
use crate::fields::{Typed, mark};
use crate::moment::moment;
use crate::{Frame, words};

/// A check that is not well, as the dashboard shows it.
#[derive(Clone, Debug)]
pub struct Firing {
    /// Its name.
    pub id: String,
    /// The address of its page.
    pub address: String,
    /// The component's name.
    pub component: String,
    /// What is held to be true.
    pub status: Status,
    /// Since when.
    pub since: UnixMs,
    /// Why.
    pub reason: String,
}

/// The dashboard.
pub fn dashboard(frame: &Frame, board: &Snapshot, desk: &Desk, firing: Vec<Firing>) -> String {
    let inside = view! {
        <h1>"Now"</h1>
        <div data-live="now">
            {now(frame, board, firing)}
            {open(frame, board)}
            {maintenance(frame, board)}
            {reminders(frame, board, desk)}
            {drafts(frame, desk)}
        </div>
        {frame.responds().then(|| view! {
            <section class="card" id="open">
                <h2>"Open an incident"</h2>
                {quick_form(frame, board, &Typed::default())}
            </section>
        })}
    };
    frame.document("Now", inside.inert())
}

fn now(frame: &Frame, board: &Snapshot, firing: Vec<Firing>) -> Html {
    let bad: Vec<&Component> =
        board.components.iter().filter(|component| component.status != Status::Operational).collect();
    let count = board.components.len();
    if bad.is_empty() && firing.is_empty() {
        let text = if count == 0 {
            "No component is configured yet.".to_owned()
        } else {
            format!("All {count} components are operational.")
        };
        return view! { <p class="notice done">{text}</p> }.inert();
    }
    let rows: Vec<_> = bad
        .into_iter()
        .map(|component| {
            let address = format!("/admin/components/{}", component.definition.id);
            let name = component.definition.name.plain().to_owned();
            let stated = component.stated.as_ref().map(|stated| {
                let found = words::status(stated.measured);
                view! { <span class="soft">{format!("stated; checks find: {found}")}</span> }
            });
            view! {
                <li class="entry">
                    <a href=address>{name}</a> " " {mark(component.status)} " "
                    <span class="soft">"since " {moment(&frame.zone, component.since)}</span> " " {stated}
                </li>
            }
        })
        .collect();
    let checks: Vec<_> = firing
        .into_iter()
        .map(|check| {
            view! {
                <li class="entry">
                    <a href=check.address><code>{check.id}</code></a> " " {mark(check.status)} " "
                    <span class="soft">{check.component} " since " {moment(&frame.zone, check.since)}</span>
                    <p class="reason">{check.reason}</p>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card"><h2>"What fires"</h2><ul class="entries">{rows}</ul>
            {(!checks.is_empty()).then(|| view! { <h3>"Checks"</h3><ul class="entries">{checks}</ul> })}
        </section>
    }
    .inert()
}

fn open(frame: &Frame, board: &Snapshot) -> Html {
    let rows: Vec<_> =
        board.open_incidents().map(|incident| super::incidents::line(frame, board, incident)).collect();
    let empty = rows.is_empty();
    view! {
        <section class="card">
            <h2>"Open incidents"</h2>
            {empty.then(|| view! { <p class="soft">"None."</p> })}
            <ul class="entries">{rows}</ul>
        </section>
    }
    .inert()
}

fn maintenance(frame: &Frame, board: &Snapshot) -> Option<Html> {
    let rows: Vec<_> = board
        .planned_maintenances()
        .take(5)
        .map(|planned| super::maintenances::line(frame, planned))
        .collect();
    (!rows.is_empty()).then(|| {
        view! { <section class="card"><h2>"Maintenance"</h2><ul class="entries">{rows}</ul></section> }
            .inert()
    })
}

/// Reminders of what can still be done something about.
fn reminders(frame: &Frame, board: &Snapshot, desk: &Desk) -> Option<Html> {
    let is_pending = |reminder: &Reminder| match reminder {
        Reminder::UpdateDue(id) | Reminder::UpdateMissed(id) => {
            board.incident(id).is_some_and(pharos_model::Incident::is_open)
        }
        Reminder::MaintenanceTomorrow(id) | Reminder::MaintenanceSoon(id) | Reminder::VerificationDue(id) => {
            board.planned_maintenances().any(|known| known.id == *id)
        }
        Reminder::DraftFailed(id) => desk.drafts.contains_key(id),
    };
    let pending = desk.reminders.iter().rev().filter(|(reminder, _)| is_pending(reminder)).take(10);
    let rows: Vec<_> = pending
        .map(|(reminder, due)| {
            let (text, address) = told(reminder);
            view! { <li class="entry"><a href=address>{text}</a> " " <span class="soft">{moment(&frame.zone, *due)}</span></li> }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! { <section class="card"><h2>"Do not forget"</h2><ul class="entries">{rows}</ul></section> }
            .inert()
    })
}

fn told(reminder: &Reminder) -> (String, String) {
    let incident = |id: &dyn std::fmt::Display| format!("/admin/incidents/{id}");
    let maintenance = |id: &dyn std::fmt::Display| format!("/admin/maintenances/{id}");
    match reminder {
        Reminder::UpdateDue(id) => (format!("The promised update of {id} is due"), incident(id)),
        Reminder::UpdateMissed(id) => {
            (format!("The promised update of {id} did not come in time"), incident(id))
        }
        Reminder::MaintenanceTomorrow(id) => (format!("{id} begins within a day"), maintenance(id)),
        Reminder::MaintenanceSoon(id) => (format!("{id} begins within the hour"), maintenance(id)),
        Reminder::VerificationDue(id) => (format!("Say whether all is well after {id}"), maintenance(id)),
        Reminder::DraftFailed(id) => {
            (format!("{id} could not be published"), "/admin/templates#drafts".to_owned())
        }
    }
}

fn drafts(frame: &Frame, desk: &Desk) -> Option<Html> {
    (!desk.drafts.is_empty()).then(|| {
        view! { <section class="card"><h2>"Drafts"</h2>{super::templates::draft_list(frame, desk)}</section> }.inert()
    })
}
