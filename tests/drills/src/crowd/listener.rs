//! One who listens, and comes back as the page's own client does (`app/src/live.rs`): after a pause that is half drawn by chance and
//! doubles with each failure, from where it stopped, at another node.

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use pharos_engine::simulator::Random;
use pharos_measure::stream::{Connection, ask};

use super::program::Shared;
use super::{Kind, Resume};
use crate::clock;

/// The pause after the first failure; it doubles with each further one.
const RETRY_MIN_MS: u64 = 500;
/// The longest pause.
const RETRY_MAX_MS: u64 = 30_000;
/// Failures after which the pause no longer grows.
const DOUBLINGS_MAX: u32 = 6;
/// A stream that does not open within this is given up.
const OPENING_MAX: Duration = Duration::from_secs(10);
/// A stream that says nothing for this long is dead.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// One who listens.
pub struct Listener {
    shared: Rc<Shared>,
    number: usize,
    source: Ipv4Addr,
    random: Random,
    /// The node that it listens to, or asked last.
    node: usize,
    failures: u32,
    lost_ms: Option<i64>,
}

impl Listener {
    /// Will listen from this address.
    pub fn new(shared: Rc<Shared>, number: usize, source: Ipv4Addr) -> Self {
        let random = Random::new(shared.orders.seed, number as u64);
        let node = number % shared.orders.nodes.len().max(1);
        Self { shared, number, source, random, node, failures: 0, lost_ms: None }
    }

    /// Listens for ever.
    pub async fn listen(mut self) {
        loop {
            let why = match self.open().await {
                Ok(connection) => {
                    let why = self.read(connection).await;
                    self.shared.closed();
                    self.lost_ms.get_or_insert(clock::now().0);
                    why
                }
                Err(error) => error.to_string(),
            };
            self.shared.tally.borrow_mut().ended(why);
            let pause_ms = (RETRY_MIN_MS << self.failures.min(DOUBLINGS_MAX)).min(RETRY_MAX_MS);
            self.failures = self.failures.saturating_add(1);
            let jittered_ms = self.random.between(pause_ms / 2, pause_ms);
            let late_ms = match self.resume() {
                Resume::Late(seconds) => u64::from(seconds) * 1_000,
                _ => 0,
            };
            tokio::time::sleep(Duration::from_millis(jittered_ms + late_ms)).await;
            self.turn();
        }
    }

    fn resume(&self) -> Resume {
        match self.shared.orders.kind {
            Kind::Listeners(resume) => resume,
            Kind::Silent | Kind::Restless(_) => Resume::Where,
        }
    }

    /// Turns to another node: to any when one was lost, so that not all go to the same, and then to one after the other.
    fn turn(&mut self) {
        let nodes = self.shared.orders.nodes.len() as u64;
        let most = if self.failures > 1 { 1 } else { nodes.saturating_sub(1).max(1) };
        let step = usize::try_from(self.random.between(1, most)).unwrap_or(1);
        self.node = (self.node + step) % self.shared.orders.nodes.len().max(1);
    }

    /// Opens a stream and hears its first frame.
    async fn open(&mut self) -> Result<Connection> {
        let shared = Rc::clone(&self.shared);
        let _place = match self.lost_ms {
            Some(_) => None,
            // Only who comes for the first time waits in line; it is never closed.
            None => shared.opening.acquire().await.ok(),
        };
        let opened = tokio::time::timeout(OPENING_MAX, self.open_at()).await;
        opened.unwrap_or_else(|_| bail!("no stream within {} s", OPENING_MAX.as_secs()))
    }

    async fn open_at(&mut self) -> Result<Connection> {
        let node = *self.shared.orders.nodes.get(self.node).context("there is no such node")?;
        let place = self.shared.tally.borrow().place(self.number);
        let place = match self.resume() {
            Resume::Anew => None,
            Resume::OneBefore => place.map(|place| place.saturating_sub(1)),
            Resume::Where | Resume::Late(_) => place,
        };
        let place = place.map(|place| format!("{}.{place}", self.shared.origin.borrow()));
        let mut connection = Connection::new(ask(node, self.source, place).await?);
        let mut is_heard = false;
        while !is_heard {
            is_heard = self.hear(&mut connection).await?;
        }
        self.failures = 0;
        if let Some(lost_ms) = self.lost_ms.take() {
            self.shared.tally.borrow_mut().is_back(lost_ms, clock::now().0);
        }
        self.shared.opened();
        Ok(connection)
    }

    /// Reads until the stream ends; tells why it did.
    async fn read(&self, mut connection: Connection) -> String {
        loop {
            match tokio::time::timeout(SILENCE_MAX, self.hear(&mut connection)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return format!("nothing was heard for {} s", SILENCE_MAX.as_secs()),
            }
        }
    }

    /// Waits for bytes; tells whether they held a frame.
    async fn hear(&self, connection: &mut Connection) -> Result<bool> {
        let mut is_heard = false;
        let read = connection.read(&self.shared.buffers, |frame| {
            is_heard = true;
            if frame.event == "reset" {
                let origin = frame.id.rsplit_once('.').map_or("", |(origin, _)| origin);
                origin.clone_into(&mut self.shared.origin.borrow_mut());
            }
            self.shared.tally.borrow_mut().hear(self.number, &frame, clock::now().0);
        });
        read.await?;
        Ok(is_heard)
    }
}
