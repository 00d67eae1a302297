//! A sign of life to somebody else, while all is well: what falls silent is noticed there, whatever it was that ended here.

use std::sync::Arc;
use std::time::Duration;

use pharos_store::Standing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::archiving::Drills;
use crate::http::HealthState;
use crate::known::Known;
use crate::limits::{PING_LOOKS, PING_TIMEOUT};
use crate::reload::Beside;

/// Where the sign goes, and how often.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whom it is sent to. Such addresses are secrets: whoever has one can send the sign.
    pub url: SecretString,
    /// How often, in milliseconds.
    pub every_ms: u64,
}

/// What sends it.
pub struct Ping {
    /// Whether this node leads: of several one sends it.
    standing: Arc<Standing>,
    /// Whether it does its work.
    health: Arc<HealthState>,
    /// Whether the archive could be restored when that was tried last, and not too long ago.
    recovers: Box<dyn Fn() -> bool + Send + Sync>,
    /// What the configuration says of it.
    settings: watch::Receiver<Option<Settings>>,
}

impl Ping {
    /// Of a node, while it leads.
    pub fn of(
        (standing, health): (&Arc<Standing>, &Arc<HealthState>),
        (drills, known): (&Drills, &watch::Receiver<Known>),
        beside: &Beside,
    ) -> Self {
        let (drills, known) = (drills.clone(), known.clone());
        let recovers = Box::new(move || drills.is_well(&known.borrow().board.drills) != Some(false));
        let settings = beside.ping.subscribe();
        Self { standing: Arc::clone(standing), health: Arc::clone(health), recovers, settings }
    }

    /// Sends signs until shutdown.
    pub async fn run(mut self, shutdown: CancellationToken) {
        // Another part of the program may have chosen it already.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(PING_TIMEOUT).build();
        let client = match client {
            Ok(client) => client,
            Err(error) => return tracing::error!(%error, "no sign of life can be sent"),
        };
        let mut failing = false;
        loop {
            let current = self.settings.borrow_and_update().clone();
            let wait = current.as_ref().map_or(PING_LOOKS, |current| Duration::from_millis(current.every_ms));
            if let Some(current) = current
                && self.is_well()
            {
                let sent = sent(&client, &current).await;
                match sent {
                    Ok(()) => failing = false,
                    Err(why) if !failing => {
                        tracing::warn!(why, "the sign of life could not be sent; trying again in its time");
                        failing = true;
                    }
                    Err(_) => {}
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                changed = self.settings.changed() => if changed.is_err() { return },
            }
        }
    }

    fn is_well(&self) -> bool {
        self.standing.leads()
            && self.health.works()
            && self.health.archive.is_well() != Some(false)
            && (self.recovers)()
    }
}

/// Sends one; what it says when that fails names no address.
async fn sent(client: &reqwest::Client, settings: &Settings) -> Result<(), String> {
    let answer = client.get(settings.url.expose_secret()).send().await;
    let answer = answer.map_err(|error| error.without_url().to_string())?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(format!("it was answered with {}", answer.status()))
    }
}

#[cfg(test)]
mod tests {
    use pharos_store::{Leadership, SqliteStore};

    use super::*;

    #[test]
    fn a_node_that_is_not_well_sends_nothing() {
        let standing = Arc::new(Standing::default());
        let (_keep, settings) = watch::channel(None);
        let ping = Ping { standing, health: Arc::default(), recovers: Box::new(|| true), settings };
        // Nobody has watched yet.
        assert!(!ping.is_well());
    }

    /// Whether the node that leads, and is like this, sends it.
    async fn leads_well(health: HealthState, recovers: bool) -> bool {
        let (standing, (_keep, settings)) = (Arc::new(Standing::default()), watch::channel(None));
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(data.path()).await.unwrap());
        let leadership = Leadership::new(store, "alone".to_owned(), Arc::clone(&standing));
        let _lead = leadership.gain().await.unwrap().unwrap();
        health.stepped();
        let recovers = Box::new(move || recovers);
        Ping { standing, health: Arc::new(health), recovers, settings }.is_well()
    }

    #[tokio::test]
    async fn a_node_whose_archive_could_not_be_restored_sends_nothing() {
        assert!(leads_well(HealthState::default(), true).await);
        assert!(!leads_well(HealthState::default(), false).await);
    }

    #[tokio::test]
    async fn a_node_that_does_its_work_after_a_failover_lost_something_sends_it() {
        let health = HealthState::default();
        health.lost();
        assert!(leads_well(health, true).await);
    }

    #[tokio::test]
    async fn a_node_whose_database_is_damaged_sends_nothing() {
        let health = HealthState::default();
        health.damaged(true);
        assert!(!leads_well(health, true).await);
    }
}
