//! Keeping what is derived from facts, in the transaction that appends them.

use pharos_model::{Change, Incident, Maintenance, Status, UnixMs};
use sqlx::Row;

use super::{Connection, query, query_scalar};
use crate::StoreError;
use crate::values::damaged;

/// Keeps spans and incidents as the change says, by the same rules as the fold: a span never ends before it began.
pub async fn project(connection: &mut Connection, at: UnixMs, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::StatusChanged { component, status, from } => {
            close_spans(connection, Some(component.as_str()), *from).await?;
            open_span(connection, component.as_str(), *from, *status).await
        }
        Change::Unwatched { from, .. } => {
            let open = "SELECT component FROM spans WHERE ends_at IS NULL";
            let components: Vec<String> = query_scalar(open).fetch_all(&mut *connection).await?;
            close_spans(connection, None, *from).await?;
            for component in components {
                open_span(connection, &component, *from, Status::Unknown).await?;
            }
            Ok(())
        }
        Change::Configured(definition) => {
            let open = "SELECT component FROM spans WHERE ends_at IS NULL";
            let before: Vec<String> = query_scalar(open).fetch_all(&mut *connection).await?;
            let wanted: Vec<&str> =
                definition.components.iter().map(|component| component.id.as_str()).collect();
            for gone in before.iter().filter(|component| !wanted.contains(&component.as_str())) {
                close_spans(connection, Some(gone), at).await?;
            }
            for new in wanted.iter().filter(|component| !before.iter().any(|known| known == *component)) {
                open_span(connection, new, at, Status::Unknown).await?;
            }
            Ok(())
        }
        Change::Stated { component, stated, from } => {
            let measured = stated.as_ref().map(|stated| stated.measured);
            state(connection, component.as_str(), *from, measured).await
        }
        Change::IncidentOpened(incident) => write_incident(connection, incident).await,
        Change::IncidentChanged(incident) => write_incident(connection, incident).await,
        Change::IncidentHidden { id } => {
            let hide = "UPDATE incidents SET hidden = TRUE WHERE id = $1";
            query(hide).bind(id.as_str()).execute(connection).await?;
            Ok(())
        }
        Change::IncidentUpdated { id, .. } => {
            let read = "SELECT payload FROM incidents WHERE id = $1";
            let payload: Option<String> =
                query_scalar(read).bind(id.as_str()).fetch_optional(&mut *connection).await?;
            let Some(payload) = payload else { return Ok(()) };
            let incident: Incident =
                serde_json::from_str(&payload).map_err(|error| damaged(0, &error.to_string()))?;
            write_incident(connection, &updated(incident, at, change)).await
        }
        Change::MaintenanceChanged(maintenance) => write_maintenance(connection, maintenance).await,
        Change::DayBegan(_)
        | Change::AnnouncementChanged(_)
        | Change::RedundancyChanged { .. }
        | Change::FailoverChanged(_)
        | Change::DrillHeld(_)
        | Change::Checkpoint => Ok(()),
    }
}

/// The incident after the update, by the one reducer.
fn updated(incident: Incident, at: UnixMs, change: &Change) -> Incident {
    let mut alone = pharos_model::Snapshot { incidents: vec![incident.clone()], at, ..Default::default() };
    match alone.apply_change(at, change) {
        Ok(()) => alone.incidents.pop().unwrap_or(incident),
        Err(_) => incident,
    }
}

async fn close_spans(
    connection: &mut Connection,
    component: Option<&str>,
    at: UnixMs,
) -> Result<(), StoreError> {
    let close = "UPDATE spans SET ends_at = CASE WHEN starts_at > $1 THEN starts_at ELSE $1 END \
                 WHERE ends_at IS NULL AND ($2 IS NULL OR component = $2)";
    query(close).bind(at.0).bind(component).execute(connection).await?;
    Ok(())
}

async fn open_span(
    connection: &mut Connection,
    component: &str,
    at: UnixMs,
    status: Status,
) -> Result<(), StoreError> {
    // It begins where the one before it ended, which may be later than asked for.
    let open = "INSERT INTO spans (component, starts_at, status) \
                SELECT $1, CASE WHEN last.ended > $2 THEN last.ended ELSE $2 END, $3 \
                FROM (SELECT max(ends_at) AS ended FROM spans WHERE component = $1) AS last";
    query(open).bind(component).bind(at.0).bind(status.as_str()).execute(connection).await?;
    Ok(())
}

/// The open span tells from `from` on what the checks find beside what is stated. It is cut in two where it began before and
/// told something else.
async fn state(
    connection: &mut Connection,
    component: &str,
    from: UnixMs,
    measured: Option<Status>,
) -> Result<(), StoreError> {
    let read = "SELECT starts_at, status, measured FROM spans WHERE component = $1 AND ends_at IS NULL";
    let Some(row) = query(read).bind(component).fetch_optional(&mut *connection).await? else {
        return Ok(());
    };
    let (starts_at, status, told): (i64, String, Option<String>) =
        (row.get("starts_at"), row.get("status"), row.get("measured"));
    let word = measured.map(Status::as_str);
    if told.as_deref() == word {
        return Ok(());
    }
    if starts_at < from.0 {
        close_spans(connection, Some(component), from).await?;
        let open = "INSERT INTO spans (component, starts_at, status) VALUES ($1, $2, $3)";
        query(open).bind(component).bind(from.0).bind(status).execute(&mut *connection).await?;
    }
    let write = "UPDATE spans SET measured = $1 WHERE component = $2 AND ends_at IS NULL";
    query(write).bind(word).bind(component).execute(connection).await?;
    Ok(())
}

/// Writes maintenance as it is now.
pub async fn write_maintenance(
    connection: &mut Connection,
    maintenance: &Maintenance,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(maintenance).map_err(|error| damaged(0, &error.to_string()))?;
    let write = "INSERT INTO maintenances (id, scheduled_start, payload) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE \
                 SET scheduled_start = excluded.scheduled_start, payload = excluded.payload";
    query(write)
        .bind(maintenance.id.as_str())
        .bind(maintenance.scheduled_start.0)
        .bind(payload)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps an incident as it is now.
pub async fn write_incident(connection: &mut Connection, incident: &Incident) -> Result<(), StoreError> {
    let payload = serde_json::to_string(incident).map_err(|error| damaged(0, &error.to_string()))?;
    let write = "INSERT INTO incidents (id, began_at, resolved_at, payload) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at, \
                 resolved_at = excluded.resolved_at, payload = excluded.payload, hidden = FALSE";
    query(write)
        .bind(incident.id.as_str())
        .bind(incident.began_at.0)
        .bind(incident.resolved_at.map(|at| at.0))
        .bind(payload)
        .execute(&mut *connection)
        .await?;
    let unlink = "DELETE FROM incident_components WHERE incident = $1";
    query(unlink).bind(incident.id.as_str()).execute(&mut *connection).await?;
    for component in &incident.components {
        let link = "INSERT INTO incident_components (component, began_at, incident) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        query(link)
            .bind(component.as_str())
            .bind(incident.began_at.0)
            .bind(incident.id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
