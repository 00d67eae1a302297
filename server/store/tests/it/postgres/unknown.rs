//! Commits whose answer does not come.

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{Accounts as _, AuditFilter, Margin, Store, StoreError};

use super::proxy::{Fault, Proxy};
use super::{SERVER, opened, until_ok};
use crate::contract::entry;

/// The word that ends a transaction that writes, and none that reads.
const COMMIT: &str = "timeout = 0; COMMIT";

/// Appends once, into a fault, and then asks for the same until it is done.
async fn appended_into(fault: Fault) {
    let (database, proxy) = (SERVER.database(), Proxy::to(&SERVER).await);
    let store = opened(&proxy.address(&database)).await;
    store.append(UnixMs(1), vec![Fact::Sighted]).await.unwrap();
    let margin = Margin { audit: vec![entry("user:anna", "incidents/one")], ..Margin::default() };
    let append = || store.append_with(UnixMs(2), vec![Fact::Blinded, Fact::Sighted], margin.clone());
    proxy.arm(COMMIT, fault);
    let lost = append().await;
    assert!(matches!(lost, Err(StoreError::Unknown)), "{lost:?}");
    let appended = until_ok(async || append().await).await;
    assert_eq!(appended.head.seq, 3);
    assert_eq!(appended.entries, store.entries_after(1, 9).await.unwrap());
    assert_eq!(appended.head, store.head().await.unwrap());
    assert_eq!(store.audit(&AuditFilter::default(), 9).await.unwrap().len(), 1);
    // The same again, of which the first was answered, is meant.
    assert_eq!(append().await.unwrap().head.seq, 5);
}

#[tokio::test]
async fn an_append_that_was_done_although_nobody_heard_is_done_once() {
    appended_into(Fault::CutAfter).await;
}

#[tokio::test]
async fn an_append_that_never_arrived_is_done_when_it_is_asked_for_again() {
    appended_into(Fault::CutBefore).await;
}
