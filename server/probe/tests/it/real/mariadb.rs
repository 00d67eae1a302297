//! MariaDB: a primary, a replica, and the ways to log in.

use pharos_probe::{Outcome, ReasonKind, Role, Spec};
use pharos_test_servers::{Place, Running, port};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::{probe, probe_until};
use crate::assert_reason;
use crate::certificates::Authority;

/// The users' password.
const PASSWORD: &str = "canary-of-mariadb";

/// A server, and what it is reached with.
pub struct MariaDb {
    _running: Running,
    place: Place,
    port: u16,
}

impl MariaDb {
    /// A server whose users are there already.
    fn start(more: &[&str]) -> Self {
        let server = Self::start_in(Place::new(), more);
        server.sql(&format!(
            "create database shop; create table shop.notes (text text);
             create user pharos@'%' identified by '{PASSWORD}'; grant all on *.* to pharos@'%';
             create user stranger@'%' identified by '{PASSWORD}'; create user open@'%'"
        ));
        server
    }

    fn start_in(place: Place, more: &[&str]) -> Self {
        let data = format!("--datadir={}", place.path("data").display());
        let by_password = "--auth-root-authentication-method=normal";
        let temporary = format!("--tmpdir={}", place.path("").display());
        place.run("mariadb-install-db", &["--no-defaults", &data, &temporary, by_password, "--skip-test-db"]);
        let (port, socket) = (port(), place.path("socket").display().to_string());
        let (port_option, socket_option) = (format!("--port={port}"), format!("--socket={socket}"));
        let arguments = [
            &["--no-defaults", &data, &port_option, &socket_option, "--bind-address=127.0.0.1"][..],
            &[
                &temporary,
                "--skip-name-resolve",
                "--pid-file=pid",
                "--innodb-buffer-pool-size=16M",
                "--sync-binlog=0",
            ],
            more,
        ]
        .concat();
        let is_ready =
            || place.succeeds("mariadb", &["--no-defaults", "-S", &socket, "-u", "root", "-e", "select 1"]);
        let running = place.serve("mariadbd", &arguments, is_ready);
        Self { _running: running, place, port }
    }

    /// Runs statements as the superuser.
    fn sql(&self, text: &str) -> String {
        let socket = self.place.path("socket").display().to_string();
        let arguments = ["--no-defaults", "-S", &socket, "-u", "root", "-N", "-e", text];
        self.place.run("mariadb", &arguments).trim().to_owned()
    }

    fn check(&self, user: &str, more: Value) -> Spec {
        let mut check =
            json!({ "address": format!("127.0.0.1:{}", self.port), "user": user, "password": PASSWORD });
        check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Spec::Mysql(serde_json::from_value(check).unwrap())
    }
}

#[tokio::test]
async fn a_primary_and_its_replica_tell_their_roles_until_the_replica_is_promoted() {
    let primary = MariaDb::start(&["--server-id=1", "--log-bin=log"]);
    let replica = MariaDb::start_in(Place::new(), &["--server-id=2", "--read-only=1"]);
    replica.sql(&format!(
        "change master to master_host='127.0.0.1', master_port={}, master_user='pharos', \
         master_password='{PASSWORD}', master_use_gtid=slave_pos; start slave",
        primary.port
    ));
    let result = probe(&primary.check("pharos", json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Primary), None));
    assert!(result.stages.first_byte_us.is_some() && result.stages.body_us.is_some());

    // The users come from the primary.
    let follows = replica.check("pharos", json!({}));
    let result = probe_until(&follows, |result| result.facts.lag_ms == Some(0)).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
    let result = probe(&replica.check("stranger", json!({}))).await;
    assert_eq!((result.outcome, result.facts.role), (Outcome::Good, Some(Role::Standby)));
    assert_eq!(result.facts.lag_ms, None, "a user without the right is told a lag");

    replica.sql("stop slave");
    let result = probe(&follows).await;
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Standby), None));
    replica.sql("reset slave all; set global read_only = 0");
    let result = probe(&follows).await;
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Primary), None));
}

#[tokio::test]
async fn a_password_is_proven_and_a_wrong_one_refused() {
    let server = MariaDb::start(&[]);
    for (user, more) in [("pharos", json!({ "database": "shop" })), ("open", json!({ "password": null }))] {
        let result = probe(&server.check(user, more)).await;
        assert_eq!((result.outcome, result.reason), (Outcome::Good, None), "{user}");
    }
    for (more, words) in [
        (
            json!({ "password": "canary" }),
            "Access denied for user 'pharos'@'127.0.0.1' (using password: YES)",
        ),
        (json!({ "password": null }), "Access denied for user 'pharos'@'127.0.0.1' (using password: NO)"),
        (json!({ "database": "lost" }), "Unknown database 'lost'"),
    ] {
        let sentence = format!("MySQL: the login failed: {words}");
        let result = probe(&server.check("pharos", more)).await;
        assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, &sentence);
    }
}

#[tokio::test]
async fn a_user_with_another_kind_of_proof_is_told_which() {
    let server = MariaDb::start(&["--plugin-load-add=auth_ed25519", "--plugin-maturity=experimental"]);
    server.sql("create user edward@'%' identified via ed25519 using password('x')");
    let result = probe(&server.check("edward", json!({}))).await;
    let sentence = "MySQL: the login failed: the server asks for client_ed25519, which is not supported; use \
                    caching_sha2_password or mysql_native_password";
    let sentence = sentence.replace("the login failed: ", "");
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, &sentence);
}

#[tokio::test]
async fn tls_is_spoken_where_it_is_offered_and_verified_where_it_is_required() {
    let (authority, place) = (Authority::new(), Place::new());
    let (certificate, key) = authority.files("127.0.0.1");
    place.write("server.crt", &certificate);
    place.write("server.key", &key);
    let files = ["crt", "key"].map(|end| place.path(&format!("server.{end}")).display().to_string());
    let server =
        MariaDb::start_in(place, &[&format!("--ssl-cert={}", files[0]), &format!("--ssl-key={}", files[1])]);
    server.sql(&format!("create user pharos@'%' identified by '{PASSWORD}' require ssl"));
    let is_encrypted = "select variable_value <> '' from information_schema.session_status where \
                        variable_name = 'ssl_version'";
    let check = |tls| server.check("pharos", json!({ "tls": tls, "query": is_encrypted, "expect": "1" }));
    for tls in ["prefer", "require"] {
        let result = authority.probe(&check(tls)).await;
        assert_eq!((result.outcome, result.reason), (Outcome::Good, None), "{tls}");
    }
    // Nobody that this prober trusts has issued it.
    assert_eq!(probe(&check("prefer")).await.outcome, Outcome::Good);
    assert_eq!(probe(&check("require")).await.reason.unwrap().kind, ReasonKind::CertificateUntrusted);
    assert_eq!(probe(&check("disable")).await.reason.unwrap().kind, ReasonKind::LoginFailed);

    let without = MariaDb::start(&[]);
    let result = probe(&without.check("pharos", json!({ "tls": "require" }))).await;
    let sentence = "MySQL: the server offers no TLS, and tls is set to require";
    assert_reason(&result, Outcome::Down, ReasonKind::TlsFailed, sentence);
}

#[tokio::test]
async fn what_a_query_says_is_compared() {
    let server = MariaDb::start(&[]);
    for (query, got) in [
        ("select 6 * 7", None),
        ("select 42 + seq * 0, seq from seq_1_to_1000000", None),
        ("select 41", Some("\"41\"")),
        ("select null", Some("nothing")),
        ("select 42 from shop.notes", Some("nothing")),
        ("do 1", Some("nothing")),
    ] {
        let result =
            probe(&server.check("pharos", json!({ "database": "shop", "query": query, "expect": "42" })))
                .await;
        let sentence = got.map(|got| format!("MySQL: expected \"42\" from the query, got {got}"));
        assert_eq!(result.reason.map(|reason| reason.sentence), sentence, "{query}");
        assert_eq!(result.facts.role, Some(Role::Primary));
    }
    let result = probe(&server.check("pharos", json!({ "query": "select nothing_there" }))).await;
    let sentence = "MySQL: the query failed: Unknown column 'nothing_there' in 'SELECT'";
    assert_eq!(result.reason.unwrap().sentence.to_lowercase(), sentence.to_lowercase());
}

#[tokio::test]
async fn a_query_cannot_write() {
    let server = MariaDb::start(&[]);
    for query in [
        "insert into shop.notes values ('x')",
        "commit; insert into shop.notes values ('x')",
        "drop table shop.notes",
        "create table shop.more (text text)",
        "alter table shop.notes add column more text",
        "create user stray@'%'",
        "grant all on *.* to stranger@'%'",
    ] {
        let result = probe(&server.check("pharos", json!({ "query": query }))).await;
        let kind = result.reason.as_ref().map(|reason| reason.kind);
        assert_eq!((result.outcome, kind), (Outcome::Down, Some(ReasonKind::QueryFailed)), "{query}");
    }
    assert_eq!(server.sql("select count(*) from shop.notes"), "0");
}

#[tokio::test]
async fn a_query_that_takes_too_long_ends_with_the_budget_here_and_on_the_server() {
    let server = MariaDb::start(&[]);
    let slow = server.check("pharos", json!({ "query": "select sleep(60)" }));
    let result = crate::prober().probe(&slow, 1_500).await;
    assert_eq!(result.outcome, Outcome::Down);
    assert!(result.stages.total_us.unwrap() < 3_000_000, "{:?}", result.stages);
    let running = "select count(*) from information_schema.processlist where info = 'select sleep(60)'";
    let started = std::time::Instant::now();
    while server.sql(running) != "0" {
        assert!(
            started.elapsed() < super::PATIENCE,
            "the server still works on a query that nobody waits for"
        );
    }
}

#[tokio::test]
async fn a_server_with_no_room_for_another_is_up_but_not_ready() {
    let server = MariaDb::start(&["--max-connections=10"]);
    let mut held = Vec::new();
    loop {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await.unwrap();
        if greeting[4] == 0xff {
            break;
        }
        held.push(stream);
        assert!(held.len() < 20, "more are let in than should be");
    }
    let result = probe(&server.check("pharos", json!({}))).await;
    let sentence = "MySQL: the server is up but not ready: Too many connections";
    assert_reason(&result, Outcome::Down, ReasonKind::NotReady, sentence);
}
