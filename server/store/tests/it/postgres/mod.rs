//! PostgreSQL: the contract, directly and behind a pooler, and what is its own.

mod failover;
mod filling;
mod letters;
mod nodes;
mod proxy;
mod schema;
mod settings;
mod stuck;
mod unknown;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use pharos_store::{PostgresAddress, PostgresStore, StoreError};
use pharos_test_servers::{Pooler, Postgres};
use sqlx::Connection;

use crate::contract::Place;

/// The longest any condition is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Fewer than the connections of one store, so that transactions change places.
const POOLED: usize = 3;

/// One server for all tests, which each have a database of their own in it.
static SERVER: LazyLock<Postgres> = LazyLock::new(Postgres::until_exit);
static POOLER: LazyLock<Pooler> = LazyLock::new(|| Pooler::until_exit(&SERVER, POOLED));

/// A database that is reached directly.
struct Direct(String);

impl Place for Direct {
    type Store = PostgresStore;

    async fn empty() -> Self {
        Self(SERVER.database())
    }

    async fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(PostgresAddress::parse(&SERVER.address(&self.0))?).await
    }

    async fn open_to_fill(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open_to_fill(PostgresAddress::parse(&SERVER.address(&self.0))?).await
    }
}

/// A database that is reached through a pooler which gives each transaction any connection.
struct Pooled(String);

impl Place for Pooled {
    type Store = PostgresStore;

    async fn empty() -> Self {
        Self(SERVER.database())
    }

    async fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(PostgresAddress::parse(&POOLER.address(&self.0))?).await
    }

    async fn open_to_fill(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open_to_fill(PostgresAddress::parse(&POOLER.address(&self.0))?).await
    }
}

/// A database to which a later version has added something everywhere, while this one goes on.
struct Wider(String);

impl Place for Wider {
    type Store = PostgresStore;

    async fn empty() -> Self {
        let (database, store) = fresh().await;
        store.close().await.unwrap();
        let tables =
            "select tablename from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'";
        let widened = |table: &str| {
            format!(
                "ALTER TABLE {table} ADD COLUMN later_text TEXT, ADD COLUMN later_number BIGINT NOT NULL DEFAULT 7;"
            )
        };
        let widened: String = SERVER.sql(&database, tables).lines().map(widened).collect();
        assert!(widened.contains("ALTER TABLE journal "), "{widened}");
        SERVER.sql(&database, &widened);
        Self(database)
    }

    async fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(PostgresAddress::parse(&SERVER.address(&self.0))?).await
    }

    async fn open_to_fill(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open_to_fill(PostgresAddress::parse(&SERVER.address(&self.0))?).await
    }
}

mod direct {
    use super::Direct;
    use crate::contract::contract;

    contract!(Direct);
}

mod wider {
    use super::Wider;
    use crate::contract::contract;

    contract!(Wider);
}

mod pooled {
    use super::Pooled;
    use crate::contract::contract;

    contract!(Pooled);
}

async fn opened(address: &str) -> PostgresStore {
    PostgresStore::open(PostgresAddress::parse(address).unwrap()).await.unwrap()
}

/// An empty database in the shared server, and a store on it.
async fn fresh() -> (String, PostgresStore) {
    let database = SERVER.database();
    let store = opened(&SERVER.address(&database)).await;
    (database, store)
}

/// A connection that belongs to no store.
async fn stranger(database: &str) -> sqlx::PgConnection {
    sqlx::PgConnection::connect(&SERVER.address(database)).await.unwrap()
}

/// Tries until it works.
async fn until_ok<T, E: std::fmt::Display>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let started = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
