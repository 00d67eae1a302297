//! Bringing the schema up to date: by one node at a time, and never behind the back of a newer version.

use sqlx::{AssertSqlSafe, PgConnection};

use super::hosts::Hosts;
use super::{lanes, query};
use crate::StoreError;
use crate::limits::MIGRATE_TIMEOUT;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/postgres");

/// Where it is kept which migrations were made: sqlx's own table, so that its command line can read it.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, \
     description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
     checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)";
/// Held until the transaction ends, so that of several nodes that start at once one migrates and the others find it done.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7380959193)";

/// Brings the schema up to date.
pub async fn migrate(hosts: &Hosts) -> Result<(), StoreError> {
    let limit_ms = u64::try_from(MIGRATE_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
    let work = async {
        let mut link = hosts.connect().await?;
        let connection = &mut link.connection;
        // A look first: a database that is up to date is neither locked nor written to.
        if missing(connection).await?.is_empty() {
            return Ok(());
        }
        let begin = format!("{}; SET LOCAL lock_timeout = {limit_ms}; {LOCK}", lanes::begin("", limit_ms));
        sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await?;
        sqlx::raw_sql(LEDGER).execute(&mut *connection).await?;
        for version in missing(connection).await? {
            apply(connection, version).await?;
        }
        sqlx::raw_sql("COMMIT").execute(connection).await?;
        Ok(())
    };
    tokio::time::timeout(MIGRATE_TIMEOUT, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::late(MIGRATE_TIMEOUT)))
}

/// Which migrations were not made yet.
async fn missing(connection: &mut PgConnection) -> Result<Vec<i64>, StoreError> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    // One message, so that it is one transaction behind a pooler too.
    let found = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let has_ledger: bool = sqlx::Row::get(&sqlx::raw_sql(found).fetch_one(&mut *connection).await?, 0);
    let made = if has_ledger {
        sqlx::raw_sql("SELECT version FROM _sqlx_migrations").fetch_all(connection).await?
    } else {
        Vec::new()
    };
    let made: Vec<i64> = made.iter().map(|row| sqlx::Row::get(row, 0)).collect();
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
