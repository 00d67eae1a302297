//! What visitors are told: the event stream of the real binary, folded as a browser folds it, with everything it ever said of
//! failovers and conflicts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use pharos_model::{Change, Component, ComponentId, Failover, RedundancyState, Snapshot, UnixMs};
use pharos_tests::{EventStream, Frame};

use crate::limits;

/// What was heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The page now.
    pub page: Snapshot,
    /// Every failover, as it was told last.
    pub failovers: BTreeMap<(ComponentId, u32), Failover>,
    /// Conflicts: of which component, since when, and when that was told.
    pub conflicts: Vec<(ComponentId, UnixMs)>,
    /// Why nothing more is heard.
    pub broken: Option<String>,
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Watcher {
    heard: Arc<Mutex<Heard>>,
}

impl Watcher {
    /// Listens to a server until that ends.
    ///
    /// # Errors
    /// When the stream cannot be opened.
    pub fn listen(address: SocketAddr) -> Result<Self> {
        let stream = EventStream::open(address, None)?;
        let watcher = Self { heard: Arc::default() };
        let listening = watcher.clone();
        thread::spawn(move || {
            loop {
                match stream.next_fact().and_then(|frame| listening.take(&frame)) {
                    Ok(()) => {}
                    Err(error) => {
                        listening.heard().broken = Some(format!("{error:#}"));
                        return;
                    }
                }
            }
        });
        Ok(watcher)
    }

    /// What was heard so far.
    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, frame: &Frame) -> Result<()> {
        let mut heard = self.heard();
        if frame.event == "reset" {
            heard.page = frame.snapshot()?;
            for failover in heard.page.failovers.clone() {
                heard.failovers.insert((failover.component.clone(), failover.number), failover);
            }
            return Ok(());
        }
        let event = frame.change()?;
        heard.page.apply(&event)?;
        match event.change {
            Change::FailoverChanged(known) => {
                heard.failovers.insert((known.component.clone(), known.number), *known);
            }
            Change::RedundancyChanged { component, redundancy: Some(known) }
                if known.state == Some(RedundancyState::Conflict) =>
            {
                heard.conflicts.push((component, known.since));
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits until something is true of a component and its failovers; whether it became so in time.
    pub fn wait(
        &self,
        component: &ComponentId,
        most: Duration,
        holds: impl Fn(&Component, &Heard) -> bool,
    ) -> bool {
        let until = Instant::now() + most;
        while Instant::now() < until {
            let heard = self.heard();
            if heard.page.component(component).is_some_and(|known| holds(known, &heard)) {
                return true;
            }
            drop(heard);
            thread::sleep(limits::POLL_PAUSE);
        }
        false
    }
}
