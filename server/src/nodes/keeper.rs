//! What a node does with what comes to it: while it leads it is for its own leader; while another leads it is passed on.

use std::sync::Arc;

use pharos_engine::{Fold, Output};
use pharos_store::limits::LEASE_RETRY;
use pharos_store::{Lead, Leadership};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::clocks;
use crate::config::Loaded;
use crate::http::Access;
use crate::known::Known;
use crate::leader::{Ending, Inputs, Leader, Tools};
use crate::limits::TICK_INTERVAL;

/// A leader that is ready to begin.
pub struct Begun {
    leader: Leader,
    first: Output,
    lead: Lead,
}

/// Keeps a node at work, whoever leads.
pub struct Keeper {
    /// The way to leadership.
    pub leadership: Leadership,
    /// What a leader works with.
    pub tools: Tools,
    /// What comes in.
    pub inputs: Inputs,
    /// The configuration of the file.
    pub base: Loaded,
    /// What the journal says.
    pub known: watch::Receiver<Known>,
}

impl Keeper {
    /// Begins to lead, if nobody else does, so that nothing is served before this node is ready.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn begin(&mut self, fold: Fold) -> anyhow::Result<Option<Begun>> {
        let life = self.tools.store.life();
        // One whose clock is not the database's first hears how those of the others are.
        if clocks::ahead_ms(&*self.tools.store).is_some_and(clocks::are_apart) {
            self.leadership.bar();
            return Ok(None);
        }
        let Some(lead) = self.leadership.gain().await? else {
            if let Ok(Some(holder)) = self.tools.store.holder().await
                && !holder.left.is_zero()
            {
                tracing::info!(leader = holder.name, "another node leads; this one follows");
            }
            return Ok(None);
        };
        let began = async {
            // Whoever led until just now may have had the last word after the journal was read.
            let is_whole = self.tools.store.head().await?.seq == fold.seq;
            let fold = if is_whole { fold } else { self.tools.store.load().await? };
            Leader::start(self.tools.clone(), (fold, life), self.base.clone()).await
        };
        match began.await {
            Ok((leader, first)) => Ok(Some(Begun { leader, first, lead })),
            Err(error) => {
                lead.give_up().await;
                Err(error.into())
            }
        }
    }

    /// Leads and follows until shutdown.
    pub async fn run(mut self, begun: Option<Begun>, shutdown: CancellationToken) {
        let mut begun = begun;
        loop {
            if begun.is_none() {
                begun = tokio::select! {
                    () = shutdown.cancelled() => return,
                    begun = self.follow() => Some(begun),
                };
            }
            let Some(Begun { leader, first, lead }) = begun.take() else { return };
            let ending = Ending { lead: &lead, shutdown: &shutdown };
            self.base = leader.run(first, &mut self.inputs, ending).await;
            // Before anything else: another node may lead at once.
            lead.give_up().await;
            if shutdown.is_cancelled() {
                return;
            }
            tracing::warn!("this node follows from now on");
        }
    }

    /// Passes on what comes in until this node leads.
    async fn follow(&mut self) -> Begun {
        self.equip();
        // What this node could not write another writes now.
        for access in [Access::Facts, Access::Samples, Access::Watch] {
            self.tools.health.store(access, true);
        }
        let leadership = self.leadership.clone();
        let (tools, mut kept) = (self.tools.clone(), Arc::clone(&self.known.borrow().desk));
        loop {
            let gaining = leadership.await_it();
            tokio::pin!(gaining);
            let mut turns = interval(TICK_INTERVAL);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let lead = loop {
                tokio::select! {
                    lead = &mut gaining => break lead,
                    _ = turns.tick() => tools.health.kept(),
                    Some(base) = self.inputs.configs.recv() => {
                        self.base = *base;
                        self.equip();
                    }
                    Some(order) = self.inputs.orders.recv() => tools.post.order(order),
                    Some(heartbeat) = self.inputs.heartbeats.recv() => tools.post.heartbeat(heartbeat),
                    Some(report) = self.inputs.reports.recv() => tools.post.report(report),
                    // Of looks that were taken while this node led.
                    Some(_) = self.inputs.findings.recv() => {}
                    Ok(()) = self.known.changed() => {
                        let desk = Arc::clone(&self.known.borrow_and_update().desk);
                        if desk.components != kept.components {
                            self.equip();
                        }
                        kept = desk;
                    }
                }
            };
            let began = async {
                let life = tools.store.life();
                let fold = tools.store.load().await?;
                Leader::start(tools.clone(), (fold, life), self.base.clone()).await
            };
            match began.await {
                Ok((leader, first)) => return Begun { leader, first, lead },
                Err(error) => tracing::error!(%error, "this node cannot lead: the journal cannot be read"),
            }
            lead.give_up().await;
            sleep(LEASE_RETRY).await;
        }
    }

    fn equip(&self) {
        let _loaded = self.tools.equipment.take(&self.base, &self.known.borrow().desk.components);
    }
}
