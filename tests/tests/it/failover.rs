//! Real databases that fail over while the real binary watches them: what the record says is held against what happened.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use pharos_model::{Failover, FailoverKind, RedundancyState};
use pharos_test_servers::postgres::PASSWORD;
use pharos_test_servers::{Postgres, Redis};
use pharos_tests::{Pharos, Setup, wait_for};

use crate::redundancy::{serving, snapshot, state, wait_until};

/// A pair whose members are looked at by these checks, every second.
fn pair(checks: [String; 2]) -> String {
    let [a, b] = checks.map(|check| format!("    checks:\n      - {check}\n        interval: 1s\n"));
    format!(
        "page: {{ name: Example }}
components:
  - id: db
    name: Database
    redundancy:
      policy: primary_standby
      members: [db-a, db-b]
      objectives: {{ rto: 2m, rpo: 30s }}
  - id: db-a
    name: Database A
{a}  - id: db-b
    name: Database B
{b}"
    )
}

/// What happened, by this test's own clock.
struct Truth {
    /// The primary was gone at some time after this,
    killing: Instant,
    /// and before this.
    killed: Instant,
    /// The standby took over at some time after this,
    promoting: Instant,
    /// and before this.
    promoted: Instant,
}

impl Truth {
    /// Has the one killed and, once that is seen, the other promoted.
    fn of(pharos: &Pharos, kill: impl FnOnce(), promote: impl FnOnce()) -> Self {
        let killing = Instant::now();
        kill();
        let killed = Instant::now();
        wait_until(pharos, "the loss to be seen", |seen| state(seen) != Some(RedundancyState::Full));
        let promoting = Instant::now();
        promote();
        Self { killing, killed, promoting, promoted: Instant::now() }
    }

    /// Whether the observed recovery time can be the true one.
    fn is_held_by(&self, failover: &Failover) {
        let observed = failover.rto().unwrap();
        let (least, most) = (self.promoting - self.killed, self.promoted - self.killing);
        let slack = Duration::from_millis(50);
        assert!(
            Duration::from_millis(observed.least_ms) <= most + slack,
            "{observed:?}, truly at most {most:?}"
        );
        assert!(
            Duration::from_millis(observed.most_ms) + slack >= least,
            "{observed:?}, truly at least {least:?}"
        );
        assert!(observed.most_ms - observed.least_ms < 20_000, "{observed:?} says nothing");
    }
}

/// The record of the failover, once the service is restored.
fn record(pharos: &Pharos) -> Failover {
    wait_for("the record of the failover", || {
        let found = snapshot(pharos)?.failovers.into_iter().next_back()?;
        (found.to.is_some() && found.restored.is_some()).then_some(found)
    })
}

fn assert_told(failover: &Failover) {
    assert_eq!(failover.kind, FailoverKind::Failover, "{failover:?}");
    assert_eq!(failover.from.as_str(), "db-a", "{failover:?}");
    assert_eq!(failover.to.as_ref().map(pharos_model::ComponentId::as_str), Some("db-b"), "{failover:?}");
    assert_eq!((failover.met_rpo(), failover.lag_ms.is_some()), (Some(true), true), "{failover:?}");
}

#[test]
fn a_postgres_standby_that_takes_over_is_told_of_as_it_was_and_two_primaries_are_a_conflict() {
    let mut primary = Postgres::with_logins(None);
    let standby = primary.standby();
    let check = |server: &Postgres| {
        let port = server.port;
        format!(
            "postgres: {{ address: '127.0.0.1:{port}', user: pharos, password: {PASSWORD}, database: postgres }}"
        )
    };
    let setup = Setup::new(&pair([check(&primary), check(&standby)])).unwrap();
    let pharos = setup.start().unwrap();
    wait_until(&pharos, "full redundancy", |seen| state(seen) == Some(RedundancyState::Full));
    wait_until(&pharos, "the standby's lag", |seen| {
        seen.components[0].redundancy.as_ref().is_some_and(|known| known.members[1].lag_below_ms.is_some())
    });
    primary.sql("postgres", "insert into notes values ('written before the failover')");

    let truth = Truth::of(&pharos, || primary.stop(), || standby.promote());
    let failover = record(&pharos);
    assert_told(&failover);
    truth.is_held_by(&failover);
    wait_until(&pharos, "the standby to serve", |seen| serving(seen).as_deref() == Some("db-b"));
    assert_eq!(standby.sql("postgres", "select count(*) from notes"), "1");

    primary.start();
    wait_until(&pharos, "the conflict", |seen| state(seen) == Some(RedundancyState::Conflict));
}

#[test]
fn a_redis_replica_that_takes_over_is_told_of_as_it_was_and_two_primaries_are_a_conflict() {
    let primary = Redis::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = Redis::replica_of(&primary, &[]);
    let check = |server: &Redis| format!("redis: {{ address: '127.0.0.1:{}' }}", server.port);
    let setup = Setup::new(&pair([check(&primary), check(&replica)])).unwrap();
    let pharos = setup.start().unwrap();
    wait_until(&pharos, "full redundancy", |seen| state(seen) == Some(RedundancyState::Full));
    wait_until(&pharos, "the replica's lag", |seen| {
        seen.components[0].redundancy.as_ref().is_some_and(|known| known.members[1].lag_below_ms.is_some())
    });

    let (port, mut place) = (primary.port, None);
    let promote = || {
        replica.give(&["REPLICAOF", "NO", "ONE"]);
    };
    let truth = Truth::of(&pharos, || place = Some(primary.stopped()), promote);
    let failover = record(&pharos);
    assert_told(&failover);
    truth.is_held_by(&failover);

    let _again = Redis::start_at(place.unwrap(), port, &[]);
    wait_until(&pharos, "the conflict", |seen| state(seen) == Some(RedundancyState::Conflict));
}
