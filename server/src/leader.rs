//! The leader: drives the pure core with time and observations, runs the probes it asks for, and writes its facts.
//!
//! Nothing is shown from here. What the core decides is committed to the journal, and everybody, this node too,
//! learns of it from there.

mod looks;
mod orders;
mod reports;
mod shares;
mod watchers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use pharos_engine::{Check, CheckId, Config, Due, Engine, Fold, Input, Output};
use pharos_model::ComponentId;
use pharos_probe::Prober;
use pharos_probe::push::Job;
use pharos_store::{Lead, Margin, Nonce, Store, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Loaded;
use crate::equipment::Equipment;
use crate::finding::Finding;
use crate::http::{Access, HealthState, Heartbeat, Metrics, Report};
use crate::limits::{LAST_LOOKS_TIMEOUT, STORE_RETRY, TICK_INTERVAL, WATCH_INTERVAL};
use crate::nodes::{Post, Roster};
use crate::operators::{self, Order};
use crate::pulse::LastChecked;
use crate::samples::SampleSender;
use shares::Shares;
use watchers::Watchers;

/// What the leader works with.
#[derive(Clone)]
pub struct Tools {
    /// The clocks.
    pub clock: Clock,
    /// The journal.
    pub store: Arc<dyn Store>,
    /// Opens sockets.
    pub prober: Arc<Prober>,
    /// The way of what was found, here and elsewhere, to whoever leads.
    pub findings: mpsc::Sender<(Nonce, Finding)>,
    /// The way of raw observations to the store.
    pub samples: SampleSender,
    /// What open pages are told of the last looks.
    pub last_checked: Arc<LastChecked>,
    /// How this node is.
    pub health: Arc<HealthState>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// What the doors and the looks take from the configuration.
    pub equipment: Equipment,
    /// The way to other nodes.
    pub post: Post,
    /// The other nodes.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// Has the roster heard anew.
    pub who_is_there: Arc<Notify>,
    /// That this node was asked to end.
    pub ends: CancellationToken,
}

/// What comes in from outside the core.
pub struct Inputs {
    /// Heartbeats.
    pub heartbeats: mpsc::Receiver<Heartbeat>,
    /// What agents at other vantages saw.
    pub reports: mpsc::Receiver<Report>,
    /// New configurations, already found good.
    pub configs: mpsc::Receiver<Box<Loaded>>,
    /// What operators ask for.
    pub orders: mpsc::Receiver<Order>,
    /// What looks found, with who looked.
    pub findings: mpsc::Receiver<(Nonce, Finding)>,
}

/// What ends a leader.
pub struct Ending<'a> {
    /// The leadership, which may be over.
    pub lead: &'a Lead,
    /// The node ends.
    pub shutdown: &'a CancellationToken,
}

impl Ending<'_> {
    /// Whether nothing may be done any more.
    fn is_here(&self) -> bool {
        self.shutdown.is_cancelled() || self.lead.is_over() || self.lead.is_barred()
    }

    /// Waits until it is so.
    async fn comes(&self) {
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = self.lead.over() => {}
        }
    }
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
    shares: Shares,
    /// In which life of the journal it decides.
    life: u64,
    /// The last entry of the journal that it knows: nobody else writes while it leads.
    place: u64,
    /// Whether what it decides is written no more.
    obsolete: bool,
    /// Whether that is because no database could keep it.
    unwritable: bool,
    /// Looks that nobody will take.
    missed: Vec<Due>,
    probes: TaskTracker,
    watchers: Watchers,
    watched: Instant,
    /// Whether that could not be noted.
    unnoted: bool,
}

impl Leader {
    /// Begins to watch where `fold` ends, which was read in this life of the journal.
    ///
    /// # Errors
    /// When the store cannot tell when somebody last watched.
    pub async fn start(
        tools: Tools,
        (fold, life): (Fold, u64),
        loaded: Loaded,
    ) -> Result<(Self, Output), StoreError> {
        let (last_watched, place) = (tools.store.last_watch().await?, fold.seq);
        let (base, loaded) = (loaded.clone(), loaded.with_kept(&fold.desk.components));
        if !fold.board.days.is_empty() {
            let end = fold.at.max(fold.board.at).max(last_watched.unwrap_or(fold.at));
            // A gap that the core takes for one.
            tools.clock.go_on_after(end, loaded.engine.silence_max_ms + 1);
        }
        let (engine, output) = Engine::start(fold, loaded.engine.clone(), last_watched, tools.clock.now());
        let equipment = &tools.equipment;
        let others = (tools.roster.clone(), equipment.config.subscribe());
        let shares = Shares::new(tools.post.clone(), others, tools.ends.clone());
        // Whoever led until just now need not be there any more.
        tools.who_is_there.notify_one();
        let mut leader = Self {
            components: components(&loaded.engine),
            jobs: BTreeMap::new(),
            shares,
            life,
            place,
            obsolete: false,
            unwritable: false,
            missed: Vec::new(),
            probes: TaskTracker::new(),
            watchers: Watchers::default(),
            watched: Instant::now(),
            unnoted: false,
            base,
            loaded: Arc::new(loaded),
            tools,
            engine,
        };
        leader.equip();
        Ok((leader, output))
    }

    /// Watches until the end, then says until when it did. Gives the configuration back as it is by then.
    pub async fn run(mut self, first: Output, inputs: &mut Inputs, ending: Ending<'_>) -> Loaded {
        self.carry_out(first, Margin::default(), &ending).await;
        // Starting is the first step: one who asks before the next must not be told that nobody watches.
        self.tools.health.stepped();
        while !ending.is_here() && !self.obsolete {
            self.follow(&ending).await;
            self.miss(&ending).await;
            let pause = self.pause();
            let input = tokio::select! {
                biased;
                () = ending.comes() => break,
                Some(loaded) = inputs.configs.recv() => self.reload(*loaded),
                Some(found) = inputs.findings.recv() => {
                    self.see(found, &ending).await;
                    self.stepped().await;
                    continue;
                }
                Some(order) = inputs.orders.recv() => {
                    self.obey(order, &ending).await;
                    self.stepped().await;
                    continue;
                }
                Some(report) = inputs.reports.recv() => {
                    self.hear_agent(report, &ending).await;
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
            self.carry_out(output, Margin::default(), &ending).await;
            self.stepped().await;
        }
        if !ending.lead.is_over() && !self.obsolete {
            self.finish(&mut inputs.findings, &ending).await;
            self.note_watch().await;
        }
        self.base
    }

    /// Waits a moment for looks that are under way, and keeps what was seen, before another node may lead.
    async fn finish(&mut self, findings: &mut mpsc::Receiver<(Nonce, Finding)>, ending: &Ending<'_>) {
        self.probes.close();
        let _late = tokio::time::timeout(LAST_LOOKS_TIMEOUT, self.probes.wait()).await;
        while let Ok(found) = findings.try_recv() {
            self.see(found, ending).await;
        }
        let _late = tokio::time::timeout(LAST_LOOKS_TIMEOUT, self.tools.samples.flush()).await;
    }

    async fn stepped(&mut self) {
        self.tools.health.stepped();
        self.tools.health.kept();
        let due = if self.unnoted { TICK_INTERVAL } else { WATCH_INTERVAL };
        if self.watched.elapsed() >= due {
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

    /// Notes until when somebody watched: until the core's last step, which may be a while ago if the process was stopped. Where nothing
    /// else is to be written, this is how it shows that nothing can be.
    async fn note_watch(&mut self) {
        self.watched = Instant::now();
        let noted = self.tools.store.renew_watch(self.engine.watched_until()).await;
        if let Err(error) = &noted
            && !self.unnoted
        {
            tracing::warn!(%error, "could not note that somebody watches; trying until it works");
        }
        self.obsolete |= matches!(noted, Err(StoreError::NotLeading));
        self.unnoted = noted.is_err();
        self.tools.health.store(Access::Watch, noted.is_ok());
    }

    /// Has the probes taken, and writes the facts, for as long as it takes: while the store fails nothing new is decided, and
    /// once it works again the core sees that it was away.
    /// Tells the journal's place with them; `None` when the end came before they were written.
    async fn carry_out(&mut self, output: Output, margin: Margin, ending: &Ending<'_>) -> Option<u64> {
        if ending.lead.is_over() || self.obsolete {
            return None;
        }
        let margin =
            if margin == Margin::default() { operators::scheduled(&output.facts, output.at) } else { margin };
        for due in output.probes.into_iter().filter(|_| !ending.is_here()) {
            self.launch(due);
        }
        self.missed.extend(self.shares.send());
        if output.facts.is_empty() && margin == Margin::default() {
            return None;
        }
        for fact in &output.facts {
            tracing::info!(kind = fact.kind(), at = output.at.0, "fact");
        }
        let margin = Margin { life: Some(self.life), after: Some(self.place), ..margin };
        let mut failed = false;
        let appended = loop {
            let written = self.tools.store.append_with(output.at, output.facts.clone(), margin.clone()).await;
            let error = match written {
                Ok(appended) => break appended,
                // What was decided belongs to a journal or a leadership that there is no more, or lacks the last word of the leader before.
                Err(
                    error @ (StoreError::Diverged { .. }
                    | StoreError::NotLeading
                    | StoreError::Overtaken { .. }),
                ) => {
                    tracing::info!(%error, count = output.facts.len(), "facts came too late and are not written");
                    self.obsolete = true;
                    return None;
                }
                // Asked for alone it fails again: it is not what was written with it.
                Err(error) if failed && error.is_of_the_data() => {
                    tracing::error!(%error, "the database cannot keep what was decided; it is given up");
                    (self.obsolete, self.unwritable) = (true, true);
                    return None;
                }
                Err(error) => error,
            };
            if !failed {
                tracing::error!(%error, "facts cannot be written; trying until it works");
            }
            failed = true;
            self.tools.health.store(Access::Facts, false);
            self.tools.health.kept();
            tokio::select! {
                () = ending.comes() => return None,
                () = tokio::time::sleep(STORE_RETRY) => {}
            }
        };
        if failed {
            tracing::info!("facts can be written again");
        }
        self.tools.health.store(Access::Facts, true);
        self.place = appended.head.seq;
        Some(appended.head.seq)
    }

    fn reload(&mut self, base: Loaded) -> Input {
        self.base = base;
        self.recompose()
    }

    /// The configuration, with what is kept beside the file.
    fn recompose(&mut self) -> Input {
        self.equip();
        self.components = components(&self.loaded.engine);
        Input::Configured(Box::new(self.loaded.engine.clone()))
    }

    fn equip(&mut self) {
        self.loaded = self.tools.equipment.take(&self.base, &self.engine.fold().desk.components);
        self.jobs.retain(|check, _| self.loaded.heartbeats.iter().any(|push| push.check == *check));
        self.watchers.equip(&self.loaded, &self.tools.prober);
        for warning in &self.loaded.warnings {
            tracing::warn!("the configuration is odd: {}", warning.text(&self.loaded.file));
        }
    }
}

/// Whose latencies the looks of each check are. Of a check that is looked at from several places one feeds the chart, so that it
/// does not mix what lies far apart.
fn components(config: &Config) -> BTreeMap<CheckId, Option<ComponentId>> {
    let several = config.vantages.values().flatten();
    let beside: BTreeSet<&CheckId> = several.flat_map(|vantages| vantages.checks.iter().skip(1)).collect();
    let of = |check: &Check| check.component.clone().filter(|_| !beside.contains(&check.id));
    config.checks.iter().map(|check| (check.id.clone(), of(check))).collect()
}

#[cfg(test)]
mod tests;
