//! Pages, from memory.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::Uri;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use pharos_app::{Range, Words};
use pharos_model::{CivilDate, ComponentId, IncidentId};
use pharos_store::StoreError;

use super::language::{self, Asked, Read};
use super::{Services, headers, wires};
use crate::pages::{Month, PageKey, PagesError};
use crate::wires::{Of, is_code};

/// The first page.
pub async fn index(State(services): State<Arc<Services>>, Asked(words): Asked, request: Request) -> Response {
    // Its fields as they are: on the worst day all ask for this page, and a copy for each is work.
    let (asked, _) = request.into_parts();
    if words.is_prefixed() || services.pages.is_further() {
        return other(&services, &asked.headers, words, Some(PageKey::Index)).await;
    }
    match services.pages.index() {
        Some(page) => page.respond(&asked.headers).into_response(),
        None => headers::unavailable(1, "Starting: the page is being made.\n"),
    }
}

/// This month's incidents.
pub async fn history(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    request: HeaderMap,
) -> Response {
    other(&services, &request, words, Some(PageKey::History(None, None))).await
}

/// The record of failovers.
pub async fn resilience(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    request: HeaderMap,
) -> Response {
    other(&services, &request, words, Some(PageKey::Resilience)).await
}

/// A month's incidents.
pub async fn history_month(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    Path(month): Path<String>,
    request: HeaderMap,
) -> Response {
    let key = Month::parse(&month).map(|month| PageKey::History(Some(month), None));
    other(&services, &request, words, key).await
}

/// One incident, as a page or, with an ending, as a document.
pub async fn incident(
    State(services): State<Arc<Services>>,
    asked: Result<Asked, Response>,
    Path(id): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    if id.contains('.') {
        return wires::answer(&services, &uri, &request).await;
    }
    let words = match asked {
        Ok(Asked(words)) => words,
        Err(elsewhere) => return elsewhere,
    };
    let key = IncidentId::new(&id).ok().map(PageKey::Incident);
    named(&services, (&request, words), key, (&uri, &id, Of::Incident)).await
}

/// The picture of the page's state for where links are shown.
pub async fn card(State(services): State<Arc<Services>>, Read(words): Read, request: HeaderMap) -> Response {
    other(&services, &request, words, Some(PageKey::Card(None))).await
}

/// The picture of an incident for where links are shown.
pub async fn incident_card(
    State(services): State<Arc<Services>>,
    Read(words): Read,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Response {
    other(&services, &request, words, IncidentId::new(&id).ok().map(|id| PageKey::Card(Some(id)))).await
}

/// A month's incidents of one component.
pub async fn history_component(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    Path((month, id)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let of = Month::parse(&month).zip(ComponentId::new(&id).ok());
    let key = of.map(|(month, id)| PageKey::History(Some(month), Some(id)));
    other(&services, &request, words, key).await
}

/// One component, over a longer range; its days and its year.
pub async fn of_component(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    Path((id, what)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let key = ComponentId::new(&id).ok().and_then(|id| match what.as_str() {
        "days" => Some(PageKey::Days(id)),
        "calendar" => Some(PageKey::Year(id, None)),
        range => {
            let longer = Range::ALL.into_iter().find(|one| one.suffix().strip_prefix('/') == Some(range));
            longer.map(|range| PageKey::Component(id, range))
        }
    });
    other(&services, &request, words, key).await
}

/// A day of a component.
pub async fn day(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    Path((id, date)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let of = ComponentId::new(&id).ok().zip(CivilDate::parse(&date));
    other(&services, &request, words, of.map(|(id, date)| PageKey::Day(id, date))).await
}

/// A year of a component.
pub async fn year(
    State(services): State<Arc<Services>>,
    Asked(words): Asked,
    Path((id, year)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let number = (year.len() == 4).then(|| year.parse().ok()).flatten();
    let of = ComponentId::new(&id).ok().zip(number);
    other(&services, &request, words, of.map(|(id, year)| PageKey::Year(id, Some(year)))).await
}

/// One component, as a page or, with an ending, as a document.
pub async fn component(
    State(services): State<Arc<Services>>,
    asked: Result<Asked, Response>,
    Path(id): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    if id.contains('.') {
        return wires::answer(&services, &uri, &request).await;
    }
    let words = match asked {
        Ok(Asked(words)) => words,
        Err(elsewhere) => return elsewhere,
    };
    let key = ComponentId::new(&id).ok().map(|id| PageKey::Component(id, Range::Day));
    named(&services, (&request, words), key, (&uri, &id, Of::Component)).await
}

/// The page of something by our name for it. Its code, by which programs know it, leads there.
async fn named(
    services: &Services,
    (request, words): (&HeaderMap, Words),
    key: Option<PageKey>,
    (uri, name, of): (&Uri, &str, Of),
) -> Response {
    if let Some(key) = key.as_ref().filter(|_| is_code(name))
        && matches!(services.pages.get(key, words).await, Ok(None))
        && let Ok(Some(behind)) = services.pages.name_behind(name, of).await
        && let Some(before) = uri.path().strip_suffix(name)
    {
        return wires::led_to(&[before, &behind].concat(), uri);
    }
    other(services, request, words, key).await
}

/// Everything that is not there.
pub async fn not_found(State(services): State<Arc<Services>>, uri: Uri, request: HeaderMap) -> Response {
    let words = language::of_path(uri.path(), &services);
    services.pages.not_found(words).respond(&request).into_response()
}

/// A page that is made when it is asked for.
pub async fn other(services: &Services, request: &HeaderMap, words: Words, key: Option<PageKey>) -> Response {
    let found = match key {
        Some(key) => services.pages.get(&key, words).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(page)) => page.respond(request).into_response(),
        Ok(None) => services.pages.not_found(words).respond(request).into_response(),
        // Who looks after the database has been told already.
        Err(PagesError::Store(StoreError::Page { part })) => {
            services.pages.damaged(words, part).respond(request).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            headers::unavailable(
                5,
                "This page's history cannot be read at the moment. The first page still works.\n",
            )
        }
    }
}

/// The state of the page as a small picture.
pub async fn favicon(State(services): State<Arc<Services>>) -> Response {
    let svg = pharos_app::favicon(services.pages.snapshot().indicator());
    let mut response = Response::new(axum::body::Body::from(svg));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=5"));
    response
}
