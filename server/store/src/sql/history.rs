//! Reading what was derived from facts: spans and incidents.

use pharos_model::{ComponentId, Incident, IncidentId, Maintenance, Span, Status, UnixMs};
use sqlx::Row;

use super::{Connection, DatabaseRow, query, query_scalar};
use crate::StoreError;
use crate::values::damaged;

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
    connection: &mut Connection,
    from: UnixMs,
    until: UnixMs,
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let read = "SELECT payload FROM incidents WHERE began_at >= $1 AND began_at < $2 AND NOT hidden ORDER BY began_at DESC, id LIMIT $3";
    let rows =
        query_scalar(read).bind(from.0).bind(until.0).bind(limited(limit)).fetch_all(connection).await?;
    parsed(rows)
}

/// Incidents of a component that began before `until`, newest first.
pub async fn incidents_of_component(
    connection: &mut Connection,
    component: &ComponentId,
    until: UnixMs,
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let read = "SELECT i.payload FROM incident_components c JOIN incidents i ON i.id = c.incident \
                WHERE c.component = $1 AND c.began_at < $2 AND NOT i.hidden ORDER BY c.began_at DESC, c.incident LIMIT $3";
    let rows = query_scalar(read)
        .bind(component.as_str())
        .bind(until.0)
        .bind(limited(limit))
        .fetch_all(connection)
        .await?;
    parsed(rows)
}

/// One incident.
pub async fn incident(connection: &mut Connection, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
    let read = "SELECT payload FROM incidents WHERE id = $1 AND NOT hidden";
    let row: Option<String> = query_scalar(read).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(parsed(row.into_iter().collect())?.pop())
}

/// Incidents before one, newest first.
pub async fn incidents_page(
    connection: &mut Connection,
    before: Option<(UnixMs, IncidentId)>,
    (component, open): (Option<ComponentId>, Option<bool>),
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let read = "SELECT payload FROM incidents WHERE NOT hidden AND ($1 IS NULL OR (began_at, id) < ($1, $2)) \
                AND ($3 IS NULL OR id IN (SELECT incident FROM incident_components WHERE component = $3)) \
                AND ($4 IS NULL OR (resolved_at IS NULL) = $4) ORDER BY began_at DESC, id DESC LIMIT $5";
    let rows = query_scalar(read)
        .bind(before.as_ref().map(|(at, _)| at.0))
        .bind(before.as_ref().map(|(_, id)| id.as_str().to_owned()))
        .bind(component.as_ref().map(|component| component.as_str().to_owned()))
        .bind(open)
        .bind(limited(limit))
        .fetch_all(connection)
        .await?;
    parsed(rows)
}

/// Maintenances before one, the latest first.
pub async fn maintenances_page(
    connection: &mut Connection,
    before: Option<(UnixMs, String)>,
    limit: usize,
) -> Result<Vec<Maintenance>, StoreError> {
    let read = "SELECT payload FROM maintenances WHERE ($1 IS NULL OR (scheduled_start, id) < ($1, $2)) \
                ORDER BY scheduled_start DESC, id DESC LIMIT $3";
    let rows: Vec<String> = query_scalar(read)
        .bind(before.as_ref().map(|(at, _)| at.0))
        .bind(before.as_ref().map(|(_, id)| id.clone()))
        .bind(limited(limit))
        .fetch_all(connection)
        .await?;
    let parse =
        |payload: String| serde_json::from_str(&payload).map_err(|error| damaged(0, &error.to_string()));
    rows.into_iter().map(parse).collect()
}

/// The spans of a component that touch `[from, until)`, ascending; of more than `limit` the newest. Empty ones are left out.
/// Spans tile time, so that none touches the window that begins before the last one that began by `from`: how many older
/// ones there are does not matter.
pub async fn spans(
    connection: &mut Connection,
    component: &ComponentId,
    (from, until): (UnixMs, UnixMs),
    limit: usize,
) -> Result<Vec<Span>, StoreError> {
    let read = "SELECT starts_at, ends_at, status, measured FROM spans WHERE component = $1 AND starts_at < $3 \
                AND starts_at >= coalesce((SELECT max(starts_at) FROM spans WHERE component = $1 AND starts_at <= $2), $2) \
                AND (ends_at IS NULL OR (ends_at > $2 AND ends_at > starts_at)) \
                ORDER BY starts_at DESC, id DESC LIMIT $4";
    let rows = query(read)
        .bind(component.as_str())
        .bind(from.0)
        .bind(until.0)
        .bind(limited(limit))
        .fetch_all(connection)
        .await?;
    let span = |row: &DatabaseRow| {
        let known = |word: &str| Status::ALL.into_iter().find(|status| status.as_str() == word);
        let (status, measured): (String, Option<String>) = (row.get("status"), row.get("measured"));
        let ends_at: Option<i64> = row.get("ends_at");
        Span {
            starts_at: UnixMs(row.get("starts_at")),
            ends_at: ends_at.map(UnixMs),
            status: known(&status).unwrap_or(Status::Unknown),
            measured: measured.map(|word| known(&word).unwrap_or(Status::Unknown)),
        }
    };
    Ok(rows.iter().rev().map(span).collect())
}
