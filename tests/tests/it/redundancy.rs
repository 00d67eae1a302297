//! A pair that fails over and back while it is watched, from the sockets to the page.

use pharos_model::{FailoverKind, RedundancyState, Role, Snapshot, Status};
use pharos_tests::{EventStream, Operator, Pharos, Setup, Target, wait_for};

use crate::wait_for_page;

fn config(a: &Target, b: &Target, extra: &str) -> String {
    let member = |id: &str, target: &Target| {
        format!(
            "  - id: {id}
    name: Database {id}
    checks:
      - health: {{ url: 'http://{}/health', role: {{ field: /role, lag_field: /lag }} }}
        interval: 1s
        timeout: 900ms
",
            target.address
        )
    };
    format!(
        "page: {{ name: Example }}
components:
  - id: db
    name: Database
    redundancy:
      policy: primary_standby
      members: [db-a, db-b]
      objectives: {{ rto: 30s, rpo: 5s }}
{extra}{}{}",
        member("db-a", a),
        member("db-b", b)
    )
}

fn primary(target: &Target) {
    target.answer(200);
    target.tell(r#"{"status":"UP","role":"primary"}"#);
}

fn standby(target: &Target) {
    target.answer(200);
    target.tell(r#"{"status":"UP","role":"standby","lag":0.4}"#);
}

pub fn snapshot(pharos: &Pharos) -> Option<Snapshot> {
    EventStream::open(pharos.address, None).ok()?.next_fact().ok()?.snapshot().ok()
}

pub fn wait_until(pharos: &Pharos, what: &str, holds: impl Fn(&Snapshot) -> bool) -> Snapshot {
    wait_for(what, || snapshot(pharos).filter(&holds))
}

pub fn state(snapshot: &Snapshot) -> Option<RedundancyState> {
    let id = pharos_model::ComponentId::new("db").ok()?;
    snapshot.component(&id)?.redundancy.as_ref()?.state
}

pub fn serving(snapshot: &Snapshot) -> Option<String> {
    let id = pharos_model::ComponentId::new("db").ok()?;
    Some(snapshot.component(&id)?.redundancy.as_ref()?.serving()?.component.to_string())
}

#[test]
fn a_pair_that_fails_over_and_back_is_told_of_as_it_was() {
    let (a, b) = (Target::start().unwrap(), Target::start().unwrap());
    primary(&a);
    standby(&b);
    let setup = Setup::new(&config(&a, &b, "")).unwrap();
    let pharos = setup.start().unwrap();
    let whole = wait_until(&pharos, "full redundancy", |seen| state(seen) == Some(RedundancyState::Full));
    let known = whole.components[0].redundancy.as_ref().unwrap();
    assert_eq!(known.members[1].role, Some(Role::Standby));
    let page = wait_for_page(&pharos, "Full redundancy");
    assert!(page.contains("serves now"), "{page}");

    a.answer(500);
    primary(&b);
    let moved = wait_until(&pharos, "the failover", |seen| {
        serving(seen).as_deref() == Some("db-b") && state(seen) == Some(RedundancyState::None)
    });
    assert_ne!(moved.components[0].status, Status::MajorOutage);
    standby(&a);
    let again = wait_until(&pharos, "full redundancy again", |seen| {
        state(seen) == Some(RedundancyState::Full)
            && seen.failovers.iter().all(pharos_model::Failover::is_over)
    });
    let failover = again.failovers.last().unwrap();
    assert_eq!((failover.kind, failover.service_lost), (FailoverKind::Failover, false));
    assert_eq!((failover.lag_ms, failover.met_rpo()), (Some(400), Some(true)));
    assert!(failover.rto().unwrap().most_ms <= 30_000, "{failover:?}");
    assert!(again.incidents.is_empty(), "no service was lost: {:?}", again.incidents);
    let record = pharos.get("/resilience").unwrap().text();
    assert!(record.contains("Failover") && record.contains("400 ms"), "{record}");
    let german = pharos.get("/de/resilience").unwrap().text();
    assert!(german.contains("Übernahme"), "{german}");
}

#[test]
fn two_primaries_are_shown_as_a_conflict() {
    let (a, b) = (Target::start().unwrap(), Target::start().unwrap());
    primary(&a);
    standby(&b);
    let setup = Setup::new(&config(&a, &b, "")).unwrap();
    let pharos = setup.start().unwrap();
    wait_until(&pharos, "full redundancy", |seen| state(seen) == Some(RedundancyState::Full));
    primary(&b);
    wait_until(&pharos, "the conflict", |seen| state(seen) == Some(RedundancyState::Conflict));
    wait_for_page(&pharos, "Two members claim to be the primary");
}

#[test]
fn what_is_visible_to_operators_stands_on_no_public_page() {
    let (a, b) = (Target::start().unwrap(), Target::start().unwrap());
    primary(&a);
    standby(&b);
    let setup = Setup::new(&config(&a, &b, "      visible_to: operators\n")).unwrap();
    let pharos = setup.start().unwrap();
    let seen =
        wait_until(&pharos, "the pair to work", |seen| seen.components[0].status == Status::Operational);
    assert_eq!(state(&seen), None);
    for path in ["/", "/components/db", "/resilience"] {
        let page = pharos.get(path).unwrap().text();
        assert!(!page.contains("Full redundancy") && !page.contains("Standby"), "{path}: {page}");
    }
    let anna = Operator::first(&pharos).unwrap();
    let seen = wait_for("operators to see full redundancy", || {
        anna.read("/components/db").ok().filter(|seen| seen["redundancy"]["state"] == "full")
    });
    assert_eq!(seen["redundancy"]["members"][1]["role"], "standby", "{seen}");
    a.answer(500);
    primary(&b);
    let failover = wait_for("operators to see the failover", || {
        let all = anna.read("/failovers").ok()?;
        all.as_array()?.iter().find(|failover| failover["to"] == "db-b").cloned()
    });
    assert_eq!((&failover["kind"], &failover["public"]), (&"failover".into(), &false.into()), "{failover}");
    assert!(snapshot(&pharos).unwrap().failovers.is_empty());
}
