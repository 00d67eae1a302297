//! A database that two fill at once.

use std::sync::Arc;

use pharos_model::UnixMs;
use pharos_store::{Copies, Restorer, Store, StoreError};

use super::{Direct, Pooled, fresh};
use crate::contract::Place;
use crate::day;

async fn who_fills_a_database_that_another_begins_to_fill_is_told_so<P: Place>() {
    let (_database, store) = fresh().await;
    for at in 0..6 {
        store.append(UnixMs(at), vec![day(0)]).await.unwrap();
    }
    let rows = store.rows_after(0, 10).await.unwrap();
    let end = (store.origin(), rows.len() as u64);
    let place = P::empty().await;
    let filler = async || Restorer::new(Arc::new(place.open_to_fill().await.unwrap()));
    let (mut first, mut begun) = (filler().await, filler().await);
    first.journal(rows[..2].to_vec()).await.unwrap_err();
    let mut last = filler().await;
    last.journal(rows[..4].to_vec()).await.unwrap();
    let refused = begun.journal(rows[..2].to_vec()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    assert!(refused.to_string().contains("another restore or import"), "{refused}");
    last.journal(rows[4..].to_vec()).await.unwrap();
    last.end(end, UnixMs(10), None).await.unwrap();
    let refused = begun.journal(rows[..2].to_vec()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    assert_eq!(place.open().await.head().await.unwrap(), store.head().await.unwrap());
}

#[tokio::test]
async fn who_fills_a_database_that_another_begins_to_fill_is_told_so_directly() {
    who_fills_a_database_that_another_begins_to_fill_is_told_so::<Direct>().await;
}

#[tokio::test]
async fn who_fills_a_database_that_another_begins_to_fill_is_told_so_behind_a_pooler() {
    who_fills_a_database_that_another_begins_to_fill_is_told_so::<Pooled>().await;
}
