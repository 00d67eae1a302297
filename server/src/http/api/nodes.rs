//! The nodes: who leads, and how far each has read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problems;
use crate::http::Services;
use crate::nodes::NodeView;

/// The nodes that share a database.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NodesView {
    /// The newest entry of the journal that any of them has read.
    pub seq: u64,
    /// The nodes, the longest there first. Of a store that nobody shares there is one.
    pub nodes: Vec<NodeView>,
    /// Database hosts that take writes beside the one that is written to; there should be none.
    pub rivals: Vec<String>,
}

impl NodesView {
    /// As this node has last heard.
    pub fn of(services: &Services) -> Self {
        let nodes = services.nodes();
        Self {
            seq: nodes.iter().map(|node| node.seq).max().unwrap_or(0),
            nodes,
            rivals: services.store.rivals(),
        }
    }
}

/// List the nodes
#[utoipa::path(get, path = "/nodes", tag = "nodes", responses((status = 200, body = NodesView), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<NodesView> {
    Json(NodesView::of(&services))
}
