//! The audit log: who did what to what, when and from where.
#![expect(unused_qualifications, reason = "what the macro writes for the parameters of a query")]

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pharos_store::{AuditEntry, AuditFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, limit};
use super::problem::{Problem, Problems};
use super::wire::Moment;
use crate::http::Services;

/// An entry of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// Its place.
    pub id: u64,
    /// When.
    pub at: Moment,
    /// Who: `user:NAME`, `token:NAME/ID`, or `nobody` for one who was not let in.
    #[schema(example = "user:anna")]
    pub actor: String,
    /// From which address.
    pub address: String,
    /// What was done.
    #[schema(example = "incident.update")]
    pub action: String,
    /// To what.
    #[schema(example = "incidents/2026-11-26-checkout-is-slow")]
    pub target: String,
    /// The journal's place with it, where it is in the journal.
    pub seq: Option<u64>,
    /// What it was before.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// What it is after.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

impl From<AuditEntry> for AuditLine {
    fn from(entry: AuditEntry) -> Self {
        let json = |text: Option<String>| {
            let value = serde_json::from_str(&text?).ok()?;
            // What is no object is told as one, so that readers have one shape.
            Some(match value {
                serde_json::Value::Object(_) => value,
                value => serde_json::json!({ "value": value }),
            })
        };
        Self {
            id: entry.id,
            at: Moment(entry.at),
            actor: entry.actor,
            address: entry.address,
            action: entry.action,
            target: entry.target,
            seq: entry.seq,
            before: json(entry.before),
            after: json(entry.after),
        }
    }
}

/// Entries, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditLine>,
    /// What to ask for to go on; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Which entries.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// How many, 1 to 100; 50 unless it is stated.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Only of this, or of what is below it, as in `incidents/2026-11-26-checkout-is-slow`.
    target: Option<String>,
    /// Only by this one, as in `user:anna`.
    actor: Option<String>,
}

/// Read the audit log
#[utoipa::path(get, path = "/audit", tag = "accounts", params(AuditQuery),
    responses((status = 200, body = AuditPage), Problems))]
pub async fn list(
    State(services): State<Arc<Services>>,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let count = limit(query.limit)?;
    let wrong = || Problem::new("malformed", "`cursor` is none that this API gave");
    let before = query.cursor.map(|cursor| cursor.parse().map_err(|_| wrong())).transpose()?;
    let filter = AuditFilter { before, target: query.target, actor: query.actor };
    let mut entries = services.store.audit(&filter, count + 1).await?;
    let has_more = entries.len() > count;
    entries.truncate(count);
    let next_cursor = entries.last().filter(|_| has_more).map(|entry| entry.id.to_string());
    Ok(Json(AuditPage { entries: entries.into_iter().map(Into::into).collect(), next_cursor }))
}
