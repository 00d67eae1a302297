//! Incidents: the list, the form that opens one, and one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, incident, incidents};
use pharos_admin::{Frame, Section};
use pharos_engine::desk::{
    Command, Draft, DraftId, IncidentEdit, NewIncident, NewUpdate, TemplateId, Unfilled, UpdateEdit,
};
use pharos_model::{Impact, IncidentId, IncidentStatus, UnixMs};

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::clock;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::act::act as carry_out;
use crate::http::api::extract::{Named, cursor, place};
use crate::http::api::incidents::found;
use crate::http::api::problem::Problem;
use crate::http::api::templates::unfilled_problem;
use crate::http::api::wire::incident_id;
use crate::operators::prose;

/// Incidents on one page of the list.
const PAGE: usize = 30;

/// The list.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let listed = async {
        let place = place(done.cursor.as_deref())?;
        let before = match place {
            Some((at, id)) => Some((UnixMs(at), incident_id(&id)?)),
            None => None,
        };
        Ok::<_, Problem>(services.store.incidents_page(before, (None, None), PAGE + 1).await?)
    };
    match listed.await {
        Ok(mut listed) => {
            let has_more = listed.len() > PAGE;
            listed.truncate(PAGE);
            let last = listed.last().filter(|_| has_more);
            let next = last.map(|incident| cursor(incident.began_at.0, incident.id.as_str()));
            let frame = view::frame(&services, Some(&caller), Section::Incidents, done.done.as_deref());
            view::page(StatusCode::OK, incidents::list(&frame, &services.known.borrow().board, &listed, next))
        }
        Err(problem) => view::problem(&services, &caller, &problem),
    }
}

/// The form that opens one, filled from a template where one is named.
pub async fn new(
    State(services): State<Arc<Services>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let frame = view::frame(&services, Some(&caller), Section::Incidents, None);
    let known = services.known.borrow().clone();
    let template = TemplateId::new(&form.get("template")).ok().and_then(|id| known.desk.templates.get(&id));
    let Some(template) = template else {
        let page = incidents::new(&frame, &known.board, &known.desk, &Typed::default(), None);
        return view::page(StatusCode::OK, page);
    };
    let values: BTreeMap<String, String> = form
        .0
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("var.")?.to_owned(), value.clone())))
        .collect();
    let (title, body) = match template.filled(&values) {
        Ok(filled) => filled,
        Err(unfilled) => {
            let (notice, status) = match &unfilled {
                // Nobody was asked for the values yet.
                Unfilled::Missing(_) => (frame.notice.clone(), StatusCode::OK),
                Unfilled::TooLong => {
                    let problem = unfilled_problem(&unfilled);
                    (Some(view::refused(&problem)), problem.status)
                }
            };
            let frame = Frame { notice, ..frame };
            let variables: Vec<String> = template.variables().into_iter().map(str::to_owned).collect();
            let page = incidents::fill(&frame, template.id.as_str(), &template.name, &variables, &form.0);
            return view::page(status, page);
        }
    };
    let mut typed = vec![
        ("title".to_owned(), title),
        ("body".to_owned(), body),
        ("status".to_owned(), template.status.as_str().to_owned()),
        ("impact".to_owned(), template.impact.map_or("", Impact::as_str).to_owned()),
    ];
    typed.extend(template.components.iter().map(|id| (format!("status.{id}"), "affected".to_owned())));
    view::page(StatusCode::OK, incidents::new(&frame, &known.board, &known.desk, &Typed(typed), None))
}

/// Opens one, shows how it will look, or keeps it as a draft.
pub async fn open(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Incidents, None);
    let known = services.known.borrow().clone();
    let again = |frame: &Frame, preview: Option<String>, status: StatusCode| {
        view::page(status, incidents::new(frame, &known.board, &known.desk, &form.0, preview))
    };
    if form.get("action") == "preview" {
        return match preview(&form) {
            Ok(preview) => again(&frame, Some(preview), StatusCode::OK),
            Err(problem) => {
                again(&Frame { notice: Some(view::refused(&problem)), ..frame }, None, problem.status)
            }
        };
    }
    let made = match new_incident(&services, &form, &frame) {
        Ok(new) if form.get("action") == "draft" => {
            draft(&services, &caller, (&form, &frame), Command::OpenIncident(Box::new(new))).await
        }
        Ok(new) => {
            let done = carry_out(&services, &caller, Command::OpenIncident(Box::new(new)), None).await;
            done.map(|done| view::done(&view::address(&done.subject), "opened"))
        }
        Err(problem) => Err(problem),
    };
    made.unwrap_or_else(|problem| {
        again(&Frame { notice: Some(view::refused(&problem)), ..frame.clone() }, None, problem.status)
    })
}

/// How the text will look.
fn preview(form: &Form) -> Result<String, Problem> {
    Ok(prose("body", form.text("body").into())?.html.plain().to_owned())
}

/// Keeps a command for later.
async fn draft(
    services: &Arc<Services>,
    caller: &Caller,
    (form, frame): (&Form, &Frame),
    command: Command,
) -> Result<Response, Problem> {
    let publish_at = form.moment("publish_at", &frame.zone)?;
    let draft = Draft { id: DraftId::default(), command, publish_at, failed: None, revision: 0 };
    carry_out(services, caller, Command::SaveDraft(Box::new(draft)), None).await?;
    Ok(view::done("/admin/templates#drafts", "drafted"))
}

fn incident_status(form: &Form) -> Result<IncidentStatus, Problem> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    let word = form.get("status");
    let all = [Investigating, Identified, Monitoring, Resolved, Postmortem];
    let found = all.into_iter().find(|status| status.as_str() == word);
    found.ok_or_else(|| Problem::invalid("status", "is none of an incident", "choose one"))
}

fn impact(form: &Form) -> Option<Impact> {
    let word = form.get("impact");
    [Impact::None, Impact::Minor, Impact::Major, Impact::Critical]
        .into_iter()
        .find(|impact| impact.as_str() == word)
}

fn next_update(form: &Form) -> Result<Option<UnixMs>, Problem> {
    const MINUTES_MAX: u64 = 366 * 24 * 60;
    let minutes = form.number("next_minutes")?;
    Ok(minutes
        .filter(|minutes| *minutes > 0)
        .map(|minutes| clock::wall().plus_ms(minutes.min(MINUTES_MAX) * 60_000)))
}

fn new_update(services: &Services, form: &Form, frame: &Frame) -> Result<NewUpdate, Problem> {
    let (components, _) = form.affected(&services.known.borrow().board);
    Ok(NewUpdate {
        status: incident_status(form)?,
        body: prose("body", form.text("body").into())?,
        components,
        next_update_by: next_update(form)?,
        at: form.moment("at", &frame.zone)?,
        annotates: form.on("annotate"),
    })
}

fn new_incident(services: &Services, form: &Form, frame: &Frame) -> Result<NewIncident, Problem> {
    let (_, only_affected) = form.affected(&services.known.borrow().board);
    Ok(NewIncident {
        title: form.get("title").into(),
        components: only_affected,
        impact: impact(form),
        began_at: form.moment("began_at", &frame.zone)?,
        pinned: false,
        first: new_update(services, form, frame)?,
    })
}

/// One incident.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Incidents, done.done.as_deref());
    shown(&services, &caller, (&frame, StatusCode::OK), &id, (&Typed::default(), None)).await
}

async fn shown(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    id: &str,
    (typed, preview): (&Typed, Option<String>),
) -> Response {
    let incident_found = async { found(services, &incident_id(id)?).await };
    match incident_found.await {
        Ok(found) => {
            let board = services.known.borrow().board.clone();
            view::page(status, incident::incident(frame, &board, &found, typed, preview))
        }
        Err(problem) => view::problem(services, caller, &problem),
    }
}

/// Does something with an incident.
pub async fn act(State(services): State<Arc<Services>>, Named(id): Named<String>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Incidents, None);
    if form.get("action") == "preview" {
        let (preview, frame, status) = match preview(&form) {
            Ok(preview) => (Some(preview), frame, StatusCode::OK),
            Err(problem) => (None, Frame { notice: Some(view::refused(&problem)), ..frame }, problem.status),
        };
        return shown(&services, &caller, (&frame, status), &id, (&form.0, preview)).await;
    }
    let done = async {
        let (command, word) = command(&services, incident_id(&id)?, &form, &frame)?;
        if form.get("action") == "draft" {
            return draft(&services, &caller, (&form, &frame), command).await;
        }
        let done = carry_out(&services, &caller, command, None).await?;
        let address =
            if word == "hidden" { "/admin/incidents".to_owned() } else { view::address(&done.subject) };
        Ok(view::done(&address, word))
    };
    match done.await {
        Ok(response) => response,
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            shown(&services, &caller, (&frame, problem.status), &id, (&form.0, None)).await
        }
    }
}

/// What the form asks for, and the word for it when it is done.
fn command(
    services: &Services,
    id: IncidentId,
    form: &Form,
    frame: &Frame,
) -> Result<(Command, &'static str), Problem> {
    let revision = form.revision();
    Ok(match form.get("action").as_str() {
        "update" => {
            let update = Box::new(new_update(services, form, frame)?);
            (Command::UpdateIncident { id, revision, update }, "updated")
        }
        // A draft says what it says whatever happens until then.
        "draft" => {
            let update = Box::new(new_update(services, form, frame)?);
            (Command::UpdateIncident { id, revision: None, update }, "drafted")
        }
        "edit_update" => {
            let number = form.get("number").parse().unwrap_or(0);
            let known = services.known.borrow().board.clone();
            let said = known.incident(&id).and_then(|incident| said(incident, number));
            let is_other = said.is_none_or(|said| said.replace("\r\n", "\n").trim() != form.text("body"));
            let body = if is_other { Some(prose("body", form.text("body").into())?) } else { None };
            let edit =
                Box::new(UpdateEdit { body, at: changed_moment(form, frame, "at")?, next_update_by: None });
            (Command::EditUpdate { id, number, revision, edit }, "saved")
        }
        "edit" => {
            let edit = Box::new(IncidentEdit {
                // What nobody touched keeps its other languages, and the words that are made anew for each reader.
                title: (form.get("title") != form.get("title.was")).then(|| form.get("title").into()),
                impact: (form.get("impact") != form.get("impact.was")).then(|| impact(form)),
                components: Some(form.components()),
                began_at: changed_moment(form, frame, "began_at")?,
                pinned: Some(form.on("pinned")),
                taken_over: Some(form.on("taken_over")),
            });
            (Command::EditIncident { id, revision, edit }, "saved")
        }
        "merge" => {
            let into = incident_id(&form.get("into"))?;
            (Command::MergeIncident { id, revision, into }, "merged")
        }
        "hide" if form.on("sure") => (Command::HideIncident { id, revision }, "hidden"),
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    })
}

/// What an update says, as it was written.
fn said(incident: &pharos_model::Incident, number: usize) -> Option<&str> {
    match &incident.updates.get(number.checked_sub(1)?)?.transition {
        pharos_model::Transition::Written(words) => Some(words.source.plain()),
        _ => None,
    }
}

/// A moment to the minute, unless it is the minute that it was: then its seconds stay as they are.
fn changed_moment(form: &Form, frame: &Frame, name: &'static str) -> Result<Option<UnixMs>, Problem> {
    let was = form.get(&format!("{name}.was"));
    if !was.is_empty() && was == form.get(name) {
        return Ok(None);
    }
    form.moment(name, &frame.zone)
}
