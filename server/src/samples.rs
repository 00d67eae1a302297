//! Raw observations on their way to the store: collected for a moment, written in batches.

use std::sync::Arc;

use pharos_store::{Sample, Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::acknowledged::{self, Acknowledged};
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
    acknowledged: Arc<Acknowledged>,
}

/// A way for samples to the store.
pub fn channel(
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    health: Arc<HealthState>,
) -> (SampleSender, SampleWriter) {
    let (sender, receiver) = mpsc::channel(SAMPLES_WAITING_MAX);
    let acknowledged = Arc::default();
    (SampleSender { sender, metrics }, SampleWriter { receiver, store, health, acknowledged })
}

impl SampleWriter {
    /// Writes until all senders are gone, and tells operators meanwhile of what a failover lost of it.
    pub async fn run(self) {
        let acknowledged = Arc::clone(&self.acknowledged);
        let watching = acknowledged::watch(acknowledged, Arc::clone(&self.store), Arc::clone(&self.health));
        tokio::select! {
            () = self.write_all() => {}
            () = watching => {}
        }
    }

    async fn write_all(mut self) {
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
        let key = |sample: &Sample| (sample.check.clone(), sample.scheduled_at);
        let (samples, told): (Vec<Sample>, Vec<_>) = batch
            .into_iter()
            .map(|Waiting { sample, stored }| {
                let told = stored.map(|stored| (key(&sample), stored));
                (sample, told)
            })
            .unzip();
        let count = samples.len();
        match self.store.record(samples).await {
            Ok(()) => {
                self.health.store(Access::Samples, true);
                for ((check, slot), stored) in told.into_iter().flatten() {
                    self.acknowledged.note(check, slot);
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
