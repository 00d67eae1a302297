//! Bringing the schema up to date: by one node at a time, and never behind the back of a newer version.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::hosts::Hosts;
use super::{fit, lanes, query};
use crate::StoreError;
use crate::limits::{MIGRATE_LOCK_MS, MIGRATE_RETRY, MIGRATE_TIMEOUT};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/postgres");

/// Where it is kept which migrations were made: sqlx's own table, so that its command line can read it.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, \
     description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
     checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)";
/// Held until the transaction ends, so that of several nodes that start at once one migrates and the others find it done.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7380959193)";

/// What the database says where transactions of others are in the way: a deadlock, or a lock that was not to be had in time.
const IN_THE_WAY: [&str; 2] = ["40P01", "55P03"];

/// Brings the schema up to date, beside nodes that are at work.
pub async fn migrate(hosts: &Hosts) -> Result<(), StoreError> {
    let work = async {
        loop {
            match try_to_migrate(hosts).await {
                Err(StoreError::Database(error)) if is_in_the_way(&error) => {
                    tracing::info!(%error, "others are in the way of bringing the schema up to date; trying again");
                    tokio::time::sleep(MIGRATE_RETRY).await;
                }
                done => return done,
            }
        }
    };
    tokio::time::timeout(MIGRATE_TIMEOUT, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::late(MIGRATE_TIMEOUT)))
}

fn is_in_the_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| IN_THE_WAY.contains(&&*code))
}

/// All steps or none.
async fn try_to_migrate(hosts: &Hosts) -> Result<(), StoreError> {
    let limit_ms = u64::try_from(MIGRATE_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
    let mut link = hosts.connect().await?;
    let connection = &mut link.connection;
    fit::check(connection).await?;
    // A look first: a database that is up to date is neither locked nor written to.
    if missing(connection).await?.is_empty() {
        return Ok(());
    }
    let begin = format!(
        "{}; SET LOCAL lock_timeout = {MIGRATE_LOCK_MS}; {LOCK}",
        lanes::begin(lanes::WRITE, limit_ms)
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await?;
    sqlx::raw_sql(LEDGER).execute(&mut *connection).await?;
    for version in missing(connection).await? {
        apply(connection, version).await?;
    }
    sqlx::raw_sql("COMMIT").execute(connection).await?;
    Ok(())
}

/// Which migrations were not made yet.
async fn missing(connection: &mut PgConnection) -> Result<Vec<i64>, StoreError> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    // One message, so that it is one transaction behind a pooler too.
    let found = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let has_ledger: bool = sqlx::raw_sql(found).fetch_one(&mut *connection).await?.try_get(0)?;
    let made = if has_ledger {
        sqlx::raw_sql("SELECT version FROM _sqlx_migrations").fetch_all(connection).await?
    } else {
        Vec::new()
    };
    let made = made.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    if let Some(found) = made.iter().copied().filter(|version| *version > known).max() {
        return Err(StoreError::Newer { found, known });
    }
    Ok(MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .filter(|version| !made.contains(version))
        .collect())
}

async fn apply(connection: &mut PgConnection, version: i64) -> Result<(), StoreError> {
    let Some(migration) = MIGRATIONS.iter().find(|migration| migration.version == version) else {
        return Ok(());
    };
    sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await?;
    let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                VALUES ($1, $2, TRUE, $3, -1)";
    query(note)
        .bind(version)
        .bind(&*migration.description)
        .bind(&*migration.checksum)
        .execute(connection)
        .await?;
    Ok(())
}
