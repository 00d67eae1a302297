//! One simulated world: five nodes, the databases, the network between them and what befalls them, one event after the other.
//!
//! A node hears from nobody but the database, and only what it asked for. So each runs ahead by itself as far as nothing can reach it,
//! and a whole world costs some thousand steps.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use pharos_engine::simulator::Random;

use super::database::{Database, Flaws};
use super::faults::{self, CALM, END, Failover, Fault, NODES, Whom};
use super::message::{Answer, Ms, Request};
use super::node::{Diary, Life};
use super::wire::Quirks;

/// What is falsified in a world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sabotage {
    /// In its databases.
    pub flaws: Flaws,
    /// In its nodes.
    pub quirks: Quirks,
}

/// What is left of a world.
pub struct Past {
    /// What nodes did.
    pub diary: Diary,
    /// The timelines, in the order in which they began.
    pub timelines: Vec<Database>,
}

/// Something that happens.
enum Event {
    /// A request arrives at the database of a timeline.
    Arrives(usize, Request),
    /// An answer arrives.
    Answered(Request, Answer),
    /// A database may have something to do of itself.
    Tend(usize),
    Fault(Fault),
    /// A node that was stopped goes on.
    Resumes(usize),
    Starts(usize),
    /// A node hears of the newest timeline.
    Moves(usize),
}

/// A node as the world sees it.
#[derive(Default)]
struct Place {
    life: Option<Life>,
    lives: u64,
    /// How far it came.
    at: Ms,
    is_stopped: bool,
    /// What came while it was stopped.
    kept: Vec<(u64, Answer)>,
    timeline: usize,
    cut_until: Ms,
}

struct World {
    random: Random,
    sabotage: Sabotage,
    diary: Arc<Mutex<Diary>>,
    places: Vec<Place>,
    timelines: Vec<Database>,
    /// Until when each does nothing, and from when on it does nothing any more.
    frozen: Vec<(Ms, Ms)>,
    loss: (u64, Ms),
    slow: (Ms, Ms),
    queue: BinaryHeap<Reverse<Queued>>,
    queued: u64,
}

/// An event in its order: those of one moment as they were called for.
struct Queued(Ms, u64, Event);

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Lives one world from its beginning to its end.
///
/// # Errors
/// When a node cannot be started.
pub fn live(seed: u64, sabotage: Sabotage) -> Result<Past> {
    let script = faults::draw(&mut Random::new(seed, 1));
    let mut world = World {
        random: Random::new(seed, 2),
        sabotage,
        diary: Arc::default(),
        places: (0..NODES).map(|_| Place::default()).collect(),
        timelines: vec![Database::new(sabotage.flaws)],
        frozen: vec![(0, Ms::MAX)],
        loss: (0, 0),
        slow: (0, 0),
        queue: BinaryHeap::new(),
        queued: 0,
    };
    for (at, fault) in script {
        world.at(at, Event::Fault(fault));
    }
    for node in 0..NODES {
        let at = world.random.between(0, 3_000);
        world.at(at, Event::Starts(node));
    }
    world.run()?;
    let World { diary, timelines, .. } = world;
    let diary = std::mem::take(&mut *diary.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Past { diary, timelines })
}

impl World {
    fn at(&mut self, at: Ms, event: Event) {
        self.queued += 1;
        self.queue.push(Reverse(Queued(at, self.queued, event)));
    }

    fn run(&mut self) -> Result<()> {
        loop {
            for node in 0..NODES {
                self.run_ahead(node);
            }
            let Some(Reverse(Queued(at, _, event))) = self.queue.pop() else { break };
            if at >= END {
                break;
            }
            self.happen(at, event)?;
        }
        // Before the diary is read: what ends may still say something.
        self.places.clear();
        Ok(())
    }

    /// Lets a node run as far as nothing can reach it.
    fn run_ahead(&mut self, node: usize) {
        loop {
            let limit = self.limit(node);
            let place = &mut self.places[node];
            let Some(life) = place.life.as_ref().filter(|_| !place.is_stopped && place.at < limit) else {
                return;
            };
            let (at, sent) = life.run(limit);
            place.at = at;
            let lives = place.lives;
            for (at, number, ask) in sent {
                self.send(at, Request { node, life: lives, number, ask });
            }
        }
    }

    /// How far a node may run: to the next event that concerns it.
    fn limit(&self, node: usize) -> Ms {
        let waits = self.timelines.iter().any(|timeline| timeline.keeps_waiting(node));
        let concerning = self.queue.iter().filter(|Reverse(Queued(_, _, event))| match event {
            Event::Arrives(_, request) | Event::Answered(request, _) => waits || request.node == node,
            Event::Tend(_) => waits,
            _ => true,
        });
        concerning.map(|Reverse(Queued(at, ..))| *at).min().unwrap_or(END).min(END)
    }

    fn happen(&mut self, at: Ms, event: Event) -> Result<()> {
        match event {
            Event::Arrives(timeline, request) => {
                let (frozen, dead) = self.frozen[timeline];
                if at < frozen {
                    self.at(frozen, Event::Arrives(timeline, request));
                } else if at < dead {
                    let answers = self.timelines[timeline].take(at, request);
                    self.answer(at, timeline, answers);
                }
            }
            Event::Tend(timeline) => {
                let (frozen, dead) = self.frozen[timeline];
                if at < frozen {
                    self.at(frozen, Event::Tend(timeline));
                } else if at < dead {
                    let answers = self.timelines[timeline].tend(at);
                    self.answer(at, timeline, answers);
                }
            }
            Event::Answered(request, answer) => {
                let place = &mut self.places[request.node];
                match &place.life {
                    Some(_) if place.lives != request.life => {}
                    Some(_) if place.is_stopped => place.kept.push((request.number, answer)),
                    Some(life) => life.receive(request.number, answer),
                    None => {}
                }
            }
            Event::Fault(fault) => self.befall(at, fault),
            Event::Resumes(node) => self.resume(node, at),
            Event::Starts(node) => {
                let stride = Duration::from_millis(self.random.between(60, 140));
                let life = Life::start((node, at), self.sabotage.quirks, stride, &self.diary)?;
                let place = &mut self.places[node];
                place.life = Some(life);
                place.lives += 1;
                place.at = at;
            }
            Event::Moves(node) => self.places[node].timeline = self.timelines.len() - 1,
        }
        Ok(())
    }

    fn befall(&mut self, at: Ms, fault: Fault) {
        match fault {
            Fault::Pause(whom, until) => {
                let node = self.node(whom);
                if self.places[node].life.is_some() && !self.places[node].is_stopped {
                    self.places[node].is_stopped = true;
                    self.at(until, Event::Resumes(node));
                }
            }
            Fault::Crash(whom, until) => {
                let node = self.node(whom);
                let place = &mut self.places[node];
                if place.life.take().is_some() {
                    place.is_stopped = false;
                    place.kept.clear();
                    self.at(until, Event::Starts(node));
                }
            }
            Fault::Cut(whom, until) => {
                let node = self.node(whom);
                self.places[node].cut_until = until;
            }
            Fault::Loss(per_million, until) => self.loss = (per_million, until),
            Fault::Slow(most, until) => self.slow = (most, until),
            Fault::Freeze(until) => self.freeze(self.timelines.len() - 1, until),
            Fault::Failover(failover) => self.fail_over(at, failover),
            Fault::Resign(whom) => {
                let node = self.node(whom);
                if let Some(life) = &self.places[node].life {
                    life.resign();
                }
            }
        }
    }

    fn node(&self, whom: Whom) -> usize {
        match whom {
            Whom::Node(node) => node,
            Whom::Leader => {
                let diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
                diary.acts.last().map_or(0, |act| act.node)
            }
        }
    }

    fn freeze(&mut self, timeline: usize, until: Ms) {
        let (frozen, _) = &mut self.frozen[timeline];
        *frozen = (*frozen).max(until);
    }

    fn fail_over(&mut self, at: Ms, failover: Failover) {
        let old = self.timelines.len() - 1;
        let heard = match (failover.lag, self.timelines[old].elected()) {
            (None, Some(elected)) => elected.saturating_sub(1),
            (lag, _) => at.saturating_sub(lag.unwrap_or(0)),
        };
        let promoted = self.timelines[old].heard_until(heard);
        self.timelines.push(promoted);
        self.frozen.push((failover.ready, Ms::MAX));
        self.frozen[old].1 = failover.old_until.max(at);
        if failover.old_until <= at {
            self.timelines[old].die();
        }
        for node in 0..NODES {
            let moves = self.random.between(at, failover.old_until.max(at));
            self.at(moves, Event::Moves(node));
        }
    }

    /// Lets a node that was stopped go on. What came meanwhile it hears before or after its clock tells it how late it is.
    fn resume(&mut self, node: usize, at: Ms) {
        let hears_first = self.random.chance(500_000);
        let place = &mut self.places[node];
        let Some(life) = place.life.as_ref().filter(|_| place.is_stopped) else { return };
        place.is_stopped = false;
        let kept = std::mem::take(&mut place.kept);
        let hear = || kept.iter().for_each(|(number, answer)| life.receive(*number, answer.clone()));
        if hears_first {
            hear();
        }
        life.skip(at);
        if !hears_first {
            hear();
        }
        place.at = at;
        let (_, sent) = life.run(at);
        let lives = place.lives;
        for (at, number, ask) in sent {
            self.send(at, Request { node, life: lives, number, ask });
        }
    }

    fn send(&mut self, at: Ms, request: Request) {
        let timeline = self.places[request.node].timeline;
        if let Some(arrives) = self.way(at, request.node) {
            self.at(arrives, Event::Arrives(timeline, request));
        }
    }

    fn answer(&mut self, at: Ms, timeline: usize, answers: Vec<(Request, Answer)>) {
        for (request, answer) in answers {
            if let Some(arrives) = self.way(at, request.node) {
                self.at(arrives, Event::Answered(request, answer));
            }
        }
        if let Some(next) = self.timelines[timeline].next() {
            self.at(next.max(at + 1), Event::Tend(timeline));
        }
    }

    /// When a message that leaves now arrives, if it does.
    fn way(&mut self, at: Ms, node: usize) -> Option<Ms> {
        let (loss, lossy_until) = self.loss;
        if at < lossy_until && self.random.chance(loss) {
            return None;
        }
        let (most, slow_until) = self.slow;
        let takes = if at < slow_until && self.random.chance(300_000) {
            self.random.between(1, most.max(1))
        } else if self.random.chance(30_000) {
            self.random.between(20, 400)
        } else {
            self.random.between(1, 9)
        };
        let cut = self.places[node].cut_until;
        let arrives = match at < cut {
            true if self.random.chance(500_000) => return None,
            true => cut + takes,
            false => at + takes,
        };
        // Nothing of the faults is on its way for long once they are over.
        Some(if at < CALM { arrives.min(CALM + 1_000).max(at + 1) } else { arrives })
    }
}
