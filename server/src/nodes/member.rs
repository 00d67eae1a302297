//! What makes a node one of several: its name, its standing, its post, its ear for the others, and the looks it takes for them.

use std::sync::Arc;

use pharos_probe::Prober;
use pharos_store::{Leadership, Lease, Nonce, Standing, Store};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::errands::{Runner, Sight};
use super::message::Errand;
use super::post::{Inbox, Post, Postman};
use super::roster::{Roster, Teller};
use crate::clock::Clock;
use crate::equipment::Equipment;
use crate::finding::Finding;
use crate::http::{HealthState, Heartbeat, Metrics, Report};
use crate::known::Known;
use crate::leader::Tools;
use crate::limits::ERRANDS_WAITING_MAX;
use crate::operators::Order;
use crate::pulse::LastChecked;
use crate::samples::SampleSender;

/// What a node has anyway.
pub struct Parts {
    /// What operators call it.
    pub name: String,
    /// Where nodes meet.
    pub store: Arc<dyn Store>,
    /// Opens sockets.
    pub prober: Arc<Prober>,
    /// What is in force.
    pub equipment: Equipment,
    /// What the journal says.
    pub known: watch::Receiver<Known>,
    /// What was looked at.
    pub last_checked: Arc<LastChecked>,
    /// How it is.
    pub health: Arc<HealthState>,
    /// Figures.
    pub metrics: Arc<Metrics>,
}

/// Where what comes in goes, from other nodes too.
#[derive(Clone)]
pub struct Doors {
    /// What looks found.
    pub findings: mpsc::Sender<(Nonce, Finding)>,
    /// What operators ask for.
    pub orders: mpsc::Sender<Order>,
    /// Signs of jobs.
    pub heartbeats: mpsc::Sender<Heartbeat>,
    /// What agents saw.
    pub reports: mpsc::Sender<Report>,
}

/// A node among others.
pub struct Member {
    /// Whether it leads.
    pub standing: Arc<Standing>,
    /// The way to the others.
    pub post: Post,
    /// How the others are.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// The way to leadership.
    pub leadership: Leadership,
    equipment: Equipment,
    postman: Postman,
    runner: Runner,
    errands: mpsc::Receiver<Vec<Errand>>,
    teller: Teller,
}

impl Member {
    /// It does nothing yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(parts: Parts, doors: Doors) -> anyhow::Result<Self> {
        let Parts { name, store, prober, equipment, known, last_checked, health, metrics } = parts;
        let Doors { findings, orders, heartbeats, reports } = doors;
        let (me, standing) = (Nonce::draw()?, Arc::new(Standing::default()));
        let (to_do, errands) = mpsc::channel(ERRANDS_WAITING_MAX);
        let inbox = Inbox { errands: to_do, findings, orders, heartbeats, reports };
        let lease: Arc<dyn Lease> = Arc::<dyn Store>::clone(&store);
        let postman = Postman::new(me, Arc::clone(&store), Arc::clone(&standing), inbox);
        let (tell, roster) = watch::channel(Arc::new(Roster { me: Some(me), ..Roster::default() }));
        let (sight, blind) = Sight::new();
        Ok(Self {
            post: postman.post(),
            roster,
            leadership: Leadership::new(lease, name.clone(), Arc::clone(&standing)),
            equipment: equipment.clone(),
            postman,
            runner: Runner { loaded: equipment.loaded, prober, metrics, sight: Arc::new(sight) },
            errands,
            teller: Teller {
                me,
                name,
                store,
                standing: Arc::clone(&standing),
                known,
                config: equipment.config.subscribe(),
                blind,
                last_checked,
                health,
                roster: tell,
                who_is_there: Arc::default(),
            },
            standing,
        })
    }

    /// What it leads with, when it does, until it `ends`.
    pub fn tools(
        &self,
        (findings, samples): (mpsc::Sender<(Nonce, Finding)>, SampleSender),
        ends: CancellationToken,
    ) -> Tools {
        Tools {
            clock: Clock::start(),
            store: Arc::clone(&self.teller.store),
            prober: Arc::clone(&self.runner.prober),
            findings,
            samples,
            last_checked: Arc::clone(&self.teller.last_checked),
            health: Arc::clone(&self.teller.health),
            metrics: Arc::clone(&self.runner.metrics),
            equipment: self.equipment.clone(),
            post: self.post.clone(),
            roster: self.roster.clone(),
            who_is_there: Arc::clone(&self.teller.who_is_there),
            ends,
        }
    }

    /// Begins to take part, until `halt`. After `shutdown` it takes in nothing more for others. Tells what it has taken in and not answered
    /// yet.
    pub fn begin(
        self,
        work: &TaskTracker,
        (shutdown, halt): (&CancellationToken, &CancellationToken),
    ) -> TaskTracker {
        let letters = self.post.under_way();
        work.spawn(self.postman.run((shutdown.clone(), halt.clone())));
        work.spawn(self.runner.run(self.errands, self.post, halt.clone()));
        work.spawn(self.teller.run(shutdown.clone()));
        letters
    }
}
