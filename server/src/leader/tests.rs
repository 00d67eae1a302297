//! Tests of the leader with a store and no network.

use pharos_engine::Fact;
use pharos_engine::desk::{Command, NewIncident, NewUpdate};
use pharos_model::{Change, IncidentStatus, Prose, Status, UnixMs};
use pharos_probe::push::Signal;
use pharos_store::{Beat, Leadership, Lease, NodeRow, SqliteStore, Standing};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::finding::Seen;
use crate::lifecycle::prober;
use crate::nodes::{Inbox, Postman};
use crate::operators::{Author, Done, Failure, OnceKey};
use crate::samples;

const CONFIG: &str = "page: { name: Example }
components:
  - { id: api, name: API, checks: [{ http: { url: \"http://127.0.0.1:9/\" } }] }
";

async fn leader() -> (TempDir, Leader, Lead) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("pharos.yaml");
    std::fs::write(&file, CONFIG).unwrap();
    let loaded = crate::config::load(&file).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory.path()).await.unwrap());
    let (health, metrics) = (Arc::new(HealthState::default()), Arc::new(Metrics::default()));
    let (samples, _writer) = samples::channel(Arc::clone(&store), Arc::clone(&metrics), Arc::clone(&health));
    let standing = Arc::new(Standing::default());
    let (findings, _) = mpsc::channel(1);
    let inbox = Inbox {
        errands: mpsc::channel(1).0,
        findings: findings.clone(),
        orders: mpsc::channel(1).0,
        heartbeats: mpsc::channel(1).0,
        reports: mpsc::channel(1).0,
    };
    let postman = Postman::new(Nonce([1; 16]), Arc::clone(&store), Arc::clone(&standing), inbox);
    let tools = Tools {
        clock: Clock::start(),
        store: Arc::clone(&store),
        prober: prober(None).unwrap(),
        findings,
        samples,
        last_checked: Arc::default(),
        health,
        metrics,
        equipment: Equipment::of(&loaded),
        post: postman.post(),
        roster: watch::channel(Arc::default()).1,
        who_is_there: Arc::default(),
        ends: CancellationToken::new(),
    };
    let lead =
        Leadership::new(Arc::<dyn Store>::clone(&store) as Arc<dyn Lease>, "test".to_owned(), standing)
            .gain()
            .await
            .unwrap()
            .unwrap();
    let (mut leader, first) = Leader::start(tools, (store.load().await.unwrap(), 0), loaded).await.unwrap();
    let shutdown = CancellationToken::new();
    leader.carry_out(first, Margin::default(), &Ending { lead: &lead, shutdown: &shutdown }).await;
    (directory, leader, lead)
}

fn anna() -> Author {
    Author { actor: "user:anna".into(), address: "192.0.2.1".into() }
}

fn slow_checkout() -> NewIncident {
    let first = NewUpdate {
        status: IncidentStatus::Investigating,
        body: Prose { source: "We know of it.".into(), html: "We know of it.".into() },
        components: Vec::new(),
        next_update_by: None,
        at: None,
        annotates: false,
    };
    NewIncident {
        title: "Checkout is slow".into(),
        components: Vec::new(),
        impact: None,
        began_at: None,
        pinned: false,
        first,
    }
}

/// Has an incident opened by a request with this key and content.
async fn open((leader, lead): (&mut Leader, &Lead), key: &str, content: u8) -> Result<Done, Failure> {
    let (reply, answer) = oneshot::channel();
    let order = Order {
        command: Command::OpenIncident(Box::new(slow_checkout())),
        author: anna(),
        once: Some(OnceKey { key: key.to_owned(), fingerprint: [content; 32] }),
        reply,
    };
    leader.obey(order, &Ending { lead, shutdown: &CancellationToken::new() }).await;
    answer.await.unwrap()
}

#[tokio::test]
async fn a_request_that_is_repeated_after_its_answer_was_lost_is_not_carried_out_twice() {
    let (_directory, mut leader, lead) = leader().await;
    // Both were taken before the first was written: the doors found nothing of the key.
    let first = open((&mut leader, &lead), "k", 1).await.unwrap();
    let again = open((&mut leader, &lead), "k", 1).await.unwrap();
    assert_eq!((&again.subject, again.seq), (&first.subject, first.seq));
    let other = open((&mut leader, &lead), "k", 2).await;
    assert!(matches!(other, Err(Failure::KeyInUse)), "{other:?}");
    assert_eq!(leader.tools.store.load().await.unwrap().board.open_incidents().count(), 1);
    assert_ne!(open((&mut leader, &lead), "another", 1).await.unwrap().subject, first.subject);
}

#[tokio::test]
async fn what_is_decided_without_the_last_word_of_the_leader_before_is_not_written() {
    let (_directory, mut leader, lead) = leader().await;
    let store = Arc::clone(&leader.tools.store);
    // A commit that waited for a standby while this one took over and read the journal.
    let late = store.append(leader.tools.clock.now().wall, vec![Fact::Blinded]).await.unwrap();
    let answer = open((&mut leader, &lead), "k", 1).await;
    assert!(matches!(answer, Err(Failure::Late)), "{answer:?}");
    assert!(leader.obsolete, "it goes on without what was written");
    assert_eq!(store.head().await.unwrap(), late.head);
}

#[tokio::test]
async fn what_an_operator_waits_for_no_more_is_not_carried_out_when_the_store_works_again() {
    let (_directory, mut leader, lead) = leader().await;
    let (reply, answer) = oneshot::channel();
    drop(answer);
    let command = Command::OpenIncident(Box::new(slow_checkout()));
    let order = Order { command, author: anna(), once: None, reply };
    leader.obey(order, &Ending { lead: &lead, shutdown: &CancellationToken::new() }).await;
    assert_eq!(leader.tools.store.load().await.unwrap().board.open_incidents().count(), 0);
}

#[tokio::test]
async fn a_heartbeat_that_waited_for_the_store_is_dated_by_when_it_came_in() {
    let (_directory, mut leader, _lead) = leader().await;
    let received = Instant::now().checked_sub(Duration::from_mins(10)).unwrap();
    let stored = oneshot::channel().0;
    let heartbeat =
        Heartbeat { check: CheckId("api/push".into()), signal: Signal::Success, received, stored };
    let now = leader.tools.clock.now().wall;
    let Input::Observed(heard) = leader.hear(heartbeat) else { panic!("it is no observation") };
    assert!((590_000..=600_000).contains(&now.since_ms(heard.at)), "{heard:?}");
    assert_eq!(heard.scheduled_at, heard.at);
}

#[tokio::test]
async fn a_node_that_cannot_note_that_it_watches_says_so_although_nothing_else_is_to_be_written() {
    let (_directory, mut leader, _lead) = leader().await;
    let (store, health) = (Arc::clone(&leader.tools.store), Arc::clone(&leader.tools.health));
    health.stepped();
    leader.note_watch().await;
    assert!(!health.is_stale());
    // Nothing of one who does not name the lease is written while another holds it.
    let another = Nonce([2; 16]);
    store.acquire_or_renew("another", another, Duration::from_secs(15)).await.unwrap().unwrap();
    leader.note_watch().await;
    assert!(health.is_stale());
    store.release(another).await.unwrap();
    leader.note_watch().await;
    assert!(!health.is_stale());
}

#[tokio::test]
async fn a_leader_whose_clock_is_behind_the_journal_goes_on_from_its_end_after_a_gap() {
    let (_directory, leader, _lead) = leader().await;
    let (tools, base) = (leader.tools.clone(), leader.base.clone());
    let end = tools.clock.now().wall.plus_ms(3_600_000);
    tools.store.append(end, vec![Fact::Blinded]).await.unwrap();
    let fold = tools.store.load().await.unwrap();
    let (mut next, first) = Leader::start(tools.clone(), (fold, 0), base).await.unwrap();
    let silence_ms = next.loaded.engine.silence_max_ms;
    assert!((silence_ms..silence_ms + 5_000).contains(&first.at.since_ms(end)), "{first:?}");
    let gap = Fact::Public(Change::Unwatched { from: end, until: first.at });
    assert!(first.facts.contains(&gap), "{first:?}");
    let mut now = tools.clock.now();
    now.mono_ms += 1_000;
    now.wall = now.wall.plus_ms(900);
    let later = next.engine.step(now, Input::Tick);
    assert!(later.at > first.at, "the journal's time stands still");
    assert!(!later.facts.iter().any(|fact| matches!(fact, Fact::ClockStepped { .. })), "{later:?}");
}

/// A roster with another node in it, which was heard just now.
fn another_node() -> Arc<Roster> {
    let beat = Beat {
        id: Nonce(*b"another node  ab"),
        name: "another".to_owned(),
        version: String::new(),
        config: String::new(),
        seq: 0,
        term: None,
        told: Vec::new(),
    };
    let row = NodeRow { beat, up: Duration::ZERO, silent: Duration::ZERO };
    Arc::new(Roster { me: None, rows: vec![row], heard: Some(Instant::now()) })
}

#[tokio::test]
async fn a_look_is_given_away_neither_by_a_roster_of_before_nor_by_one_who_ends() {
    let (_directory, leader, _lead) = leader().await;
    let (tell, roster) = watch::channel(another_node());
    let (config, ends) = (watch::channel(String::new()).1, CancellationToken::new());
    let mut shares = Shares::new(leader.tools.post.clone(), (roster, config), ends.clone());
    let mut given = |roster: Option<Arc<Roster>>| {
        _ = roster.map(|roster| tell.send_replace(roster));
        let due =
            |number: i64| Due { check: CheckId(format!("{number}/http")), scheduled_at: UnixMs(number) };
        (0..50).filter(|number| shares.give(&due(*number), UnixMs(*number))).count()
    };
    assert_eq!(given(None), 0, "a node of before the leadership may be gone");
    assert!(given(Some(another_node())) > 10);
    ends.cancel();
    assert_eq!(given(Some(another_node())), 0, "what it finds would be told to nobody");
}

#[tokio::test]
async fn what_was_found_for_the_leader_before_counts_if_it_was_asked_for_just_now() {
    let (_directory, mut leader, lead) = leader().await;
    let (now, shutdown) = (leader.tools.clock.now().wall, CancellationToken::new());
    let mut rows = Vec::new();
    for slot in [now.plus_ms(60_000), now.minus_ms(60_000), now.minus_ms(1_000)] {
        let seen = Seen {
            at: slot,
            status: Status::Operational,
            reason: None,
            stages_us: [None; 5],
            total_us: Some(1_000),
            queued_us: 0,
            role: None,
            lag_ms: None,
            parts: Vec::new(),
        };
        let found = Finding { check: CheckId("api/http".into()), scheduled_at: slot, seen: Some(seen) };
        leader.see((Nonce([9; 16]), found), &Ending { lead: &lead, shutdown: &shutdown }).await;
        rows.push(leader.tools.last_checked.since_last_beat().1.len());
    }
    assert_eq!(rows, [0, 0, 1]);
}
