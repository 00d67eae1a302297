//! The operators' API: every route in one list, the document that follows from it, and a page for people who read it.

pub mod access;
pub mod act;
pub mod announcements;
pub mod archive;
pub mod audit;
pub mod checks;
pub mod components;
pub mod configuration;
pub mod drafts;
pub mod exports;
pub mod extract;
pub mod incident_shapes;
pub mod incidents;
pub mod maintenances;
pub mod nodes;
mod page;
pub mod people;
pub mod problem;
mod reference;
pub mod resilience;
pub mod revisions;
pub mod series;
pub mod templates;
pub mod wire;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Router, middleware};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Services;

/// How the addresses begin.
pub const ROOT: &str = "/api/v1";

/// What stands over the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pharos",
        description = "What operators of a status page may read and do. Every write is durable before its answer, \
                       every answer of a changed thing has its revision as `ETag`, and every problem is \
                       `application/problem+json`.",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1")),
    security(("token" = []), ("session" = [])),
    components(schemas(problem::Problem)),
    modifiers(&Doors)
)]
struct Document;

/// How one comes in.
struct Doors;

impl Modify for Doors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(access::COOKIES[0]));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// Every route.
fn routes() -> OpenApiRouter<Arc<Services>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(page::read))
        .routes(routes!(page::reminders))
        .routes(routes!(page::preview))
        .routes(routes!(components::list, configuration::add))
        .routes(routes!(components::read, configuration::change, configuration::remove))
        .routes(routes!(configuration::export))
        .routes(routes!(configuration::apply))
        .routes(routes!(components::state, components::unstate))
        .routes(routes!(checks::list))
        .routes(routes!(checks::read))
        .routes(routes!(checks::observations))
        .routes(routes!(checks::pause))
        .routes(routes!(checks::resume))
        .routes(routes!(checks::run))
        .routes(routes!(exports::export_incidents))
        .routes(routes!(exports::export_spans))
        .routes(routes!(exports::export_samples))
        .routes(routes!(resilience::list))
        .routes(routes!(resilience::error_budgets))
        .routes(routes!(incidents::list, incidents::open))
        .routes(routes!(incidents::read, incidents::edit, incidents::hide))
        .routes(routes!(incidents::merge))
        .routes(routes!(incidents::update))
        .routes(routes!(incidents::edit_update))
        .routes(routes!(incidents::revisions))
        .routes(routes!(maintenances::list, maintenances::plan))
        .routes(routes!(maintenances::read, maintenances::edit))
        .routes(routes!(maintenances::update))
        .routes(routes!(series::list_series, series::add_series))
        .routes(routes!(series::read_series, series::save_series, series::drop_series))
        .routes(routes!(announcements::list, announcements::make))
        .routes(routes!(announcements::read, announcements::edit, announcements::end))
        .routes(routes!(templates::list, templates::add))
        .routes(routes!(templates::read, templates::save, templates::remove))
        .routes(routes!(templates::fill))
        .routes(routes!(drafts::list, drafts::add))
        .routes(routes!(drafts::read, drafts::remove))
        .routes(routes!(drafts::publish))
        .routes(routes!(people::me))
        .routes(routes!(people::users, people::add_user))
        .routes(routes!(people::user, people::change_user, people::remove_user))
        .routes(routes!(people::tokens, people::add_token))
        .routes(routes!(people::remove_token))
        .routes(routes!(nodes::list))
        .routes(routes!(archive::read))
        .routes(routes!(archive::drills, archive::hold))
        .routes(routes!(audit::list))
}

/// The document alone.
#[cfg(test)]
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// The routes of the API behind their guard, and its document.
pub fn guarded(services: &Arc<Services>) -> (Router<Arc<Services>>, utoipa::openapi::OpenApi) {
    let (guarded, document) = routes().split_for_parts();
    // Handlers bound their bodies themselves, by the one bound for all.
    let guarded = guarded
        .layer(DefaultBodyLimit::disable())
        .route_layer(middleware::from_fn_with_state(Arc::clone(services), access::guard));
    (guarded, document)
}

/// The API with its document.
pub fn router(guarded: Router<Arc<Services>>, document: &utoipa::openapi::OpenApi) -> Router<Arc<Services>> {
    let api = Router::new().merge(guarded).merge(reference::router(document)).fallback(access::not_found);
    // Who types a slash at the end means the same.
    let with_slash = [ROOT, "/"].concat();
    Router::new().nest(ROOT, api).route(&with_slash, get(async || Redirect::permanent(ROOT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn every_shape_that_the_document_names_is_in_it() {
        let document = serde_json::to_value(document()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let text = document.to_string();
        for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(schemas.contains_key(name), "{name}");
        }
    }

    #[test]
    fn every_route_of_the_document_says_who_may_call_it() {
        let document = serde_json::to_value(document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() > 30, "{}", paths.len());
        for (path, methods) in paths {
            for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
                let method: Method = method.to_uppercase().parse().unwrap();
                assert!(access::needed(&method, path).is_some(), "{method} {path} is not in the table");
            }
        }
    }
}
