//! From handlers to documents.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use pharos_admin::pages::sign_in;
use pharos_admin::{Frame, Notice, Section, Who, Zone};
use pharos_engine::desk::Subject;

use crate::accounts::Via;
use crate::http::api::access::Caller;
use crate::http::api::problem::Problem;
use crate::http::{Services, headers};

/// What stands around a page. `done` is the word of what was just done, from the address.
pub fn frame(services: &Services, caller: Option<&Caller>, section: Section, done: Option<&str>) -> Frame {
    let board = services.pages.snapshot();
    let who = caller.map(|caller| Who {
        name: caller.principal.user.clone(),
        role: caller.principal.role,
        form: match &caller.principal.via {
            Via::Session { form, .. } => form.clone(),
            Via::Token { .. } => String::new(),
        },
    });
    Frame {
        page: pharos_app::Words::english().page_name(&board).to_owned(),
        base: board.page.presentation.base_path.clone(),
        zone: Zone::named(&board.page.time_zone),
        who,
        section,
        notice: done.and_then(said).map(|text| Notice::Done(text.to_owned())),
    }
}

/// What is said of what was done, by its word in the address: nothing else in an address is ever shown.
fn said(word: &str) -> Option<&'static str> {
    Some(match word {
        "opened" => "The incident is open, and readers see it.",
        "updated" => "It is said, and readers see it.",
        "saved" => "It is saved.",
        "drafted" => "It is kept as a draft.",
        "published" => "It is published.",
        "removed" => "It is gone.",
        "hidden" => "The incident is told of no more.",
        "merged" => "It is told of within the other incident.",
        "planned" => "It is planned, and readers see it ahead.",
        "stated" => "It is stated, and readers see it.",
        "unstated" => "The checks count again.",
        "announced" => "It is announced.",
        "running" => "The check is being looked at.",
        "paused" => "The check is paused.",
        "resumed" => "The check is looked at again.",
        "others" => "Every other browser is signed out.",
        "password" => "The password is changed.",
        "second_factor_off" => "The second factor is off.",
        _ => return None,
    })
}

/// A document as an answer.
pub fn page(status: StatusCode, document: String) -> Response {
    let mut response = headers::json(status, "text/html; charset=utf-8", document);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers::operator_page(response.headers_mut());
    response
}

/// A page that says one thing.
pub fn message(
    services: &Services,
    caller: Option<&Caller>,
    status: StatusCode,
    title: &str,
    text: &str,
) -> Response {
    page(status, sign_in::message(&frame(services, caller, Section::Me, None), title, text))
}

/// A problem where a page was asked for.
pub fn problem(services: &Services, caller: &Caller, problem: &Problem) -> Response {
    let hint = problem.hint.as_deref().map(|hint| format!(" {hint}.")).unwrap_or_default();
    message(services, Some(caller), problem.status, problem.title, &format!("{}.{hint}", problem.detail))
}

/// What is said at the top of a form that was refused.
pub fn refused(problem: &Problem) -> Notice {
    let hint = problem.hint.as_deref().map(|hint| format!(": {hint}")).unwrap_or_default();
    let text = match problem.kind {
        "changed" => "Somebody changed it while you wrote. What you wrote is kept below; see what is new, and send it again if it still fits.".to_owned(),
        _ => format!("Nothing was done. {}{hint}.", problem.detail),
    };
    Notice::Refused(text)
}

/// After something was done: to where it is shown, with a word of what it was.
pub fn done(address: &str, word: &str) -> Response {
    let (path, anchor) = address
        .split_once('#')
        .map_or((address, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
    Redirect::to(&format!("{path}?done={word}{anchor}")).into_response()
}

/// Where a subject is shown.
pub fn address(subject: &Subject) -> String {
    match subject {
        Subject::Incident(id) => format!("/admin/incidents/{id}"),
        Subject::Maintenance(id) => format!("/admin/maintenances/{id}"),
        Subject::Series(_) => "/admin/maintenances".to_owned(),
        Subject::Announcement(_) => "/admin/announcements".to_owned(),
        Subject::Component(id) => format!("/admin/components/{id}"),
        Subject::Template(_) | Subject::Draft(_) => "/admin/templates".to_owned(),
        Subject::Drill(_) => "/admin/nodes".to_owned(),
        Subject::Hook(_) => "/admin/hooks".to_owned(),
        Subject::Check(id) => format!("/admin/checks/{}", encoded(&id.0)),
    }
}

/// A part of an address.
pub fn encoded(part: &str) -> String {
    part.replace('%', "%25").replace('/', "%2F").replace('?', "%3F").replace('#', "%23").replace(' ', "%20")
}

/// The word of what was done, from the address.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Done {
    /// The word.
    pub done: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}
