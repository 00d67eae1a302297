//! The post: letters from this node to others through the database, and those that come for it. A request is done at most once:
//! whoever collects its letter is the only one who has it. So whoever asked hears that it was done, that it was not, or that nobody
//! knows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pharos_store::{LETTER_BYTES_MAX, Letter, Nonce, Standing, Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::message::{Errand, Message};
use crate::finding::Finding;
use crate::http::{Heartbeat, Report};
use crate::limits::{
    ERRAND_MAX_AGE, FORWARD_TIMEOUT, LETTERS_AT_ONCE, LETTERS_WAITING_MAX, ORDER_TIMEOUT, POST_INTERVAL,
    PUSH_TIMEOUT, REQUESTS_WAITING_MAX,
};
use crate::operators::{Done, Failure, Order};

/// A letter on its way out.
struct Outgoing {
    to: Option<Nonce>,
    message: Message,
    number: u64,
}

/// Who waits for an answer, and until when it makes sense to.
struct Waiting {
    asker: Asker,
    until: Instant,
}

enum Asker {
    Order(oneshot::Sender<Result<Done, Failure>>),
    /// A job or an agent. Dropped untold when it was not stored.
    Reporter(oneshot::Sender<()>),
}

impl Asker {
    /// Nothing was done.
    fn refuse(self, why: &'static str) {
        if let Self::Order(reply) = self {
            // Who asked may have given up waiting.
            let _gone = reply.send(Err(Failure::busy(why)));
        }
    }
}

/// The way of this node's letters.
#[derive(Clone)]
pub struct Post {
    me: Nonce,
    outgoing: mpsc::Sender<Outgoing>,
    next: Arc<AtomicU64>,
    waiting: Arc<Mutex<HashMap<u64, Waiting>>>,
    /// What answers letters that were taken in.
    under_way: TaskTracker,
}

/// Where what comes in goes.
pub struct Inbox {
    /// What is to be looked at here.
    pub errands: mpsc::Sender<Vec<Errand>>,
    /// What was found elsewhere.
    pub findings: mpsc::Sender<(Nonce, Finding)>,
    /// What operators ask of whoever leads.
    pub orders: mpsc::Sender<Order>,
    /// Signs of jobs.
    pub heartbeats: mpsc::Sender<Heartbeat>,
    /// What agents saw.
    pub reports: mpsc::Sender<Report>,
}

/// What carries letters out and in.
pub struct Postman {
    post: Post,
    sent: mpsc::Receiver<Outgoing>,
    store: Arc<dyn Store>,
    standing: Arc<Standing>,
    inbox: Inbox,
}

impl Postman {
    /// For the node `me`.
    pub fn new(me: Nonce, store: Arc<dyn Store>, standing: Arc<Standing>, inbox: Inbox) -> Self {
        let (outgoing, sent) = mpsc::channel(LETTERS_WAITING_MAX);
        let (next, under_way) = (Arc::new(AtomicU64::new(1)), TaskTracker::new());
        let post = Post { me, outgoing, next, waiting: Arc::default(), under_way };
        Self { post, sent, store, standing, inbox }
    }

    /// The way to it.
    pub fn post(&self) -> Post {
        self.post.clone()
    }

    /// Carries until `halt`. After `shutdown` nothing more is taken in for whoever leads: it waits for the next one.
    pub async fn run(self, (shutdown, halt): (CancellationToken, CancellationToken)) {
        let Self { post, sent, store, standing, inbox } = self;
        if !store.is_shared() {
            return halt.cancelled().await;
        }
        let out = carry_out(post.clone(), sent, (Arc::clone(&store), Arc::clone(&standing)), halt);
        let inward = carry_in(post, (store, standing), inbox, shutdown);
        tokio::select! {
            () = out => {}
            () = inward => {}
        }
    }
}

impl Post {
    /// Which node this is.
    pub fn me(&self) -> Nonce {
        self.me
    }

    /// Letters that were taken in and are not answered yet.
    pub fn under_way(&self) -> TaskTracker {
        self.under_way.clone()
    }

    /// Has whoever leads carry out an order, and answers it.
    pub fn order(&self, order: Order) {
        let Order { command, author, once, reply } = order;
        let message = Message::Order { command: Box::new(command), author, once };
        self.ask(message, Asker::Order(reply), FORWARD_TIMEOUT);
    }

    /// Tells whoever leads of a job's sign.
    pub fn heartbeat(&self, heartbeat: Heartbeat) {
        let Heartbeat { check, signal, stored, .. } = heartbeat;
        let message = Message::Heartbeat { check, signal };
        self.ask(message, Asker::Reporter(stored), PUSH_TIMEOUT);
    }

    /// Tells whoever leads what an agent saw.
    pub fn report(&self, report: Report) {
        let Report { sightings, stored } = report;
        self.ask(Message::Sightings(sightings), Asker::Reporter(stored), FORWARD_TIMEOUT);
    }

    /// Tells whoever leads what was found.
    pub fn findings(&self, findings: Vec<Finding>) {
        self.send(None, Message::Findings(findings));
    }

    /// Has another node look; `false` when there is no room for more letters.
    pub fn errands(&self, to: Nonce, errands: Vec<Errand>) -> bool {
        self.send(Some(to), Message::Errands(errands))
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn send(&self, to: Option<Nonce>, message: Message) -> bool {
        self.outgoing.try_send(Outgoing { to, message, number: self.number() }).is_ok()
    }

    fn ask(&self, message: Message, asker: Asker, patience: Duration) {
        let number = self.number();
        let mut waiting = self.waiting();
        if waiting.len() >= REQUESTS_WAITING_MAX {
            return asker.refuse("too many requests wait for the node that leads");
        }
        waiting.insert(number, Waiting { asker, until: Instant::now() + patience });
        if self.outgoing.try_send(Outgoing { to: None, message, number }).is_err()
            && let Some(waiting) = waiting.remove(&number)
        {
            waiting.asker.refuse("too many letters wait for the database");
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, number: u64) -> Option<Asker> {
        self.waiting().remove(&number).map(|waiting| waiting.asker)
    }

    /// Requests whose time is up.
    fn overdue(&self) -> Vec<u64> {
        let now = Instant::now();
        self.waiting().iter().filter(|(_, waiting)| waiting.until <= now).map(|(number, _)| *number).collect()
    }
}

/// Sends what waits, several letters at once.
async fn carry_out(
    post: Post,
    mut sent: mpsc::Receiver<Outgoing>,
    (store, standing): (Arc<dyn Store>, Arc<Standing>),
    halt: CancellationToken,
) {
    let mut batch = Vec::new();
    loop {
        let count = tokio::select! {
            biased;
            count = sent.recv_many(&mut batch, LETTERS_AT_ONCE) => count,
            // What waited until now is on its way.
            () = halt.cancelled() => 0,
        };
        if count == 0 {
            return;
        }
        // What only a leader may say names its fence.
        let (errands, others): (Vec<_>, Vec<_>) =
            batch.drain(..).partition(|letter| matches!(letter.message, Message::Errands(_)));
        let fence = standing.fence();
        if fence.is_some() {
            deliver(&post, &*store, errands, fence).await;
        }
        deliver(&post, &*store, others, None).await;
    }
}

async fn deliver(post: &Post, store: &dyn Store, batch: Vec<Outgoing>, fence: Option<pharos_store::Fence>) {
    let mut letters = Vec::with_capacity(batch.len());
    for Outgoing { to, message, number } in batch {
        match serde_json::to_vec(&message) {
            Ok(body) if body.len() <= LETTER_BYTES_MAX => {
                letters.push(Letter { to, from: post.me, number, body });
            }
            _ => {
                if let Some(asker) = post.answered(number) {
                    asker.refuse("the request is too large to be passed on");
                }
            }
        }
    }
    if letters.is_empty() {
        return;
    }
    let numbers: Vec<u64> = letters.iter().map(|letter| letter.number).collect();
    let Err(error) = store.post(letters, fence).await else { return };
    tracing::warn!(%error, count = numbers.len(), "letters to other nodes could not be sent");
    // Where the answer to the commit did not come they may be on their way all the same: their time tells.
    if !matches!(error, StoreError::Unknown | StoreError::Late { .. } | StoreError::Database(_)) {
        for asker in numbers.into_iter().filter_map(|number| post.answered(number)) {
            asker.refuse("the database cannot be reached");
        }
    }
}

/// Collects what comes in, and looks after those who wait.
async fn carry_in(
    post: Post,
    (store, standing): (Arc<dyn Store>, Arc<Standing>),
    inbox: Inbox,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(POST_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut news = store.watch();
    let mut failing = false;
    loop {
        // An answer is often there as soon as the journal goes on.
        tokio::select! {
            _ = ticks.tick() => {}
            Ok(()) = news.changed() => {}
        }
        loop {
            let fence = standing.fence().filter(|_| !shutdown.is_cancelled());
            match store.collect(post.me, fence, LETTERS_AT_ONCE).await {
                Ok(letters) => {
                    let count = letters.len();
                    for (letter, age) in letters {
                        take(&post, &inbox, letter, age);
                    }
                    failing = false;
                    if count < LETTERS_AT_ONCE {
                        break;
                    }
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "letters of other nodes cannot be read; trying until it works");
                    }
                    failing = true;
                    break;
                }
            }
        }
        give_up_overdue(&post, &*store).await;
    }
}

/// Takes back what nobody has collected in time: then it is certain that it is not done.
async fn give_up_overdue(post: &Post, store: &dyn Store) {
    for number in post.overdue() {
        let withdrawn = store.withdraw(post.me, number).await;
        let Some(asker) = post.answered(number) else { continue };
        match (withdrawn, asker) {
            (Ok(true), asker) => asker.refuse("no node leads at the moment"),
            (_, Asker::Order(reply)) => drop(reply.send(Err(Failure::Late))),
            (_, Asker::Reporter(_)) => {}
        }
    }
}

/// Passes a letter on.
fn take(post: &Post, inbox: &Inbox, letter: Letter, age: Duration) {
    let Letter { from, number, body, .. } = letter;
    let message = match serde_json::from_slice(&body) {
        Ok(message) => message,
        Err(error) => {
            tracing::warn!(%error, "a letter of another node cannot be read; it may be of another version");
            return;
        }
    };
    let post = post.clone();
    match message {
        // Whoever sent it looks elsewhere by now, and the targets are not to be asked for all of it at once.
        Message::Errands(_) if age > ERRAND_MAX_AGE => {}
        Message::Errands(errands) => {
            if let Err(full) = inbox.errands.try_send(errands) {
                // Whoever asked need not wait in vain.
                let missing = |errand: Errand| Finding::missing(&errand.due());
                post.findings(full.into_inner().into_iter().map(missing).collect());
            }
        }
        Message::Findings(findings) => {
            for finding in findings {
                // What finds no room counts as not looked at.
                let _full = inbox.findings.try_send((from, finding));
            }
        }
        Message::Order { command, author, once } => {
            let (reply, answer) = oneshot::channel();
            let order = Order { command: *command, author, once, reply };
            let taken = inbox.orders.try_send(order).is_ok();
            post.under_way().spawn(async move {
                // Whoever asked waits no longer, and what nobody waits for any more is not begun.
                let answer = match timeout(ORDER_TIMEOUT, answer).await {
                    Ok(Ok(answer)) => answer,
                    Err(_) | Ok(Err(_)) if taken => Err(Failure::Late),
                    _ => Err(Failure::busy("too many requests wait already")),
                };
                post.send(Some(from), Message::Answer { to: number, answer });
            });
        }
        Message::Heartbeat { check, signal } => {
            let (stored, done) = oneshot::channel();
            let now = Instant::now();
            let received = now.checked_sub(age).unwrap_or(now);
            let _full = inbox.heartbeats.try_send(Heartbeat { check, signal, received, stored });
            post.under_way().spawn(tell_stored(post, (from, number), done));
        }
        Message::Sightings(sightings) => {
            let (stored, done) = oneshot::channel();
            let _full = inbox.reports.try_send(Report { sightings, stored });
            post.under_way().spawn(tell_stored(post, (from, number), done));
        }
        Message::Answer { to, answer } => {
            if let Some(Asker::Order(reply)) = post.answered(to) {
                // Who asked may have given up waiting.
                let _gone = reply.send(answer);
            }
        }
        Message::Stored { to, stored } => {
            if let Some(Asker::Reporter(reply)) = post.answered(to)
                && stored
            {
                let _gone = reply.send(());
            }
        }
    }
}

/// Answers the letter `number` of a node once what it told is stored, or is known not to be.
async fn tell_stored(post: Post, (from, number): (Nonce, u64), done: oneshot::Receiver<()>) {
    let stored = done.await.is_ok();
    post.send(Some(from), Message::Stored { to: number, stored });
}
