//! How nodes tell of themselves, and what they have to tell each other: two small tables, on connections of their own, so that
//! neither waits behind the journal.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::dialect::{Connection, query};
use super::heard::Heard;
use super::lanes::within;
use super::{PostgresStore, query_scalar};
use crate::limits::{LEASE_TIMEOUT, LETTER_BYTES_MAX, LETTER_KEPT_MS, LETTERS_PER_POST_MAX, TOLD_BYTES_MAX};
use crate::nodes::{Beat, Letter, NodeRow, Nodes};
use crate::values::{damaged, signed, unsigned};
use crate::{Fence, Nonce, StoreError};

/// Tells of a node.
const BEAT: &str = "INSERT INTO nodes (id, name, version, config, seq, term, told, started_at, told_at) \
     VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp()) \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, config = excluded.config, \
     seq = excluded.seq, term = excluded.term, told = excluded.told, told_at = excluded.told_at";
/// Forgets nodes that told nothing for long.
const FORGET: &str = "DELETE FROM nodes WHERE id = ANY($1::text[]::uuid[])";
/// Throws away letters that nobody wanted.
const CLEAR: &str = "DELETE FROM letters WHERE sent_at < clock_timestamp() - $1 * interval '1 millisecond'";
/// How all nodes are.
const ROSTER: &str = "SELECT replace(id::text, '-', '') AS id, name, version, config, seq, term, told, \
     (extract(epoch FROM told_at) * 1000000)::bigint AS told_us, \
     (extract(epoch FROM clock_timestamp() - started_at) * 1000)::bigint AS up_ms, \
     (extract(epoch FROM clock_timestamp() - told_at) * 1000)::bigint AS silent_ms FROM nodes ORDER BY started_at, id";
/// Locks a fence that is in force.
const HOLD_FENCE: &str =
    "SELECT 1 FROM leases WHERE name = 'leader' AND term = $1 AND nonce = $2::uuid FOR KEY SHARE";
/// Sends letters.
const POST: &str = "INSERT INTO letters (recipient, sender, number, body, sent_at) \
     SELECT recipient::uuid, sender::uuid, number, body, clock_timestamp() \
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[]) AS new (recipient, sender, number, body)";
/// Takes letters. Of two who want the same one, one gets it.
const COLLECT: &str = "DELETE FROM letters WHERE place IN (SELECT place FROM letters \
     WHERE (recipient = $1::uuid OR (recipient IS NULL AND $2)) \
     AND sent_at >= clock_timestamp() - $3 * interval '1 millisecond' \
     ORDER BY place LIMIT $4 FOR UPDATE SKIP LOCKED) \
     RETURNING place, replace(recipient::text, '-', '') AS recipient, replace(sender::text, '-', '') AS sender, number, body, \
     (extract(epoch FROM clock_timestamp() - sent_at) * 1000)::bigint AS age_ms";

#[async_trait]
impl Nodes for PostgresStore {
    async fn beat(&self, beat: &Beat) -> Result<Vec<NodeRow>, StoreError> {
        bounded("what a node tells", beat.told.len(), TOLD_BYTES_MAX)?;
        let (asked, forgotten) = (Instant::now(), self.heard().forgotten());
        let rows = within!(LEASE_TIMEOUT, self.post, |connection| tell(connection, beat, &forgotten))?;
        Ok(self.heard().hear(rows, asked))
    }

    async fn leave(&self, id: Nonce) -> Result<(), StoreError> {
        within!(LEASE_TIMEOUT, self.post, |connection| async {
            let forget = "DELETE FROM nodes WHERE id = $1::uuid";
            query(forget).bind(id.to_string()).execute(connection).await?;
            Ok(())
        })
    }

    async fn post(&self, letters: Vec<Letter>, fence: Option<Fence>) -> Result<bool, StoreError> {
        bounded("letters", letters.len(), LETTERS_PER_POST_MAX)?;
        for letter in &letters {
            bounded("bytes of a letter", letter.body.len(), LETTER_BYTES_MAX)?;
        }
        within!(LEASE_TIMEOUT, self.post, |connection| send(connection, &letters, fence))
    }

    async fn collect(
        &self,
        id: Nonce,
        fence: Option<Fence>,
        limit: usize,
    ) -> Result<Vec<(Letter, Duration)>, StoreError> {
        within!(LEASE_TIMEOUT, self.post, |connection| take(connection, id, fence, limit))
    }

    async fn withdraw(&self, from: Nonce, number: u64) -> Result<bool, StoreError> {
        let withdraw = "DELETE FROM letters WHERE sender = $1::uuid AND number = $2";
        within!(LEASE_TIMEOUT, self.post, |connection| async {
            let withdraw = query(withdraw).bind(from.to_string()).bind(signed(number));
            Ok(withdraw.execute(connection).await?.rows_affected() > 0)
        })
    }
}

impl PostgresStore {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bounded(what: &'static str, count: usize, max: usize) -> Result<(), StoreError> {
    if count > max { Err(StoreError::TooMany { what, count, max }) } else { Ok(()) }
}

async fn tell(
    connection: &mut Connection,
    beat: &Beat,
    forgotten: &[String],
) -> Result<Vec<(i64, NodeRow)>, StoreError> {
    query(BEAT)
        .bind(beat.id.to_string())
        .bind(&beat.name)
        .bind(&beat.version)
        .bind(&beat.config)
        .bind(signed(beat.seq))
        .bind(beat.term.map(signed))
        .bind(&beat.told)
        .execute(&mut *connection)
        .await?;
    if !forgotten.is_empty() {
        query(FORGET).bind(forgotten).execute(&mut *connection).await?;
    }
    query(CLEAR).bind(LETTER_KEPT_MS).execute(&mut *connection).await?;
    query(ROSTER).fetch_all(connection).await?.iter().map(node).collect()
}

/// A node, and when it told, in microseconds.
fn node(row: &PgRow) -> Result<(i64, NodeRow), StoreError> {
    let told_us = row.try_get("told_us")?;
    let row = NodeRow {
        beat: Beat {
            id: nonce(row.try_get("id")?)?,
            name: row.try_get("name")?,
            version: row.try_get("version")?,
            config: row.try_get("config")?,
            seq: unsigned(row.try_get("seq")?),
            term: row.try_get::<Option<i64>, _>("term")?.map(unsigned),
            told: row.try_get("told")?,
        },
        up: since(row, "up_ms")?,
        silent: since(row, "silent_ms")?,
    };
    Ok((told_us, row))
}

fn since(row: &PgRow, column: &str) -> Result<Duration, StoreError> {
    Ok(Duration::from_millis(unsigned(row.try_get::<i64, _>(column)?.max(0))))
}

fn nonce(text: &str) -> Result<Nonce, StoreError> {
    Nonce::parse(text).ok_or_else(|| damaged(0, "the name of a node cannot be read"))
}

/// Whether a fence is in force, which then stays so until the end of the transaction.
async fn holds(connection: &mut Connection, fence: Fence) -> Result<bool, StoreError> {
    let held = query_scalar::<i32>(HOLD_FENCE).bind(signed(fence.term)).bind(fence.nonce.to_string());
    Ok(held.fetch_optional(connection).await?.is_some())
}

async fn send(
    connection: &mut Connection,
    letters: &[Letter],
    fence: Option<Fence>,
) -> Result<bool, StoreError> {
    if let Some(fence) = fence
        && !holds(connection, fence).await?
    {
        return Ok(false);
    }
    let to: Vec<Option<String>> = letters.iter().map(|letter| letter.to.map(|to| to.to_string())).collect();
    let from: Vec<String> = letters.iter().map(|letter| letter.from.to_string()).collect();
    let numbers: Vec<i64> = letters.iter().map(|letter| signed(letter.number)).collect();
    let bodies: Vec<&[u8]> = letters.iter().map(|letter| &*letter.body).collect();
    query(POST).bind(to).bind(from).bind(numbers).bind(bodies).execute(connection).await?;
    Ok(true)
}

async fn take(
    connection: &mut Connection,
    id: Nonce,
    fence: Option<Fence>,
    limit: usize,
) -> Result<Vec<(Letter, Duration)>, StoreError> {
    let leads = match fence {
        Some(fence) => holds(connection, fence).await?,
        None => false,
    };
    let limit = i64::try_from(limit.min(LETTERS_PER_POST_MAX)).unwrap_or(i64::MAX);
    let taken = query(COLLECT).bind(id.to_string()).bind(leads).bind(LETTER_KEPT_MS).bind(limit);
    let mut rows = taken.fetch_all(connection).await?;
    rows.sort_by_key(|row| row.try_get::<i64, _>("place").unwrap_or(i64::MAX));
    let letter = |row: &PgRow| {
        let to: Option<&str> = row.try_get("recipient")?;
        let letter = Letter {
            to: to.map(nonce).transpose()?,
            from: nonce(row.try_get("sender")?)?,
            number: unsigned(row.try_get("number")?),
            body: row.try_get("body")?,
        };
        Ok((letter, since(row, "age_ms")?))
    };
    rows.iter().map(letter).collect()
}
