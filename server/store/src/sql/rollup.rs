//! Rollups: minutes from samples, hours and days from minutes, each step moving a watermark in the same transaction, so
//! that nothing is counted twice and nothing is left out.

use pharos_model::{ComponentId, Status, UnixMs};
use sqlx::Row;

use super::{Connection, DatabaseRow, fill, query, query_scalar};
use crate::buckets::{self, Bucket, Buckets};
use crate::limits::{POINTS_MAX, ROLL_UP_DELAY_MS, ROLL_UP_MS_PER_STEP};
use crate::values::{damaged, micros};
use crate::{LatencyPoint, Resolution, RollupRow, STAGES, Sample, Sketch, StageSums, StoreError};

const WATERMARK: &str = "rolled_up_until";

/// The stages in their order, as the columns of samples and rollups are called.
pub const STAGE_COLUMNS: [&str; STAGES] = ["dns_us", "connect_us", "tls_us", "first_byte_us", "body_us"];

fn stored(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}

/// How a width is kept.
pub fn key(resolution: Resolution) -> i64 {
    i64::try_from(resolution.ms()).unwrap_or(0)
}

/// Rolls up a bounded stretch; returns whether there is more.
pub async fn roll_up(connection: &mut Connection, now: UnixMs) -> Result<bool, StoreError> {
    let end = Resolution::Minute.start(now.minus_ms(ROLL_UP_DELAY_MS));
    let Some(from) = watermark(connection).await? else { return Ok(false) };
    if from >= end {
        return Ok(false);
    }
    let until = from.plus_ms(ROLL_UP_MS_PER_STEP).min(end);
    let minutes = minutes(connection, from, until).await?;
    add_minutes(connection, &minutes).await?;
    set_watermark(connection, until).await?;
    Ok(until < end)
}

/// Notes up to where samples are rolled up.
pub async fn set_watermark(connection: &mut Connection, until: UnixMs) -> Result<(), StoreError> {
    fill::put(connection, WATERMARK, &until.0.to_string()).await
}

/// Adds minutes to the rollups of every width.
async fn add_minutes(connection: &mut Connection, minutes: &Buckets) -> Result<(), StoreError> {
    for resolution in Resolution::ALL {
        for ((component, start), bucket) in buckets::widened(minutes, resolution) {
            add(connection, &component, resolution, start, bucket).await?;
        }
    }
    Ok(())
}

/// Adds samples whose minute is rolled up already.
pub async fn add_late(connection: &mut Connection, samples: &[&Sample]) -> Result<(), StoreError> {
    add_minutes(connection, &buckets::minutes_of(samples)).await
}

/// Up to where samples are rolled up; `None` before the first time.
pub async fn rolled_up_until(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    let read = "SELECT value FROM meta WHERE key = $1";
    let text: Option<String> = query_scalar(read).bind(WATERMARK).fetch_optional(connection).await?;
    Ok(text.and_then(|text| text.parse().ok()).map(UnixMs))
}

/// Where rolling up goes on; before the first time, where samples begin.
async fn watermark(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    if let Some(until) = rolled_up_until(connection).await? {
        return Ok(Some(until));
    }
    let first: Option<i64> = query_scalar("SELECT min(at) FROM samples").fetch_one(connection).await?;
    Ok(first.map(|at| Resolution::Minute.start(UnixMs(at))))
}

async fn minutes(connection: &mut Connection, from: UnixMs, until: UnixMs) -> Result<Buckets, StoreError> {
    let read = "SELECT c.component, s.at, s.status, s.latency_us, s.dns_us, s.connect_us, s.tls_us, \
                s.first_byte_us, s.body_us FROM samples s JOIN checks c ON c.id = s.check_id \
                WHERE s.at >= $1 AND s.at < $2 AND c.component IS NOT NULL";
    let rows = query(read).bind(from.0).bind(until.0).fetch_all(connection).await?;
    let mut minutes = Buckets::new();
    for row in rows {
        let at: i64 = row.get("at");
        let bucket = minutes.entry((row.get("component"), Resolution::Minute.start(UnixMs(at)))).or_default();
        let index: i64 = row.get("status");
        let status =
            usize::try_from(index).ok().and_then(|index| Status::ALL.get(index).copied()).unwrap_or_default();
        bucket.look(
            status,
            micros(row.get("latency_us")),
            STAGE_COLUMNS.map(|column| micros(row.get(column))),
        );
    }
    Ok(minutes)
}

async fn add(
    connection: &mut Connection,
    component: &str,
    resolution: Resolution,
    start: UnixMs,
    mut bucket: Bucket,
) -> Result<(), StoreError> {
    let read = "SELECT looks, failed, sketch, staged_looks, dns_us, connect_us, tls_us, first_byte_us, body_us \
                FROM rollups WHERE component = $1 AND resolution = $2 AND starts_at = $3";
    let before = query(read)
        .bind(component)
        .bind(key(resolution))
        .bind(start.0)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = before {
        bucket.merge(&self::bucket(&row)?);
    }
    let row = (component, resolution, start);
    put(connection, row, &bucket).await
}

async fn put(
    connection: &mut Connection,
    (component, resolution, start): (&str, Resolution, UnixMs),
    bucket: &Bucket,
) -> Result<(), StoreError> {
    let write = "INSERT INTO rollups (component, resolution, starts_at, looks, failed, sketch, \
                 staged_looks, dns_us, connect_us, tls_us, first_byte_us, body_us) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT (component, resolution, starts_at) DO UPDATE SET looks = excluded.looks, \
                 failed = excluded.failed, sketch = excluded.sketch, staged_looks = excluded.staged_looks, \
                 dns_us = excluded.dns_us, connect_us = excluded.connect_us, tls_us = excluded.tls_us, \
                 first_byte_us = excluded.first_byte_us, body_us = excluded.body_us";
    let mut query = query(write)
        .bind(component)
        .bind(key(resolution))
        .bind(start.0)
        .bind(stored(bucket.looks))
        .bind(stored(bucket.failed))
        .bind(bucket.sketch.to_bytes())
        .bind(stored(bucket.stages.looks));
    for us in bucket.stages.us {
        query = query.bind(stored(us));
    }
    query.execute(connection).await?;
    Ok(())
}

/// Takes rollups made elsewhere.
pub async fn import(connection: &mut Connection, rows: &[RollupRow]) -> Result<(), StoreError> {
    for row in rows {
        let place = (row.component.as_str(), row.resolution, row.starts_at);
        let bucket =
            Bucket { looks: row.looks, failed: row.failed, sketch: row.sketch.clone(), stages: row.stages };
        put(connection, place, &bucket).await?;
    }
    Ok(())
}

/// The latencies of a component.
pub async fn latency(
    connection: &mut Connection,
    component: &ComponentId,
    (from, until): (UnixMs, UnixMs),
    (resolution, merged): (Resolution, u32),
) -> Result<Vec<LatencyPoint>, StoreError> {
    let read = "SELECT starts_at, looks, failed, sketch, staged_looks, dns_us, connect_us, tls_us, first_byte_us, \
                body_us FROM rollups WHERE component = $1 AND resolution = $2 \
                AND starts_at >= $3 AND starts_at < $4 ORDER BY starts_at LIMIT $5";
    let rows = query(read)
        .bind(component.as_str())
        .bind(key(resolution))
        .bind(resolution.start(from).0)
        .bind(until.0)
        .bind(POINTS_MAX)
        .fetch_all(connection)
        .await?;
    let read = rows.iter().map(|row| Ok((UnixMs(row.get("starts_at")), bucket(row)?)));
    let read = read.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(buckets::points(read, resolution, merged))
}

/// What a row counted.
pub fn bucket(row: &DatabaseRow) -> Result<Bucket, StoreError> {
    let figure = |column: &str| row.get::<i64, _>(column).unsigned_abs();
    let bytes: Vec<u8> = row.get("sketch");
    let sketch = Sketch::from_bytes(&bytes).ok_or_else(|| damaged(0, "a latency sketch cannot be read"))?;
    let stages = StageSums { looks: figure("staged_looks"), us: STAGE_COLUMNS.map(figure) };
    Ok(Bucket { looks: figure("looks"), failed: figure("failed"), sketch, stages })
}
