//! Hints from other nodes that there is something new. They may come late, twice or never: the poll finds everything all the same.

use std::sync::Arc;

use sqlx::postgres::PgListener;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::hosts::Hosts;
use super::poll::Polling;
use crate::limits::{CONNECT_TIMEOUT, HINT_HEARD_WITHIN, HINT_INTERVAL, POLL_BACKOFF_MAX};

/// Begins to listen.
pub fn listen(hosts: Arc<Hosts>, hinted: Arc<Notify>) -> Polling {
    Polling(tokio::spawn(async move {
        let mut is_deaf = false;
        loop {
            if let Some(mut listener) = listener(&hosts).await {
                if let Some(heard) = hears(&mut listener, &hosts).await
                    && is_deaf == heard
                {
                    is_deaf = !heard;
                    if is_deaf {
                        tracing::warn!(
                            "no hints come through, as behind a pooler of transactions; changes are found by asking"
                        );
                    } else {
                        tracing::info!("hints come through again");
                    }
                }
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

/// Whether a hint of one's own comes back; `None` where none can be given.
async fn hears(listener: &mut PgListener, hosts: &Hosts) -> Option<bool> {
    let mut connection =
        timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&hosts.current()?)).await.ok()?.ok()?;
    // Without a name that is prepared: behind a pooler the session may have one of another already. The hint itself may come back here then,
    // where nothing waits for it, and that is a failure.
    let given = sqlx::raw_sql("SELECT pg_notify('pharos', '')").execute(&mut connection).await;
    let heard =
        given.is_ok() && matches!(timeout(HINT_HEARD_WITHIN, listener.try_recv()).await, Ok(Ok(Some(_))));
    let _closed = connection.close().await;
    Some(heard)
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

#[cfg(test)]
mod tests {
    use pharos_test_servers::{Pooler, Postgres};

    use super::*;
    use crate::PostgresAddress;

    async fn hears_behind(address: &str) -> Option<bool> {
        let hosts = Hosts::new(PostgresAddress::parse(address).unwrap());
        let _link = hosts.connect().await.unwrap();
        let mut listener = listener(&hosts).await.unwrap();
        hears(&mut listener, &hosts).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_hint_of_ones_own_comes_back_from_the_database_itself_and_not_through_a_pooler_of_transactions()
    {
        let server = Postgres::primary();
        assert_eq!(hears_behind(&server.address("postgres")).await, Some(true));
        let pooler = Pooler::before(&server, 2);
        let through = server.address("postgres").replace(&server.port.to_string(), &pooler.port.to_string());
        assert_eq!(hears_behind(&through).await, Some(false));
    }
}
