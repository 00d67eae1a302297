//! The leader: drives the pure core with time and observations, runs the probes it asks for, and writes its facts.
//!
//! Nothing is shown from here. What the core decides is committed to the journal, and everybody, this node too,
//! learns of it from there.

mod watchers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use pharos_engine::desk::{Command, Commanded};
use pharos_engine::{CheckId, Config, Due, Engine, Fold, Input, Observation, Output};
use pharos_model::{ComponentId, Incident, Status, UnixMs};
use pharos_probe::push::Job;
use pharos_probe::{ProbeResult, Prober};
use pharos_store::{Margin, Store, StoreError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::checks::Configured;
use crate::clock::Clock;
use crate::config::{Heartbeats, Loaded};
use crate::http::{HealthState, Heartbeat, Metrics};
use crate::limits::{STORE_RETRY, TICK_INTERVAL, WATCH_INTERVAL};
use crate::observation;
use crate::operators::{self, Author, Done, Failure, OnceKey, Order};
use crate::pulse::LastChecked;
use crate::samples::SampleSender;
use watchers::Watchers;

/// What the leader works with.
pub struct Tools {
    /// The clocks.
    pub clock: Clock,
    /// The journal.
    pub store: Arc<dyn Store>,
    /// Opens sockets.
    pub prober: Arc<Prober>,
    /// The way of raw observations to the store.
    pub samples: SampleSender,
    /// What open pages are told of the last looks.
    pub last_checked: Arc<LastChecked>,
    /// How this node is.
    pub health: Arc<HealthState>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Who may report heartbeats.
    pub tokens: Arc<ArcSwap<Heartbeats>>,
    /// What operators see of the checks.
    pub configured: Arc<ArcSwap<Configured>>,
    /// The text of the configuration file.
    pub source: Arc<ArcSwap<Arc<str>>>,
}

/// What comes in from outside the core.
pub struct Inputs {
    /// Heartbeats.
    pub heartbeats: mpsc::Receiver<Heartbeat>,
    /// New configurations, already found good.
    pub configs: mpsc::Receiver<Box<Loaded>>,
    /// What operators ask for.
    pub orders: mpsc::Receiver<Order>,
}

/// A probe that came back.
struct Landed {
    due: Due,
    started_at: UnixMs,
    result: ProbeResult,
}

/// The one who watches.
pub struct Leader {
    tools: Tools,
    engine: Engine,
    /// The configuration of the file.
    base: Loaded,
    /// The same with the components that are kept beside it.
    loaded: Arc<Loaded>,
    components: BTreeMap<CheckId, Option<ComponentId>>,
    jobs: BTreeMap<CheckId, Job>,
    landed: (mpsc::Sender<Landed>, mpsc::Receiver<Landed>),
    probes: TaskTracker,
    watchers: Watchers,
    watched: Instant,
}

impl Leader {
    /// Begins to watch where `fold` ends.
    ///
    /// # Errors
    /// When the store cannot tell when somebody last watched.
    pub async fn start(tools: Tools, fold: Fold, loaded: Loaded) -> Result<(Self, Output), StoreError> {
        let last_watched = tools.store.last_watch().await?;
        let (base, loaded) = (loaded.clone(), loaded.with_kept(&fold.desk.components));
        let (engine, output) = Engine::start(fold, loaded.engine.clone(), last_watched, tools.clock.now());
        let mut leader = Self {
            components: components(&loaded.engine),
            jobs: BTreeMap::new(),
            landed: mpsc::channel(crate::limits::PROBES_MAX),
            probes: TaskTracker::new(),
            watchers: Watchers::default(),
            watched: Instant::now(),
            base,
            loaded: Arc::new(loaded),
            tools,
            engine,
        };
        leader.equip();
        Ok((leader, output))
    }

    /// Watches until shutdown, then says until when it did.
    pub async fn run(mut self, first: Output, mut inputs: Inputs, shutdown: CancellationToken) {
        self.carry_out(first, Margin::default(), &shutdown).await;
        // Starting is the first step: one who asks before the next must not be told that nobody watches.
        self.tools.health.stepped();
        while !shutdown.is_cancelled() {
            self.follow(&shutdown).await;
            let pause = self.pause();
            let input = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(loaded) = inputs.configs.recv() => self.reload(*loaded),
                Some(landed) = self.landed.1.recv() => {
                    self.see(landed, &shutdown).await;
                    self.stepped().await;
                    continue;
                }
                Some(order) = inputs.orders.recv() => {
                    self.obey(order, &shutdown).await;
                    self.stepped().await;
                    continue;
                }
                Some(heartbeat) = inputs.heartbeats.recv() => self.hear(heartbeat),
                check = self.watchers.hinted() => {
                    if !self.watchers.follow(&check, self.tools.clock.now().wall) {
                        continue;
                    }
                    Input::Hinted(check)
                }
                () = tokio::time::sleep(pause) => Input::Tick,
            };
            let output = self.engine.step(self.tools.clock.now(), input);
            self.carry_out(output, Margin::default(), &shutdown).await;
            self.stepped().await;
        }
        self.note_watch().await;
    }

    async fn stepped(&mut self) {
        self.tools.health.stepped();
        if self.watched.elapsed() >= WATCH_INTERVAL {
            self.note_watch().await;
        }
    }

    /// How long nothing is due.
    fn pause(&self) -> Duration {
        let now = self.tools.clock.now().wall;
        let due_ms = self.engine.next_due().map_or(u64::MAX, |due| due.since_ms(now));
        let followed = self.watchers.next().map(|next| next.saturating_duration_since(Instant::now()));
        Duration::from_millis(due_ms).min(TICK_INTERVAL).min(followed.unwrap_or(TICK_INTERVAL))
    }

    /// Notes until when somebody watched: until the core's last step, which may be a while ago if the process was stopped.
    async fn note_watch(&mut self) {
        self.watched = Instant::now();
        if let Err(error) = self.tools.store.renew_watch(self.engine.watched_until()).await {
            tracing::warn!(%error, "could not note that somebody watches");
        }
    }

    /// Writes the facts, for as long as it takes: while the store fails nothing new is decided, and once it works
    /// again the core sees that it was away.
    /// Tells the journal's place with them; `None` when the node ended before they were written.
    async fn carry_out(
        &mut self,
        output: Output,
        margin: Margin,
        shutdown: &CancellationToken,
    ) -> Option<u64> {
        let margin =
            if margin == Margin::default() { operators::scheduled(&output.facts, output.at) } else { margin };
        for due in output.probes {
            self.launch(due);
        }
        if output.facts.is_empty() && margin == Margin::default() {
            return None;
        }
        for fact in &output.facts {
            tracing::info!(kind = fact.kind(), at = output.at.0, "fact");
        }
        let mut failed = false;
        let appended = loop {
            let written = self.tools.store.append_with(output.at, output.facts.clone(), margin.clone()).await;
            let error = match written {
                Ok(appended) => break appended,
                Err(error) => error,
            };
            if !failed {
                tracing::error!(%error, "facts cannot be written; trying until it works");
            }
            failed = true;
            self.tools.health.store(Some(error.to_string()));
            tokio::select! {
                () = shutdown.cancelled() => return None,
                () = tokio::time::sleep(STORE_RETRY) => {}
            }
        };
        if failed {
            tracing::info!("facts can be written again");
        }
        self.tools.health.store(None);
        Some(appended.head.seq)
    }

    /// Carries out what an operator asks for, and answers when it is written.
    async fn obey(&mut self, order: Order, shutdown: &CancellationToken) {
        let Order { command, author, once, reply } = order;
        // Whoever asked may have given up on an answer that came late, and ask again: what is done is not done twice.
        match self.earlier(&author, once.as_ref()).await {
            Ok(None) => {}
            Ok(Some(done)) => {
                let _gone = reply.send(Ok(done));
                return;
            }
            Err(failure) => {
                let _gone = reply.send(Err(failure));
                return;
            }
        }
        let recalled = match self.recall(&command).await {
            Ok(recalled) => recalled,
            Err(error) => {
                tracing::error!(%error, "an incident could not be read");
                let _gone = reply.send(Err(Failure::Busy("the history cannot be read")));
                return;
            }
        };
        let before = operators::before(self.engine.fold(), &command, recalled.as_ref());
        let commanded = Box::new(Commanded { command: command.clone(), recalled });
        let mut output = self.engine.step(self.tools.clock.now(), Input::Commanded(commanded));
        let (margin, answer) = match output.answer.take() {
            Some(Ok(subject)) => {
                let after = operators::now(self.engine.fold(), &subject);
                let of = (&author, once.as_ref());
                let facts = (&*output.facts, output.at);
                (operators::margin(&command, of, &subject, (before, after), facts), Ok(subject))
            }
            Some(Err(refusal)) => (Margin::default(), Err(Failure::from(refusal))),
            None => (Margin::default(), Err(Failure::Busy("the core gave no answer"))),
        };
        let written = self.carry_out(output, margin, shutdown).await;
        let mut answer = match (answer, written) {
            (Ok(subject), Some(seq)) => Ok(Done { subject, seq }),
            (Ok(_), None) => Err(Failure::Late),
            (Err(failure), _) => Err(failure),
        };
        if matches!(command, Command::KeepComponent { .. } | Command::DropComponent { .. }) && answer.is_ok()
        {
            let input = self.recompose();
            let output = self.engine.step(self.tools.clock.now(), input);
            let seq = self.carry_out(output, Margin::default(), shutdown).await;
            if let (Ok(done), Some(seq)) = (&mut answer, seq) {
                done.seq = seq;
            }
        }
        // Who asked may have given up waiting.
        let _gone = reply.send(answer);
    }

    /// What an earlier request with the same key led to.
    async fn earlier(&self, author: &Author, once: Option<&OnceKey>) -> Result<Option<Done>, Failure> {
        let Some(once) = once else { return Ok(None) };
        let unread = |error: StoreError| {
            tracing::error!(%error, "what a key was used for could not be read");
            Failure::Busy("the history cannot be read")
        };
        let store = &self.tools.store;
        let Some(earlier) = store.once(&author.actor, &once.key).await.map_err(unread)? else {
            return Ok(None);
        };
        if earlier.fingerprint != once.fingerprint {
            return Err(Failure::KeyInUse);
        }
        let Ok(subject) = serde_json::from_str(&earlier.outcome) else { return Ok(None) };
        Ok(Some(Done { subject, seq: store.head().await.map_err(unread)?.seq }))
    }

    /// The incident that a command is about, where it is too old for the fold.
    async fn recall(&self, command: &Command) -> Result<Option<Incident>, StoreError> {
        let draft = match command {
            Command::PublishDraft { id } => self.engine.fold().desk.drafts.get(id),
            _ => None,
        };
        let id = draft.map_or(command, |draft| &draft.command).incident();
        match id.filter(|id| self.engine.fold().board.incident(id).is_none()) {
            Some(id) => self.tools.store.incident(id).await,
            None => Ok(None),
        }
    }

    fn launch(&self, due: Due) {
        let Some(probe) = self.loaded.probes.get(&due.check) else { return };
        let (prober, sender, clock) =
            (Arc::clone(&self.tools.prober), self.landed.0.clone(), self.tools.clock);
        let (spec, timeout_ms) = (probe.spec.clone(), probe.timeout_ms);
        self.probes.spawn(async move {
            let started_at = clock.now().wall;
            let result = prober.probe(&spec, timeout_ms).await;
            // The leader only goes away at shutdown.
            drop(sender.send(Landed { due, started_at, result }).await);
        });
    }

    /// Takes what a probe saw: of the whole first, then of the parts that speak for components of their own.
    async fn see(&mut self, landed: Landed, shutdown: &CancellationToken) {
        let parts = observation::of_parts(&landed.due, landed.started_at, &landed.result);
        let (check, began) = (landed.due.check.clone(), landed.started_at);
        let whole = self.take(landed);
        for observation in std::iter::once(whole).chain(parts) {
            let output = self.engine.step(self.tools.clock.now(), Input::Observed(observation));
            self.carry_out(output, Margin::default(), shutdown).await;
        }
        self.watchers.looked(&check, began, self.engine.is_in_doubt(&check));
    }

    fn take(&mut self, landed: Landed) -> Observation {
        let Landed { due, started_at, result } = landed;
        let late_ms = started_at.since_ms(due.scheduled_at).saturating_add(result.queued_us / 1_000);
        let status = observation::status_of(result.outcome);
        self.tools.metrics.probed(status.as_str(), result.stages.total_us, late_ms);
        let component = self.components.get(&due.check).cloned().flatten();
        if let Some(component) = &component {
            let latency_ms =
                result.stages.total_us.filter(|_| status == Status::Operational).map(|us| us / 1_000);
            self.tools.last_checked.note(component, started_at, latency_ms);
        }
        let observation = observation::of_probe(&due, started_at, &result);
        let sample = observation::sample(&observation, component, Some(&result.stages));
        self.tools.samples.hand_in(sample, None);
        observation
    }

    fn hear(&mut self, heartbeat: Heartbeat) -> Input {
        let Heartbeat { check, signal, stored } = heartbeat;
        let at = self.tools.clock.now().wall;
        let heard = self.jobs.entry(check.clone()).or_default().hear(signal, at.0);
        let component = self.components.get(&check).cloned().flatten();
        if let Some(component) = &component {
            self.tools.last_checked.note(component, at, None);
        }
        let observation = observation::of_heartbeat(check, at, heard);
        self.tools.samples.hand_in(observation::sample(&observation, component, None), Some(stored));
        Input::Observed(observation)
    }

    fn reload(&mut self, base: Loaded) -> Input {
        self.base = base;
        self.recompose()
    }

    /// The configuration, with what is kept beside the file.
    fn recompose(&mut self) -> Input {
        let loaded = self.base.with_kept(&self.engine.fold().desk.components);
        self.components = components(&loaded.engine);
        let config = loaded.engine.clone();
        self.loaded = Arc::new(loaded);
        self.equip();
        Input::Configured(Box::new(config))
    }

    fn equip(&mut self) {
        self.jobs.retain(|check, _| self.loaded.heartbeats.iter().any(|push| push.check == *check));
        self.tools.tokens.store(Arc::new(self.loaded.heartbeats.clone()));
        self.tools.configured.store(Arc::new(Configured::of(&self.loaded)));
        self.tools.source.store(Arc::new(Arc::clone(&self.base.source)));
        self.watchers.equip(&self.loaded, &self.tools.prober);
        for warning in &self.loaded.warnings {
            tracing::warn!("the configuration is odd: {}", warning.text(&self.loaded.file));
        }
    }
}

fn components(config: &Config) -> BTreeMap<CheckId, Option<ComponentId>> {
    config.checks.iter().map(|check| (check.id.clone(), check.component.clone())).collect()
}

#[cfg(test)]
mod tests;
