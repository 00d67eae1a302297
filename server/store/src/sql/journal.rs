//! Reading the journal, and the rows beside it: snapshot rows, the lease, the journal's own name.

use pharos_engine::{Entry, Fact, Fold};
use pharos_model::{Origin, UnixMs};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Connection, DRAW_ORIGIN, DatabaseRow, query, query_scalar};
use crate::error::is_page_damaged;
use crate::limits::{ENTRIES_PER_READ_MAX, FOLDS_KEPT};
use crate::values::{damaged, signed, unsigned};
use crate::{Chain, Head, StoreError};

/// The journal's name, drawn when it is new by the database, whose generator is seeded by the operating system.
pub async fn origin(connection: &mut Connection) -> Result<Origin, StoreError> {
    query(DRAW_ORIGIN).execute(&mut *connection).await?;
    read_origin(connection).await
}

/// The journal's name, which was drawn already.
pub async fn read_origin(connection: &mut Connection) -> Result<Origin, StoreError> {
    let read = "SELECT value FROM meta WHERE key = 'origin'";
    let text: String = query_scalar(read).fetch_one(connection).await?;
    Origin::new(&text).map_err(|error| damaged(0, &error.to_string()))
}

/// The end of the journal.
pub async fn head(connection: &mut Connection) -> Result<Head, StoreError> {
    let last = "SELECT seq, chain FROM journal ORDER BY seq DESC LIMIT 1";
    let Some(row) = query(last).fetch_optional(connection).await? else { return Ok(Head::default()) };
    let seq = unsigned(row.get("seq"));
    let chain =
        Chain::from_slice(row.get("chain")).ok_or_else(|| damaged(seq, "its chain has the wrong length"))?;
    Ok(Head { seq, chain })
}

async fn chain_at(connection: &mut Connection, seq: u64) -> Result<Chain, StoreError> {
    if seq == 0 {
        return Ok(Chain::default());
    }
    let read = "SELECT chain FROM journal WHERE seq = $1";
    let bytes: Option<Vec<u8>> = query_scalar(read).bind(signed(seq)).fetch_optional(connection).await?;
    let bytes = bytes.ok_or_else(|| damaged(seq, "it is missing"))?;
    Chain::from_slice(&bytes).ok_or_else(|| damaged(seq, "its chain has the wrong length"))
}

/// Up to `limit` entries after a place, and the chain with them; none when there is none. Each is verified against the chain.
pub async fn entries_after(
    connection: &mut Connection,
    seq: u64,
    limit: usize,
) -> Result<(Vec<Entry>, Chain), StoreError> {
    let read =
        "SELECT seq, after, at, kind, payload, chain FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2";
    let limit = i64::try_from(limit.min(ENTRIES_PER_READ_MAX)).unwrap_or(i64::MAX);
    let rows = query(read).bind(signed(seq)).bind(limit).fetch_all(&mut *connection).await?;
    if rows.is_empty() {
        return Ok((Vec::new(), Chain::default()));
    }
    let mut chain = chain_at(connection, seq).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (expected, row) in (seq + 1..).zip(&rows) {
        let (entry, next) = read_entry(row, expected, chain)?;
        entries.push(entry);
        chain = next;
    }
    Ok((entries, chain))
}

fn read_entry(row: &DatabaseRow, expected: u64, before: Chain) -> Result<(Entry, Chain), StoreError> {
    let seq = unsigned(row.get("seq"));
    if seq != expected {
        return Err(damaged(expected, "it is missing"));
    }
    let (at, kind, payload): (i64, String, String) = (row.get("at"), row.get("kind"), row.get("payload"));
    let chain = before.after(seq, UnixMs(at), &kind, &payload);
    let stored: Vec<u8> = row.get("chain");
    if stored != chain.0 {
        return Err(damaged(seq, "its content does not match its hash"));
    }
    // What its hash vouches for is as it was written.
    let newer = |error: serde_json::Error| StoreError::NewerEntry { seq, why: error.to_string() };
    let fact: Fact = serde_json::from_str(&payload).map_err(newer)?;
    let after: Option<i64> = row.get("after");
    Ok((Entry { seq, after: after.map(unsigned), at: UnixMs(at), fact }, chain))
}

/// A fold as it is kept: its place and its text.
pub fn fold_row(fold: &Fold) -> (u64, Vec<u8>) {
    // The types of a fold have string keys and no custom failures.
    (fold.seq, serde_json::to_vec(fold).unwrap_or_default())
}

/// Saves a fold and lets go of the oldest.
pub async fn save_fold(connection: &mut Connection, seq: u64, body: &[u8]) -> Result<(), StoreError> {
    let save = "INSERT INTO folds (seq, body, checksum) VALUES ($1, $2, $3) \
                ON CONFLICT (seq) DO UPDATE SET body = excluded.body, checksum = excluded.checksum";
    let checksum = Sha256::digest(body);
    query(save).bind(signed(seq)).bind(body).bind(&checksum[..]).execute(&mut *connection).await?;
    let trim = "DELETE FROM folds WHERE seq NOT IN (SELECT seq FROM folds ORDER BY seq DESC LIMIT $1)";
    query(trim).bind(FOLDS_KEPT).execute(connection).await?;
    Ok(())
}

/// The newest good snapshot row of this journal.
pub async fn latest_fold(connection: &mut Connection, origin: &Origin) -> Result<Option<Fold>, StoreError> {
    let places = query_scalar("SELECT seq FROM folds ORDER BY seq DESC").fetch_all(&mut *connection).await;
    let places: Vec<i64> = match places {
        Err(error) if is_page_damaged(&error) => {
            tracing::warn!("the snapshot rows lie on a damaged page and are not used; the whole journal is");
            return Ok(None);
        }
        read => read?,
    };
    for seq in places {
        let read = query("SELECT body, checksum FROM folds WHERE seq = $1").bind(seq);
        let row = match read.fetch_one(&mut *connection).await {
            Err(error) if is_page_damaged(&error) => {
                tracing::warn!(seq, "a snapshot row lies on a damaged page and is not used; an older one is");
                continue;
            }
            read => read?,
        };
        let (body, checksum): (Vec<u8>, Vec<u8>) = (row.get("body"), row.get("checksum"));
        let whole = Sha256::digest(&body)[..] == checksum[..];
        match serde_json::from_slice::<Fold>(&body) {
            Ok(fold) if whole && fold.board.origin == *origin => return Ok(Some(fold)),
            Ok(_) if whole => {
                tracing::info!(seq, "a snapshot row of another life of the journal is not used");
            }
            _ => tracing::warn!(seq, "a snapshot row is damaged and not used; an older one is"),
        }
    }
    Ok(None)
}

/// Notes that somebody watches.
pub async fn renew_watch(connection: &mut Connection, at: UnixMs) -> Result<(), StoreError> {
    let renew = "INSERT INTO lease (id, holder, term, nonce, renewed_at) VALUES (1, 'local', 0, '', $1) \
                 ON CONFLICT (id) DO UPDATE SET renewed_at = $1";
    query(renew).bind(at.0).execute(connection).await?;
    Ok(())
}
