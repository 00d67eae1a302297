//! How fast a change reaches the snapshot among many redundant components, and how fast a large health document is read and mapped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use pharos_engine::redundancy::{MemberRule, Rule};
use pharos_engine::{
    AutoIncident, Check, CheckId, Config, Engine, Entry, Fold, IncidentPolicy, Input, Now, Observation,
    Output, Source,
};
use pharos_model::{ComponentDefinition, ComponentId, Origin, PageDefinition, Policy, Status, UnixMs};
use pharos_probe::health::HealthCheck;
use pharos_probe::{Prober, ProberOptions, Spec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::latencies::summary;

/// Components without members; with those above them there are 5,000.
const LEAVES: usize = 4_032;
/// Members of each redundant component.
const FAN: usize = 5;
/// Parts of the document; with the document itself and its status there are 1,000 values.
const PARTS: usize = 998;
/// How many of them are mapped.
const MAPPED: usize = 200;
/// Time between two looks.
const LOOK_MS: u64 = 1_000;
/// When all begins.
const BEGIN: UnixMs = UnixMs(1_795_435_200_000);

/// Measure how fast a change reaches the snapshot among 5,000 components nested three deep, and how fast a document of 1,000
/// values is read and mapped.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How often to measure each
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    times: u32,
}

/// Measures, and says it in one line of JSON.
///
/// # Errors
/// When something does not come out as it must.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (components, change) = changes(arguments.times)?;
    let document = documents(arguments.times).await?;
    println!(
        "{}",
        serde_json::json!({ "components": components, "change": summary(change), "document": summary(document) })
    );
    Ok(())
}

fn changes(times: u32) -> anyhow::Result<(usize, Vec<u64>)> {
    let config = config()?;
    let components = config.definition.components.len();
    let mut fold = Fold::empty(Origin::new("bench").context("no origin")?);
    let (mut wall, mut mono_ms) = (BEGIN, 0);
    let (mut engine, first) = Engine::start(fold.clone(), config, None, Now { wall, mono_ms });
    read(&mut fold, first)?;
    let mut took = Vec::new();
    let mut see = |fold: &mut Fold, leaf: usize, status: Status| -> anyhow::Result<u64> {
        (wall, mono_ms) = (wall.plus_ms(1), mono_ms + 1);
        let observation = observation(leaf, wall, status);
        let begun = Instant::now();
        let output = engine.step(Now { wall, mono_ms }, Input::Observed(observation));
        read(fold, output)?;
        Ok(u64::try_from(begun.elapsed().as_micros())?)
    };
    for leaf in 0..LEAVES {
        see(&mut fold, leaf, Status::Operational)?;
    }
    // All members of one component fail, so that each change goes up to the top.
    for time in 0..usize::try_from(times)? {
        let first = time * FAN % (LEAVES - FAN) / FAN * FAN;
        let seq = fold.seq;
        for leaf in first..first + FAN {
            took.push(see(&mut fold, leaf, Status::MajorOutage)?);
        }
        ensure!(fold.seq > seq, "nothing changed");
        for leaf in first..first + FAN {
            took.push(see(&mut fold, leaf, Status::Operational)?);
        }
    }
    Ok((components, took))
}

/// What every reader of the journal does.
fn read(fold: &mut Fold, output: Output) -> anyhow::Result<()> {
    for fact in output.facts {
        let after = fact.public().is_some().then_some(fold.board.seq);
        fold.apply(&Entry { seq: fold.seq + 1, after, at: output.at, fact })?;
    }
    Ok(())
}

fn name(level: usize, number: usize) -> anyhow::Result<ComponentId> {
    Ok(ComponentId::new(&format!("level-{level}-{number:04}"))?)
}

/// Leaves, and three levels of redundant components above them.
fn config() -> anyhow::Result<Config> {
    let (mut components, mut redundancy, mut checks) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut below = LEAVES;
    for level in 0..=3 {
        let count = if level == 0 { LEAVES } else { below / FAN };
        for number in 0..count {
            let id = name(level, number)?;
            if level == 0 {
                checks.push(check(number, &id));
            } else {
                let members = (number * FAN..number * FAN + FAN).map(|member| name(level - 1, member));
                let member = |component| MemberRule { component, weight: 1, role: None };
                let members = members.collect::<anyhow::Result<Vec<_>>>()?.into_iter().map(member).collect();
                redundancy
                    .insert(id.clone(), rule(if level == 1 { Policy::Any } else { Policy::All }, members));
            }
            components.push(ComponentDefinition {
                is_member: level < 3,
                ..ComponentDefinition::new(id.clone(), id.to_string().into())
            });
        }
        below = count;
    }
    let mut definition = PageDefinition { components, ..PageDefinition::default() };
    "UTC".clone_into(&mut definition.page.time_zone);
    let off = IncidentPolicy { auto: AutoIncident::Off, resolve_after_ms: 60_000 };
    let incidents =
        definition.components.iter().map(|component| (component.id.clone(), off.clone())).collect();
    Ok(Config {
        definition,
        time_zone: TimeZone::UTC,
        checks,
        redundancy,
        objectives: BTreeMap::new(),
        incidents,
        vantages: BTreeMap::new(),
        maintenances: Vec::new(),
        hooks: BTreeSet::new(),
        pages: Vec::new(),
        silence_max_ms: 1_000 * LOOK_MS,
    })
}

fn rule(policy: Policy, members: Vec<MemberRule>) -> Rule {
    Rule {
        policy,
        members,
        switch_time_ms: 0,
        degraded_without: true,
        rto_objective_ms: None,
        rpo_objective_ms: None,
        common_cause_ppm: 50_000,
        is_public: true,
    }
}

fn check(number: usize, component: &ComponentId) -> Check {
    Check {
        id: CheckId(format!("{number}")),
        component: Some(component.clone()),
        source: Source::Probe { interval_ms: LOOK_MS, timeout_ms: LOOK_MS },
        down_after: 1,
        up_after: 1,
        degraded_over_ms: None,
        on_failure: Status::MajorOutage,
    }
}

fn observation(leaf: usize, at: UnixMs, status: Status) -> Observation {
    Observation {
        check: CheckId(format!("{leaf}")),
        scheduled_at: at,
        at,
        status,
        latency_us: Some(1_000),
        reason: None,
        role: None,
        lag_ms: None,
    }
}

/// Microseconds from the last byte of a document to all that is made of it.
async fn documents(times: u32) -> anyhow::Result<Vec<u64>> {
    let parts: Vec<String> = (0..PARTS).map(|part| format!(r#""part-{part}":"UP""#)).collect();
    let body = format!(r#"{{"status":"UP",{}}}"#, parts.join(","));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/health", listener.local_addr()?);
    let serving = tokio::spawn(serve(listener, body));
    let mapped: BTreeMap<String, String> = (0..MAPPED)
        .map(|part| (format!("part-{}{}", part, if part % 4 == 0 { "*" } else { "" }), "x".to_owned()))
        .collect();
    let check: HealthCheck = serde_json::from_value(serde_json::json!({ "url": url, "parts": mapped }))?;
    let prober = Prober::new(&ProberOptions::new(|| BEGIN.0))?;
    let spec = Spec::Health(check);
    let mut took = Vec::new();
    for _ in 0..times {
        let seen = prober.probe(&spec, 5_000).await;
        ensure!(seen.facts.mapped.len() == MAPPED, "not all parts were mapped: {:?}", seen.reason);
        let stages = seen.stages;
        let known = [stages.dns_us, stages.connect_us, stages.first_byte_us, stages.body_us];
        let fetched: u32 = known.into_iter().flatten().sum();
        took.push(u64::from(stages.total_us.unwrap_or(0).saturating_sub(fetched)));
    }
    serving.abort();
    Ok(took)
}

async fn serve(listener: TcpListener, body: String) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = [0; 2_048];
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        // A prober that hung up has seen enough.
        let _asked = stream.read(&mut head).await;
        let _told = stream.write_all(answer.as_bytes()).await;
    }
}
