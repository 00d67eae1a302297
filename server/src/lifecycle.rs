//! A node's life: what is started in which order, and how it ends without losing what was decided.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use futures_util::FutureExt;
use pharos_app::Shell;
use pharos_front::{AddressCounts, Door, Proxies};
use pharos_probe::{Prober, ProberOptions};
use pharos_store::{Standing, Store, StoreError};
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{Accounts, Setup};
use crate::archiving::Archiving;
use crate::config::{ConfigError, Loaded};
use crate::copy::Publishing;
use crate::equipment::Equipment;
use crate::further::FurtherPages;
use crate::http::{self, Agents, Assets, HealthState, HeartbeatSender, Metrics, Services};
use crate::known::Known;
use crate::leader::Inputs;
use crate::limits::{
    COMMANDS_WAITING_MAX, DRAIN_TIMEOUT, FIRST_PAGE_TIMEOUT, LAST_ANSWERS_LEADING_TIMEOUT,
    LAST_ANSWERS_TIMEOUT, ORDERS_WAITING_MAX, PROBES_MAX, REPORTS_WAITING_MAX, STREAMS_MAX,
    STREAMS_PER_ADDRESS_MAX,
};
use crate::live::Hub;
use crate::nodes::{Doors, Keeper, Member, Parts};
use crate::operators::Operators;
use crate::pages::{Pages, Renderer};
use crate::ping::Ping;
use crate::pulse::LastChecked;
use crate::reload::{self, Beside};
use crate::supervisor::{Subject, Supervisor};
use crate::{copy, pulse, samples, scrubbing, tail, upkeep};

/// What a node is started with.
pub struct Node {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What to watch and show.
    pub loaded: Loaded,
    /// What operators call it among several nodes; without it, where it listens.
    pub name: Option<String>,
    /// Who is told how it is.
    pub supervisor: Option<Arc<Supervisor>>,
    /// New configurations, good or refused, as they come.
    pub reloads: mpsc::Receiver<Result<Loaded, ConfigError>>,
}

/// A node that is ready to be asked.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Ends it.
    pub shutdown: CancellationToken,
    /// Ends what answers come from, after those who had asked have theirs.
    halt: CancellationToken,
    standing: Arc<Standing>,
    letters: TaskTracker,
    work: TaskTracker,
    connections: TaskTracker,
    store: Arc<dyn Store>,
    supervisor: Option<Arc<Supervisor>>,
}

impl Node {
    /// Starts everything on a store that is open. The node answers from its memory before the first probe has come back.
    ///
    /// # Errors
    /// When the address is taken, or the journal cannot be read.
    pub async fn start_on(self, store: Arc<dyn Store>) -> anyhow::Result<Running> {
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr().context("the listening socket has no address")?;
        let (life, fold) = (store.life(), store.load().await.context("the journal cannot be read")?);
        let (health, metrics) = (Arc::new(HealthState::default()), Arc::new(Metrics::default()));
        metrics.shows(&fold.board, fold.seq, fold.blind);
        let (shutdown, halt) = (CancellationToken::new(), CancellationToken::new());
        let (work, connections) = (TaskTracker::new(), TaskTracker::new());

        let (tell, known) = watch::channel(Known::of(&fold));
        let snapshot = Arc::clone(&known.borrow().board);
        let base_path = &self.loaded.engine.definition.page.presentation.base_path;
        let accounts = accounts(&store, &format!("http://{address}{base_path}")).await?;
        let (equipment, beside) = (Equipment::of(&self.loaded), Beside::of(&self.loaded)?);
        let (hub, assets) = (Arc::new(Hub::new(Arc::clone(&snapshot))), Arc::new(Assets::load()));
        let renderer = Renderer::new(Arc::clone(&store), shell(&assets))
            .looking_from(Arc::clone(&beside.vantages), known.clone());
        let pages = Arc::new(Pages::new(renderer.clone(), Arc::clone(&snapshot)));
        let further = Arc::new(FurtherPages::new(renderer.clone(), &fold, shutdown.clone()));
        let (snapshots, changes) = watch::channel(snapshot);
        let last_checked = Arc::new(LastChecked::default());
        let (doors, configs, inputs) = ways_in();

        let name = self.name.unwrap_or_else(|| address.to_string());
        let noted = (Arc::clone(&last_checked), Arc::clone(&health), Arc::clone(&metrics));
        let parts = parts(name, (&store, &equipment, &known), noted)?;
        let member = Member::new(parts, doors.clone())?;
        let (standing, roster) = (Arc::clone(&member.standing), member.roster.clone());

        let (samples, writer) =
            samples::channel(Arc::clone(&store), Arc::clone(&metrics), Arc::clone(&health));
        let tools = member.tools((doors.findings, samples), shutdown.clone());
        let leadership = member.leadership.clone();
        let mut keeper = Keeper { leadership, tools, inputs, base: self.loaded, known: known.clone() };
        let begun = keeper.begin(fold.clone()).await.context("this node cannot begin")?;
        work.spawn(keeper.run(begun, halt.clone()));
        let letters = member.begin(&work, (&shutdown, &halt));

        let telling = (Arc::clone(&hub), Arc::clone(&further), snapshots, tell);
        let told = (Arc::clone(&metrics), Arc::clone(&health), Arc::clone(&standing));
        let tail = tail::Tail::new((Arc::clone(&store), fold, life), telling, told);
        let (kept, kept_up) = (Arc::clone(&store), Arc::clone(&standing));
        let (drawn, mut first_page) = watch::channel(0);
        let refresher = tail::refresh_pages(
            Arc::clone(&pages),
            (changes.clone(), drawn),
            Arc::clone(&metrics),
            halt.clone(),
        );
        work.spawn(tail.run(halt.clone()));
        work.spawn(refresher);
        work.spawn(writer.run());
        look_after(&store, (&standing, &health), (&work, &shutdown));
        let told = (Arc::clone(&hub), Arc::clone(&further), Arc::clone(&last_checked));
        work.spawn(pulse::run(told, Arc::clone(&health), shutdown.clone()));
        let configs = (configs, beside.clone());
        work.spawn(reload::run(self.reloads, configs, Arc::clone(&health), shutdown.clone()));

        // A visitor who comes in the first instant should not find an empty page; but a store that cannot be written to
        // must not keep everybody out.
        let _late = tokio::time::timeout(FIRST_PAGE_TIMEOUT, first_page.wait_for(|seq| *seq > 0)).await;
        let operators = Operators::new(doors.orders);
        let archived = (Arc::clone(&store), Arc::clone(&standing), beside.archive.subscribe());
        let archiving = Archiving::of(archived, (&health, &metrics));
        let drills = archiving.begin((operators.clone(), known.clone()), &work, &shutdown);
        work.spawn(Ping::of((&standing, &health), (&drills, &known), &beside).run(shutdown.clone()));
        let heartbeats = HeartbeatSender { tokens: Arc::clone(&equipment.tokens), sender: doors.heartbeats };
        let agents = Agents { vantages: beside.vantages, sender: doors.reports };
        let leads = Arc::clone(&standing);
        let subject = Subject { address, health: Arc::clone(&health), standing, shutdown: shutdown.clone() };
        let services = Services {
            pages,
            hub,
            summaries: Arc::default(),
            store,
            assets,
            brand: beside.brand,
            health,
            last_checked,
            metrics,
            heartbeats,
            hooks: beside.hooks,
            agents,
            accounts,
            provider: beside.provider,
            operators,
            drills,
            known,
            configured: equipment.configured,
            source: equipment.source,
            roster,
            config: equipment.config.subscribe(),
            under_way: Arc::default(),
            streams: AddressCounts::new(STREAMS_MAX, STREAMS_PER_ADDRESS_MAX),
            shutdown: shutdown.clone(),
        };
        let publishing =
            Publishing::of(&services, (renderer, Arc::clone(&further), changes), (beside.copy, leads));
        work.spawn(copy::run(publishing, shutdown.clone()));
        let door = door(services, further, beside.proxies);
        let accept = pharos_front::serve(listener, door, shutdown.clone(), connections.clone());
        connections.spawn(accept);
        _ = self.supervisor.clone().map(|supervisor| work.spawn(supervisor.watch(subject)));
        let (store, supervisor, standing) = (kept, self.supervisor, kept_up);
        Ok(Running { address, shutdown, halt, standing, letters, work, connections, store, supervisor })
    }
}

/// Has the store looked after: what is no longer needed goes, what turned on the disk is found.
fn look_after(
    store: &Arc<dyn Store>,
    (standing, health): (&Arc<Standing>, &Arc<HealthState>),
    (work, shutdown): (&TaskTracker, &CancellationToken),
) {
    work.spawn(upkeep::run(Arc::clone(store), Arc::clone(standing), shutdown.clone()));
    work.spawn(scrubbing::run(Arc::clone(store), Arc::clone(health), shutdown.clone()));
}

/// What whoever comes meets.
fn door(services: Services, further: Arc<FurtherPages>, proxies: Arc<ArcSwap<Proxies>>) -> Door {
    let site = http::site(services, further);
    let answers = Arc::new(move |request| site.answer(request).boxed() as _);
    Door { answers, proxies, secure: http::secure }
}

/// The ways of what comes in, and where they end.
fn ways_in() -> (Doors, mpsc::Sender<Box<Loaded>>, Inputs) {
    let (heartbeats, heard) = mpsc::channel(COMMANDS_WAITING_MAX);
    let (reports, reported) = mpsc::channel(REPORTS_WAITING_MAX);
    let (configs, reconfigured) = mpsc::channel(1);
    let (orders, ordered) = mpsc::channel(ORDERS_WAITING_MAX);
    let (findings, found) = mpsc::channel(PROBES_MAX);
    let inputs = Inputs {
        heartbeats: heard,
        reports: reported,
        configs: reconfigured,
        orders: ordered,
        findings: found,
    };
    (Doors { findings, orders, heartbeats, reports }, configs, inputs)
}

/// What this node is made of as one of several.
fn parts(
    name: String,
    (store, equipment, known): (&Arc<dyn Store>, &Equipment, &watch::Receiver<Known>),
    (last_checked, health, metrics): (Arc<LastChecked>, Arc<HealthState>, Arc<Metrics>),
) -> anyhow::Result<Parts> {
    Ok(Parts {
        name,
        store: Arc::clone(store),
        prober: prober(None)?,
        equipment: equipment.clone(),
        known: known.clone(),
        last_checked,
        health,
        metrics,
    })
}

/// What runs the checks, from this address of the machine where one is chosen.
pub fn prober(from: Option<IpAddr>) -> anyhow::Result<Arc<Prober>> {
    let now_ms: fn() -> i64 = || crate::clock::wall().0;
    let options = ProberOptions { concurrent_probes_max: PROBES_MAX, from, ..ProberOptions::new(now_ms) };
    Ok(Arc::new(Prober::new(&options).context("probes cannot be made")?))
}

/// Users and tokens. Where there is no user yet, the log says how to make the first.
async fn accounts(store: &Arc<dyn Store>, page: &str) -> anyhow::Result<Arc<Accounts>> {
    let is_new = match store.users().await {
        // Nobody can sign in then, but the page is there.
        Err(StoreError::Page { .. }) => false,
        users => users.context("the users cannot be read")?.is_empty(),
    };
    let setup = if is_new {
        let (setup, code) = Setup::awaited().context("the system has no randomness")?;
        tracing::info!(
            "there is no operator yet: open {page}/admin/setup?code={} to make the first, or run `pharos user add`",
            code.expose()
        );
        setup
    } else {
        Setup::default()
    };
    Ok(Arc::new(Accounts::new(Arc::clone(store), setup, crate::clock::wall)))
}

fn shell(assets: &Assets) -> Shell {
    Shell::new(assets.scripts())
}

impl Running {
    /// Waits for a signal to end, then ends: streams at once, requests after they are answered, the store last. `terminate` was begun before
    /// the node, so that it hears whoever asks as soon as it is told that the node is ready.
    ///
    /// # Errors
    /// When the store could not be closed in order.
    pub async fn until_signal(self, mut terminate: Signal) -> anyhow::Result<()> {
        tokio::select! {
            _ = terminate.recv() => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            () = self.shutdown.cancelled() => {}
        }
        self.stop().await
    }

    async fn drain(&self) {
        self.shutdown.cancel();
        self.connections.close();
        self.letters.close();
        // Whoever has asked is answered by what is still at work.
        let leads = self.standing.leads();
        let limit = if leads { LAST_ANSWERS_LEADING_TIMEOUT } else { LAST_ANSWERS_TIMEOUT };
        let answered = async { tokio::join!(self.connections.wait(), self.letters.wait()) };
        let _late = tokio::time::timeout(limit, answered).await;
        self.halt.cancel();
        drained(&self.connections, DRAIN_TIMEOUT, "connections").await;
        drained(&self.work, DRAIN_TIMEOUT, "tasks").await;
    }

    /// Ends the node.
    ///
    /// # Errors
    /// When the store could not be closed in order.
    pub async fn stop(self) -> anyhow::Result<()> {
        tracing::info!("shutting down");
        if let Some(supervisor) = &self.supervisor {
            supervisor.ends();
        }
        self.drain().await;
        self.store.close().await.context("the store could not be closed in order")
    }
}

async fn drained(tasks: &TaskTracker, limit: Duration, what: &str) {
    tasks.close();
    if tokio::time::timeout(limit, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "{what} did not end in time");
    }
}
