//! SQLite: the contract, and what is its own: damage to its file, its lock, its schema.

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{Resolution, Retention, RollupRow, Sketch, SqliteStore, StageSums, Store, StoreError};
use sqlx::Connection;
use tempfile::TempDir;

use crate::contract::{Place, contract};
use crate::{component, configured, day, sample};

struct Directory(TempDir);

impl Place for Directory {
    type Store = SqliteStore;

    async fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn try_open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.0.path()).await
    }

    async fn open_to_fill(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_to_fill(self.0.path()).await
    }
}

contract!(Directory);

async fn fresh() -> (TempDir, SqliteStore) {
    let directory = TempDir::new().unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    (directory, store)
}

async fn append(store: &SqliteStore, at: i64, facts: Vec<Fact>) {
    store.append(UnixMs(at), facts).await.unwrap();
}

#[tokio::test]
async fn samples_past_their_time_are_let_go() {
    let (directory, store) = fresh().await;
    store.record(vec![sample(0), sample(60_000)]).await.unwrap();
    let retention = Retention { samples_ms: 1, minutes_ms: 1, hours_ms: 1 };
    store.retain(UnixMs(90_000_000), retention).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(count(&directory, "SELECT count(*) FROM samples").await, 0);
}

#[tokio::test]
async fn a_flipped_byte_is_found_and_named_before_it_is_shown() {
    let (directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api"]), Fact::Blinded]).await;
    store.close().await.unwrap();
    drop(store);
    count(
        &directory,
        "UPDATE journal SET payload = replace(payload, 'api', 'apj') WHERE seq = 2 RETURNING 1",
    )
    .await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let error = store.load().await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { seq: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_snapshot_row_is_passed_over() {
    let (directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    let good = store.load().await.unwrap();
    store.save_fold(&good).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    count(&directory, "UPDATE folds SET body = replace(body, 'api', 'apj') RETURNING 1").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), good);
}

#[tokio::test]
async fn a_second_open_of_one_directory_is_refused_until_the_first_is_gone() {
    let (directory, store) = fresh().await;
    let refused = SqliteStore::open(directory.path()).await.err().unwrap();
    assert!(refused.to_string().contains("pharos.lock is locked"), "{refused}");
    drop(store);
    assert!(SqliteStore::open(directory.path()).await.is_ok());
}

#[tokio::test]
async fn a_restore_of_which_a_power_cut_left_any_part_is_refused_and_begun_anew() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("pharos.db");
    let half = SqliteStore::open_to_fill(directory.path()).await.unwrap();
    half.close().await.unwrap();
    drop(half);
    for left in [vec![7; 8_192], Vec::new()] {
        std::fs::write(&database, left).unwrap();
        let opened = SqliteStore::open(directory.path()).await;
        assert!(matches!(opened.err(), Some(StoreError::Unfinished)));
        let opened = SqliteStore::open_to_copy(directory.path()).await;
        assert!(matches!(opened.err(), Some(StoreError::Unfinished)));
        let again = SqliteStore::open_to_fill(directory.path()).await.unwrap();
        again.close().await.unwrap();
    }
}

#[tokio::test]
async fn data_of_a_newer_version_is_refused() {
    let (directory, store) = fresh().await;
    store.close().await.unwrap();
    drop(store);
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (999, 'later', 1, x'00', 0) RETURNING 1";
    count(&directory, newer).await;
    let refused = SqliteStore::open(directory.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 999, .. }), "{refused}");
}

#[tokio::test]
async fn data_of_the_version_before_stages_is_taken_over_with_its_rollups() {
    let (directory, store) = fresh().await;
    let row = RollupRow {
        component: component("api"),
        resolution: Resolution::Hour,
        starts_at: UnixMs(0),
        looks: 7,
        failed: 1,
        sketch: Sketch::default(),
        stages: StageSums::default(),
    };
    store.import_rollups(vec![row]).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    // As it was before: without what the second migration and the later ones add.
    for table in ["leases", "maintenances", "audit", "once", "sessions", "tokens", "users"] {
        execute(&directory, &format!("DROP TABLE {table}")).await;
    }
    execute(&directory, "ALTER TABLE spans DROP COLUMN measured").await;
    execute(&directory, "ALTER TABLE incidents DROP COLUMN hidden").await;
    for column in ["staged_looks", "dns_us", "connect_us", "tls_us", "first_byte_us", "body_us"] {
        execute(&directory, &format!("ALTER TABLE rollups DROP COLUMN {column}")).await;
    }
    execute(&directory, "DELETE FROM _sqlx_migrations WHERE version >= 2").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let points = store.latency(&component("api"), UnixMs(0), UnixMs(1), Resolution::Hour, 1).await.unwrap();
    assert_eq!((points[0].count, points[0].failed, points[0].stages_us), (7, 1, None));
}

async fn execute(directory: &TempDir, statement: &str) {
    let file = format!("sqlite://{}", directory.path().join("pharos.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&file).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn count(directory: &TempDir, query: &'static str) -> i64 {
    let file = format!("sqlite://{}", directory.path().join("pharos.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let found = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}
