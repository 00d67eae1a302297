//! PostgreSQL: a primary, a standby, and the ways to log in.

use pharos_probe::{Outcome, ReasonKind, Role, Spec};
use pharos_test_servers::postgres::PASSWORD;
use pharos_test_servers::{Place, Postgres, Running, port};
use serde_json::{Value, json};

use super::{probe, probe_until};
use crate::certificates::Authority;

/// What looks at a server.
trait Watched {
    fn check(&self, user: &str, more: Value) -> Spec;
}

impl Watched for Postgres {
    fn check(&self, user: &str, more: Value) -> Spec {
        let mut check = json!({
            "address": format!("127.0.0.1:{}", self.port), "user": user, "password": PASSWORD, "database": "postgres",
        });
        check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Spec::Postgres(serde_json::from_value(check).unwrap())
    }
}

#[tokio::test]
async fn a_primary_and_its_standby_tell_their_roles_until_the_standby_is_promoted() {
    let primary = Postgres::with_logins(None);
    let standby = primary.standby();
    let result = probe(&primary.check("pharos", json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Primary), None));

    let follows = standby.check("pharos", json!({}));
    let result = probe_until(&follows, |result| result.facts.lag_ms == Some(0)).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));

    standby.promote();
    let result = probe(&follows).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Primary)));
    assert_eq!(result.facts.lag_ms, None);
}

#[tokio::test]
async fn a_standby_whose_primary_is_gone_lags_since_what_it_replayed_last() {
    let primary = Postgres::with_logins(None);
    let standby = primary.standby();
    let follows = standby.check("pharos", json!({}));
    primary.sql("postgres", "insert into notes values ('last')");
    probe_until(
        &standby.check("pharos", json!({ "query": "select text from notes", "expect": "last" })),
        |result| result.outcome == Outcome::Good,
    )
    .await;
    drop(primary);
    let first = probe_until(&follows, |result| result.facts.lag_ms > Some(0)).await.facts.lag_ms;
    let later = probe_until(&follows, |result| result.facts.lag_ms > first).await;
    assert_eq!((later.outcome, later.facts.role), (Outcome::Good, Some(Role::Standby)));
}

#[tokio::test]
async fn a_user_who_may_not_see_the_receiver_is_told_the_time_of_the_last_transaction() {
    let primary = Postgres::with_logins(None);
    let standby = primary.standby();
    primary.sql("postgres", "insert into notes values ('one')");
    let result =
        probe_until(&standby.check("stranger", json!({})), |result| result.facts.lag_ms > Some(0)).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
}

#[tokio::test]
async fn a_standby_that_has_replayed_no_transaction_yet_does_not_make_up_a_lag() {
    let primary = Postgres::with_logins(None);
    let standby = primary.standby();
    let result = probe(&standby.check("stranger", json!({}))).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
    assert_eq!(result.facts.lag_ms, None);
}

#[tokio::test]
async fn a_password_is_proven_in_the_way_that_the_server_asks_for() {
    let server = Postgres::with_logins(None);
    for user in ["pharos", "legacy", "trusted"] {
        let result = probe(&server.check(user, json!({}))).await;
        assert_eq!((result.outcome, result.reason), (Outcome::Good, None), "{user}");
        let stages = result.stages;
        assert!(stages.connect_us.is_some() && stages.first_byte_us.is_some() && stages.body_us.is_some());
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_database_fail_the_login() {
    let server = Postgres::with_logins(None);
    for user in ["pharos", "legacy"] {
        let result = probe(&server.check(user, json!({ "password": "canary-of-nobody" }))).await;
        let sentence =
            format!("PostgreSQL: the login failed: password authentication failed for user \"{user}\"");
        crate::assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, &sentence);
    }
    let result = probe(&server.check("pharos", json!({ "database": "lost" }))).await;
    let sentence = "PostgreSQL: the login failed: database \"lost\" does not exist";
    crate::assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
    let result = probe(&server.check("pharos", json!({ "password": null }))).await;
    let sentence = "PostgreSQL: the server asks for a password; set password";
    crate::assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
}

#[tokio::test]
async fn the_password_itself_is_sent_over_tls_that_is_required_and_never_else() {
    let authority = Authority::new();
    let server = Postgres::with_logins(Some(authority.files("127.0.0.1")));
    let result = authority.probe(&server.check("plain", json!({ "tls": "require" }))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    for tls in ["prefer", "disable"] {
        let result = authority.probe(&server.check("plain", json!({ "tls": tls }))).await;
        let sentence =
            "PostgreSQL: the server asks for the password itself, which is only sent with tls set to require";
        crate::assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
    }
}

#[tokio::test]
async fn tls_is_spoken_where_it_is_offered_and_verified_where_it_is_required() {
    let authority = Authority::new();
    let server = Postgres::with_logins(Some(authority.files("127.0.0.1")));
    let is_encrypted = |tls| json!({ "tls": tls, "query": "select ssl from pg_stat_ssl where pid = pg_backend_pid()", "expect": "t" });
    for tls in ["prefer", "require"] {
        let result = authority.probe(&server.check("pharos", is_encrypted(tls))).await;
        assert_eq!((result.outcome, result.reason), (Outcome::Good, None), "{tls}");
        assert!(result.stages.tls_us.is_some());
    }
    // Nobody that this prober trusts has issued it.
    let result = probe(&server.check("pharos", is_encrypted("prefer"))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    let result = probe(&server.check("pharos", is_encrypted("require"))).await;
    assert_eq!(result.reason.unwrap().kind, ReasonKind::CertificateUntrusted);

    let without = Postgres::with_logins(None);
    let result = probe(&without.check("pharos", json!({ "tls": "require" }))).await;
    let sentence = "PostgreSQL: the server offers no TLS, and tls is set to require";
    crate::assert_reason(&result, Outcome::Down, ReasonKind::TlsFailed, sentence);
}

#[tokio::test]
async fn what_a_query_says_is_compared() {
    let server = Postgres::with_logins(None);
    for (query, got) in [
        ("select 6 * 7", None),
        ("select n from generate_series(42, 100000) as n", None),
        ("select 41", Some("\"41\"")),
        ("select null", Some("nothing")),
        ("select 42 where false", Some("nothing")),
        ("", Some("nothing")),
        (";", Some("nothing")),
    ] {
        let result = probe(&server.check("pharos", json!({ "query": query, "expect": "42" }))).await;
        let sentence = got.map(|got| format!("PostgreSQL: expected \"42\" from the query, got {got}"));
        assert_eq!(result.reason.map(|reason| reason.sentence), sentence, "{query}");
        assert_eq!(result.facts.role, Some(Role::Primary));
    }
    let result = probe(&server.check("pharos", json!({ "query": "select nothing_there" }))).await;
    let sentence = "PostgreSQL: the query failed: column \"nothing_there\" does not exist";
    crate::assert_reason(&result, Outcome::Down, ReasonKind::QueryFailed, sentence);
}

#[tokio::test]
async fn a_query_cannot_write() {
    let server = Postgres::with_logins(None);
    for (query, why) in [
        ("insert into notes values ('x')", "cannot execute INSERT in a read-only transaction"),
        (
            "commit; insert into notes values ('x')",
            "cannot insert multiple commands into a prepared statement",
        ),
        ("do $$ begin commit; insert into notes values ('x'); end $$", "invalid transaction termination"),
        ("set transaction read write", "transaction read-write mode must be set before any query"),
        ("drop table notes", "cannot execute DROP TABLE in a read-only transaction"),
        ("copy notes to stdout", ""),
    ] {
        let result = probe(&server.check("pharos", json!({ "query": query }))).await;
        assert_eq!(result.outcome, Outcome::Down, "{query}");
        assert!(result.reason.clone().unwrap().sentence.contains(why), "{query}: {:?}", result.reason);
    }
    assert_eq!(server.sql("postgres", "select count(*) from notes"), "0");
}

#[tokio::test]
async fn a_query_that_takes_too_long_ends_with_the_budget_here_and_on_the_server() {
    let server = Postgres::with_logins(None);
    let slow = server.check("pharos", json!({ "query": "select pg_sleep(60)" }));
    let result = crate::prober().probe(&slow, 1_500).await;
    assert_eq!(result.outcome, Outcome::Down);
    assert!(result.stages.total_us.unwrap() < 3_000_000, "{:?}", result.stages);
    let running =
        "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()";
    let started = std::time::Instant::now();
    while server.sql("postgres", running) != "0" {
        assert!(
            started.elapsed() < super::PATIENCE,
            "the server still works on a query that nobody waits for"
        );
    }
}

/// A pooler before `server`, which gives each transaction any connection that is free.
fn pooler(server: &Postgres) -> (Running, u16, Place) {
    let (place, port) = (Place::new(), port());
    place.write("users", &format!("\"pharos\" \"{PASSWORD}\"\n"));
    place.write(
        "settings",
        &format!(
            "[databases]\npostgres = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir = .\nauth_type = scram-sha-256\nauth_file = users\npool_mode = transaction\n\
             default_pool_size = 1\nlogfile = pooler.log\n",
            server.port
        ),
    );
    let is_ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    let running = place.serve("pgbouncer", &["settings"], is_ready);
    (running, port, place)
}

#[tokio::test]
async fn behind_a_pooler_all_is_asked_and_nothing_is_left_for_who_comes_next() {
    let server = Postgres::with_logins(None);
    let (_running, port, _place) = pooler(&server);
    let asking = |query: &str, expected: &str| {
        let more = json!({ "address": format!("127.0.0.1:{port}"), "query": query, "expect": expected });
        server.check("pharos", more)
    };
    for query in ["select pg_backend_pid() > 0", "select lost", "select true"] {
        let result = probe(&asking(query, "t")).await;
        assert_eq!(result.outcome == Outcome::Good, query != "select lost", "{result:?}");
        assert_eq!(result.facts.role, Some(Role::Primary));
    }
    // One connection served all of them, outside of a transaction and as it was.
    let left = "select count(*) || ',' || min(state) from pg_stat_activity where usename = 'pharos'";
    assert_eq!(server.sql("postgres", left), "1,idle");
}

#[tokio::test]
async fn a_server_with_no_room_for_another_is_up_but_not_ready() {
    let server = Postgres::with_logins(None);
    server.sql("postgres", "alter role pharos connection limit 0");
    let result = probe(&server.check("pharos", json!({}))).await;
    let sentence = "PostgreSQL: the server is up but not ready: too many connections for role \"pharos\"";
    crate::assert_reason(&result, Outcome::Down, ReasonKind::NotReady, sentence);
}
