//! The operators' pages: every route in one list, and one table of who may see and do what.

mod announcements;
mod audit;
mod components;
mod dashboard;
mod form;
mod gate;
mod hooks;
mod incidents;
mod maintenances;
mod me;
mod nodes;
mod oidc;
mod people;
mod sign_in;
mod templates;
mod view;

use std::sync::Arc;

use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, middleware};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use super::{Services, headers};

pub use sign_in::cookies;

/// How the addresses begin.
const ROOT: &str = "/admin";

/// Every page that takes somebody who is signed in.
fn pages() -> Router<Arc<Services>> {
    Router::new()
        .route("/", get(dashboard::show))
        .route("/incidents", get(incidents::list))
        .route("/incidents/new", get(incidents::new).post(incidents::open))
        .route("/incidents/{id}", get(incidents::show).post(incidents::act))
        .route("/maintenances", get(maintenances::list).post(maintenances::plan))
        .route("/maintenances/{id}", get(maintenances::show).post(maintenances::act))
        .route("/announcements", get(announcements::list).post(announcements::act))
        .route("/components", get(components::list).post(components::add))
        .route("/components/{id}", get(components::show).post(components::act))
        .route("/checks/{id}", get(components::check).post(components::act_on_check))
        .route("/templates", get(templates::list).post(templates::act))
        .route("/users", get(people::users).post(people::act_on_user))
        .route("/tokens", get(people::tokens).post(people::act_on_token))
        .route("/hooks", get(hooks::list))
        .route("/nodes", get(nodes::list).post(nodes::drill))
        .route("/audit", get(audit::list))
        .route("/me", get(me::show).post(me::act))
        .route("/sign-out", post(me::sign_out))
}

/// The operators' pages.
pub fn router(services: &Arc<Services>) -> Router<Arc<Services>> {
    let gated = pages().route_layer(middleware::from_fn_with_state(Arc::clone(services), gate::gate));
    let open = Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::act))
        .route("/oidc", get(oidc::leave))
        .route("/oidc/callback", get(oidc::arrive))
        .route("/setup", get(sign_in::setup).post(sign_in::set_up))
        .route("/style.css", get(async || file(pharos_admin::stylesheet(), "text/css; charset=utf-8")))
        .route("/admin.js", get(async || file(pharos_admin::script(), "text/javascript; charset=utf-8")))
        .fallback(gate::not_found);
    let with_slash = Router::new().route("/admin/", get(dashboard::show));
    let with_slash = with_slash.route_layer(middleware::from_fn_with_state(Arc::clone(services), gate::gate));
    Router::new().nest(ROOT, gated.merge(open)).merge(with_slash)
}

fn file(content: &'static str, media_type: &'static str) -> Response {
    let mut response = headers::json(StatusCode::OK, media_type, content.to_owned());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
