//! Hooks.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use pharos_admin::Section;
use pharos_admin::pages::hooks::{self, HookLine};

use super::nodes::when;
use super::view;
use crate::hooks::Hook;
use crate::http::Services;
use crate::http::api::access::Caller;

/// The page.
pub async fn list(State(services): State<Arc<Services>>, caller: Caller) -> Response {
    let lines = services.hooks.load().iter().map(|hook| line(&services, hook)).collect();
    let frame = view::frame(&services, Some(&caller), Section::Hooks, None);
    view::page(StatusCode::OK, hooks::list(&frame, lines))
}

fn line(services: &Services, hook: &Hook) -> HookLine {
    let holds = services.known.borrow().desk.holds(&hook.name);
    let said = |(component, status): (_, pharos_model::Status)| {
        format!("{component}: {}", status.as_str().replace('_', " "))
    };
    HookLine {
        name: hook.name.clone(),
        kind: hook.kind.word.to_owned(),
        rules: hook.rules.len(),
        firing: holds.firing,
        holds: holds.components.into_iter().map(said).collect(),
        last: services.metrics.hooks.last(&hook.name).map(|last| (when(last.at), last.said)),
    }
}
