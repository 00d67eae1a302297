//! Scrubbing: reads every page of the database little by little, so that what turned on the disk is found before somebody needs it, and tells of all
//! damage, whoever met it.

use std::collections::BTreeSet;
use std::sync::Arc;

use pharos_store::{Part, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::http::HealthState;
use crate::limits::{SCRUB_AGAIN, SCRUB_FIRST, SCRUB_INTERVAL, SCRUB_PAUSE};

/// Reads on and on until shutdown, where the pages of the database have sums.
pub async fn run(store: Arc<dyn Store>, health: Arc<HealthState>, shutdown: CancellationToken) {
    let mut damage = store.damage();
    let mut scrubbing = Scrubbing { store, health, told: BTreeSet::new() };
    let (mut due, mut last) = (Instant::now() + SCRUB_FIRST, None::<Instant>);
    loop {
        scrubbing.tell(&damage.borrow_and_update());
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = damage.changed() => {
                if changed.is_err() {
                    return;
                }
                if !damage.borrow().is_empty() && last.is_none_or(|last| last.elapsed() >= SCRUB_AGAIN) {
                    due = Instant::now();
                }
            }
            () = tokio::time::sleep_until(due) => {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = scrubbing.read() => {}
                }
                last = Some(Instant::now());
                due = Instant::now() + SCRUB_INTERVAL;
            }
        }
    }
}

struct Scrubbing {
    store: Arc<dyn Store>,
    health: Arc<HealthState>,
    /// Of which parts it was said that they are damaged.
    told: BTreeSet<Part>,
}

impl Scrubbing {
    /// Reads every page.
    async fn read(&self) {
        match self.store.read_pages(SCRUB_PAUSE).await {
            Ok(Some(read)) if !read.damaged.is_empty() => {
                tracing::error!(
                    pages = read.pages,
                    damaged = ?read.damaged,
                    "pages of the database are damaged: look after the disk"
                );
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the pages of the database could not be read for damage; trying again later");
            }
        }
    }

    /// Says once of each part that it is damaged, and when nothing is any more.
    fn tell(&mut self, damaged: &BTreeSet<Part>) {
        self.health.damaged(!damaged.is_empty());
        for part in damaged.difference(&self.told) {
            tracing::error!(
                %part,
                "a part of the database is damaged and is not shown; end the server and mend it with `pharos scrub --repair`"
            );
        }
        if damaged.is_empty() && !self.told.is_empty() {
            tracing::info!("no part of the database is damaged any more");
        }
        self.told.clone_from(damaged);
    }
}
