//! Black-box tests: each starts the real binary and looks at it from outside.

mod archive;
mod base_path;
mod clients;
mod configuration;
mod copy;
mod crawler;
mod damage;
mod dependencies;
mod deploy;
mod documents;
mod embed;
mod events;
mod failover;
mod further;
mod guide;
mod health;
mod heartbeats;
mod history;
mod hooks;
mod hostile_clients;
mod import;
mod import_kuma;
mod languages;
mod leaks;
mod models;
mod nodes;
mod operators;
mod pages;
mod ping;
mod postgres;
mod recovery;
mod redundancy;
mod services;
mod supervisor;
mod suppliers;
mod vantages;
mod wires;

use pharos_model::{Change, Event, Status};
use pharos_tests::{EventStream, Pharos, Target};

/// A page with one component that is checked every second.
fn one_component(target: &Target) -> String {
    format!(
        "page: {{ name: Example }}
components:
  - id: api
    name: Public API
    incidents: {{ resolve_after: 2s }}
    checks:
      - http: {{ url: \"http://{}/\" }}
        interval: 1s
        timeout: 900ms
",
        target.address
    )
}

/// Whether an event says that a component has this status.
fn becomes(status: Status) -> impl Fn(&Event) -> bool {
    move |event| matches!(&event.change, Change::StatusChanged { status: seen, .. } if *seen == status)
}

/// Waits until the first page says so.
fn wait_for_page(pharos: &Pharos, text: &str) -> String {
    pharos_tests::wait_for(&format!("the page to say {text:?}"), || {
        let page = pharos.get("/").ok()?.text();
        page.contains(text).then_some(page)
    })
}

/// Waits until a component has this status.
fn wait_for_status(pharos: &Pharos, component: &str, status: Status) {
    pharos_tests::wait_for(&format!("{component} to be {}", status.as_str()), || {
        let stream = EventStream::open(pharos.address, None).ok()?;
        let snapshot = stream.next_fact().ok()?.snapshot().ok()?;
        let known = snapshot.components.iter().find(|known| known.definition.id.as_str() == component)?;
        (known.status == status).then_some(())
    });
}
