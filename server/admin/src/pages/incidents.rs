//! Incidents as a list, and the form that opens one.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_engine::desk::Desk;
use pharos_model::{Incident, Snapshot, Transition};

use crate::fields::{Typed, affected, choice, input, line as text_line, markdown};
use crate::moment::moment;
use crate::{Frame, words};

/// An incident's title as operators read it.
pub fn title(board: &Snapshot, incident: &Incident) -> String {
    if !incident.title.is_empty() {
        return incident.title.plain().to_owned();
    }
    let name = |id: &pharos_model::ComponentId| {
        board
            .component(id)
            .map_or_else(|| id.to_string(), |component| component.definition.name.plain().to_owned())
    };
    let names: Vec<String> = incident.components.iter().map(name).collect();
    format!("{}: {}", names.join(", "), incident.detected().map_or("trouble", words::status))
}

/// An incident as an entry of a list.
pub fn line(frame: &Frame, board: &Snapshot, incident: &Incident) -> Html {
    let address = format!("/admin/incidents/{}", incident.id);
    let promise = incident.pending_promise().map(|due| {
        view! { " " <span class="soft">"next update by " {moment(&frame.zone, due)}</span> }
    });
    let led = match (incident.is_open(), incident.taken_over) {
        (true, false) => "led by the checks",
        (true, true) => "led by people",
        (false, _) => "over",
    };
    view! {
        <li class="entry">
            <a href=address>{title(board, incident)}</a> " "
            <span class="tag">{words::incident(incident.status)}</span> " "
            <span class="tag">{words::impact(incident.impact)}</span> " "
            <span class="soft">{led} ", began " {moment(&frame.zone, incident.began_at)}</span> {promise}
        </li>
    }
    .inert()
}

/// The list.
pub fn list(frame: &Frame, board: &Snapshot, incidents: &[Incident], next: Option<String>) -> String {
    let rows: Vec<_> = incidents.iter().map(|incident| line(frame, board, incident)).collect();
    let empty = rows.is_empty();
    let next = next.map(|cursor| {
        let address = format!("/admin/incidents?cursor={cursor}");
        view! { <p><a href=address>"Older"</a></p> }
    });
    let new = frame
        .responds()
        .then(|| view! { <p><a class="button" href="/admin/incidents/new" data-shortcut="n">"Open an incident"</a></p> });
    let inside = view! {
        <h1>"Incidents"</h1>
        {new}
        <section class="card" data-live="list">
            {empty.then(|| view! { <p class="soft">"There were none."</p> })}
            <ul class="entries">{rows}</ul>
            {next}
        </section>
    };
    frame.document("Incidents", inside.inert())
}

/// The shortest form that opens an incident: what is it called, what does it hit, what do we say.
pub fn quick_form(frame: &Frame, board: &Snapshot, typed: &Typed) -> Html {
    view! {
        <form method="post" action="/admin/incidents/new" data-submit="">
            {frame.token()}
            {text_line("title", "Title", typed.get("title"), true)}
            {affected(&board.components, typed)}
            {markdown("body", "What readers should know", &typed.get("body"), true)}
            <details open=typed.or("details", "").is_empty().then_some(false)>
                <summary>"More"</summary>
                {more(frame, typed)}
            </details>
            <p class="actions">
                <button type="submit" name="action" value="open">"Open the incident"</button>
                <button type="submit" name="action" value="preview" class="quiet">"Preview"</button>
                <button type="submit" name="action" value="draft" class="quiet">"Keep as a draft"</button>
                <small class="soft">"Ctrl+Enter opens it."</small>
            </p>
        </form>
    }
    .inert()
}

fn more(frame: &Frame, typed: &Typed) -> Html {
    let statuses = words::INCIDENT_STATUSES.into_iter().take(4);
    let statuses = statuses.map(|status| (status.as_str().to_owned(), words::incident(status)));
    let mut impacts = vec![(String::new(), "From the components")];
    impacts
        .extend(words::IMPACTS.into_iter().map(|impact| (impact.as_str().to_owned(), words::impact(impact))));
    let zone = frame.zone.name().to_owned();
    view! {
        {choice("status", "Status", statuses.collect(), &typed.or("status", "investigating"))}
        {choice("impact", "Impact", impacts, &typed.get("impact"))}
        {input("next_minutes", "Next update within, in minutes", "number", typed.get("next_minutes"), "Readers see when; you are reminded before.")}
        {input("began_at", "Began", "datetime-local", typed.get("began_at"), "Now, unless it is stated.")}
        {input("at", "Said", "datetime-local", typed.get("at"), "For an incident of the past.")}
        {input("publish_at", "Publish", "datetime-local", typed.get("publish_at"), "For a draft: when to publish it by itself.")}
        <p class="soft">"Times are in " {zone} "."</p>
    }
    .inert()
}

/// The page with the form, filled where a template was chosen.
pub fn new(frame: &Frame, board: &Snapshot, desk: &Desk, typed: &Typed, preview: Option<String>) -> String {
    let templates: Vec<_> = desk
        .templates
        .values()
        .map(|template| {
            let address = format!("/admin/incidents/new?template={}", template.id);
            view! { <li><a href=address>{template.name.clone()}</a></li> }
        })
        .collect();
    let templates = (!templates.is_empty())
        .then(|| view! { <section class="card"><h2>"From a template"</h2><ul class="inline">{templates}</ul></section> });
    let inside = view! {
        <h1>"Open an incident"</h1>
        {templates}
        <section class="card">
            {preview.map(|html| view! { <div class="preview prose" inner_html=html></div> })}
            {quick_form(frame, board, typed)}
        </section>
    };
    frame.document("Open an incident", inside.inert())
}

/// The fields of a template's places.
pub fn fill(frame: &Frame, id: &str, name: &str, variables: &[String], typed: &Typed) -> String {
    let fields: Vec<_> = variables
        .iter()
        .map(|variable| {
            let field = format!("var.{variable}");
            let value = typed.get(&field);
            view! { <label class="field"><span>{variable.clone()}</span><input type="text" name=field value=value required/></label> }
        })
        .collect();
    let id = id.to_owned();
    let inside = view! {
        <h1>{name.to_owned()}</h1>
        <section class="card">
            <form method="get" action="/admin/incidents/new">
                <input type="hidden" name="template" value=id/>
                {fields}
                <button type="submit">"Fill in"</button>
            </form>
        </section>
    };
    frame.document(name, inside.inert())
}

/// What an update says, for operators: automatic ones in a few words.
pub fn said(transition: &Transition) -> String {
    match transition {
        Transition::Detected(status) => format!("Checks found: {}.", words::status(*status)),
        Transition::Changed(status) => format!("Checks now find: {}.", words::status(*status)),
        Transition::Recovering => "Checks succeed again.".to_owned(),
        Transition::Relapsed(status) => format!("It failed again: {}.", words::status(*status)),
        Transition::Resolved => "It stayed well.".to_owned(),
        Transition::Withdrawn => "The component left the page.".to_owned(),
        Transition::Merged(other) => format!("Told of in {other} from here on."),
        Transition::Joined(other) => format!("Tells of {other}, too, from here on."),
        Transition::Written(said) => said.source.plain().to_owned(),
    }
}
