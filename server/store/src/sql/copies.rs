//! Reading a store as it lies there, to copy it.

use pharos_engine::CheckId;
use pharos_model::{ComponentId, Status, UnixMs};
use sqlx::Row;

use super::{Connection, DatabaseRow, accounts, fill, query, query_scalar, rollup};
use crate::copies::{JournalRow, Parent};
use crate::limits::ENTRIES_PER_READ_MAX;
use crate::values::{damaged, micros, signed, unsigned};
use crate::{AuditEntry, Chain, Resolution, RollupRow, Sample, StoreError};

/// The key of [`Parent`] in `meta`.
const PARENT: &str = "parent";

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The chain up to an entry.
pub async fn chain_at(connection: &mut Connection, seq: u64) -> Result<Option<Chain>, StoreError> {
    if seq == 0 {
        return Ok(Some(Chain::default()));
    }
    let read = "SELECT chain FROM journal WHERE seq = $1";
    let found: Option<Vec<u8>> = query_scalar(read).bind(signed(seq)).fetch_optional(connection).await?;
    let read = |bytes: Vec<u8>| {
        Chain::from_slice(&bytes).ok_or_else(|| damaged(seq, "its chain has the wrong length"))
    };
    found.map(read).transpose()
}

/// Entries after a place, verified against the chain and not read further.
pub async fn rows_after(
    connection: &mut Connection,
    seq: u64,
    limit: usize,
) -> Result<Vec<JournalRow>, StoreError> {
    let read =
        "SELECT seq, after, at, term, kind, payload, chain FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
    let limit = count(limit.min(ENTRIES_PER_READ_MAX));
    let rows = query(read).bind(signed(seq)).bind(limit).fetch_all(&mut *connection).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let before = chain_at(connection, seq).await?;
    let mut chain = before.ok_or_else(|| damaged(seq, "it is missing"))?;
    let mut entries = Vec::with_capacity(rows.len());
    for (expected, row) in (seq + 1..).zip(&rows) {
        let row = journal_row(row)?;
        if row.seq != expected {
            return Err(damaged(expected, "it is missing"));
        }
        chain = chain.after(row.seq, row.at, &row.kind, &row.payload);
        if chain != row.chain {
            return Err(damaged(row.seq, "its content does not match its hash"));
        }
        entries.push(row);
    }
    Ok(entries)
}

fn journal_row(row: &DatabaseRow) -> Result<JournalRow, StoreError> {
    let seq = unsigned(row.get("seq"));
    let after: Option<i64> = row.get("after");
    let chain: Vec<u8> = row.get("chain");
    Ok(JournalRow {
        seq,
        after: after.map(unsigned),
        at: UnixMs(row.get("at")),
        term: unsigned(row.get("term")),
        kind: row.get("kind"),
        payload: row.get("payload"),
        chain: Chain::from_slice(&chain).ok_or_else(|| damaged(seq, "its chain has the wrong length"))?,
    })
}

/// Raw observations whose looks began in a stretch of time.
pub async fn samples_between(
    connection: &mut Connection,
    (from, until): (UnixMs, UnixMs),
    limit: usize,
) -> Result<Vec<Sample>, StoreError> {
    let read = "SELECT s.*, c.name, c.component FROM samples s JOIN checks c ON c.id = s.check_id \
                WHERE s.at >= $1 AND s.at < $2 ORDER BY c.name, s.scheduled_at LIMIT $3";
    let rows = query(read).bind(from.0).bind(until.0).bind(count(limit)).fetch_all(connection).await?;
    let sample = |row: &DatabaseRow| {
        let (component, status): (Option<String>, i64) = (row.get("component"), row.get("status"));
        let status = usize::try_from(status).ok().and_then(|index| Status::ALL.get(index).copied());
        Sample {
            check: CheckId(row.get("name")),
            component: component.and_then(|id| ComponentId::new(&id).ok()),
            scheduled_at: UnixMs(row.get("scheduled_at")),
            at: UnixMs(row.get("at")),
            status: status.unwrap_or_default(),
            latency_us: micros(row.get("latency_us")),
            stages_us: rollup::STAGE_COLUMNS.map(|stage| micros(row.get(stage))),
            reason: row.get("reason"),
        }
    };
    Ok(rows.iter().map(sample).collect())
}

/// How many of them there are.
pub async fn count_samples(
    connection: &mut Connection,
    (from, until): (UnixMs, UnixMs),
) -> Result<u64, StoreError> {
    let read = "SELECT count(*) FROM samples WHERE at >= $1 AND at < $2";
    let count: i64 = query_scalar(read).bind(from.0).bind(until.0).fetch_one(connection).await?;
    Ok(unsigned(count))
}

/// Rollups of one width.
pub async fn rollups_between(
    connection: &mut Connection,
    resolution: Resolution,
    (from, until): (UnixMs, UnixMs),
    limit: usize,
) -> Result<Vec<RollupRow>, StoreError> {
    let read = "SELECT * FROM rollups WHERE resolution = $1 AND starts_at >= $2 AND starts_at < $3 \
                ORDER BY component, starts_at LIMIT $4";
    let query = query(read).bind(rollup::key(resolution)).bind(from.0).bind(until.0).bind(count(limit));
    let rows = query.fetch_all(connection).await?;
    let mut read = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: String = row.get("component");
        let bucket = rollup::bucket(row)?;
        read.push(RollupRow {
            component: ComponentId::new(&name).map_err(|error| damaged(0, &error.to_string()))?,
            resolution,
            starts_at: UnixMs(row.get("starts_at")),
            looks: bucket.looks,
            failed: bucket.failed,
            sketch: bucket.sketch,
            stages: bucket.stages,
        });
    }
    Ok(read)
}

/// When the oldest observation or rollup begins.
pub async fn oldest(
    connection: &mut Connection,
    resolution: Option<Resolution>,
) -> Result<Option<UnixMs>, StoreError> {
    let oldest: Option<i64> = match resolution {
        None => query_scalar("SELECT min(at) FROM samples").fetch_one(connection).await?,
        Some(resolution) => {
            let read = "SELECT min(starts_at) FROM rollups WHERE resolution = $1";
            query_scalar(read).bind(rollup::key(resolution)).fetch_one(connection).await?
        }
    };
    Ok(oldest.map(UnixMs))
}

/// Entries of the audit log after one.
pub async fn audit_after(
    connection: &mut Connection,
    id: u64,
    limit: usize,
) -> Result<Vec<AuditEntry>, StoreError> {
    let read = "SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = query(read).bind(signed(id)).bind(count(limit)).fetch_all(connection).await?;
    Ok(rows.iter().map(accounts::audit_entry).collect())
}

/// Where the journal comes from.
pub async fn parent(connection: &mut Connection) -> Result<Option<Parent>, StoreError> {
    let read = "SELECT value FROM meta WHERE key = $1";
    let text: Option<String> = query_scalar(read).bind(PARENT).fetch_optional(connection).await?;
    let read = |text: String| {
        serde_json::from_str(&text)
            .map_err(|error| damaged(0, &format!("where the journal comes from cannot be read: {error}")))
    };
    text.map(read).transpose()
}

/// Notes where the journal comes from.
pub async fn set_parent(connection: &mut Connection, parent: &Parent) -> Result<(), StoreError> {
    let text = serde_json::to_string(parent).map_err(|error| damaged(0, &error.to_string()))?;
    fill::put(connection, PARENT, &text).await
}
