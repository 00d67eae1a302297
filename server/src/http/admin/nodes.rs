//! The nodes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use pharos_admin::Section;
use pharos_admin::pages::nodes::{self, ArchivePart, NodeLine};
use pharos_model::{Drill, UnixMs};

use super::form::Sent;
use super::view;
use crate::accounts::Scope;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::archive::{ArchiveView, held};
use crate::http::api::wire::Moment;
use crate::nodes::{NodeView, length};

/// Drills that are shown.
const DRILLS_SHOWN: usize = 10;

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
    let archive = services.health.archive.is_configured().then(|| archive(&services, &caller));
    view::page(StatusCode::OK, nodes::list(&frame, lines, &services.store.rivals(), archive))
}

/// Tries whether the archive can be restored.
pub async fn drill(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, .. } = sent;
    match held(&services, caller.author()).await {
        Ok(drill) => view::done("/admin/nodes", if drill.passed { "restored" } else { "not restored" }),
        Err(problem) => view::problem(&services, &caller, &problem),
    }
}

fn archive(services: &Services, caller: &Caller) -> ArchivePart {
    let told = ArchiveView::of(services);
    let moment = |at: Moment| when(at.0);
    let behind = told.behind.map_or("–".to_owned(), |behind| behind.to_string());
    let of = |at: Option<Moment>| at.map_or("–".to_owned(), moment);
    let facts = vec![
        ("Entries behind", behind),
        ("Journal until", of(told.covers)),
        ("Observations until", of(told.history_covers)),
    ];
    let drills = services.known.borrow().board.drills.iter().take(DRILLS_SHOWN).map(drill_line).collect();
    ArchivePart {
        failure: told.failure,
        facts,
        drills,
        may_drill: caller.principal.may(Scope::Configuration),
    }
}

fn drill_line(drill: &Drill) -> [String; 5] {
    let took = |ms: u64| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100);
    [
        when(drill.began_at),
        if drill.passed { "passed".to_owned() } else { "failed".to_owned() },
        took(drill.took_ms),
        drill.at_risk_ms.map_or("–".to_owned(), took),
        format!("{} entries, {} observations", drill.entries, drill.observations),
    ]
}

/// A moment as it is shown in tables.
pub fn when(at: UnixMs) -> String {
    let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    stamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
