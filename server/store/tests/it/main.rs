//! The store from outside: what it promises, and that a killed process cannot break the promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod crash;
mod migrations;
mod postgres;
mod sqlite;
mod sums;

use pharos_engine::{CheckId, Fact};
use pharos_model::{
    Change, CivilDate, ComponentDefinition, ComponentId, Day, PageDefinition, Status, UnixMs,
};
use pharos_store::Sample;

fn component(text: &str) -> ComponentId {
    ComponentId::new(text).unwrap()
}

fn configured(ids: &[&str]) -> Fact {
    let definition = |id: &&str| ComponentDefinition::new(component(id), (*id).into());
    let components = ids.iter().map(definition).collect();
    Fact::Public(Change::Configured(PageDefinition { components, ..PageDefinition::default() }))
}

fn day(number: i32) -> Fact {
    let starts_at = UnixMs(i64::from(number) * 86_400_000);
    Fact::Public(Change::DayBegan(Day { date: CivilDate(number), starts_at }))
}

fn status(id: &str, status: Status, from: i64) -> Fact {
    Fact::Public(Change::StatusChanged { component: component(id), status, from: UnixMs(from) })
}

fn sample(slot: i64) -> Sample {
    Sample {
        check: CheckId("api/http".to_owned()),
        component: Some(component("api")),
        scheduled_at: UnixMs(slot),
        at: UnixMs(slot),
        status: Status::Operational,
        latency_us: Some(1_000),
        stages_us: [None; 5],
        reason: None,
    }
}
