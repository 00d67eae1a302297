//! Tests of the leader with a store and no network.

use pharos_engine::desk::{NewIncident, NewUpdate};
use pharos_model::{IncidentStatus, Prose};
use pharos_store::SqliteStore;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::lifecycle::prober;
use crate::samples;

const CONFIG: &str = "page: { name: Example }
components:
  - { id: api, name: API, checks: [{ http: { url: \"http://127.0.0.1:9/\" } }] }
";

async fn leader() -> (TempDir, Leader) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("pharos.yaml");
    std::fs::write(&file, CONFIG).unwrap();
    let loaded = crate::config::load(&file).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory.path()).await.unwrap());
    let (health, metrics) = (Arc::new(HealthState::default()), Arc::new(Metrics::default()));
    let (samples, _writer) = samples::channel(Arc::clone(&store), Arc::clone(&metrics), Arc::clone(&health));
    let tools = Tools {
        clock: Clock::start(),
        store: Arc::clone(&store),
        prober: prober().unwrap(),
        samples,
        last_checked: Arc::default(),
        health,
        metrics,
        tokens: Arc::default(),
        configured: Arc::default(),
        source: Arc::new(ArcSwap::from_pointee(Arc::clone(&loaded.source))),
    };
    let (mut leader, first) = Leader::start(tools, store.load().await.unwrap(), loaded).await.unwrap();
    leader.carry_out(first, Margin::default(), &CancellationToken::new()).await;
    (directory, leader)
}

/// Has an incident opened by a request with this key and content.
async fn open(leader: &mut Leader, key: &str, content: u8) -> Result<Done, Failure> {
    let first = NewUpdate {
        status: IncidentStatus::Investigating,
        body: Prose { source: "We know of it.".into(), html: "We know of it.".into() },
        components: Vec::new(),
        next_update_by: None,
        at: None,
        annotates: false,
    };
    let new = NewIncident {
        title: "Checkout is slow".into(),
        components: Vec::new(),
        impact: None,
        began_at: None,
        pinned: false,
        first,
    };
    let (reply, answer) = oneshot::channel();
    let order = Order {
        command: Command::OpenIncident(Box::new(new)),
        author: Author { actor: "user:anna".into(), address: "192.0.2.1".into() },
        once: Some(OnceKey { key: key.to_owned(), fingerprint: [content; 32] }),
        reply,
    };
    leader.obey(order, &CancellationToken::new()).await;
    answer.await.unwrap()
}

#[tokio::test]
async fn a_request_that_is_repeated_after_its_answer_was_lost_is_not_carried_out_twice() {
    let (_directory, mut leader) = leader().await;
    // Both were taken before the first was written: the doors found nothing of the key.
    let first = open(&mut leader, "k", 1).await.unwrap();
    let again = open(&mut leader, "k", 1).await.unwrap();
    assert_eq!((&again.subject, again.seq), (&first.subject, first.seq));
    let other = open(&mut leader, "k", 2).await;
    assert!(matches!(other, Err(Failure::KeyInUse)), "{other:?}");
    assert_eq!(leader.tools.store.load().await.unwrap().board.open_incidents().count(), 1);
    assert_ne!(open(&mut leader, "another", 1).await.unwrap().subject, first.subject);
}
