//! The demo: real services in this process, a made-up past that says so, and a script of failures.

mod history;
mod pair;
mod script;
mod targets;
mod worker;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use pharos_engine::PlannedMaintenance;
use pharos_model::{MaintenanceId, Text, UnixMs};
use pharos_store::{SqliteStore, Store};
use tokio::sync::mpsc;

use crate::config::{self, Loaded, Surroundings, Unread};
use crate::lifecycle::{Node, Running};
use targets::Targets;

/// The token of the demo's only job. Anybody may know it: it opens nothing but the demo.
const PUSH_TOKEN: &str = "demo-queue-worker-heartbeat";

/// What the demo watches and shows; whoever opens it finds it where it listens.
fn configuration(targets: &Targets, listen: SocketAddr) -> anyhow::Result<Loaded> {
    let values = |name: &str| match name {
        "DEMO_HTTP_PORT" => Some(targets.http.port().to_string()),
        "DEMO_TCP_PORT" => Some(targets.tcp.port().to_string()),
        "DEMO_PUSH_TOKEN" => Some(PUSH_TOKEN.to_owned()),
        _ => None,
    };
    // The demo's configuration names no files.
    let files = |_: &str, _: usize| Err(Unread::Failed(std::io::ErrorKind::NotFound.into()));
    let surroundings = Surroundings { environment: &values, files: &files };
    let mut loaded = config::parse(include_str!("demo.yaml"), "demo.yaml", &surroundings)
        .context("the demo's own configuration is wrong")?;
    if listen.port() != 0 {
        let host = if listen.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { listen.ip() };
        let url = format!("http://{}", SocketAddr::new(host, listen.port()));
        loaded.engine.definition.page.presentation.url = url;
    }
    loaded.engine.maintenances.push(tomorrow(&loaded));
    Ok(loaded)
}

/// Planned work, so that there is some to be seen: an hour and a half from the next midnight but one on.
fn tomorrow(loaded: &Loaded) -> PlannedMaintenance {
    const DAY_MS: i64 = 86_400_000;
    let midnight = UnixMs((crate::clock::wall().0 / DAY_MS + 2) * DAY_MS);
    let components = loaded.engine.definition.components.iter().map(|component| component.id.clone());
    PlannedMaintenance {
        id: MaintenanceId::new("database-upgrade").unwrap_or_default(),
        title: Text::translated(
            "Database upgrade".into(),
            vec![("de".into(), "Neue Datenbankversion".into())],
        ),
        description: "Orders may take a little longer while we move to the new version.".into(),
        components: components.filter(|id| id.as_str() == "api").collect(),
        scheduled_start: midnight,
        scheduled_end: midnight.plus_ms(90 * 60_000),
    }
}

/// Starts the demo: its services, its past if the journal is empty, and the node that watches them.
///
/// # Errors
/// When an address is taken or the data directory cannot be used.
pub async fn start(listen: SocketAddr, data: PathBuf) -> anyhow::Result<Running> {
    let targets = Targets::start().await?;
    let loaded = configuration(&targets, listen)?;
    let store = Arc::new(SqliteStore::open(&data).await?);
    if store.head().await?.seq == 0 {
        history::write(store.as_ref(), &loaded).await.context("the demo's past could not be written")?;
    }
    let (_keep, reloads) = mpsc::channel(1);
    let node = Node { listen, loaded, reloads, name: None, supervisor: None };
    let running = Box::pin(node.start_on(store)).await?;
    tokio::spawn(worker::run(
        running.address,
        PUSH_TOKEN,
        Arc::clone(&targets.switches),
        running.shutdown.clone(),
    ));
    tokio::spawn(pair::run(Arc::clone(&targets.switches.pair), running.shutdown.clone()));
    tokio::spawn(script::run(targets.switches, running.shutdown.clone()));
    Ok(running)
}
