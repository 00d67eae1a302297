//! What drives a connection beside the probe.

use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::failure::asks_for_calm;
use crate::limits::HANGING_UP_MAX;

/// Keeps a connection going until it ends or this is dropped.
pub struct Driver {
    main: JoinHandle<hyper::Result<()>>,
    /// Dropped with this, which those who help hear.
    _helped: Option<watch::Sender<()>>,
}

impl Driver {
    /// Keeps `connection` going.
    pub fn of(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        Self { main: tokio::spawn(connection), _helped: None }
    }

    /// Does the same with helpers.
    pub fn helped(
        connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
        helped: watch::Sender<()>,
    ) -> Self {
        Self { main: tokio::spawn(connection), _helped: Some(helped) }
    }

    /// Whether the other side ended the connection because it was asked too often. For one that has ended, and whose sender is
    /// still held: without it nobody would look any more at how it ends.
    pub async fn was_asked_for_calm(&mut self) -> bool {
        let ended = timeout(HANGING_UP_MAX, &mut self.main).await;
        matches!(ended, Ok(Ok(Err(error))) if asks_for_calm(&error))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.main.abort();
    }
}

/// Those who do what a connection of version 2 needs beside its driver, the reading and writing among it. Once the driver is dropped
/// they take leave of the other side, and have a bound for that: it may take nothing any more.
#[derive(Clone)]
pub struct Helpers(watch::Receiver<()>);

impl Helpers {
    /// Helpers, and what the driver they belong to is made with.
    pub fn new() -> (Self, watch::Sender<()>) {
        let (helped, over) = watch::channel(());
        (Self(over), helped)
    }
}

impl<F> Executor<F> for Helpers
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: F) {
        let mut over = self.0.clone();
        let overdue = async move {
            while over.changed().await.is_ok() {}
            sleep(HANGING_UP_MAX).await;
        };
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = overdue => {}
            }
        });
    }
}
