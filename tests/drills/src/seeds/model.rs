//! The lease as a model of few states, all of which are gone through: nodes with clocks of one rate, messages that are late, lost and
//! doubled, a standby that takes over with an older row, and the fence on each write.
//!
//! A node that is stopped is one that takes no step while time goes on, and every node may do so at any moment, for any time. Times are
//! ticks. What a request asked for and when it left goes with its answer, so that a node counts from when it asked.

use std::collections::BTreeSet;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// How long a lease lasts.
const TTL: u8 = 3;
/// How long a node acts after it asked.
const ACTS: u8 = 2;
/// How much is gone through, and what is falsified.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Nodes.
    pub nodes: u8,
    /// Leaderships that are tried.
    pub tries: u8,
    /// Messages that are on their way at once.
    pub messages: usize,
    /// Whether the database takes writes without looking at the fence.
    pub ignores_fences: bool,
    /// Whether nodes act for all of the lease from when they heard of it.
    pub counts_from_the_answer: bool,
    /// Whether a node has one nonce for all its leaderships.
    pub keeps_its_nonce: bool,
}

/// A term and a nonce.
type Fence = (u8, u8);

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Follows,
    /// It awaits the answer to this try.
    Tries(u8),
    Leads(Leader),
}

/// Under which fence a node leads, since which try, and for how long it may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Leader {
    fence: Fence,
    attempt: u8,
    left: u8,
}

/// The row, and for how long it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Row {
    fence: Fence,
    left: u8,
}

/// What is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    /// A node asks for the lease with this nonce, for its how-manieth try, since so many ticks.
    Ask { node: u8, nonce: u8, attempt: u8, age: u8 },
    /// It has it.
    Granted { node: u8, fence: Fence, attempt: u8, age: u8 },
    /// A leader gives it up.
    Release { nonce: u8 },
    /// A leader writes.
    Write { fence: Fence },
}

/// All there is at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    nodes: Vec<Node>,
    row: Option<Row>,
    /// What the standby heard of the row.
    standby: Option<Row>,
    messages: BTreeSet<Message>,
    tried: u8,
    /// How long ago the standby took over.
    failed_over: Option<u8>,
    /// Which fences were in the row, in order; of the standby those it heard of.
    history: Vec<Fence>,
    heard: usize,
    /// The last of the history under which a write was taken.
    written: usize,
    /// Which tries were granted which fences.
    granted: BTreeSet<(Fence, u8)>,
    /// Whether a write was taken after one of a newer fence.
    is_stale_taken: bool,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A tick of all clocks.
    Tick,
    /// A node that does not lead asks to.
    Try(u8),
    /// A leader renews.
    Renew(u8),
    /// A leader writes.
    Write(u8),
    /// A leader gives up.
    GiveUp(u8),
    /// A node dies and starts again.
    Restart(u8),
    /// A message arrives, and again, if it is kept.
    Arrives(Message, bool),
    Lost(Message),
    /// The standby hears of all.
    Replicate,
    FailOver,
}

impl Model for Lease {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            nodes: vec![Node::Follows; usize::from(self.nodes)],
            row: None,
            standby: None,
            messages: BTreeSet::new(),
            tried: 0,
            failed_over: None,
            history: Vec::new(),
            heard: 0,
            written: 0,
            granted: BTreeSet::new(),
            is_stale_taken: false,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.push(Step::Tick);
        for (at, node) in (0..).zip(&state.nodes) {
            match node {
                Node::Follows => steps.extend((state.tried < self.tries).then_some(Step::Try(at))),
                Node::Tries(_) => steps.push(Step::Restart(at)),
                Node::Leads(_) => {
                    steps.extend([Step::Renew(at), Step::Write(at), Step::GiveUp(at), Step::Restart(at)]);
                }
            }
        }
        for message in &state.messages {
            steps.extend([
                Step::Arrives(*message, false),
                Step::Arrives(*message, true),
                Step::Lost(*message),
            ]);
        }
        if state.failed_over.is_none() && state.row.is_some() {
            steps.extend([Step::Replicate, Step::FailOver]);
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Tick => state.tick(),
            Step::Try(node) => {
                let attempt = state.tried;
                state.tried += 1;
                state.nodes[usize::from(node)] = Node::Tries(attempt);
                let nonce = if self.keeps_its_nonce { node } else { attempt };
                state.messages.insert(Message::Ask { node, nonce, attempt, age: 0 });
            }
            Step::Renew(node) => {
                let Leader { fence, attempt, .. } = state.leader(node)?;
                state.messages.insert(Message::Ask { node, nonce: fence.1, attempt, age: 0 });
            }
            Step::Write(node) => {
                let fence = state.leader(node)?.fence;
                state.messages.insert(Message::Write { fence });
            }
            Step::GiveUp(node) => {
                let nonce = state.leader(node)?.fence.1;
                state.messages.insert(Message::Release { nonce });
                state.nodes[usize::from(node)] = Node::Follows;
            }
            // Whoever gives up waiting for an answer does the same.
            Step::Restart(node) => state.nodes[usize::from(node)] = Node::Follows,
            Step::Arrives(message, is_kept) => {
                if !is_kept {
                    state.messages.remove(&message);
                }
                self.arrive(&mut state, message);
            }
            Step::Lost(message) => {
                state.messages.remove(&message);
            }
            Step::Replicate => (state.standby, state.heard) = (state.row, state.history.len()),
            Step::FailOver => {
                state.row = state.standby.take();
                state.history.truncate(state.heard);
                state.written = state.written.min(state.heard);
                (state.heard, state.failed_over) = (0, Some(0));
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_LEADS, |_, state: &State| match state.failed_over {
                None => state.acting() <= 1,
                // What the old primary granted is over by the clock of whoever has it.
                Some(since) => since < ACTS || state.acting() <= 1,
            }),
            Property::always(
                "no write of an older leader is taken after a newer one's",
                |_, state: &State| !state.is_stale_taken,
            ),
            Property::always("no fence is that of two leaderships", |_, state: &State| {
                !state.shares_a_fence()
            }),
            Property::sometimes("somebody leads", |_, state: &State| state.acting() == 1),
            Property::sometimes("a second leader writes", |_, state: &State| state.written > 1),
            Property::sometimes("a term is handed out twice", |_, state: &State| {
                let terms: BTreeSet<u8> = state.granted.iter().map(|((term, _), _)| *term).collect();
                terms.len() < state.granted.len()
            }),
            Property::sometimes("a write is on its way that comes too late", |_, state: &State| {
                let late =
                    |message: &Message| matches!(message, Message::Write { fence } if state.is_stale(*fence));
                state.messages.iter().any(late)
            }),
            Property::sometimes("two lead for a while after a failover", |_, state: &State| {
                state.acting() > 1
            }),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.messages.len() <= self.messages
    }
}

const ONE_LEADS: &str = "one leads at a time, but for the end of what an old primary granted";

impl Lease {
    fn arrive(&self, state: &mut State, message: Message) {
        match message {
            Message::Ask { node, nonce, attempt, age } => {
                let term = match state.row {
                    Some(row) if row.fence.1 == nonce => row.fence.0,
                    Some(row) if row.left > 0 => return,
                    row => row.map_or(0, |row| row.fence.0) + 1,
                };
                let fence = (term, nonce);
                if state.row.is_none_or(|row| row.fence != fence) {
                    state.history.push(fence);
                }
                state.row = Some(Row { fence, left: TTL });
                state.granted.insert((fence, attempt));
                state.messages.insert(Message::Granted { node, fence, attempt, age });
            }
            Message::Granted { node, fence, attempt, age } => {
                let left = if self.counts_from_the_answer { TTL } else { ACTS.saturating_sub(age) };
                let node = &mut state.nodes[usize::from(node)];
                *node = match *node {
                    Node::Tries(tried) if tried == attempt && left > 0 => {
                        Node::Leads(Leader { fence, attempt, left })
                    }
                    Node::Leads(leader) if leader.attempt == attempt && leader.fence == fence => {
                        Node::Leads(Leader { left: leader.left.max(left), ..leader })
                    }
                    // The row is its own under another term: somebody else had it meanwhile.
                    Node::Leads(leader) if leader.attempt == attempt => Node::Follows,
                    // What it asked for in another life, or for a leadership that is over.
                    other => other,
                };
            }
            Message::Release { nonce } => {
                if let Some(row) = state.row.as_mut().filter(|row| row.fence.1 == nonce) {
                    row.left = 0;
                }
            }
            Message::Write { fence } => {
                if !self.ignores_fences && state.is_stale(fence) {
                    return;
                }
                match state.history.iter().rposition(|known| *known == fence) {
                    Some(place) if place + 1 >= state.written => state.written = place + 1,
                    _ => state.is_stale_taken = true,
                }
            }
        }
    }
}

impl State {
    fn tick(&mut self) {
        for node in &mut self.nodes {
            if let Node::Leads(leader) = node {
                leader.left -= 1;
                if leader.left == 0 {
                    *node = Node::Follows;
                }
            }
        }
        for row in [&mut self.row, &mut self.standby].into_iter().flatten() {
            row.left = row.left.saturating_sub(1);
        }
        self.failed_over = self.failed_over.map(|since| (since + 1).min(ACTS));
        let older = |age: u8| (age + 1).min(ACTS);
        let messages = self.messages.iter().map(|message| match *message {
            Message::Ask { node, nonce, attempt, age } => {
                Message::Ask { node, nonce, attempt, age: older(age) }
            }
            Message::Granted { node, fence, attempt, age } => {
                Message::Granted { node, fence, attempt, age: older(age) }
            }
            other => other,
        });
        self.messages = messages.collect();
    }

    /// Whether the row is somebody else's.
    fn is_stale(&self, fence: Fence) -> bool {
        self.row.is_none_or(|row| row.fence != fence)
    }

    fn leader(&self, node: u8) -> Option<Leader> {
        match self.nodes[usize::from(node)] {
            Node::Leads(leader) => Some(leader),
            _ => None,
        }
    }

    fn acting(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Leads(_))).count()
    }

    fn shares_a_fence(&self) -> bool {
        let fences: BTreeSet<Fence> = self.granted.iter().map(|(fence, _)| *fence).collect();
        fences.len() < self.granted.len()
    }
}

/// What going through the states told.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// What must always hold, and does not.
    pub broken: Vec<&'static str>,
    /// What must happen at times, and never does.
    pub never: Vec<&'static str>,
}

/// Goes through all states, or until one breaks a rule: that is told with the steps that lead to it.
pub fn explore(lease: Lease, threads: usize) -> (Explored, Vec<String>) {
    let broken = HasDiscoveries::AnyFailures;
    let checker = lease.checker().threads(threads).finish_when(broken).spawn_bfs().join();
    let mut explored =
        Explored { states: checker.unique_state_count(), broken: Vec::new(), never: Vec::new() };
    let mut paths = Vec::new();
    for property in lease.properties() {
        let path = checker.discovery(property.name);
        match (property.expectation, path) {
            (Expectation::Sometimes, None) => explored.never.push(property.name),
            (Expectation::Always, Some(path)) => {
                explored.broken.push(property.name);
                let steps: Vec<String> = path.into_actions().iter().map(|step| format!("{step:?}")).collect();
                paths.push(format!("{}: {}", property.name, steps.join(", ")));
            }
            _ => {}
        }
    }
    (explored, paths)
}
