//! Reading what was derived from facts: spans and incidents.

use pharos_model::{ComponentId, Incident, IncidentId, Status, UnixMs};
use sqlx::{Row, SqliteConnection};

use super::journal::damaged;
use crate::{Span, StoreError};

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn parsed(payloads: Vec<String>) -> Result<Vec<Incident>, StoreError> {
    let parse =
        |payload: String| serde_json::from_str(&payload).map_err(|error| damaged(0, &error.to_string()));
    payloads.into_iter().map(parse).collect()
}

/// Incidents that began in `[from, until)`, newest first.
pub async fn incidents_between(
    connection: &mut SqliteConnection,
    from: UnixMs,
    until: UnixMs,
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let read = "SELECT payload FROM incidents WHERE began_at >= ? AND began_at < ? ORDER BY began_at DESC, id LIMIT ?";
    let rows = sqlx::query_scalar(read)
        .bind(from.0)
        .bind(until.0)
        .bind(limited(limit))
        .fetch_all(connection)
        .await?;
    parsed(rows)
}

/// Incidents of a component, newest first.
pub async fn incidents_of_component(
    connection: &mut SqliteConnection,
    component: &ComponentId,
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let read = "SELECT i.payload FROM incident_components c JOIN incidents i ON i.id = c.incident \
                WHERE c.component = ? ORDER BY c.began_at DESC LIMIT ?";
    let rows =
        sqlx::query_scalar(read).bind(component.as_str()).bind(limited(limit)).fetch_all(connection).await?;
    parsed(rows)
}

/// One incident.
pub async fn incident(
    connection: &mut SqliteConnection,
    id: &IncidentId,
) -> Result<Option<Incident>, StoreError> {
    let read = "SELECT payload FROM incidents WHERE id = ?";
    let row: Option<String> = sqlx::query_scalar(read).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(parsed(row.into_iter().collect())?.pop())
}

/// The spans of a component that touch `[from, until)`, ascending. Empty ones are left out.
pub async fn spans(
    connection: &mut SqliteConnection,
    component: &ComponentId,
    from: UnixMs,
    until: UnixMs,
) -> Result<Vec<Span>, StoreError> {
    let read = "SELECT starts_at, ends_at, status FROM spans WHERE component = ?1 AND starts_at < ?3 \
                AND (ends_at IS NULL OR (ends_at > ?2 AND ends_at > starts_at)) ORDER BY starts_at, id";
    let rows =
        sqlx::query(read).bind(component.as_str()).bind(from.0).bind(until.0).fetch_all(connection).await?;
    let span = |row: &sqlx::sqlite::SqliteRow| {
        let word: String = row.get("status");
        let known = Status::ALL.into_iter().find(|status| status.as_str() == word);
        let ends_at: Option<i64> = row.get("ends_at");
        Span {
            starts_at: UnixMs(row.get("starts_at")),
            ends_at: ends_at.map(UnixMs),
            status: known.unwrap_or(Status::Unknown),
        }
    };
    Ok(rows.iter().map(span).collect())
}
