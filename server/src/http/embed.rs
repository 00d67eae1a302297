//! What other sites may ask for: the widget, its data, pages to be framed, and oEmbed.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, VARY,
};
use http::{StatusCode, Uri};
use pharos_app::{Variant, pages};
use pharos_model::{CivilDate, ComponentId, IncidentId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::language::Read;
use super::{Peer, Services, headers};
use crate::embed;
use crate::limits::{EMBED_RETRY_MIN_MS, EMBED_RETRY_SPREAD_MS, OEMBED_URL_BYTES_MAX};
use crate::pages::{Effort, Encoded, Month, PageKey};

/// How hard scripts are compressed: once, when they are first asked for.
const EFFORT: Effort = Effort { brotli: 11, zstd: 19, gzip: 9 };
/// How long a widget may be kept: its address does not change with its content.
const WIDGET_CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";

static WIDGET: LazyLock<Encoded> = LazyLock::new(|| script(include_str!("../../../app/widget.js")));
static FRAME: LazyLock<Encoded> = LazyLock::new(|| script(include_str!("../../../app/frame.js")));

/// What a page in a frame may do. Any site may frame it.
static FRAME_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(pages::FRAME_STYLE));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'sha256-{hash}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors *"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A script that any site may load, without comments and indentation.
fn script(source: &str) -> Encoded {
    let body = headers::squeezed(source);
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static(WIDGET_CACHE));
    shared(&mut fields);
    Encoded::new(StatusCode::OK, &fields, &Bytes::from(body), EFFORT)
}

/// Lets every site read an answer. There is nothing in it that not everybody may know, and no cookie leads to another.
pub fn shared(fields: &mut HeaderMap) {
    fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    fields.insert(policy, HeaderValue::from_static("cross-origin"));
}

/// A refusal that every site may read, so that a widget knows that there is somebody.
fn refused(mut response: Response) -> Response {
    shared(response.headers_mut());
    response
}

/// The widget.
pub async fn widget(request: HeaderMap) -> Response {
    WIDGET.respond(&request).into_response()
}

/// The widget and what a page in a frame runs beside it, as they are served.
pub fn scripts() -> [Bytes; 2] {
    [WIDGET.body().clone(), FRAME.body().clone()]
}

/// What a page in a frame runs beside it.
pub async fn frame(request: HeaderMap) -> Response {
    FRAME.respond(&request).into_response()
}

/// The state in a few words.
pub async fn summary(
    State(services): State<Arc<Services>>,
    Read(words): Read,
    request: HeaderMap,
) -> Response {
    if services.health.is_stale() {
        return refused(headers::unavailable(5, "This node cannot tell at the moment.\n"));
    }
    services.summaries.of(&services.hub.snapshot(), words).respond(&request).into_response()
}

/// The same as a stream.
pub async fn events(
    State(services): State<Arc<Services>>,
    Extension(peer): Extension<Peer>,
    Read(words): Read,
) -> Response {
    if services.shutdown.is_cancelled() {
        return refused(headers::unavailable(2, "This node is shutting down.\n"));
    }
    let Some(place) = services.streams.enter(peer.0) else {
        return refused(headers::unavailable(30, "There are too many event streams open.\n"));
    };
    let retry_ms = EMBED_RETRY_MIN_MS + services.metrics.stream_opened() % EMBED_RETRY_SPREAD_MS;
    let sources = embed::Sources {
        hub: Arc::clone(&services.hub),
        summaries: Arc::clone(&services.summaries),
        health: Arc::clone(&services.health),
    };
    let stream = embed::summaries(sources, words, (retry_ms, services.shutdown.clone()), place);
    let mut response = Response::new(Body::from_stream(stream));
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    shared(fields);
    response
}

/// A page to be framed.
pub async fn framed(
    State(services): State<Arc<Services>>,
    Read(words): Read,
    Path(variant): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let Some(variant) = Variant::parse(&variant) else {
        return super::page::not_found(State(services), uri, request).await;
    };
    let html = pages::embedded(&services.hub.snapshot(), variant, words);
    let mut response = Response::new(Body::from(html));
    let fields = response.headers_mut();
    headers::secure(fields);
    fields.remove(http::header::X_FRAME_OPTIONS);
    fields.insert(CONTENT_SECURITY_POLICY, FRAME_POLICY.clone());
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=2"));
    fields.insert(VARY, HeaderValue::from_static("accept-language"));
    shared(fields);
    response
}

/// What a site asks that wants to embed an address of ours.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    url: String,
    format: Option<String>,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
}

/// What is said to who does not say which page, or says in words how large.
const UNCLEAR: &str = "Which page is to be embedded, and how large? Name its address as `url`, encoded, and \
                       `maxwidth` and `maxheight` as whole numbers: /oembed?url=https%3A%2F%2Fstatus.example.com%2F\n";

/// How to embed one of our pages, after oEmbed 1.0.
pub async fn oembed(
    State(services): State<Arc<Services>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    request: HeaderMap,
) -> Response {
    let mut response = match wanted {
        Ok(Query(wanted)) => described(&services, &wanted, &request).await,
        Err(_) => headers::plain(StatusCode::BAD_REQUEST, UNCLEAR),
    };
    shared(response.headers_mut());
    response
}

async fn described(services: &Services, wanted: &Wanted, request: &HeaderMap) -> Response {
    if wanted.format.as_deref().is_some_and(|format| format != "json") {
        return headers::plain(StatusCode::NOT_IMPLEMENTED, "Only the format json is offered.\n");
    }
    let snapshot = services.hub.snapshot();
    let own = host(services, request, &wanted.url);
    let path = own.as_ref().and_then(|host| {
        let rest = wanted.url.strip_prefix(host.as_str())?;
        rest.strip_prefix(snapshot.page.presentation.base_path.as_str())
    });
    let is_ours = |path: &&str| path.is_empty() || path.starts_with(['/', '?', '#']);
    let path = path.filter(|path| wanted.url.len() <= OEMBED_URL_BYTES_MAX && is_ours(path));
    let (Some(host), Some(path)) = (own, path) else {
        return headers::plain(StatusCode::NOT_FOUND, "This address is not one of this page's.\n");
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if !is_page(path, services).await {
        return headers::plain(StatusCode::NOT_FOUND, "There is no such page here.\n");
    }
    let words = super::language::of_path(path, services);
    let (width, height) = Variant::Card.size();
    let (width, height) =
        (width.min(wanted.maxwidth.unwrap_or(width)), height.min(wanted.maxheight.unwrap_or(height)));
    let address = [&*host, &*words.address("/embed/card")].concat();
    let provider = [&*host, &*words.address("/")].concat();
    let document = serde_json::json!({
        "version": "1.0",
        "type": "rich",
        "provider_name": words.page_name(&snapshot),
        "provider_url": provider,
        "title": words.title(words.indicator(snapshot.indicator()), &snapshot),
        "width": width,
        "height": height,
        "cache_age": 300,
        "html": format!(
            "<iframe src=\"{address}\" title=\"Status\" width=\"{width}\" height=\"{height}\" style=\"border:0\"></iframe>"
        ),
    });
    headers::json(StatusCode::OK, "application/json", document.to_string())
}

/// Whether there is a page of ours at an address, in any language.
async fn is_page(path: &str, services: &Services) -> bool {
    let mut steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    if steps.first().is_some_and(|first| pharos_app::language(first).is_some()) {
        steps.remove(0);
    }
    let snapshot = services.hub.snapshot();
    let has_component = |id: &str| ComponentId::new(id).is_ok_and(|id| snapshot.component(&id).is_some());
    match steps.as_slice() {
        [] | ["history" | "embed" | "resilience"] => true,
        ["history", month] => Month::parse(month).is_some(),
        ["history", month, id] => Month::parse(month).is_some() && has_component(id),
        ["components", id] | ["components", id, "7d" | "30d" | "90d" | "days" | "calendar"] => {
            has_component(id)
        }
        ["components", id, "days", date] => CivilDate::parse(date).is_some() && has_component(id),
        ["components", id, "calendar", year] => year.parse::<i16>().is_ok() && has_component(id),
        ["incidents", id] => {
            let Ok(id) = IncidentId::new(id) else { return false };
            matches!(services.pages.has_incident(&id).await, Ok(true))
        }
        _ => false,
    }
}

/// The host of this page: as its operator said, else where it was asked for, if that can stand in markup. Whether there is
/// TLS before us only the address knows that is `wanted`.
fn host(services: &Services, request: &HeaderMap, wanted: &str) -> Option<String> {
    let url = &services.pages.snapshot().page.presentation.url;
    if !url.is_empty() {
        return Some(url.clone());
    }
    let host = request.get(HOST)?.to_str().ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let scheme = ["https://", "http://"].into_iter().find(|scheme| wanted.starts_with(scheme))?;
    host.chars().all(is_plain).then(|| [scheme, host].concat())
}

/// The gallery.
pub async fn gallery(
    state: State<Arc<Services>>,
    asked: super::language::Asked,
    request: HeaderMap,
) -> Response {
    let super::language::Asked(words) = asked;
    super::page::other(&state, &request, words, Some(PageKey::Gallery)).await
}
