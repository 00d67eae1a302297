//! What operators did: hidden incidents, stated spans, pages of the past, and what goes with facts.

use pharos_engine::{CheckId, Fact};
use pharos_model::{Change, Incident, Maintenance, MaintenanceId, Span, Stated, Status, UnixMs};
use pharos_store::{Accounts, AuditEntry, AuditFilter, Margin, Once, Store, StoreError};

use super::{Place, append, incident};
use crate::{component, configured, day, sample, status};

fn public(change: Change) -> Fact {
    Fact::Public(change)
}

pub async fn a_hidden_incident_is_told_of_no_more_until_it_is_told_of_again<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let known = incident("one", "api", 5);
    append(&store, 9, vec![day(0), configured(&["api"]), public(Change::IncidentOpened(known.clone()))])
        .await;
    append(&store, 10, vec![public(Change::IncidentHidden { id: known.id.clone() })]).await;
    let api = component("api");
    let (from, until) = (UnixMs(0), UnixMs(100));
    assert_eq!(store.incident(&known.id).await.unwrap(), None);
    assert!(store.incidents_between(from, until, 9).await.unwrap().is_empty());
    assert!(store.incidents_of_component(&api, until, 9).await.unwrap().is_empty());
    assert!(store.incidents_page(None, (None, None), 9).await.unwrap().is_empty());
    append(&store, 11, vec![public(Change::IncidentChanged(Box::new(known.clone())))]).await;
    assert_eq!(store.incident(&known.id).await.unwrap(), Some(known));
}

pub async fn a_stated_span_keeps_what_was_measured_meanwhile<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let stated = |measured: Option<Status>, from: i64| {
        let stated = measured.map(|measured| Box::new(Stated { measured, ..Stated::default() }));
        public(Change::Stated { component: component("api"), stated, from: UnixMs(from) })
    };
    append(&store, 1, vec![day(0), configured(&["api"])]).await;
    append(&store, 10, vec![status("api", Status::MajorOutage, 10)]).await;
    append(&store, 20, vec![status("api", Status::Operational, 20), stated(Some(Status::MajorOutage), 20)])
        .await;
    append(&store, 30, vec![stated(Some(Status::PartialOutage), 30)]).await;
    append(&store, 40, vec![stated(None, 40)]).await;
    let spans = store.spans(&component("api"), UnixMs(0), UnixMs(50), 9).await.unwrap();
    let span = |from: i64, until: Option<i64>, status, measured| Span {
        starts_at: UnixMs(from),
        ends_at: until.map(UnixMs),
        status,
        measured,
    };
    let (good, out) = (Status::Operational, Status::MajorOutage);
    assert_eq!(
        spans,
        [
            span(1, Some(10), Status::Unknown, None),
            span(10, Some(20), out, None),
            span(20, Some(30), good, Some(out)),
            span(30, Some(40), good, Some(Status::PartialOutage)),
            span(40, None, good, None),
        ]
    );
}

pub async fn incidents_are_read_page_by_page_without_a_gap<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let mut facts = vec![day(0), configured(&["api", "web"])];
    for number in 0..7 {
        // Two begin at the same moment.
        let concerns = if number % 2 == 0 { "api" } else { "web" };
        let opened = incident(&format!("i{number}"), concerns, i64::from(number / 2));
        facts.push(public(Change::IncidentOpened(opened)));
    }
    append(&store, 9, facts).await;
    let mut before = None;
    let mut names = Vec::new();
    loop {
        let page = store.incidents_page(before.clone(), (None, None), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.began_at, last.id.clone()));
        names.extend(page.iter().map(|incident: &Incident| incident.id.to_string()));
    }
    assert_eq!(names, ["i6", "i5", "i4", "i3", "i2", "i1", "i0"]);
    let of_web = store.incidents_page(None, (Some(component("web")), Some(true)), 9).await.unwrap();
    assert_eq!(of_web.len(), 3);
    assert!(store.incidents_page(None, (None, Some(false)), 9).await.unwrap().is_empty());
}

pub async fn maintenances_are_kept_as_they_last_were<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let planned = |name: &str, start: i64, revision| Maintenance {
        id: MaintenanceId::new(name).unwrap(),
        scheduled_start: UnixMs(start),
        scheduled_end: UnixMs(start + 1),
        revision,
        ..Maintenance::default()
    };
    let changed = |known: Maintenance| public(Change::MaintenanceChanged(Box::new(known)));
    append(&store, 1, vec![changed(planned("a", 5, 0)), changed(planned("b", 7, 0))]).await;
    append(&store, 2, vec![changed(planned("a", 9, 1))]).await;
    let page = store.maintenances_page(None, 1).await.unwrap();
    assert_eq!(page, [planned("a", 9, 1)]);
    let rest = store.maintenances_page(Some((UnixMs(9), "a".into())), 9).await.unwrap();
    assert_eq!(rest, [planned("b", 7, 0)]);
}

pub async fn the_newest_observations_of_a_check_are_given<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.record((1..=5).map(sample).collect()).await.unwrap();
    let check = CheckId("api/http".into());
    assert_eq!(store.observations(&check, 2).await.unwrap(), [sample(5), sample(4)]);
    let earlier = store.observations_before(&check, Some(sample(4).scheduled_at), 2).await.unwrap();
    assert_eq!(earlier, [sample(3), sample(2)]);
    assert!(store.observations(&CheckId("nobody".into()), 2).await.unwrap().is_empty());
}

pub fn entry(actor: &str, target: &str) -> AuditEntry {
    AuditEntry {
        id: 0,
        at: UnixMs(5),
        actor: actor.into(),
        address: "192.0.2.1".into(),
        action: "incident.update".into(),
        target: target.into(),
        seq: None,
        before: None,
        after: Some("{}".into()),
    }
}

pub async fn what_goes_with_facts_is_written_with_them_or_not_at_all<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let margin = Margin { audit: vec![entry("user:anna", "incidents/one")], ..Margin::default() };
    append(&store, 10, vec![day(0)]).await;
    let refused = store.append_with(UnixMs(5), vec![Fact::Blinded], margin.clone()).await;
    assert!(matches!(refused, Err(StoreError::Backwards { .. })));
    assert!(store.audit(&AuditFilter::default(), 9).await.unwrap().is_empty());
    store.append_with(UnixMs(10), vec![Fact::Blinded], margin).await.unwrap();
    let log = store.audit(&AuditFilter::default(), 9).await.unwrap();
    assert_eq!((log.len(), log[0].seq, log[0].actor.as_str()), (1, Some(2), "user:anna"));
}

pub async fn a_key_of_a_request_is_remembered_as_it_first_was<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let once = |outcome: &str, at: i64| Once {
        actor: "user:anna".into(),
        key: "k1".into(),
        fingerprint: [7; 32],
        outcome: outcome.into(),
        at: UnixMs(at),
    };
    for outcome in ["first", "second"] {
        let margin = Margin { once: Some(once(outcome, 10)), ..Margin::default() };
        store.append_with(UnixMs(10), vec![Fact::Blinded], margin).await.unwrap();
    }
    assert_eq!(store.once("user:anna", "k1").await.unwrap(), Some(once("first", 10)));
    assert_eq!(store.once("user:bert", "k1").await.unwrap(), None);
    let later = Once { key: "k2".into(), ..once("later", 10 + 25 * 3_600_000) };
    let margin = Margin { once: Some(later), ..Margin::default() };
    store.append_with(UnixMs(20), vec![Fact::Blinded], margin).await.unwrap();
    assert_eq!(store.once("user:anna", "k1").await.unwrap(), None);
}
