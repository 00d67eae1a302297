//! The nodes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use pharos_admin::Section;
use pharos_admin::pages::nodes::{self, NodeLine};

use super::view;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::nodes::{NodeView, length};

/// The page.
pub async fn list(State(services): State<Arc<Services>>, caller: Caller) -> Response {
    let line = |node: NodeView| NodeLine {
        role: node.role(),
        term: node.term(),
        read: node.read(),
        up: length(node.up_s),
        heard: format!("{} ago", length(node.heard_s)),
        notes: node.notes(),
        name: node.name,
        version: node.version,
    };
    let lines = services.nodes().into_iter().map(line).collect();
    let frame = view::frame(&services, Some(&caller), Section::Nodes, None);
    view::page(StatusCode::OK, nodes::list(&frame, lines, &services.store.rivals()))
}
