//! Filling an empty store with what was copied from another.

use pharos_engine::Fact;
use pharos_model::Change;
use sqlx::QueryBuilder;

use super::samples::Checks;
use super::{
    Connection, PERSISTENT, ROWS_PER_FILL, accounts, copies, journal, project, query, query_scalar, rollup,
    samples,
};
use crate::copies::{JournalRow, Piece, SpanRow};
use crate::journal::Journal;
use crate::values::{damaged, signed};
use crate::{RollupRow, Sample, StoreError};

/// Set as long as a store is being filled.
pub const FILLING: &str = "filling";

/// Puts a piece in.
pub async fn fill(
    connection: &mut Connection,
    journal: &mut Journal,
    checks: &mut Checks,
    piece: Piece,
) -> Result<(), StoreError> {
    if !is_filling(connection).await? {
        return Err(StoreError::Unavailable { why: "it is not one that was opened to be filled" });
    }
    match piece {
        Piece::Journal(rows, spans) => {
            for row in &rows {
                follow(journal, row)?;
            }
            insert_rows(connection, &rows).await?;
            for row in &rows {
                project_beside_spans(connection, row).await?;
            }
            insert_spans(connection, &spans).await
        }
        Piece::Spans(spans) => insert_spans(connection, &spans).await,
        Piece::Samples(rows) => {
            let rows: Vec<&Sample> = rows.iter().collect();
            for rows in rows.chunks(ROWS_PER_FILL) {
                samples::insert(connection, checks, rows).await?;
            }
            Ok(())
        }
        Piece::Rollups(rows) => insert_rollups(connection, &rows).await,
        Piece::Accounts(users, tokens) => accounts::fill(connection, &users, &tokens).await,
        Piece::Audit(entries) => accounts::write_all(connection, &entries).await,
        Piece::End { parent, watched_at, rolled_up_until } => {
            copies::set_parent(connection, &parent).await?;
            if let Some(until) = rolled_up_until {
                rollup::set_watermark(connection, until).await?;
            }
            journal::renew_watch(connection, watched_at).await?;
            query("DELETE FROM meta WHERE key = $1").bind(FILLING).execute(connection).await?;
            Ok(())
        }
    }
}

/// Whether a store is being filled, or was not filled to its end.
pub async fn is_filling(connection: &mut Connection) -> Result<bool, StoreError> {
    let read = "SELECT count(*) FROM meta WHERE key = $1";
    let found: i64 = query_scalar(read).bind(FILLING).fetch_one(connection).await?;
    Ok(found > 0)
}

/// Begins to fill a store. `who` is the name of whoever does.
pub async fn begin(connection: &mut Connection, who: &str) -> Result<(), StoreError> {
    put(connection, FILLING, who).await
}

/// Writes a row of `meta`.
pub async fn put(connection: &mut Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let write = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    query(write).bind(key).bind(value).execute(connection).await?;
    Ok(())
}

/// The journal with a row more, which must go on from it.
fn follow(journal: &mut Journal, row: &JournalRow) -> Result<(), StoreError> {
    let chain = journal.head.chain.after(row.seq, row.at, &row.kind, &row.payload);
    if row.seq != journal.head.seq + 1 || chain != row.chain {
        return Err(damaged(row.seq, "it does not follow the entry before it"));
    }
    if row.after.is_some() {
        journal.public_seq = row.seq;
    }
    journal.head = crate::Head { seq: row.seq, chain };
    journal.at = row.at;
    Ok(())
}

/// Puts entries of the journal in, as they are.
pub async fn insert_rows(connection: &mut Connection, rows: &[JournalRow]) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_PER_FILL) {
        let mut insert =
            QueryBuilder::new("INSERT INTO journal (seq, after, at, term, kind, payload, chain) ");
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(signed(row.seq))
                .push_bind(row.after.map(signed))
                .push_bind(row.at.0)
                .push_bind(signed(row.term))
                .push_bind(&row.kind)
                .push_bind(&row.payload)
                .push_bind(&row.chain.0[..]);
        });
        insert.build().persistent(PERSISTENT).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Puts spans in.
pub async fn insert_spans(connection: &mut Connection, spans: &[SpanRow]) -> Result<(), StoreError> {
    for spans in spans.chunks(ROWS_PER_FILL) {
        let mut insert =
            QueryBuilder::new("INSERT INTO spans (component, starts_at, ends_at, status, measured) ");
        insert.push_values(spans, |mut values, span| {
            values
                .push_bind(&span.component)
                .push_bind(span.starts_at.0)
                .push_bind(span.ends_at.map(|at| at.0))
                .push_bind(span.status)
                .push_bind(span.measured);
        });
        insert.build().persistent(PERSISTENT).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Puts rollups in.
pub async fn insert_rollups(connection: &mut Connection, rows: &[RollupRow]) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_PER_FILL) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO rollups (component, resolution, starts_at, looks, failed, sketch, \
             staged_looks, dns_us, connect_us, tls_us, first_byte_us, body_us) ",
        );
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(row.component.as_str())
                .push_bind(rollup::key(row.resolution))
                .push_bind(row.starts_at.0)
                .push_bind(signed(row.looks))
                .push_bind(signed(row.failed))
                .push_bind(row.sketch.to_bytes())
                .push_bind(signed(row.stages.looks));
            for us in row.stages.us {
                values.push_bind(signed(us));
            }
        });
        insert.build().persistent(PERSISTENT).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What is derived from a row, but for the spans, of which there may be as many as entries.
async fn project_beside_spans(connection: &mut Connection, row: &JournalRow) -> Result<(), StoreError> {
    // What has no public part has no projection, and need not be read.
    if row.after.is_none() {
        return Ok(());
    }
    let fact: Fact = row.fact()?;
    match fact.public() {
        Some(
            change @ (Change::IncidentOpened(_)
            | Change::IncidentChanged(_)
            | Change::IncidentHidden { .. }
            | Change::IncidentUpdated { .. }
            | Change::MaintenanceChanged(_)),
        ) => project::project(connection, row.at, change).await,
        _ => Ok(()),
    }
}

/// Empties a store that was not filled to its end.
pub async fn empty(connection: &mut Connection) -> Result<(), StoreError> {
    for table in [
        "DELETE FROM incident_components",
        "DELETE FROM incidents",
        "DELETE FROM maintenances",
        "DELETE FROM spans",
        "DELETE FROM journal",
        "DELETE FROM folds",
        "DELETE FROM samples",
        "DELETE FROM checks",
        "DELETE FROM rollups",
        "DELETE FROM audit",
        "DELETE FROM once",
        "DELETE FROM tokens",
        "DELETE FROM sessions",
        "DELETE FROM users",
        "DELETE FROM lease",
        "DELETE FROM meta WHERE key <> 'origin'",
    ] {
        query(table).execute(&mut *connection).await?;
    }
    Ok(())
}

/// How many entries the journal has, where there is anything that must not be lost.
pub async fn holds(connection: &mut Connection) -> Result<Option<u64>, StoreError> {
    let (entries, users) = ("SELECT coalesce(max(seq), 0) FROM journal", "SELECT count(*) FROM users");
    let entries: i64 = query_scalar(entries).fetch_one(&mut *connection).await?;
    let users: i64 = query_scalar(users).fetch_one(connection).await?;
    Ok((entries > 0 || users > 0).then_some(entries.unsigned_abs()))
}
