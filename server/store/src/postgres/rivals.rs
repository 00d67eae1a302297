//! A second primary: whether another of the hosts takes writes, too. Without being asked nobody notices an old primary that came back,
//! or one that this node still writes to although another has taken over from it.

use std::sync::{Arc, Mutex, PoisonError};

use super::hosts::Hosts;
use super::poll::Polling;
use crate::limits::RIVALS_INTERVAL;

/// What was found last, in a sentence for each host.
pub type Rivals = Arc<Mutex<Vec<String>>>;

/// Begins to look.
pub fn look(hosts: Arc<Hosts>, rivals: Rivals) -> Polling {
    Polling(tokio::spawn(async move {
        loop {
            tokio::time::sleep(RIVALS_INTERVAL).await;
            let found = hosts.rivals().await;
            let before =
                std::mem::replace(&mut *rivals.lock().unwrap_or_else(PoisonError::into_inner), found.clone());
            for rival in found.iter().filter(|rival| !before.contains(rival)) {
                tracing::error!(
                    "two primaries: {rival}; stop the older one before anybody else writes to it"
                );
            }
            if found.is_empty() && !before.is_empty() {
                tracing::info!("one database host takes writes again, and no other");
            }
        }
    }))
}
