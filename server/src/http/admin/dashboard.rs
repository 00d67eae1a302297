//! What fires now.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::Section;
use pharos_admin::pages::dashboard::{Firing, dashboard};
use pharos_model::Status;

use super::view::{self, Done};
use crate::http::Services;
use crate::http::api::access::Caller;

/// The page.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let known = services.known.borrow().clone();
    let configured = services.configured.load();
    let firing = configured.checks.iter().filter_map(|check| {
        let verdict =
            known.verdicts.get(&check.id).filter(|verdict| verdict.status != Status::Operational)?;
        let component = check.component.as_ref().and_then(|id| known.board.component(id));
        Some(Firing {
            id: check.id.to_string(),
            address: format!("/admin/checks/{}", view::encoded(&check.id.0)),
            component: component
                .map(|component| component.definition.name.plain().to_owned())
                .unwrap_or_default(),
            status: verdict.status,
            since: verdict.since,
            reason: verdict.reason.clone().unwrap_or_default(),
        })
    });
    let frame = view::frame(&services, Some(&caller), Section::Dashboard, done.done.as_deref());
    view::page(StatusCode::OK, dashboard(&frame, &known.board, &known.desk, firing.collect()))
}
