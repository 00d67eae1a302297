//! Who watches: of all processes on one database the one that holds the lease. The others serve the page and wait.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use pharos_store::{Fence, Nonce, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::limits::{LEASE_RENEW_INTERVAL, LEASE_RETRY, LEASE_TTL};

/// The lease of one process.
#[derive(Clone)]
pub struct Leadership {
    store: Arc<dyn Store>,
    name: String,
    nonce: Nonce,
}

impl Leadership {
    /// Of the node that listens at `address`. It does not hold the lease yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(store: Arc<dyn Store>, address: SocketAddr) -> anyhow::Result<Self> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).context("the system has no randomness")?;
        let name = format!("{address} (process {})", std::process::id());
        Ok(Self { store, name, nonce: Nonce(nonce) })
    }

    /// Asks for the lease once; tells whether it is held. From then on everything that is written names it.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn gain(&self) -> Result<bool, StoreError> {
        let term = self.store.acquire_or_renew(&self.name, self.nonce, LEASE_TTL).await?;
        if let Some(term) = term {
            self.store.set_fence(Some(Fence { term, nonce: self.nonce }));
        }
        Ok(term.is_some())
    }

    /// Asks for the lease until it is held; tells whether that came before the shutdown.
    pub async fn await_it(&self, shutdown: &CancellationToken) -> bool {
        match self.store.holder().await {
            Ok(Some(holder)) => tracing::warn!(
                holder = holder.name,
                left_s = holder.left.as_secs(),
                "another Pharos watches on this database; waiting until its lease ends"
            ),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "who watches cannot be read; trying until it works"),
        }
        loop {
            if matches!(self.gain().await, Ok(true)) {
                return true;
            }
            tokio::select! {
                () = shutdown.cancelled() => return false,
                () = tokio::time::sleep(LEASE_RETRY) => {}
            }
        }
    }

    /// Renews the lease until the shutdown. Where somebody else has taken it, this process has nothing left to say: it ends, so that
    /// whatever runs it starts it anew.
    pub async fn keep(self, shutdown: CancellationToken) {
        let mut failing = false;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LEASE_RENEW_INTERVAL) => {}
            }
            match self.gain().await {
                Ok(true) => failing = false,
                Ok(false) => {
                    tracing::error!("another Pharos has taken over the lease; this one ends");
                    shutdown.cancel();
                    return;
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "the lease could not be renewed; trying until it works");
                    }
                    failing = true;
                }
            }
        }
    }

    /// Gives the lease up, so that whoever comes next need not wait for its end.
    pub async fn give_up(&self) {
        if let Err(error) = self.store.release(self.nonce).await {
            tracing::warn!(%error, "the lease could not be given up; it ends by itself");
        }
        self.store.set_fence(None);
    }
}
