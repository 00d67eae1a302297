//! Learning of what others append: by asking for the journal's end again and again, and earlier where a hint comes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pharos_model::{Origin, UnixMs};
use sqlx::Row;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::lanes::{Lanes, within};
use super::query;
use super::seen::{Seen, end_after};
use crate::StoreError;
use crate::limits::{
    CLOCK_ASKED_WITHIN, POLL_BACKOFF_MAX, POLL_IDLE_AFTER, POLL_INTERVAL, POLL_INTERVAL_IDLE, READ_TIMEOUT,
};

/// What the database's clock showed, and when it was asked.
pub type Clock = Arc<Mutex<Option<(UnixMs, Instant)>>>;

/// What this node knows of the journal, its end and its name; and of the database's clock.
pub type Known = (Arc<Seen>, Arc<Mutex<Origin>>, Clock);

/// A task that ends with whoever holds this.
pub struct Polling(pub JoinHandle<()>);

impl Drop for Polling {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to ask. The lanes are for nothing else, so that no other work delays the news.
pub fn poll(lanes: Lanes, known: Known, hinted: Arc<Notify>) -> Polling {
    Polling(tokio::spawn(run(lanes, known, hinted)))
}

async fn run(lanes: Lanes, known: Known, hinted: Arc<Notify>) {
    let mut told = known.0.watch();
    let (mut news, mut failures) = (Instant::now(), 0_u32);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause(news.elapsed(), failures)) => {}
            () = hinted.notified() => {}
        }
        if told.has_changed().unwrap_or(false) {
            told.borrow_and_update();
            news = Instant::now();
        }
        match ask(&lanes, &known).await {
            Ok(()) => failures = 0,
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "the end of the journal cannot be read; trying until it works");
                }
                failures = failures.saturating_add(1);
            }
        }
    }
}

/// Asks once for the journal's end, and whether it is the journal still that this node knows: one that lost its end and had shown it gave it
/// another name, and who had not seen that end would go on under the old one.
pub async fn ask(lanes: &Lanes, (seen, origin, clock): &Known) -> Result<(), StoreError> {
    let Ok(known) = seen.head() else { return Ok(()) };
    let asked = Instant::now();
    let (end, named, shown) = within!(READ_TIMEOUT, lanes, |connection| async {
        let end = end_after(&mut *connection, known).await?;
        let read = "SELECT value, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS shown FROM meta \
                    WHERE key = 'origin'";
        let row = query(read).fetch_one(connection).await?;
        Ok((end, row.try_get::<String, _>("value")?, UnixMs(row.try_get("shown")?)))
    })?;
    let took = asked.elapsed();
    if took <= CLOCK_ASKED_WITHIN {
        *clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((shown, asked + took / 2));
    }
    let is_same = origin.lock().unwrap_or_else(PoisonError::into_inner).as_str() == named;
    match end {
        Ok(head) if is_same => seen.advance(head),
        Ok(head) => drop(seen.diverge(head)),
        Err(found) => drop(seen.diverge(found)),
    }
    Ok(())
}

/// How long to wait until the end is asked for again: a little more or less, so that nodes do not ask in step.
fn pause(quiet: Duration, failures: u32) -> Duration {
    let base = if failures > 0 {
        POLL_INTERVAL.saturating_mul(1 << failures.min(8)).min(POLL_BACKOFF_MAX)
    } else if quiet >= POLL_IDLE_AFTER {
        POLL_INTERVAL_IDLE
    } else {
        POLL_INTERVAL
    };
    // A fifth less to a fifth more, by the last digits of a clock that nobody else reads at the same moment.
    let jitter = quiet.subsec_micros() % 401;
    base.mul_f64(f64::from(800 + jitter) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_short_while_there_is_news_and_bounded_while_nothing_works() {
        let near =
            |pause: Duration, base: Duration| pause >= base.mul_f64(0.79) && pause <= base.mul_f64(1.21);
        assert!(near(pause(Duration::ZERO, 0), POLL_INTERVAL));
        assert!(near(pause(POLL_IDLE_AFTER, 0), POLL_INTERVAL_IDLE));
        assert!(near(pause(Duration::ZERO, 1), POLL_INTERVAL * 2));
        assert!(near(pause(Duration::ZERO, u32::MAX), POLL_BACKOFF_MAX));
    }
}
