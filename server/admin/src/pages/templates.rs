//! Templates and drafts.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_engine::desk::{Command, Desk, Draft, Template};
use pharos_model::Snapshot;

use crate::fields::{Typed, choice, chosen, line as text_line, markdown};
use crate::moment::moment;
use crate::{Frame, words};

/// The page.
pub fn list(frame: &Frame, board: &Snapshot, desk: &Desk, typed: &Typed) -> String {
    let templates: Vec<_> = desk.templates.values().map(|template| entry(frame, board, template)).collect();
    let none = templates.is_empty();
    let form = frame.responds().then(|| {
        view! {
            <section class="card">
                <h2>"Keep a template"</h2>
                <p class="soft">"Places for values are written as " <code>"{{region}}"</code> "; they are asked for when the template is used."</p>
                {form(frame, board, None, typed)}
            </section>
        }
    });
    let inside = view! {
        <h1>"Templates and drafts"</h1>
        <section class="card" id="drafts">
            <h2>"Drafts"</h2>
            {desk.drafts.is_empty().then(|| view! { <p class="soft">"None. Incidents and updates can be kept as drafts where they are written."</p> })}
            {draft_list(frame, desk)}
        </section>
        <section class="card">
            <h2>"Templates"</h2>
            {none.then(|| view! { <p class="soft">"None."</p> })}
            <ul class="entries">{templates}</ul>
        </section>
        {form}
    };
    frame.document("Templates and drafts", inside.inert())
}

/// The drafts, with what can be done with them.
pub fn draft_list(frame: &Frame, desk: &Desk) -> Html {
    let rows: Vec<_> = desk
        .drafts
        .values()
        .map(|draft| {
            let (kind, text) = described(draft);
            let buttons = frame.responds().then(|| {
                view! {
                    <form method="post" action="/admin/templates" class="actions">
                        {frame.token()}
                        <input type="hidden" name="id" value=draft.id.to_string()/>
                        <button type="submit" name="action" value="publish">"Publish now"</button>
                        <button type="submit" name="action" value="drop_draft" class="quiet">"Discard"</button>
                    </form>
                }
            });
            view! {
                <li class="entry">
                    <span class="tag">{kind}</span> " " {text} " "
                    {draft.publish_at.map(|at| view! { <span class="soft">"to be published " {moment(&frame.zone, at)}</span> })}
                    {draft.failed.clone().map(|why| view! { <p class="reason">{why}</p> })}
                    {buttons}
                </li>
            }
        })
        .collect();
    view! { <ul class="entries">{rows}</ul> }.inert()
}

fn described(draft: &Draft) -> (&'static str, String) {
    match &draft.command {
        Command::OpenIncident(new) => ("incident", new.title.plain().to_owned()),
        Command::UpdateIncident { id, update, .. } => {
            ("update", format!("{id}: {}", update.body.source.plain()))
        }
        Command::PlanMaintenance(new) => ("maintenance", new.title.plain().to_owned()),
        Command::UpdateMaintenance { id, body, .. } => ("update", format!("{id}: {}", body.source.plain())),
        Command::Announce(new) => ("announcement", new.title.plain().to_owned()),
        _ => ("draft", String::new()),
    }
}

fn form(frame: &Frame, board: &Snapshot, template: Option<&Template>, typed: &Typed) -> Html {
    let value =
        |name: &str, part: fn(&Template) -> String| typed.or(name, &template.map(part).unwrap_or_default());
    let statuses = words::INCIDENT_STATUSES.into_iter().take(4);
    let statuses = statuses.map(|status| (status.as_str().to_owned(), words::incident(status)));
    let mut impacts = vec![(String::new(), "From the components")];
    impacts
        .extend(words::IMPACTS.into_iter().map(|impact| (impact.as_str().to_owned(), words::impact(impact))));
    let status = template.map_or("investigating", |template| template.status.as_str());
    let impact = template.and_then(|template| template.impact).map_or("", pharos_model::Impact::as_str);
    let components: &[pharos_model::ComponentId] = template.map_or(&[], |template| &template.components);
    view! {
        <form method="post" action="/admin/templates">
            {frame.token()}
            <input type="hidden" name="id" value=template.map(|template| template.id.to_string()).unwrap_or_default()/>
            <input type="hidden" name="revision" value=template.map(|template| template.revision.to_string()).unwrap_or_default()/>
            {text_line("name", "Name", value("name", |template| template.name.clone()), true)}
            {text_line("title", "Title", value("title", |template| template.title.clone()), true)}
            {markdown("body", "What readers should know", &value("body", |template| template.body.clone()), true)}
            {choice("status", "Status", statuses.collect(), &typed.or("status", status))}
            {choice("impact", "Impact", impacts, &typed.or("impact", impact))}
            {chosen(&board.components, components, typed)}
            <button type="submit" name="action" value="save">"Save"</button>
        </form>
    }
    .inert()
}

fn entry(frame: &Frame, board: &Snapshot, template: &Template) -> Html {
    let use_it = format!("/admin/incidents/new?template={}", template.id);
    let forms = frame.responds().then(|| {
        view! {
            <details><summary>"Change"</summary>{form(frame, board, Some(template), &Typed::default())}</details>
            <form method="post" action="/admin/templates">
                {frame.token()}
                <input type="hidden" name="id" value=template.id.to_string()/>
                <button type="submit" name="action" value="drop" class="danger">"Remove"</button>
            </form>
        }
    });
    view! {
        <li class="entry"><b>{template.name.clone()}</b> " " <span class="soft">{template.title.clone()}</span> " " <a href=use_it>"Use it"</a>{forms}</li>
    }
    .inert()
}
