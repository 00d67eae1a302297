//! The targets at work: the bad ones, which note how long they were listened to, and the good ones, which note when they were asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::kinds::{KINDS, Kind};
use super::visit::{HELD_MAX, Visit};
use crate::limits;

/// A connection that a bad target had: which, and how long the other side held on to it.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// The place of the kind.
    pub kind: usize,
    /// When it began.
    pub began: Instant,
    /// How long it lasted.
    pub lasted: Duration,
}

/// All bad targets.
#[derive(Clone, Debug)]
pub struct Bad {
    /// Where each listens, in the order of the kinds.
    pub addresses: Vec<SocketAddr>,
    awake: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    held: Arc<Mutex<Vec<Held>>>,
}

impl Bad {
    /// Starts them. They behave until they are woken.
    ///
    /// # Errors
    /// When there are no free ports.
    pub fn start(canary: &str) -> Result<Self> {
        let mut bad =
            Self { addresses: Vec::new(), awake: Arc::default(), open: Arc::default(), held: Arc::default() };
        for (place, kind) in KINDS.iter().enumerate() {
            let listener = TcpListener::bind("127.0.0.1:0").context("no free port for a bad target")?;
            bad.addresses.push(listener.local_addr()?);
            let (serving, canary) = (bad.clone(), canary.to_owned());
            thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let (serving, canary) = (serving.clone(), canary.clone());
                    thread::spawn(move || serving.take(stream, place, kind, &canary));
                }
            });
        }
        Ok(bad)
    }

    /// From now on they are bad.
    pub fn wake(&self) {
        self.awake.store(true, Ordering::SeqCst);
    }

    /// Waits until no connection is open: their server is gone, or has had enough.
    pub fn wait_for_end(&self) {
        let deadline = Instant::now() + HELD_MAX * 2;
        while self.open.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            thread::sleep(limits::POLL_PAUSE);
        }
    }

    /// The connections that are over.
    pub fn held(&self) -> Vec<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, stream: TcpStream, place: usize, kind: &Kind, canary: &str) {
        let began = Instant::now();
        let Ok(mut visit) = Visit::begin(stream, canary) else { return };
        self.open.fetch_add(1, Ordering::SeqCst);
        // Every act ends when the other side leaves, and that is an error to it.
        if self.awake.load(Ordering::SeqCst) {
            let _ = (kind.act)(&mut visit);
        } else {
            let _ = visit.answer(200, "content-length: 2\r\n", b"ok");
        }
        drop(visit);
        let held = Held { kind: place, began, lasted: began.elapsed() };
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(held);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// All good targets, at one address: each has a path of its own, `/good/N`.
#[derive(Clone, Debug)]
pub struct Good {
    /// Where they listen.
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Vec<Instant>>>>,
}

impl Good {
    /// Starts them.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(count: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port for the good targets")?;
        let good =
            Self { address: listener.local_addr()?, asked: Arc::new(Mutex::new(vec![Vec::new(); count])) };
        let serving = good.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let at = Instant::now();
                // A client that goes away is its own business.
                let _ = serving.answer(stream, at);
            }
        });
        Ok(good)
    }

    fn answer(&self, mut stream: TcpStream, at: Instant) -> std::io::Result<()> {
        stream.set_read_timeout(Some(limits::ANSWER_WAIT_MAX))?;
        let mut head = [0; 2_048];
        let count = stream.read(&mut head)?;
        let text = String::from_utf8_lossy(&head[..count]).into_owned();
        let place = text.split([' ', '/']).find_map(|word| word.parse::<usize>().ok());
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = place.and_then(|place| all.get_mut(place)) {
            asked.push(at);
        }
        drop(all);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    }

    /// When each was asked.
    pub fn asked(&self) -> Vec<Vec<Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
