//! Redis: a primary, a replica, and the ways to log in.

use pharos_probe::{Outcome, ReasonKind, Role, Spec};
use pharos_test_servers::{Place, Redis, port};
use serde_json::{Value, json};

use super::{probe, probe_until};
use crate::assert_reason;
use crate::certificates::Authority;

/// The users' password.
const PASSWORD: &str = "canary-of-redis";

/// What looks at a server.
trait Watched {
    fn check(&self, more: Value) -> Spec;
}

impl Watched for Redis {
    fn check(&self, more: Value) -> Spec {
        let mut check = json!({ "address": format!("127.0.0.1:{}", self.port) });
        check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Spec::Redis(serde_json::from_value(check).unwrap())
    }
}

#[tokio::test]
async fn a_primary_and_its_replica_tell_their_roles_until_the_replica_is_promoted() {
    let primary = Redis::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = Redis::replica_of(&primary, &[]);
    let result = probe(&primary.check(json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Primary), None));
    assert!(result.stages.first_byte_us.is_some() && result.stages.body_us.is_some());

    let result = probe_until(&replica.check(json!({})), |result| result.facts.lag_ms.is_some()).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
    assert!(result.facts.lag_ms < Some(30_000), "{result:?}");

    replica.give(&["REPLICAOF", "NO", "ONE"]);
    let result = probe(&replica.check(json!({}))).await;
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Primary), None));
}

#[tokio::test]
async fn a_replica_without_its_primary_lags_since_it_lost_it() {
    let primary = Redis::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = Redis::replica_of(&primary, &[]);
    probe_until(&replica.check(json!({})), |result| result.facts.lag_ms.is_some()).await;
    drop(primary);
    let result = probe_until(&replica.check(json!({})), |result| result.facts.lag_ms >= Some(1_000)).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
}

#[tokio::test]
async fn a_replica_that_never_met_its_primary_does_not_say_how_far_it_lags() {
    let nobody = port().to_string();
    let replica = Redis::start(&["--replicaof", "127.0.0.1", &nobody]);
    let result = probe(&replica.check(json!({}))).await;
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Standby), None));
}

#[tokio::test]
async fn a_replica_that_does_not_serve_without_its_primary_is_not_ready() {
    let nobody = port().to_string();
    let replica = Redis::start(&["--replicaof", "127.0.0.1", &nobody, "--replica-serve-stale-data", "no"]);
    let result = probe(&replica.check(json!({ "command": ["GET", "key"] }))).await;
    let sentence = "Redis: the server is up but not ready: it is a replica and has lost its primary";
    assert_reason(&result, Outcome::Down, ReasonKind::NotReady, sentence);
}

#[tokio::test]
async fn a_server_that_still_loads_its_data_is_not_ready() {
    let before = Redis::start(&[]);
    before.give(&["EVAL", "for number = 1, 2000 do redis.call('set', number, number) end", "0"]);
    before.give(&["SAVE"]);
    // Each key takes a while, so that there is time to look.
    let loading = Redis::start_in(
        before.stopped(),
        &["--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024"],
    );
    let result = probe(&loading.check(json!({}))).await;
    let sentence = "Redis: the server is up but not ready: it still loads its data";
    assert_reason(&result, Outcome::Down, ReasonKind::NotReady, sentence);
}

#[tokio::test]
async fn a_password_and_a_user_log_in() {
    let server = Redis::start(&["--user", "pharos", "on", ">canary-of-redis", "+ping", "+role", "+info"]);
    let user = json!({ "user": "pharos", "password": PASSWORD });
    let result = probe(&server.check(user.clone())).await;
    assert_eq!(
        (result.outcome, result.reason, result.facts.role),
        (Outcome::Good, None, Some(Role::Primary))
    );
    server.give(&["CONFIG", "SET", "requirepass", PASSWORD]);
    let result = probe(&server.check(json!({ "password": PASSWORD }))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));

    let result = probe(&server.check(json!({}))).await;
    let sentence = "Redis: the server asks for a password; set password";
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
    for wrong in [json!({ "password": "canary" }), json!({ "user": "pharos", "password": "canary" })] {
        let result = probe(&server.check(wrong)).await;
        let sentence = "Redis: the server does not accept the user or the password";
        assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
    }
}

#[tokio::test]
async fn a_user_who_may_not_ask_for_the_role_is_told_none() {
    let server = Redis::start(&["--user", "pharos", "on", ">canary-of-redis", "+ping"]);
    let result = probe(&server.check(json!({ "user": "pharos", "password": PASSWORD }))).await;
    assert_eq!((result.outcome, result.reason, result.facts.role), (Outcome::Good, None, None));
}

#[tokio::test]
async fn what_a_command_answers_is_compared() {
    let server = Redis::start(&[]);
    server.give(&["SET", "state", "running"]);
    server.give(&["RPUSH", "queue", "a", "b"]);
    for (command, expected, got) in [
        (json!(["GET", "state"]), "running", None),
        (json!(["LLEN", "queue"]), "2", None),
        (json!(["PING"]), "PONG", None),
        (json!(["GET", "state"]), "stopped", Some("\"running\"")),
        (json!(["GET", "lost"]), "running", Some("nothing")),
        (json!(["LRANGE", "queue", "0", "-1"]), "a", Some("\"a list\"")),
    ] {
        let result = probe(&server.check(json!({ "command": command, "expect": expected }))).await;
        let sentence = got.map(|got| format!("Redis: expected \"{expected}\" from the command, got {got}"));
        assert_eq!(result.reason.map(|reason| reason.sentence), sentence, "{command}");
    }
    let result = probe(&server.check(json!({ "command": ["GET", "queue"] }))).await;
    let sentence =
        "Redis: the command failed: WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_reason(&result, Outcome::Down, ReasonKind::QueryFailed, sentence);
}

#[tokio::test]
async fn tls_is_spoken_and_verified_where_it_is_asked_for() {
    let (authority, place) = (Authority::new(), Place::new());
    let (certificate, key) = authority.files("127.0.0.1");
    place.write("server.crt", &certificate);
    place.write("server.key", &key);
    let server = Redis::start_in(
        place,
        &[
            "--tls-port",
            "PORT",
            "--tls-cert-file",
            "server.crt",
            "--tls-key-file",
            "server.key",
            "--tls-ca-cert-file",
            "server.crt",
            "--tls-auth-clients",
            "no",
        ],
    );
    let check = server.check(json!({ "tls": true }));
    let result = authority.probe(&check).await;
    assert_eq!(
        (result.outcome, result.reason, result.facts.role),
        (Outcome::Good, None, Some(Role::Primary))
    );
    assert_eq!(probe(&check).await.reason.unwrap().kind, ReasonKind::CertificateUntrusted);
}
