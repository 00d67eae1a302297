//! Raw observations on their way to the store: collected for a moment, written in batches.

use std::sync::Arc;

use pharos_store::{Sample, Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::http::{Access, HealthState, Metrics};
use crate::limits::{SAMPLE_BATCH_INTERVAL, SAMPLE_BATCH_MAX, SAMPLES_WAITING_MAX};

/// A sample, and who must be told that it is stored.
#[derive(Debug)]
struct Waiting {
    sample: Sample,
    stored: Option<oneshot::Sender<()>>,
}

/// Where samples are handed in.
#[derive(Clone, Debug)]
pub struct SampleSender {
    sender: mpsc::Sender<Waiting>,
    metrics: Arc<Metrics>,
}

impl SampleSender {
    /// Hands in a sample. Should there be no room, it is lost and counted, and `stored` is dropped untold.
    pub fn hand_in(&self, sample: Sample, stored: Option<oneshot::Sender<()>>) {
        if self.sender.try_send(Waiting { sample, stored }).is_err() {
            self.metrics.dropped_sample();
        }
    }
}

/// Writes samples.
pub struct SampleWriter {
    receiver: mpsc::Receiver<Waiting>,
    store: Arc<dyn Store>,
    health: Arc<HealthState>,
}

/// A way for samples to the store.
pub fn channel(
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    health: Arc<HealthState>,
) -> (SampleSender, SampleWriter) {
    let (sender, receiver) = mpsc::channel(SAMPLES_WAITING_MAX);
    (SampleSender { sender, metrics }, SampleWriter { receiver, store, health })
}

impl SampleWriter {
    /// Writes until all senders are gone.
    pub async fn run(mut self) {
        while let Some(first) = self.receiver.recv().await {
            let mut batch = vec![first];
            let until = Instant::now() + SAMPLE_BATCH_INTERVAL;
            while batch.len() < SAMPLE_BATCH_MAX {
                tokio::select! {
                    biased;
                    next = self.receiver.recv() => match next {
                        Some(next) => batch.push(next),
                        None => break,
                    },
                    () = sleep_until(until) => break,
                }
            }
            self.write(batch).await;
        }
    }

    async fn write(&self, batch: Vec<Waiting>) {
        let (samples, told): (Vec<Sample>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.sample, waiting.stored)).unzip();
        let count = samples.len();
        match self.store.record(samples).await {
            Ok(()) => {
                self.health.store(Access::Samples, true);
                for stored in told.into_iter().flatten() {
                    // Whoever waited may be gone.
                    let _gone = stored.send(());
                }
            }
            // Another node leads by now, and looks for itself.
            Err(StoreError::NotLeading) => {
                tracing::info!(count, "raw observations came too late and are lost");
            }
            Err(error) => {
                tracing::error!(%error, count, "raw observations could not be stored and are lost");
                self.health.store(Access::Samples, false);
            }
        }
    }
}
