//! The lease of the leader: one row, changed by single statements that compare times by the database's clock alone.

use std::time::Duration;

use sqlx::Row;

use super::{ACQUIRE, Connection, HOLDER, RELEASE, query, query_scalar};
use crate::values::{damaged, unsigned};
use crate::{Fence, Holder, Nonce, StoreError};

/// Takes the lease, or renews it.
pub async fn acquire(
    connection: &mut Connection,
    holder: &str,
    nonce: Nonce,
    ttl: Duration,
) -> Result<Option<u64>, StoreError> {
    let ttl_ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    let taken = query_scalar(ACQUIRE).bind(holder).bind(nonce.to_string()).bind(ttl_ms);
    let term: Option<i64> = taken.fetch_optional(connection).await?;
    Ok(term.map(unsigned))
}

/// Gives the lease up.
pub async fn release(connection: &mut Connection, nonce: Nonce) -> Result<(), StoreError> {
    query(RELEASE).bind(nonce.to_string()).execute(connection).await?;
    Ok(())
}

/// Who holds the lease, or held it last.
pub async fn holder(connection: &mut Connection) -> Result<Option<Holder>, StoreError> {
    let Some(row) = query(HOLDER).fetch_optional(connection).await? else { return Ok(None) };
    let (nonce, left_ms): (String, i64) = (row.get("nonce"), row.get("left_ms"));
    let nonce = Nonce::parse(&nonce).ok_or_else(|| damaged(0, "the nonce of the lease cannot be read"))?;
    let fence = Fence { term: unsigned(row.get("term")), nonce };
    Ok(Some(Holder { name: row.get("holder"), fence, left: Duration::from_millis(unsigned(left_ms.max(0))) }))
}
