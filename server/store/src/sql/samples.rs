//! Raw observations: written in batches, let go after their time.

use std::collections::HashMap;

use pharos_engine::CheckId;
use pharos_model::{ComponentId, Status, UnixMs};
use sqlx::{QueryBuilder, Row};

use super::{Connection, DatabaseRow, PERSISTENT, query, query_scalar, rollup};
use crate::limits::{REASON_CHARS_MAX, REFUSED_SIGN_INS_MS, RETAIN_ROWS_PER_STEP, ROWS_PER_INSERT};
use crate::values::micros;
use crate::{Resolution, Retention, Sample, StoreError};

/// The short numbers of checks.
#[derive(Debug, Default)]
pub struct Checks(HashMap<CheckId, (i64, Option<String>)>);

impl Checks {
    /// Reads them all.
    pub async fn read(connection: &mut Connection) -> Result<Self, StoreError> {
        let rows = query("SELECT id, name, component FROM checks").fetch_all(connection).await?;
        let check = |row: &DatabaseRow| (CheckId(row.get("name")), (row.get("id"), row.get("component")));
        Ok(Self(rows.iter().map(check).collect()))
    }

    async fn number(&mut self, connection: &mut Connection, sample: &Sample) -> Result<i64, StoreError> {
        let component = sample.component.as_ref().map(|component| component.as_str().to_owned());
        if let Some((number, known)) = self.0.get(&sample.check)
            && *known == component
        {
            return Ok(*number);
        }
        let write = "INSERT INTO checks (name, component) VALUES ($1, $2) \
                     ON CONFLICT (name) DO UPDATE SET component = excluded.component RETURNING id";
        let number: i64 =
            query_scalar(write).bind(&sample.check.0).bind(&component).fetch_one(connection).await?;
        self.0.insert(sample.check.clone(), (number, component));
        Ok(number)
    }
}

/// Writes samples; one whose check and slot are there already changes nothing. What comes after its minute was rolled up,
/// because its look took long, is added to the rollups at once.
pub async fn record(
    connection: &mut Connection,
    checks: &mut Checks,
    samples: &[Sample],
) -> Result<(), StoreError> {
    let rolled_up_until = rollup::rolled_up_until(connection).await?.unwrap_or(UnixMs(i64::MIN));
    let (late, timely): (Vec<&Sample>, Vec<&Sample>) =
        samples.iter().partition(|sample| sample.at < rolled_up_until);
    let (many, rest) = timely.split_at(timely.len() / ROWS_PER_INSERT * ROWS_PER_INSERT);
    for rows in many.chunks(ROWS_PER_INSERT).chain(rest.chunks(1)) {
        insert(connection, checks, rows).await?;
    }
    let mut missed = Vec::new();
    for sample in late {
        if insert(connection, checks, &[sample]).await? > 0 {
            missed.push(sample);
        }
    }
    rollup::add_late(connection, &missed).await
}

/// Writes these rows in one statement; returns how many were not there before.
pub async fn insert(
    connection: &mut Connection,
    checks: &mut Checks,
    samples: &[&Sample],
) -> Result<u64, StoreError> {
    let mut numbered = Vec::with_capacity(samples.len());
    for sample in samples {
        numbered.push((checks.number(connection, sample).await?, *sample));
    }
    let mut insert = QueryBuilder::new(
        "INSERT INTO samples (check_id, scheduled_at, at, status, latency_us, \
         dns_us, connect_us, tls_us, first_byte_us, body_us, reason) ",
    );
    insert.push_values(numbered, |mut row, (check, sample)| {
        row.push_bind(check)
            .push_bind(sample.scheduled_at.0)
            .push_bind(sample.at.0)
            .push_bind(i64::try_from(sample.status.index()).unwrap_or(0))
            .push_bind(sample.latency_us.map(i64::from));
        for stage in sample.stages_us {
            row.push_bind(stage.map(i64::from));
        }
        let reason = sample.reason.as_ref();
        row.push_bind(reason.map(|text| shortened(text)));
    });
    insert.push(" ON CONFLICT DO NOTHING");
    Ok(insert.build().persistent(PERSISTENT).execute(connection).await?.rows_affected())
}

/// A reason as it is kept: bounded, and without the one character that not every database keeps.
fn shortened(reason: &str) -> String {
    reason.chars().filter(|character| *character != '\0').take(REASON_CHARS_MAX).collect()
}

/// The newest samples of a check, in slots before one where that is named, the newest first.
pub async fn newest(
    connection: &mut Connection,
    check: &CheckId,
    before: Option<UnixMs>,
    limit: usize,
) -> Result<Vec<Sample>, StoreError> {
    let read = "SELECT s.*, c.component FROM samples s JOIN checks c ON c.id = s.check_id WHERE c.name = $1 \
                AND s.scheduled_at < $2 ORDER BY s.scheduled_at DESC LIMIT $3";
    let rows = query(read)
        .bind(&check.0)
        .bind(before.map_or(i64::MAX, |before| before.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    let sample = |row: &DatabaseRow| {
        let (component, status): (Option<String>, i64) = (row.get("component"), row.get("status"));
        let status = usize::try_from(status).ok().and_then(|index| Status::ALL.get(index).copied());
        let stages = ["dns_us", "connect_us", "tls_us", "first_byte_us", "body_us"];
        Sample {
            check: check.clone(),
            component: component.and_then(|id| ComponentId::new(&id).ok()),
            scheduled_at: UnixMs(row.get("scheduled_at")),
            at: UnixMs(row.get("at")),
            status: status.unwrap_or_default(),
            latency_us: micros(row.get("latency_us")),
            stages_us: stages.map(|stage| micros(row.get(stage))),
            reason: row.get("reason"),
        }
    };
    Ok(rows.iter().map(sample).collect())
}

/// Lets go of a bounded number of rows past their time; returns how many.
pub async fn retain(
    connection: &mut Connection,
    now: UnixMs,
    retention: Retention,
) -> Result<u64, StoreError> {
    let samples = "DELETE FROM samples WHERE (check_id, scheduled_at) IN \
                   (SELECT check_id, scheduled_at FROM samples WHERE at < $1 LIMIT $2)";
    let cut = now.minus_ms(retention.samples_ms).0;
    let mut gone =
        query(samples).bind(cut).bind(RETAIN_ROWS_PER_STEP).execute(&mut *connection).await?.rows_affected();
    // Whoever is not let in must not fill the disk; what was done is kept for ever.
    let refused = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE action = 'session.refuse' AND at < $1 LIMIT $2)";
    let cut = now.minus_ms(REFUSED_SIGN_INS_MS).0;
    gone +=
        query(refused).bind(cut).bind(RETAIN_ROWS_PER_STEP).execute(&mut *connection).await?.rows_affected();
    for (resolution, kept_ms) in
        [(Resolution::Minute, retention.minutes_ms), (Resolution::Hour, retention.hours_ms)]
    {
        let rollups = "DELETE FROM rollups WHERE (component, resolution, starts_at) IN \
                       (SELECT component, resolution, starts_at FROM rollups WHERE resolution = $1 AND starts_at < $2 LIMIT $3)";
        let done = query(rollups)
            .bind(i64::try_from(resolution.ms()).unwrap_or(0))
            .bind(now.minus_ms(kept_ms).0)
            .bind(RETAIN_ROWS_PER_STEP)
            .execute(&mut *connection)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}
