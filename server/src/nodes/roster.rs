//! The roster: every node tells how it is every few seconds, and hears how all are. Who is silent for longer is not counted on.

use std::sync::Arc;
use std::time::Duration;

use pharos_model::{PulseRow, UnixMs};
use pharos_store::limits::LEASE_TTL;
use pharos_store::{Beat, NodeRow, Nonce, Standing, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

use super::clocks::{self, Alone};
use crate::archiving::Archived;
use crate::http::{Access, HealthState};
use crate::known::Known;
use crate::limits::{BEAT_INTERVAL, NODE_LIVE, PULSE_ROWS_MAX};
use crate::pulse::LastChecked;

/// The nodes as of the last time this one heard of them.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// Of whom it is.
    pub me: Option<Nonce>,
    /// All, itself too, the longest there first.
    pub rows: Vec<NodeRow>,
    /// When that was.
    pub heard: Option<Instant>,
}

/// What a node tells beside its beat.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// When anything was last looked at.
    #[serde(default)]
    pub checked_at: Option<UnixMs>,
    /// What was looked at since the last beat.
    #[serde(default)]
    pub rows: Vec<PulseRow>,
    /// For how long it has led, in milliseconds.
    #[serde(default)]
    pub leads_for_ms: Option<u64>,
    /// Whether it cannot trust what it sees.
    #[serde(default)]
    pub blind: bool,
    /// Whether what it shows may be out of date.
    #[serde(default)]
    pub stale: bool,
    /// By how many milliseconds its clock is ahead of the database's.
    #[serde(default)]
    pub ahead_ms: Option<i64>,
    /// How archiving is going, where it leads.
    #[serde(default)]
    pub archive: Option<Archived>,
}

/// Whether a node is counted on.
pub fn is_live(row: &NodeRow) -> bool {
    row.silent < NODE_LIVE
}

/// Whether a node said that it cannot trust what it sees.
pub fn is_blind(row: &NodeRow) -> bool {
    told(row).blind
}

/// What a node told beside; nothing where that cannot be read.
pub fn told(row: &NodeRow) -> Told {
    serde_json::from_slice(&row.beat.told).unwrap_or_default()
}

impl Roster {
    /// The same as of now: while the database is gone, nobody is heard of, and who led may lead no more.
    pub fn by_now(&self) -> Self {
        let since = self.heard.map_or(Duration::ZERO, |heard| heard.elapsed());
        let older = |row: &NodeRow| NodeRow { silent: row.silent + since, up: row.up + since, ..row.clone() };
        Self { me: self.me, rows: self.rows.iter().map(older).collect(), heard: self.heard }
    }

    /// The node that leads, as far as it says so itself.
    pub fn leader(&self) -> Option<&NodeRow> {
        let leads = |row: &&NodeRow| told(row).leads_for_ms.is_some() && row.silent < LEASE_TTL;
        self.rows.iter().filter(leads).max_by_key(|row| row.beat.term)
    }
}

/// What tells of a node.
pub struct Teller {
    /// The node.
    pub me: Nonce,
    /// What operators call it.
    pub name: String,
    /// Where nodes tell each other.
    pub store: Arc<dyn Store>,
    /// Whether it leads.
    pub standing: Arc<Standing>,
    /// How far it has read.
    pub known: watch::Receiver<Known>,
    /// A fingerprint of its configuration.
    pub config: watch::Receiver<String>,
    /// Whether it cannot trust what it sees.
    pub blind: watch::Receiver<bool>,
    /// What was looked at.
    pub last_checked: Arc<LastChecked>,
    /// How this node is.
    pub health: Arc<HealthState>,
    /// Where it says what it hears.
    pub roster: watch::Sender<Arc<Roster>>,
    /// Has it hear anew.
    pub who_is_there: Arc<Notify>,
}

impl Teller {
    /// Tells until shutdown, and that it ends, so that it is given nothing more to look at.
    pub async fn run(self, shutdown: CancellationToken) {
        if !self.store.is_shared() {
            return self.alone(shutdown).await;
        }
        let mut ticks = interval(BEAT_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut failing, mut alone) = (false, Alone::default());
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => {}
                () = self.who_is_there.notified() => {}
            }
            let beaten = self.store.beat(&self.beat()).await;
            self.health.told();
            match beaten {
                Ok(rows) => {
                    self.health.store(Access::Nodes, true);
                    failing = false;
                    self.compare_clocks(&rows, &mut alone);
                    self.hear(rows);
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "other nodes cannot be heard of; trying until it works");
                    }
                    failing = true;
                    self.health.store(Access::Nodes, false);
                }
            }
        }
        if let Err(error) = self.store.leave(self.me).await {
            tracing::debug!(%error, "that this node ends could not be told");
        }
    }

    /// Where nobody else can be, the roster says so.
    async fn alone(self, shutdown: CancellationToken) {
        let begun = Instant::now();
        loop {
            let beat = self.beat();
            let row = NodeRow { beat, up: begun.elapsed(), silent: Duration::ZERO };
            self.roster.send_replace(Arc::new(Roster {
                me: Some(self.me),
                rows: vec![row],
                heard: Some(Instant::now()),
            }));
            self.health.told();
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(BEAT_INTERVAL) => {}
            }
        }
    }

    fn beat(&self) -> Beat {
        let fence = self.standing.fence();
        let (checked_at, rows) = match fence {
            Some(_) => self.last_checked.since_last_beat(),
            None => (None, Vec::new()),
        };
        let told = Told {
            checked_at,
            rows,
            leads_for_ms: self.standing.leads_for_ms(),
            blind: *self.blind.borrow(),
            stale: self.health.is_stale(),
            ahead_ms: clocks::ahead_ms(&*self.store),
            archive: self.health.archive.here().filter(|_| self.standing.leads()),
        };
        Beat {
            id: self.me,
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: self.config.borrow().clone(),
            seq: self.known.borrow().seq,
            term: fence.map(|fence| fence.term),
            told: serde_json::to_vec(&told).unwrap_or_default(),
        }
    }

    /// Tells operators of a clock that is not the database's, and leads nobody where it is this one that is wrong.
    fn compare_clocks(&self, rows: &[NodeRow], alone: &mut Alone) {
        let ahead_ms = clocks::ahead_ms(&*self.store);
        if let Some(ahead_ms) = ahead_ms {
            crate::clock::compare(ahead_ms);
        }
        let apart_ms = ahead_ms.filter(|ms| clocks::are_apart(*ms));
        let was_apart = self.health.clocks(apart_ms.is_some());
        let is_alone = clocks::is_alone(self.me, ahead_ms, rows);
        if let Some(barred) = alone.bars(is_alone, Instant::now()) {
            self.standing.bar(barred);
        }
        match apart_ms {
            Some(ms) if !was_apart => tracing::error!(
                ahead_s = ms / 1_000,
                leads_nobody = is_alone,
                "this machine's clock is not that of the database: mend the one that is wrong"
            ),
            None if was_apart => tracing::info!("this machine's clock is that of the database again"),
            _ => {}
        }
    }

    /// What the one that leads looked at is told to those who listen here, too.
    fn hear(&self, rows: Vec<NodeRow>) {
        let roster = Arc::new(Roster { me: Some(self.me), rows, heard: Some(Instant::now()) });
        if self.standing.leads() {
            self.health.store(Access::Leader, true);
        } else if let Some(leader) = roster.leader().filter(|row| is_live(row)) {
            let told = told(leader);
            heed(&self.health, &told);
            self.last_checked.hear(told.checked_at, told.rows.into_iter().take(PULSE_ROWS_MAX));
        }
        self.roster.send_replace(roster);
    }
}

/// What the one that leads says of itself holds here too: what it cannot write is not shown here either.
fn heed(health: &HealthState, told: &Told) {
    health.stepped();
    health.store(Access::Leader, !told.stale);
    health.archive.heard(told.archive.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_of_the_one_that_leads_does_not_hold_for_ever() {
        let told = Told { leads_for_ms: Some(1), ..Told::default() };
        let beat = Beat {
            id: Nonce([1; 16]),
            name: "node-1".to_owned(),
            version: String::new(),
            config: String::new(),
            seq: 7,
            term: Some(1),
            told: serde_json::to_vec(&told).unwrap(),
        };
        let row = NodeRow { beat, up: Duration::ZERO, silent: Duration::ZERO };
        let roster = Roster { me: None, rows: vec![row], heard: Some(Instant::now()) };
        assert!(roster.by_now().leader().is_some_and(is_live));
        tokio::time::advance(NODE_LIVE).await;
        assert!(roster.by_now().leader().is_some_and(|row| !is_live(row)));
        tokio::time::advance(LEASE_TTL).await;
        assert!(roster.by_now().leader().is_none());
    }

    #[test]
    fn a_node_whose_leader_cannot_write_says_that_it_may_be_out_of_date() {
        let health = HealthState::default();
        heed(&health, &Told::default());
        assert!(!health.is_stale());
        heed(&health, &Told { stale: true, ..Told::default() });
        assert!(health.is_stale());
        heed(&health, &Told::default());
        assert!(!health.is_stale());
    }
}
