//! What a database or a role may be set to, and what then comes of it.

use std::time::Duration;

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{Fence, Lease as _, Nonce, PostgresAddress, PostgresStore, Store, StoreError};

use super::{POOLER, SERVER, opened};
use crate::{configured, day};

/// Writes and reads, in a database that is set to this, directly and behind a pooler.
async fn is_written_and_read(setting: &str) {
    let database = SERVER.database();
    let _ = SERVER.sql("postgres", &format!("alter database {database} set {setting}"));
    let (nonce, long) = (Nonce([7; 16]), Duration::from_mins(1));
    for (round, address) in (0_u64..).zip([SERVER.address(&database), POOLER.address(&database)]) {
        let store = opened(&address).await;
        let term = store.acquire_or_renew("node", nonce, long).await.unwrap().unwrap();
        store.set_fence(Some(Fence { term, nonce }));
        let at = UnixMs(i64::try_from(round).unwrap());
        let facts = if round == 0 { vec![day(0), configured(&["api"])] } else { vec![Fact::Blinded] };
        store.append(at, facts).await.unwrap();
        assert_eq!(store.load().await.unwrap().seq, 2 + round, "{setting}");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_writes_bytes_in_another_form_is_written_and_read() {
    is_written_and_read("bytea_output = escape").await;
}

#[tokio::test]
async fn a_database_whose_transactions_see_one_state_by_default_is_written_and_read() {
    is_written_and_read("default_transaction_isolation = serializable").await;
}

#[tokio::test]
async fn a_database_that_speaks_of_times_in_its_own_way_is_written_and_read() {
    is_written_and_read("datestyle = 'German'").await;
    is_written_and_read("timezone = 'Asia/Tokyo'").await;
    is_written_and_read("intervalstyle = 'iso_8601'").await;
}

#[tokio::test]
async fn a_fence_is_looked_at_as_it_is_after_the_wait_for_the_end_of_the_journal() {
    let database = SERVER.database();
    let setting = "default_transaction_isolation = 'repeatable read'";
    let _ = SERVER.sql("postgres", &format!("alter database {database} set {setting}"));
    let store = opened(&SERVER.address(&database)).await;
    let mut other = super::stranger(&database).await;
    sqlx::raw_sql("BEGIN; SELECT 1 FROM head FOR UPDATE").execute(&mut other).await.unwrap();
    let lease = "INSERT INTO leases (name, holder, term, nonce, expires_at) \
                 VALUES ('leader', 'b', 1, gen_random_uuid(), now() + interval '1 minute')";
    let waits = async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        if SERVER.sql(&database, waiting).trim() == "0" { Err("nobody waits") } else { Ok(()) }
    };
    let taking_over = async {
        super::until_ok(waits).await;
        let _ = SERVER.sql(&database, lease);
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    };
    let (written, ()) = tokio::join!(store.append(UnixMs(0), vec![day(0)]), taking_over);
    assert!(matches!(written, Err(StoreError::NotLeading)), "{written:?}");
}

#[tokio::test]
async fn what_is_written_after_a_connection_was_closed_for_being_idle_is_written_at_once() {
    let database = SERVER.database();
    let _ = SERVER.sql("postgres", &format!("alter database {database} set idle_session_timeout = '500ms'"));
    let store = opened(&SERVER.address(&database)).await;
    store.append(UnixMs(0), vec![day(0), configured(&["api"])]).await.unwrap();
    let written = std::time::Instant::now();
    let is_closed = async || {
        let own = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%= 0; COMMIT'";
        let count = SERVER.sql(&database, own);
        let is_idle = written.elapsed() > pharos_store::limits::WRITER_TRUSTED;
        if is_idle && count == "0" { Ok(()) } else { Err("it is open still") }
    };
    super::until_ok(is_closed).await;
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
}

async fn refusal(database: &str) -> String {
    let address = PostgresAddress::parse(&SERVER.address(database)).unwrap();
    let refused = PostgresStore::open(address).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unfit { .. }), "{refused:?}");
    refused.to_string()
}

#[tokio::test]
async fn a_database_that_cannot_keep_every_text_is_refused() {
    let database = SERVER.database_with("encoding 'LATIN1' locale 'C' template template0");
    let said = refusal(&database).await;
    assert!(said.contains("LATIN1") && said.contains("ENCODING 'UTF8' TEMPLATE template0"), "{said}");
}

#[tokio::test]
async fn a_database_without_a_place_for_tables_is_refused() {
    let database = SERVER.database();
    let _ = SERVER.sql("postgres", &format!("alter database {database} set search_path = nowhere"));
    let said = refusal(&database).await;
    assert!(said.contains("nowhere") && said.contains("CREATE SCHEMA"), "{said}");
}
