//! One incident: what was said, what to say next, and what stands over it.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_model::{Component, Incident, IncidentUpdate, Snapshot, Transition};

use super::incidents::{said, title};
use crate::fields::{
    Typed, affected, choice, chosen, input, line as text_line, mark, markdown, moment_field,
};
use crate::moment::moment;
use crate::{Frame, words};

/// The page.
pub fn incident(
    frame: &Frame,
    board: &Snapshot,
    incident: &Incident,
    typed: &Typed,
    preview: Option<String>,
) -> String {
    let heading = title(board, incident);
    let public = format!("/incidents/{}", incident.id);
    let facts = view! {
        <p>
            <span class="tag">{words::incident(incident.status)}</span> " "
            <span class="tag">{words::impact(incident.impact)}</span> " "
            <span class="soft">"began " {moment(&frame.zone, incident.began_at)}</span> " "
            {incident.resolved_at.map(|at| view! { <span class="soft">"resolved " {moment(&frame.zone, at)}</span> })} " "
            <a href=public>"Public page"</a>
        </p>
    };
    let updates: Vec<_> = incident
        .updates
        .iter()
        .enumerate()
        .rev()
        .map(|(index, update)| entry((frame, board), incident, (index + 1, update), typed))
        .collect();
    let forms = frame.responds().then(|| {
        view! {
            <section class="card" id="say">
                <h2>"Say something"</h2>
                {preview.map(|html| view! { <div class="preview prose" inner_html=html></div> })}
                {update_form(frame, board, incident, &typed.of(&["", "update", "preview", "draft"]))}
            </section>
        }
    });
    let below = frame.responds().then(|| edit_forms(frame, board, incident, &typed.of(&["edit"])));
    let inside = view! {
        <h1>{heading.clone()}</h1>
        {facts}
        {forms}
        <section class="card" data-live="timeline">
            <h2>"Timeline"</h2>
            <ol class="entries">{updates}</ol>
        </section>
        {below}
    };
    frame.document(&heading, inside.inert())
}

fn address(incident: &Incident) -> String {
    format!("/admin/incidents/{}", incident.id)
}

/// The hidden fields that name the incident as it was seen.
fn seen(frame: &Frame, incident: &Incident) -> Html {
    view! { {frame.token()} <input type="hidden" name="revision" value=incident.revision.to_string()/> }
        .inert()
}

fn update_form(frame: &Frame, board: &Snapshot, incident: &Incident, typed: &Typed) -> Html {
    let statuses = words::INCIDENT_STATUSES.into_iter().filter(|status| {
        // A postmortem comes after the end.
        *status != pharos_model::IncidentStatus::Postmortem || !incident.is_open()
    });
    let statuses = statuses.map(|status| (status.as_str().to_owned(), words::incident(status)));
    let concerned: Vec<Component> = board.components.clone();
    let leads = !incident.taken_over && incident.is_open();
    view! {
        <form method="post" action=address(incident) data-submit="">
            {seen(frame, incident)}
            {choice("status", "Status", statuses.collect(), &typed.or("status", incident.status.as_str()))}
            {markdown("body", "What readers should know", &typed.get("body"), true)}
            {input("next_minutes", "Next update within, in minutes", "number", typed.get("next_minutes"), "Readers see when; you are reminded before.")}
            <details>
                <summary>"Components and time"</summary>
                {affected(&concerned, typed)}
                {input("at", "Said", "datetime-local", typed.get("at"), "Now, unless it is stated.")}
                {input("publish_at", "Publish", "datetime-local", typed.get("publish_at"), "For a draft: when to publish it by itself.")}
            </details>
            {leads.then(|| view! {
                <label class="row"><input type="checkbox" name="annotate" value="on" checked=typed.ticked("annotate", false)/> <span>"Only annotate: the checks go on leading it"</span></label>
            })}
            <p class="actions">
                <button type="submit" name="action" value="update">"Post the update"</button>
                <button type="submit" name="action" value="preview" class="quiet">"Preview"</button>
                <button type="submit" name="action" value="draft" class="quiet">"Keep as a draft"</button>
                <small class="soft">"Ctrl+Enter posts it."</small>
            </p>
        </form>
    }
    .inert()
}

fn entry(
    (frame, board): (&Frame, &Snapshot),
    incident: &Incident,
    (number, update): (usize, &IncidentUpdate),
    typed: &Typed,
) -> Html {
    let text = match &update.transition {
        Transition::Written(words) => {
            view! { <div class="prose" inner_html=words.html.plain().to_owned()></div> }.inert()
        }
        other => view! { <p>{said(other)}</p> }.inert(),
    };
    let affected: Vec<_> = update
        .components
        .iter()
        .filter_map(|affected| {
            let name = board.component(&affected.component)?.definition.name.plain().to_owned();
            Some(view! { <span>{name} " " {mark(affected.status)} " "</span> })
        })
        .collect();
    let promise = update.next_update_by.map(|due| {
        let word = match update.kept {
            None => "next update by ",
            Some(true) => "promised, and kept: ",
            Some(false) => "promised, and missed: ",
        };
        view! { <p class="soft">{word} {moment(&frame.zone, due)}</p> }
    });
    let edited = update.edited_at.map(|at| {
        let history = format!("/admin/audit?target=incidents/{}/updates/{number}", incident.id);
        view! { <span class="soft">"edited " {moment(&frame.zone, at)} " "
        {frame.manages().then(|| view! { <a href=history>"what it said before"</a> })}</span> }
    });
    let edit = (frame.responds() && matches!(update.transition, Transition::Written(_))).then(|| {
        let name = number.to_string();
        let typed = typed.of(if typed.get("number") == name { &["edit_update"] } else { &[] });
        let at = frame.zone.field(update.at);
        view! {
            <details open=!typed.is_empty()>
                <summary>"Edit"</summary>
                <form method="post" action=address(incident)>
                    {seen(frame, incident)}
                    <input type="hidden" name="number" value=name/>
                    {markdown("body", "What it says", &typed.or("body", &said(&update.transition)), true)}
                    {moment_field("at", "Said", (typed.or("at", &at), at), "")}
                    <button type="submit" name="action" value="edit_update">"Save"</button>
                </form>
            </details>
        }
    });
    view! {
        <li class="entry">
            <p><b>{words::incident(update.status)}</b> " " <span class="soft">{moment(&frame.zone, update.at)}</span> " " {edited}</p>
            {(!affected.is_empty()).then(|| view! { <p>{affected}</p> })}
            {text}
            {promise}
            {edit}
        </li>
    }
    .inert()
}

fn edit_forms(frame: &Frame, board: &Snapshot, incident: &Incident, typed: &Typed) -> Html {
    let shown = title(board, incident);
    let began_at = frame.zone.field(incident.began_at);
    let mut impacts = vec![(String::new(), "From the components")];
    impacts
        .extend(words::IMPACTS.into_iter().map(|impact| (impact.as_str().to_owned(), words::impact(impact))));
    let impact = if incident.impact_stated { incident.impact.as_str() } else { "" };
    let others: Vec<_> = board.open_incidents().filter(|other| other.id != incident.id).collect();
    let merge = (!others.is_empty()).then(|| {
        let options = others.iter().map(|other| {
            (other.id.to_string(), title(board, other))
        });
        let options: Vec<_> = options.map(|(id, text)| view! { <option value=id>{text}</option> }).collect();
        view! {
            <form method="post" action=address(incident)>
                {seen(frame, incident)}
                <label class="field"><span>"Tell of it within"</span><select name="into">{options}</select></label>
                <button type="submit" name="action" value="merge" class="quiet">"Merge"</button>
            </form>
        }
    });
    view! {
        <section class="card">
            <h2>"What stands over it"</h2>
            <form method="post" action=address(incident)>
                {seen(frame, incident)}
                {text_line("title", "Title", typed.or("title", &shown), true)}
                <input type="hidden" name="title.was" value=shown/>
                {choice("impact", "Impact", impacts, &typed.or("impact", impact))}
                <input type="hidden" name="impact.was" value=impact/>
                {chosen(&board.components, &incident.components, typed)}
                {moment_field("began_at", "Began", (typed.or("began_at", &began_at), began_at), "")}
                <label class="row"><input type="checkbox" name="pinned" value="on" checked=typed.ticked("pinned", incident.pinned)/> <span>"Stands above the others"</span></label>
                <label class="row"><input type="checkbox" name="taken_over" value="on" checked=typed.ticked("taken_over", incident.taken_over)/> <span>"People lead it; the checks add nothing"</span></label>
                <button type="submit" name="action" value="edit">"Save"</button>
            </form>
        </section>
        <section class="card">
            <h2>"Merge or hide"</h2>
            {merge}
            <form method="post" action=address(incident)>
                {seen(frame, incident)}
                <label class="row"><input type="checkbox" name="sure" value="on" required/> <span>"Yes, tell of this incident no more. The journal keeps it."</span></label>
                <button type="submit" name="action" value="hide" class="danger">"Hide the incident"</button>
            </form>
        </section>
    }
    .inert()
}
