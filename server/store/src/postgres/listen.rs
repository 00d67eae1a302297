//! Hints from other nodes that there is something new. They may come late, twice or never: the poll finds everything all the same.

use std::sync::Arc;

use sqlx::postgres::PgListener;
use tokio::sync::Notify;

use super::hosts::Hosts;
use super::poll::Polling;
use crate::limits::{CONNECT_TIMEOUT, HINT_INTERVAL, POLL_BACKOFF_MAX};

/// Begins to listen.
pub fn listen(hosts: Arc<Hosts>, hinted: Arc<Notify>) -> Polling {
    Polling(tokio::spawn(async move {
        loop {
            if let Some(mut listener) = listener(&hosts).await {
                // Whatever was told while nobody listened.
                hinted.notify_one();
                while let Ok(Some(_)) = listener.try_recv().await {
                    hinted.notify_one();
                    tokio::time::sleep(HINT_INTERVAL).await;
                }
            }
            tokio::time::sleep(POLL_BACKOFF_MAX).await;
        }
    }))
}

async fn listener(hosts: &Hosts) -> Option<PgListener> {
    let options = hosts.current()?;
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
    let mut listener = PgListener::connect_with(&pool.connect_lazy_with(options)).await.ok()?;
    listener.ignore_pool_close_event(true);
    listener.eager_reconnect(false);
    listener.listen("pharos").await.ok()?;
    Some(listener)
}
