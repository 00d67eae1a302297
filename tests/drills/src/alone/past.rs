//! Observations of the time before, so that an archive has a history, which it takes in once its slices of time are over.

use anyhow::{Result, ensure};

use super::{Alone, file};
use crate::clock;

/// The last of them, in milliseconds before now.
const END_MS: i64 = 600_000;
/// Time between two, in milliseconds.
const EVERY_MS: i64 = 10_000;

/// Makes so many up for each target of a node that does not run.
///
/// # Errors
/// When its database does not take them.
pub async fn make_up(alone: &Alone, of_each: u32) -> Result<()> {
    let last = clock::now().0 / EVERY_MS * EVERY_MS - END_MS;
    let first = last - i64::from(of_each) * EVERY_MS;
    let insert = "WITH RECURSIVE moments (at) AS (SELECT $1 UNION ALL SELECT at + $3 FROM moments WHERE at < $2) \
                  INSERT INTO samples (check_id, scheduled_at, at, status, latency_us) SELECT c.id, m.at, m.at, 0, 5000 + m.at / $3 % 997 \
                  FROM moments m JOIN checks c ON c.name LIKE 't%'";
    let inserted = sqlx::query(insert).bind(first).bind(last).bind(EVERY_MS);
    let inserted = file::ask(alone.data(), async |file| inserted.execute(file).await).await?.rows_affected();
    ensure!(inserted > u64::from(of_each), "only {inserted} observations were made up");
    Ok(())
}
