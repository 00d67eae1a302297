//! The schema, and damage to what is kept.

use std::time::Duration;

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{Fence, Lease as _, Nonce, PostgresAddress, PostgresStore, Store, StoreError};
use pharos_test_servers::Postgres;

use super::{SERVER, fresh, opened, stranger, until_ok};
use crate::{configured, day};

#[tokio::test]
async fn nodes_that_start_at_once_on_an_empty_database_make_one_schema() {
    let address = SERVER.address(&SERVER.database());
    let (first, second, third, fourth) =
        tokio::join!(opened(&address), opened(&address), opened(&address), opened(&address));
    for store in [second, third, fourth] {
        assert_eq!(store.origin(), first.origin());
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (database, store) = fresh().await;
    store.close().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (999, 'later', TRUE, '', 0)";
    SERVER.sql(&database, newer);
    let address = PostgresAddress::parse(&SERVER.address(&database)).unwrap();
    let refused = PostgresStore::open(address).await.err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 999, .. }), "{refused}");
}

#[tokio::test]
async fn a_node_goes_on_after_a_newer_one_has_brought_the_schema_up_to_date() {
    let (database, store) = fresh().await;
    let (nonce, long) = (Nonce([7; 16]), Duration::from_mins(1));
    let term = store.acquire_or_renew("old", nonce, long).await.unwrap().unwrap();
    store.set_fence(Some(Fence { term, nonce }));
    store.append(UnixMs(0), vec![day(0), configured(&["api"])]).await.unwrap();
    SERVER.sql(
        &database,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'later', TRUE, '', 0); \
         ALTER TABLE journal ADD COLUMN later BIGINT NOT NULL DEFAULT 0; \
         ALTER TABLE leases ADD COLUMN later TEXT; CREATE TABLE later (id BIGINT)",
    );
    assert_eq!(store.acquire_or_renew("old", nonce, long).await.unwrap(), Some(term));
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
    assert_eq!(store.load().await.unwrap().seq, 3);
    assert_eq!(store.entries_after(0, 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_schema_is_brought_up_to_date_although_it_and_a_node_waited_for_each_other() {
    let database = SERVER.database();
    let address = SERVER.address(&database);
    let mut other = stranger(&database).await;
    // The first step of a node that begins waits for this table; then this waits for what only one that begins may hold.
    sqlx::raw_sql("BEGIN; CREATE TABLE _sqlx_migrations (version BIGINT)").execute(&mut other).await.unwrap();
    let beginning = tokio::spawn(async move { opened(&address).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = async || match SERVER.sql(&database, waiting).trim() {
        "0" => Err("nobody waits"),
        _ => Ok(()),
    };
    until_ok(waits).await;
    sqlx::raw_sql("SELECT pg_advisory_xact_lock(7380959193)").execute(&mut other).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let store = beginning.await.unwrap();
    assert_eq!(store.load().await.unwrap().seq, 0);
}

#[tokio::test]
async fn both_databases_are_brought_up_to_date_in_the_same_steps() {
    let steps = |folder: &str| {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(steps("postgres"), steps("sqlite"));
}

#[tokio::test]
async fn a_changed_payload_is_found_and_named_before_it_is_shown() {
    let (database, store) = fresh().await;
    store.append(UnixMs(0), vec![day(0), configured(&["api"]), Fact::Blinded]).await.unwrap();
    let _ =
        SERVER.sql(&database, "UPDATE journal SET payload = replace(payload, 'api', 'apj') WHERE seq = 2");
    let error = store.load().await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { seq: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_host_where_nobody_listens_is_named_and_the_password_is_not() {
    let address = format!("postgres://anna:canary@127.0.0.1:{}/status", pharos_test_servers::port());
    let refused = PostgresStore::open(PostgresAddress::parse(&address).unwrap()).await.err().unwrap();
    let said = format!("{refused} {refused:?}");
    assert!(said.contains("no database host can be written to: 127.0.0.1:"), "{said}");
    assert!(!said.contains("canary"), "{said}");
}

#[tokio::test]
async fn a_lease_that_is_renewed_again_and_again_takes_no_more_room() {
    // A server of its own: what others write on the same one and leave open keeps old versions in all of its databases.
    let server = Postgres::primary();
    let database = server.database();
    let store = opened(&server.address(&database)).await;
    let mut sizes = Vec::new();
    // While somebody reads old versions stay, so that one batch may need another page; without pruning each needs several.
    while sizes.len() < 10 {
        for _ in 0..300 {
            let term = store.acquire_or_renew("first", Nonce([1; 16]), Duration::from_mins(1)).await.unwrap();
            assert_eq!(term, Some(1));
        }
        let size = server.sql(&database, "select pg_total_relation_size('leases')");
        if sizes.last() == Some(&size) {
            return;
        }
        sizes.push(size);
    }
    panic!("it grows: {sizes:?}");
}
