//! The audit log.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::Section;
use pharos_admin::pages::audit;
use pharos_store::AuditFilter;

use super::form::Form;
use super::view;
use crate::http::Services;
use crate::http::api::access::Caller;

/// Entries on one page.
const PAGE: usize = 50;

/// The page.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let given = |name: &str| Some(form.get(name)).filter(|text| !text.is_empty());
    let filter = AuditFilter {
        before: form.get("cursor").parse().ok(),
        target: given("target"),
        actor: given("actor"),
    };
    match services.store.audit(&filter, PAGE + 1).await {
        Ok(mut entries) => {
            let has_more = entries.len() > PAGE;
            entries.truncate(PAGE);
            let next = entries.last().filter(|_| has_more).map(|last| {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("cursor", &last.id.to_string());
                query.append_pair("target", &form.get("target")).append_pair("actor", &form.get("actor"));
                format!("/admin/audit?{}", query.finish())
            });
            let frame = view::frame(&services, Some(&caller), Section::Audit, None);
            view::page(StatusCode::OK, audit::list(&frame, &entries, &form.0, next))
        }
        Err(error) => view::problem(&services, &caller, &error.into()),
    }
}
