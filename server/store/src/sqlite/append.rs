//! Appending facts, and keeping what is derived from them in the same transaction.

use pharos_engine::{Entry, Fact};
use pharos_model::{Change, Incident, Maintenance, Status, UnixMs};
use sqlx::{Row, SqliteConnection};

use super::journal::{damaged, signed, unsigned};
use crate::{Appended, Chain, Head, StoreError};

/// What the next entry is built on.
#[derive(Clone, Copy, Debug)]
pub struct Journal {
    /// The last entry.
    pub head: Head,
    /// Its time.
    pub at: UnixMs,
    /// The place of the last public entry.
    pub public_seq: u64,
}

impl Journal {
    /// Reads the end of the journal.
    pub async fn read(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let last = "SELECT seq, at, chain FROM journal ORDER BY seq DESC LIMIT 1";
        let Some(row) = sqlx::query(last).fetch_optional(&mut *connection).await? else {
            return Ok(Self { head: Head::default(), at: UnixMs(i64::MIN), public_seq: 0 });
        };
        let seq = unsigned(row.get("seq"));
        let chain = Chain::from_slice(row.get("chain"))
            .ok_or_else(|| damaged(seq, "its chain has the wrong length"))?;
        let public = "SELECT seq FROM journal WHERE after IS NOT NULL ORDER BY seq DESC LIMIT 1";
        let public: Option<i64> = sqlx::query_scalar(public).fetch_optional(connection).await?;
        Ok(Self {
            head: Head { seq, chain },
            at: UnixMs(row.get("at")),
            public_seq: public.map_or(0, unsigned),
        })
    }
}

/// Appends facts after `journal` and moves it on.
pub async fn append(
    connection: &mut SqliteConnection,
    journal: &mut Journal,
    at: UnixMs,
    facts: Vec<Fact>,
) -> Result<Appended, StoreError> {
    let mut entries = Vec::with_capacity(facts.len());
    for fact in facts {
        let seq = journal.head.seq + 1;
        let after = fact.public().map(|_| journal.public_seq);
        let payload = serde_json::to_string(&fact).map_err(|error| damaged(seq, &error.to_string()))?;
        let chain = journal.head.chain.after(seq, at, fact.kind(), &payload);
        let insert =
            "INSERT INTO journal (seq, after, at, term, kind, payload, chain) VALUES (?, ?, ?, 0, ?, ?, ?)";
        sqlx::query(insert)
            .bind(signed(seq))
            .bind(after.map(signed))
            .bind(at.0)
            .bind(fact.kind())
            .bind(payload)
            .bind(&chain.0[..])
            .execute(&mut *connection)
            .await?;
        if let Some(change) = fact.public() {
            project(connection, at, change).await?;
            journal.public_seq = seq;
        }
        journal.head = Head { seq, chain };
        journal.at = at;
        entries.push(Entry { seq, after, at, fact });
    }
    Ok(Appended { entries, head: journal.head })
}

/// Keeps spans and incidents as the change says, by the same rules as the fold: a span never ends before it began.
async fn project(connection: &mut SqliteConnection, at: UnixMs, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::StatusChanged { component, status, from } => {
            close_spans(connection, Some(component.as_str()), *from).await?;
            open_span(connection, component.as_str(), *from, *status).await
        }
        Change::Unwatched { from, .. } => {
            let open = "SELECT component FROM spans WHERE ends_at IS NULL";
            let components: Vec<String> = sqlx::query_scalar(open).fetch_all(&mut *connection).await?;
            close_spans(connection, None, *from).await?;
            for component in components {
                open_span(connection, &component, *from, Status::Unknown).await?;
            }
            Ok(())
        }
        Change::Configured(definition) => {
            let open = "SELECT component FROM spans WHERE ends_at IS NULL";
            let before: Vec<String> = sqlx::query_scalar(open).fetch_all(&mut *connection).await?;
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
            let hide = "UPDATE incidents SET hidden = 1 WHERE id = ?";
            sqlx::query(hide).bind(id.as_str()).execute(connection).await?;
            Ok(())
        }
        Change::IncidentUpdated { id, .. } => {
            let read = "SELECT payload FROM incidents WHERE id = ?";
            let payload: Option<String> =
                sqlx::query_scalar(read).bind(id.as_str()).fetch_optional(&mut *connection).await?;
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
    connection: &mut SqliteConnection,
    component: Option<&str>,
    at: UnixMs,
) -> Result<(), StoreError> {
    let close = "UPDATE spans SET ends_at = max(starts_at, ?1) WHERE ends_at IS NULL AND (?2 IS NULL OR component = ?2)";
    sqlx::query(close).bind(at.0).bind(component).execute(connection).await?;
    Ok(())
}

async fn open_span(
    connection: &mut SqliteConnection,
    component: &str,
    at: UnixMs,
    status: Status,
) -> Result<(), StoreError> {
    // It begins where the one before it ended, which may be later than asked for.
    let open = "INSERT INTO spans (component, starts_at, ends_at, status) \
                SELECT ?1, max(?2, coalesce((SELECT max(ends_at) FROM spans WHERE component = ?1), ?2)), NULL, ?3";
    sqlx::query(open).bind(component).bind(at.0).bind(status.as_str()).execute(connection).await?;
    Ok(())
}

/// The open span tells from `from` on what the checks find beside what is stated. It is cut in two where it began before and
/// told something else.
async fn state(
    connection: &mut SqliteConnection,
    component: &str,
    from: UnixMs,
    measured: Option<Status>,
) -> Result<(), StoreError> {
    let read = "SELECT starts_at, status, measured FROM spans WHERE component = ? AND ends_at IS NULL";
    let Some(row) = sqlx::query(read).bind(component).fetch_optional(&mut *connection).await? else {
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
        let open = "INSERT INTO spans (component, starts_at, ends_at, status) VALUES (?, ?, NULL, ?)";
        sqlx::query(open).bind(component).bind(from.0).bind(status).execute(&mut *connection).await?;
    }
    let write = "UPDATE spans SET measured = ? WHERE component = ? AND ends_at IS NULL";
    sqlx::query(write).bind(word).bind(component).execute(connection).await?;
    Ok(())
}

async fn write_maintenance(
    connection: &mut SqliteConnection,
    maintenance: &Maintenance,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(maintenance).map_err(|error| damaged(0, &error.to_string()))?;
    let write = "INSERT INTO maintenances (id, scheduled_start, payload) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE \
                 SET scheduled_start = excluded.scheduled_start, payload = excluded.payload";
    sqlx::query(write)
        .bind(maintenance.id.as_str())
        .bind(maintenance.scheduled_start.0)
        .bind(payload)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_incident(connection: &mut SqliteConnection, incident: &Incident) -> Result<(), StoreError> {
    let payload = serde_json::to_string(incident).map_err(|error| damaged(0, &error.to_string()))?;
    let write = "INSERT INTO incidents (id, began_at, resolved_at, payload) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at, \
                 resolved_at = excluded.resolved_at, payload = excluded.payload, hidden = 0";
    sqlx::query(write)
        .bind(incident.id.as_str())
        .bind(incident.began_at.0)
        .bind(incident.resolved_at.map(|at| at.0))
        .bind(payload)
        .execute(&mut *connection)
        .await?;
    let unlink = "DELETE FROM incident_components WHERE incident = ?";
    sqlx::query(unlink).bind(incident.id.as_str()).execute(&mut *connection).await?;
    for component in &incident.components {
        let link =
            "INSERT OR IGNORE INTO incident_components (component, began_at, incident) VALUES (?, ?, ?)";
        sqlx::query(link)
            .bind(component.as_str())
            .bind(incident.began_at.0)
            .bind(incident.id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
