//! What many systems do, and Pharos does not: places are drawn from a sequence when they are written, and whoever reads along asks for
//! those above the last one seen. The drill must notice that this misses what is committed late.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use sqlx::{Connection, PgConnection};

use super::Part;
use super::reader::Heard;
use super::writers::Acknowledged;
use crate::play::Play;

const WRITERS: u64 = 8;
const HELD_MS: (u64, u64) = (0, 40);
const LOOK: Duration = Duration::from_millis(50);

/// Writes and reads along for a while, naively.
pub async fn part(drill: &Play, address: &str, long: Duration) -> Result<Part> {
    let mut connection = PgConnection::connect(address).await?;
    sqlx::raw_sql("CREATE TABLE outbox (seq BIGSERIAL PRIMARY KEY)").execute(&mut connection).await?;
    let until = Instant::now() + long;
    let acknowledged = Arc::<Mutex<Vec<Acknowledged>>>::default();
    let mut writing = Vec::new();
    for writer in 0..WRITERS {
        let (acknowledged, mut random) = (Arc::clone(&acknowledged), drill.chance(100 + writer));
        let mut connection = PgConnection::connect(address).await?;
        writing.push(tokio::spawn(async move {
            while Instant::now() < until {
                let mut transaction = connection.begin().await?;
                let insert = "INSERT INTO outbox DEFAULT VALUES RETURNING seq";
                let seq: i64 = sqlx::query_scalar(insert).fetch_one(&mut *transaction).await?;
                tokio::time::sleep(Duration::from_millis(random.between(HELD_MS.0, HELD_MS.1))).await;
                transaction.commit().await?;
                let entry = Acknowledged { seq: seq.cast_unsigned(), at: Instant::now() };
                acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            }
            Ok::<_, sqlx::Error>(())
        }));
    }
    let (mut heard, mut last) = (Vec::new(), 0_i64);
    // One look more than is written.
    let mut is_last = false;
    while !is_last {
        is_last = Instant::now() > until + LOOK * 4;
        let read = "SELECT seq FROM outbox WHERE seq > $1 ORDER BY seq";
        let seqs: Vec<i64> = sqlx::query_scalar(read).bind(last).fetch_all(&mut connection).await?;
        heard.extend(seqs.iter().map(|seq| Heard { seq: seq.cast_unsigned(), at: Instant::now() }));
        last = seqs.last().copied().unwrap_or(last);
        tokio::time::sleep(LOOK).await;
    }
    for writer in writing {
        writer.await??;
    }
    let acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Part { acknowledged, heard, lost_hints: 1 })
}
