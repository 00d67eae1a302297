//! The demo's past: ninety made-up days, led through the same core as the real ones, and labelled on the page.

use std::collections::BTreeMap;

use pharos_engine::{
    Check, CheckId, Config, Engine, Fold, IncidentPolicy, Input, Now, Observation, Output, Source,
};
use pharos_model::{ComponentId, Status, UnixMs};
use pharos_probe::Spec;
use pharos_store::{Resolution, RollupRow, Sketch, StageSums, Store, StoreError};

use crate::config::Loaded;

const HOUR_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * HOUR_MS;
const DAYS: u64 = 90;

/// Something that went wrong.
struct Trouble {
    component: &'static str,
    days_ago: u64,
    hour: u64,
    minutes: u64,
    status: Status,
}

const fn trouble(component: &'static str, days_ago: u64, hour: u64, minutes: u64, status: Status) -> Trouble {
    Trouble { component, days_ago, hour, minutes, status }
}

const TROUBLES: &[Trouble] = &[
    trouble("api", 83, 3, 17, Status::MajorOutage),
    trouble("images", 77, 14, 95, Status::PartialOutage),
    trouble("website", 71, 9, 6, Status::MajorOutage),
    trouble("worker", 66, 22, 48, Status::PartialOutage),
    trouble("api", 58, 11, 130, Status::DegradedPerformance),
    trouble("broker", 52, 1, 24, Status::MajorOutage),
    trouble("images", 44, 18, 33, Status::MajorOutage),
    trouble("website", 37, 20, 210, Status::DegradedPerformance),
    trouble("api", 29, 6, 41, Status::PartialOutage),
    trouble("worker", 22, 13, 12, Status::PartialOutage),
    trouble("images", 16, 8, 72, Status::PartialOutage),
    trouble("api", 9, 15, 22, Status::MajorOutage),
    trouble("broker", 5, 4, 9, Status::MajorOutage),
    trouble("website", 2, 10, 26, Status::PartialOutage),
    trouble("orders-north", 33, 3, 40, Status::MajorOutage),
    trouble("orders-south", 47, 14, 95, Status::MajorOutage),
];

/// When the made-up watcher was away, so that the page has unknown time to show.
const ABSENCE_DAYS_AGO: u64 = 61;
/// For how long.
const ABSENCE_MS: u64 = 5 * HOUR_MS;

fn check_id(component: &ComponentId) -> CheckId {
    CheckId(format!("{component}/past"))
}

/// The same page, watched once an hour by made-up checks.
fn past(loaded: &Loaded) -> Config {
    let components = loaded.engine.definition.components.iter().map(|component| component.id.clone());
    let check = |component: ComponentId| Check {
        id: check_id(&component),
        component: Some(component),
        source: Source::Probe { interval_ms: HOUR_MS, timeout_ms: HOUR_MS },
        down_after: 1,
        up_after: 1,
        degraded_over_ms: None,
        on_failure: Status::MajorOutage,
    };
    let policy = IncidentPolicy { resolve_after_ms: 5 * MINUTE_MS, ..IncidentPolicy::default() };
    Config {
        checks: components.clone().map(check).collect(),
        incidents: components.map(|component| (component, policy.clone())).collect(),
        maintenances: Vec::new(),
        // The made-up checks tell no roles, and speak for redundant components themselves.
        redundancy: BTreeMap::new(),
        vantages: BTreeMap::new(),
        objectives: BTreeMap::new(),
        pages: Vec::new(),
        silence_max_ms: 4 * HOUR_MS,
        ..loaded.engine.clone()
    }
}

/// What was seen when: every component once an hour, and every trouble's beginning, end and aftermath.
fn looks(config: &Config, now: UnixMs) -> BTreeMap<UnixMs, Vec<(ComponentId, Status)>> {
    let mut looks: BTreeMap<UnixMs, Vec<(ComponentId, Status)>> = BTreeMap::new();
    let begin = now.minus_ms(DAYS * DAY_MS);
    let away_from = now.minus_ms(ABSENCE_DAYS_AGO * DAY_MS);
    let away = |at: UnixMs| at > away_from && at < away_from.plus_ms(ABSENCE_MS);
    let troubles = |component: &ComponentId, at: UnixMs| {
        let found = TROUBLES.iter().find(|trouble| {
            let from = now.minus_ms(trouble.days_ago * DAY_MS).plus_ms(trouble.hour * HOUR_MS);
            trouble.component == component.as_str()
                && from <= at
                && at < from.plus_ms(trouble.minutes * MINUTE_MS)
        });
        found.map_or(Status::Operational, |trouble| trouble.status)
    };
    for component in config.checks.iter().filter_map(|check| check.component.as_ref()) {
        let hourly = (0..DAYS * 24).map(|hour| begin.plus_ms(hour * HOUR_MS));
        let edges =
            TROUBLES.iter().filter(|trouble| trouble.component == component.as_str()).flat_map(|trouble| {
                let from = now.minus_ms(trouble.days_ago * DAY_MS).plus_ms(trouble.hour * HOUR_MS);
                let until = from.plus_ms(trouble.minutes * MINUTE_MS);
                [from, until, until.plus_ms(6 * MINUTE_MS)]
            });
        for at in hourly.chain(edges).filter(|at| *at < now && !away(*at)) {
            looks.entry(at).or_default().push((component.clone(), troubles(component, at)));
        }
    }
    looks
}

fn clocks(at: UnixMs, begin: UnixMs) -> Now {
    Now { wall: at, mono_ms: at.since_ms(begin) }
}

/// Writes the past into an empty journal.
///
/// # Errors
/// When the store cannot be written.
pub async fn write(store: &dyn Store, loaded: &Loaded) -> Result<(), StoreError> {
    let now = crate::clock::wall();
    let config = past(loaded);
    let begin = now.minus_ms(DAYS * DAY_MS);
    let looks = looks(&config, now);
    let (mut engine, first) = Engine::start(Fold::empty(store.origin()), config, None, clocks(begin, begin));
    append(store, first).await?;
    for (at, seen) in looks {
        for (component, status) in seen {
            let observation = Observation {
                check: check_id(&component),
                scheduled_at: at,
                at,
                status,
                latency_us: None,
                reason: None,
                role: None,
                lag_ms: None,
            };
            append(store, engine.step(clocks(at, begin), Input::Observed(observation))).await?;
        }
        append(store, engine.step(clocks(at, begin), Input::Tick)).await?;
    }
    append(store, engine.step(clocks(now, begin), Input::Tick)).await?;
    store.import_rollups(latencies(loaded, now)).await?;
    store.renew_watch(now).await
}

/// How far back made-up latencies of each width go, in rows: what the charts of a component read.
const LATENCY_ROWS: [(Resolution, u32); 3] =
    [(Resolution::Minute, 24 * 60), (Resolution::Hour, 90 * 24), (Resolution::Day, 90)];
/// Looks behind one row, whatever its width.
const LOOKS: u32 = 6;

/// Made-up latencies for every component that is looked at: a slow wave and some noise, and what failed in its troubles.
fn latencies(loaded: &Loaded, now: UnixMs) -> Vec<RollupRow> {
    let looked_at = loaded.engine.checks.iter().filter(|check| matches!(check.source, Source::Probe { .. }));
    let mut rows = Vec::new();
    for check in looked_at {
        let Some(component) = &check.component else { continue };
        let is_request =
            loaded.probes.get(&check.id).is_some_and(|probe| !matches!(probe.spec, Spec::Tcp(_)));
        for (resolution, count) in LATENCY_ROWS {
            let current = resolution.start(now);
            for ago in 1..=count {
                let starts_at = current.minus_ms(u64::from(ago) * resolution.ms());
                let ends_at = starts_at.plus_ms(resolution.ms());
                let failed = u64::from(outage_between(component, now, (starts_at, ends_at)));
                let looks = u64::from(LOOKS) + failed;
                let (sketch, stages) = made_up(ago);
                let stages = if is_request { stages } else { StageSums::default() };
                let component = component.clone();
                rows.push(RollupRow { component, resolution, starts_at, looks, failed, sketch, stages });
            }
        }
    }
    rows
}

/// The latencies of the row so many rows ago.
fn made_up(ago: u32) -> (Sketch, StageSums) {
    let wave = ago % 480;
    let slow_us = if wave < 240 { wave } else { 480 - wave } * 60;
    let (mut sketch, mut stages) = (Sketch::default(), StageSums::default());
    for look in 0..LOOKS {
        let us = 28_000 + slow_us + (ago * 7 + look) * 7_919 % 23_000;
        sketch.add(us);
        // Most of the time one waits for the service itself.
        let (connect, body) = (us / 9, us / 7);
        stages.add([None, Some(connect), None, Some(us - connect - body), Some(body)]);
    }
    (sketch, stages)
}

/// Whether a made-up outage of a component lies in `[from, until)` with any of its time.
fn outage_between(component: &ComponentId, now: UnixMs, (from, until): (UnixMs, UnixMs)) -> bool {
    TROUBLES.iter().any(|trouble| {
        let began = now.minus_ms(trouble.days_ago * DAY_MS).plus_ms(trouble.hour * HOUR_MS);
        trouble.component == component.as_str()
            && trouble.status.is_outage()
            && began < until
            && began.plus_ms(trouble.minutes * MINUTE_MS) > from
    })
}

async fn append(store: &dyn Store, output: Output) -> Result<(), StoreError> {
    if !output.facts.is_empty() {
        store.append(output.at, output.facts).await?;
    }
    Ok(())
}
