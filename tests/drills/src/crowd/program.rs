//! The process of a crowd: reads its orders, does them until its standard input closes, and says what it heard.

use std::cell::{Cell, RefCell};
use std::io::BufRead;
use std::net::Ipv4Addr;
use std::rc::Rc;

use anyhow::{Context, Result};
use pharos_measure::stream::Buffers;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::LocalSet;

use super::heard::Tally;
use super::listener::Listener;
use super::{Kind, Orders, Whole, restless, silent};
use crate::clock;

/// Streams that are being opened at the same time, at first.
const OPENING_MAX: usize = 100;

/// What all of a crowd share.
pub struct Shared {
    /// What it is to do.
    pub orders: Orders,
    /// What was heard.
    pub tally: RefCell<Tally>,
    /// The life of the journal, as streams name it.
    pub origin: RefCell<String>,
    /// What is read into.
    pub buffers: Buffers,
    /// Who may come for the first time.
    pub opening: Semaphore,
    open: Cell<u32>,
}

impl Shared {
    /// One more listens.
    pub fn opened(&self) {
        self.open.set(self.open.get() + 1);
        if self.open.get() == self.orders.count {
            // A number is always JSON.
            println!("{}", serde_json::to_string(&Whole { whole_at: clock::now().0 }).unwrap_or_default());
        }
    }

    /// One listens no more.
    pub fn closed(&self) {
        self.open.set(self.open.get().saturating_sub(1));
    }
}

/// Does what these orders say.
///
/// # Errors
/// When they cannot be read.
pub fn run(orders: &str) -> Result<()> {
    let orders: Orders = serde_json::from_str(orders).context("the orders of a crowd")?;
    // One thread: it shares the machine with what is drilled.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shared = Rc::new(Shared {
        tally: RefCell::new(Tally::new(orders.count as usize)),
        origin: RefCell::default(),
        buffers: Buffers::default(),
        opening: Semaphore::new(OPENING_MAX),
        open: Cell::new(0),
        orders,
    });
    let local = LocalSet::new();
    match shared.orders.kind {
        Kind::Listeners(_) => {
            for number in 0..shared.orders.count {
                let listener = Listener::new(Rc::clone(&shared), number as usize, source(&shared, number));
                local.spawn_local(listener.listen());
            }
        }
        Kind::Silent => {
            for number in 0..shared.orders.count {
                local.spawn_local(silent::hold(Rc::clone(&shared), source(&shared, number)));
            }
        }
        Kind::Restless(a_second) => {
            local.spawn_local(restless::come_and_go(Rc::clone(&shared), a_second));
        }
    }
    let enough = pulled();
    // An end of the pipe and a line mean the same: enough.
    let _ = local.block_on(&runtime, enough);
    println!("{}", serde_json::to_string(&shared.tally.borrow().outcome())?);
    Ok(())
}

/// From where the one with this number comes.
pub fn source(shared: &Shared, number: u32) -> Ipv4Addr {
    let (first, count) = shared.orders.sources;
    let last = u32::from(first) + number % u32::from(count.max(1));
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 0)) + last)
}

/// Resolves when a line or the end of the standard input arrives.
fn pulled() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // A broken pipe and an end of input mean the same.
        let _ = std::io::stdin().lock().read_line(&mut line);
        let _ = sender.send(());
    });
    receiver
}
