//! Rollups: minutes from samples, hours and days from minutes, each step moving a watermark in the same transaction, so
//! that nothing is counted twice and nothing is left out.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, Status, UnixMs};
use sqlx::{Row, SqliteConnection};

use super::journal::damaged;
use crate::limits::{POINTS_MAX, ROLL_UP_DELAY_MS, ROLL_UP_MS_PER_STEP};
use crate::{LatencyPoint, Resolution, RollupRow, STAGES, Sample, Sketch, StageSums, StoreError};

const WATERMARK: &str = "rolled_up_until";

/// The stages in their order, as the columns of samples and rollups are called.
const STAGE_COLUMNS: [&str; STAGES] = ["dns_us", "connect_us", "tls_us", "first_byte_us", "body_us"];

fn stored(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}

fn key(resolution: Resolution) -> i64 {
    i64::try_from(resolution.ms()).unwrap_or(0)
}

#[derive(Default)]
struct Bucket {
    looks: u64,
    failed: u64,
    sketch: Sketch,
    stages: StageSums,
}

impl Bucket {
    fn look(&mut self, status: Status, latency_us: Option<u32>, stages_us: [Option<u32>; STAGES]) {
        self.looks += 1;
        self.failed += u64::from(status.is_outage());
        if let Some(us) = latency_us {
            self.sketch.add(us);
            self.stages.add(stages_us);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.looks += other.looks;
        self.failed += other.failed;
        self.sketch.merge(&other.sketch);
        self.stages.merge(&other.stages);
    }
}

/// Looks by component and the beginning of their bucket.
type Buckets = BTreeMap<(String, UnixMs), Bucket>;

/// Rolls up a bounded stretch; returns whether there is more.
pub async fn roll_up(connection: &mut SqliteConnection, now: UnixMs) -> Result<bool, StoreError> {
    let end = Resolution::Minute.start(now.minus_ms(ROLL_UP_DELAY_MS));
    let Some(from) = watermark(connection).await? else { return Ok(false) };
    if from >= end {
        return Ok(false);
    }
    let until = from.plus_ms(ROLL_UP_MS_PER_STEP).min(end);
    let minutes = minutes(connection, from, until).await?;
    add_minutes(connection, &minutes).await?;
    let write =
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    sqlx::query(write).bind(WATERMARK).bind(until.0.to_string()).execute(connection).await?;
    Ok(until < end)
}

/// Adds minutes to the rollups of every width.
async fn add_minutes(connection: &mut SqliteConnection, minutes: &Buckets) -> Result<(), StoreError> {
    for resolution in Resolution::ALL {
        let mut wide = Buckets::new();
        for ((component, minute), bucket) in minutes {
            wide.entry((component.clone(), resolution.start(*minute))).or_default().merge(bucket);
        }
        for ((component, start), bucket) in wide {
            add(connection, &component, resolution, start, bucket).await?;
        }
    }
    Ok(())
}

/// Adds samples whose minute is rolled up already.
pub async fn add_late(connection: &mut SqliteConnection, samples: &[&Sample]) -> Result<(), StoreError> {
    let mut minutes = Buckets::new();
    for sample in samples {
        let Some(component) = &sample.component else { continue };
        let key = (component.as_str().to_owned(), Resolution::Minute.start(sample.at));
        minutes.entry(key).or_default().look(sample.status, sample.latency_us, sample.stages_us);
    }
    add_minutes(connection, &minutes).await
}

/// Up to where samples are rolled up; `None` before the first time.
pub async fn rolled_up_until(connection: &mut SqliteConnection) -> Result<Option<UnixMs>, StoreError> {
    let read = "SELECT value FROM meta WHERE key = ?";
    let text: Option<String> = sqlx::query_scalar(read).bind(WATERMARK).fetch_optional(connection).await?;
    Ok(text.and_then(|text| text.parse().ok()).map(UnixMs))
}

/// Where rolling up goes on; before the first time, where samples begin.
async fn watermark(connection: &mut SqliteConnection) -> Result<Option<UnixMs>, StoreError> {
    if let Some(until) = rolled_up_until(connection).await? {
        return Ok(Some(until));
    }
    let first: Option<i64> = sqlx::query_scalar("SELECT min(at) FROM samples").fetch_one(connection).await?;
    Ok(first.map(|at| Resolution::Minute.start(UnixMs(at))))
}

async fn minutes(
    connection: &mut SqliteConnection,
    from: UnixMs,
    until: UnixMs,
) -> Result<Buckets, StoreError> {
    let read = "SELECT c.component, s.at, s.status, s.latency_us, s.dns_us, s.connect_us, s.tls_us, \
                s.first_byte_us, s.body_us FROM samples s JOIN checks c ON c.id = s.check_id \
                WHERE s.at >= ? AND s.at < ? AND c.component IS NOT NULL";
    let rows = sqlx::query(read).bind(from.0).bind(until.0).fetch_all(connection).await?;
    let mut minutes = Buckets::new();
    for row in rows {
        let at: i64 = row.get("at");
        let bucket = minutes.entry((row.get("component"), Resolution::Minute.start(UnixMs(at)))).or_default();
        let index: i64 = row.get("status");
        let status =
            usize::try_from(index).ok().and_then(|index| Status::ALL.get(index).copied()).unwrap_or_default();
        bucket.look(status, row.get("latency_us"), STAGE_COLUMNS.map(|column| row.get(column)));
    }
    Ok(minutes)
}

async fn add(
    connection: &mut SqliteConnection,
    component: &str,
    resolution: Resolution,
    start: UnixMs,
    mut bucket: Bucket,
) -> Result<(), StoreError> {
    let read = "SELECT looks, failed, sketch, staged_looks, dns_us, connect_us, tls_us, first_byte_us, body_us \
                FROM rollups WHERE component = ? AND resolution = ? AND starts_at = ?";
    let before = sqlx::query(read)
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
    connection: &mut SqliteConnection,
    (component, resolution, start): (&str, Resolution, UnixMs),
    bucket: &Bucket,
) -> Result<(), StoreError> {
    let write = "INSERT OR REPLACE INTO rollups (component, resolution, starts_at, looks, failed, sketch, \
                 staged_looks, dns_us, connect_us, tls_us, first_byte_us, body_us) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let mut query = sqlx::query(write)
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
pub async fn import(connection: &mut SqliteConnection, rows: &[RollupRow]) -> Result<(), StoreError> {
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
    connection: &mut SqliteConnection,
    component: &ComponentId,
    (from, until): (UnixMs, UnixMs),
    (resolution, merged): (Resolution, u32),
) -> Result<Vec<LatencyPoint>, StoreError> {
    let read = "SELECT starts_at, looks, failed, sketch, staged_looks, dns_us, connect_us, tls_us, first_byte_us, \
                body_us FROM rollups WHERE component = ? AND resolution = ? \
                AND starts_at >= ? AND starts_at < ? ORDER BY starts_at LIMIT ?";
    let rows = sqlx::query(read)
        .bind(component.as_str())
        .bind(key(resolution))
        .bind(resolution.start(from).0)
        .bind(until.0)
        .bind(POINTS_MAX)
        .fetch_all(connection)
        .await?;
    let width_ms =
        i64::try_from(resolution.ms()).unwrap_or(i64::MAX).saturating_mul(i64::from(merged.max(1)));
    let mut points: BTreeMap<UnixMs, Bucket> = BTreeMap::new();
    for row in &rows {
        let starts_at: i64 = row.get("starts_at");
        points.entry(UnixMs(starts_at.div_euclid(width_ms) * width_ms)).or_default().merge(&bucket(row)?);
    }
    Ok(points.into_iter().map(|(start, bucket)| point(start, &bucket)).collect())
}

fn bucket(row: &sqlx::sqlite::SqliteRow) -> Result<Bucket, StoreError> {
    let figure = |column: &str| row.get::<i64, _>(column).unsigned_abs();
    let bytes: Vec<u8> = row.get("sketch");
    let sketch = Sketch::from_bytes(&bytes).ok_or_else(|| damaged(0, "a latency sketch cannot be read"))?;
    let stages = StageSums { looks: figure("staged_looks"), us: STAGE_COLUMNS.map(figure) };
    Ok(Bucket { looks: figure("looks"), failed: figure("failed"), sketch, stages })
}

fn point(start: UnixMs, bucket: &Bucket) -> LatencyPoint {
    LatencyPoint {
        start,
        count: bucket.looks,
        failed: bucket.failed,
        p50_us: bucket.sketch.quantile(50),
        p95_us: bucket.sketch.quantile(95),
        p99_us: bucket.sketch.quantile(99),
        stages_us: bucket.stages.means_us(),
    }
}
