//! A node whose journal is in PostgreSQL.

use pharos_model::Status;
use pharos_test_servers::Postgres;
use pharos_tests::{EventStream, Operator, Pharos, Setup, Target, wait_for};

use crate::{one_component, wait_for_page, wait_for_status};

const DATABASE: &str = "postgres";

/// A watched service and a node that watches it on these hosts.
fn watching(hosts: &[&Postgres]) -> anyhow::Result<(Target, Setup, String)> {
    let target = Target::start()?;
    let setup = Setup::new(&one_component(&target))?;
    let hosts: Vec<_> = hosts.iter().map(|host| format!("127.0.0.1:{}", host.port)).collect();
    Ok((target, setup, format!("postgres://postgres@{}/{DATABASE}?sslmode=disable", hosts.join(","))))
}

fn incidents(pharos: &Pharos) -> anyhow::Result<usize> {
    let snapshot = EventStream::open(pharos.address, None)?.next_fact()?.snapshot()?;
    Ok(snapshot.incidents.len())
}

#[test]
fn on_postgresql_an_outage_survives_a_killed_process_and_is_told_only_once() {
    let server = Postgres::primary();
    let (target, setup, address) = watching(&[&server]).unwrap();
    target.answer(500);
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_page(&pharos, "is not available");
    pharos.kill().unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    // The page is there at once, although the dead process holds the lease still.
    let page = pharos.get("/").unwrap().text();
    assert!(page.contains("is not available"), "{page}");
    let asked = target.asked();
    wait_for("more looks", || (target.asked() > asked + 3).then_some(()));
    assert_eq!(incidents(&pharos).unwrap(), 1);
    assert!(!setup.data().exists(), "there is a data directory all the same");
}

#[test]
fn a_node_that_ends_in_order_leaves_the_lease_to_the_next() {
    let server = Postgres::primary();
    let (target, setup, address) = watching(&[&server]).unwrap();
    let mut first = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&first, "api", Status::Operational);
    first.signal("TERM").unwrap();
    assert!(first.ended().success());
    let second = setup.start_with(&["--database", &address]).unwrap();
    let asked = target.asked();
    wait_for("more looks", || (target.asked() > asked).then_some(()));
    assert!(!second.log().contains("another node leads"), "{}", second.log());
}

#[test]
fn a_second_process_on_one_database_serves_the_page_and_does_not_watch() {
    let server = Postgres::primary();
    let (target, setup, address) = watching(&[&server]).unwrap();
    let first = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&first, "api", Status::Operational);
    let second = setup.start_with(&["--database", &address]).unwrap();
    wait_for("the log", || second.log().contains("another node leads").then_some(()));
    // What the first finds, the second shows.
    target.answer(500);
    wait_for_page(&second, "is not available");
    wait_for_page(&first, "is not available");
    assert_eq!(incidents(&second).unwrap(), 1);
}

#[test]
fn visitors_are_served_while_the_primary_is_gone_and_news_go_on_at_the_promoted_standby() {
    let mut primary = Postgres::primary();
    let standby = primary.standby();
    let (target, setup, address) = watching(&[&primary, &standby]).unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    primary.wait_for(&standby);
    primary.crash();
    target.answer(500);
    // Health is told, and the page is there all the while.
    wait_for("health to tell", || {
        let page = pharos.get("/").ok()?;
        assert!(page.status == 200 && page.text().contains("Public API"), "{}", page.status);
        (pharos.get("/health").ok()?.status == 503).then_some(())
    });
    standby.promote();
    wait_for_page(&pharos, "is not available");
    assert_eq!(incidents(&pharos).unwrap(), 1);
    let kept = standby.sql(DATABASE, "select count(*) from incidents");
    assert_eq!(kept, "1");
}

#[test]
fn entries_that_a_failover_lost_are_taken_back_from_visitors_who_lose_no_page_meanwhile() {
    let mut primary = Postgres::primary();
    let standby = primary.standby();
    let (target, setup, address) = watching(&[&primary, &standby]).unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    let anna = Operator::first(&pharos).unwrap();
    primary.wait_for(&standby);
    primary.freeze_senders();
    target.answer(500);
    wait_for_page(&pharos, "is not available");
    let stream = EventStream::open(pharos.address, None).unwrap();
    let before = stream.next_fact().unwrap().snapshot().unwrap().origin;
    primary.crash();
    target.answer(200);
    standby.promote();
    // On the stream that was open all the while.
    let after = std::iter::from_fn(|| stream.next_fact().ok()).find_map(|fact| fact.snapshot().ok()).unwrap();
    assert_ne!(after.origin, before);
    assert!(after.incidents.is_empty(), "{:?}", after.incidents);
    wait_for_status(&pharos, "api", Status::Operational);
    let said = wait_for("the audit log to tell", || {
        assert_eq!(pharos.get("/").unwrap().status, 200);
        let log = anna.read("/audit").ok()?;
        let entries = log["entries"].as_array().or_else(|| log.as_array())?.clone();
        entries.into_iter().find(|entry| entry["action"] == "journal.lost")
    });
    assert!(said["before"]["seq"].as_u64() > said["after"]["seq"].as_u64(), "{said}");
    assert_eq!(incidents(&pharos).unwrap(), 0);
}

#[test]
fn heartbeats_that_a_failover_lost_are_told_of() {
    let mut primary = Postgres::primary();
    let standby = primary.standby();
    let token = "nightly-backup-token-01";
    let config = format!(
        "page: {{ name: Example }}\ncomponents:\n  - {{ id: backup, name: Backup, checks: [{{ push: {{ token: {token}, period: 1h }} }}] }}\n"
    );
    let setup = Setup::new(&config).unwrap();
    let hosts = [&primary, &standby].map(|host| format!("127.0.0.1:{}", host.port)).join(",");
    let address = format!("postgres://postgres@{hosts}/{DATABASE}?sslmode=disable");
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    let anna = Operator::first(&pharos).unwrap();
    let push = || pharos.get(&format!("/push/{token}")).unwrap().status;
    assert_eq!(push(), 200);
    wait_for_status(&pharos, "backup", Status::Operational);
    primary.wait_for(&standby);
    primary.freeze_senders();
    // Nothing changes by them, so that no entry of the journal is lost.
    assert_eq!([push(), push()], [200, 200]);
    assert!(pharos.get("/health").unwrap().text().contains(r#""replication":"UP""#));
    primary.crash();
    standby.promote();
    let said = wait_for("the audit log to tell", || {
        let log = anna.read("/audit").ok()?;
        let entries = log["entries"].as_array().or_else(|| log.as_array())?.clone();
        entries.into_iter().find(|entry| entry["action"] == "reports.lost")
    });
    assert_eq!(
        (said["before"]["reports"].as_u64(), said["before"]["checks"].as_u64()),
        (Some(2), Some(1)),
        "{said}"
    );
    assert!(pharos.log().contains("lost reports of jobs or agents that had been acknowledged"));
    assert!(!pharos.log().contains("no longer has what this node has seen"), "an entry was lost, too");
    wait_for("health to tell", || {
        let health = pharos.get("/health").ok()?.text();
        (health.contains(r#""replication":"DOWN""#) && health.contains(r#""status":"UP""#)).then_some(())
    });
}

#[test]
fn a_second_primary_is_told_of_by_health() {
    let primary = Postgres::primary();
    let standby = primary.standby();
    let (_target, setup, address) = watching(&[&primary, &standby]).unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    assert!(pharos.get("/health").unwrap().text().contains(r#""primaries":"UP""#));
    standby.promote();
    wait_for("health to tell", || {
        let health = pharos.get("/health").ok()?.text();
        (health.contains(r#""primaries":"DOWN""#) && health.contains(r#""status":"UP""#)).then_some(())
    });
}

#[test]
fn while_the_database_is_gone_pages_are_served_and_nothing_is_acknowledged_and_lost() {
    let mut server = Postgres::primary();
    let token = "nightly-backup-token-01";
    let config = format!(
        "page: {{ name: Example }}\ncomponents:\n  - {{ id: backup, name: Backup, checks: [{{ push: {{ token: {token}, period: 30s }} }}] }}\n"
    );
    let setup = Setup::new(&config).unwrap();
    let address = server.address(DATABASE);
    let nodes = ["first", "second"]
        .map(|name| setup.start_with(&["--database", &address, "--node-name", name]).unwrap());
    let push = |node: &Pharos| node.get(&format!("/push/{token}")).unwrap();
    for node in &nodes {
        assert_eq!(push(node).status, 200);
        wait_for_status(node, "backup", Status::Operational);
    }
    server.crash();
    for node in &nodes {
        let answer = push(node);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{}", answer.text());
        let page = node.get("/").unwrap();
        assert!(page.status == 200 && page.text().contains("Backup"));
        assert_eq!(node.get("/readyz").unwrap().status, 200);
        assert_eq!(node.get("/livez").unwrap().status, 200);
        wait_for("health to tell", || (node.get("/health").ok()?.status == 503).then_some(()));
    }
    server.start();
    for node in &nodes {
        wait_for("the node to recover", || (push(node).status == 200).then_some(()));
        wait_for("health to tell", || (node.get("/health").ok()?.status == 200).then_some(()));
        wait_for_status(node, "backup", Status::Operational);
    }
}

#[test]
fn a_synchronous_standby_that_hangs_costs_no_leadership_and_holds_up_no_reader() {
    let primary = Postgres::primary();
    let standby = primary.standby();
    let (target, setup, address) = watching(&[&primary, &standby]).unwrap();
    let nodes = ["first", "second"]
        .map(|name| setup.start_with(&["--database", &address, "--node-name", name]).unwrap());
    wait_for_status(&nodes[1], "api", Status::Operational);
    primary.sql(DATABASE, "alter system set synchronous_standby_names = '*'");
    primary.sql(DATABASE, "select pg_reload_conf()");
    primary.freeze_senders();
    target.answer(500);
    wait_for("writing to hang", || (nodes[0].get("/health").ok()?.status == 503).then_some(()));
    // The lease is renewed all the while: a whole one has passed.
    let ends_in = "select extract(epoch from expires_at)::bigint from leases";
    let end = |primary: &Postgres| primary.sql(DATABASE, ends_in).parse::<i64>().unwrap();
    let first = end(&primary);
    wait_for("the lease to be renewed", || (end(&primary) > first + 15).then_some(()));
    // Every node says so, and only the one that leads cannot watch.
    for (node, watcher) in nodes.iter().zip(["DOWN", "UP"]) {
        let health = node.get("/health").unwrap().text();
        let said = [r#""database":"DOWN""#.to_owned(), format!(r#""watcher":"{watcher}""#)];
        assert!(said.iter().all(|said| health.contains(said)), "{health}");
    }
    for node in &nodes {
        assert_eq!(node.get("/").unwrap().status, 200);
    }
    primary.thaw_senders();
    for node in &nodes {
        wait_for_page(node, "is not available");
    }
    assert!(!nodes[0].log().contains("leads no more"), "{}", nodes[0].log());
    assert_eq!(incidents(&nodes[1]).unwrap(), 1);
}

#[test]
fn the_databases_password_is_in_no_message() {
    let setup = Setup::new("page: { name: Example }\ncomponents: []\n").unwrap();
    let file = setup.path().join("password");
    std::fs::write(&file, "canary-of-file\n").unwrap();
    let port = pharos_test_servers::port();
    for address in [
        format!("postgres://anna:canary@127.0.0.1:{port}/status"),
        format!("postgres://anna:canary@127.0.0.1:{port},/status"),
        "mysql://anna:canary@host/status".to_owned(),
    ] {
        let mut command = setup.command("127.0.0.1:0");
        command.arg("--database-password-file").arg(&file).env("PHAROS_DATABASE", address);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("database") && !said.contains("canary"), "{said}");
        let help = command.arg("--help").output().unwrap();
        assert!(!String::from_utf8_lossy(&help.stdout).contains("canary"));
    }
}

#[test]
fn a_node_that_cannot_read_what_a_newer_version_wrote_says_that_its_page_is_old() {
    let server = Postgres::primary();
    let (_target, setup, address) = watching(&[&server]).unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    // An entry of a kind that there is not yet, chained as it must be.
    let later = "with made as (
            update head set seq = seq + 1, chain = sha256(chain || int8send(seq + 1) || int8send(at) || int8send(5)
                || convert_to('later{\"later\":{}}', 'UTF8'))
            returning seq, at, chain
        )
        insert into journal (seq, at, term, kind, payload, chain)
        select seq, at, 1, 'later', '{\"later\":{}}', chain from made";
    server.sql(DATABASE, later);
    wait_for("health to say so", || (pharos.get("/health").ok()?.status == 503).then_some(()));
    assert!(pharos.log().contains("was written by a newer Pharos"), "{}", pharos.log());
    assert_eq!(pharos.get("/readyz").unwrap().status, 200);
    let stream = EventStream::open(pharos.address, None).unwrap();
    let pulse = wait_for("a pulse", || stream.next_frame().ok().filter(|frame| frame.event == "pulse"));
    assert!(pulse.data.contains("\"stale\":true"), "{pulse:?}");
    assert!(pharos.get("/").unwrap().text().contains("Public API"));
}

#[test]
fn what_the_database_cannot_keep_is_refused_and_keeps_nothing_else_from_being_written() {
    let server = Postgres::primary();
    let (target, setup, address) = watching(&[&server]).unwrap();
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    let anna = Operator::first(&pharos).unwrap();
    // As a database whose encoding lacks a character says it.
    server.sql(
        DATABASE,
        "create function lacks() returns trigger language plpgsql as $$ begin
            raise exception 'character has no equivalent' using errcode = '22P05';
        end $$;
        create trigger lacks before insert on journal for each row when (new.payload like '%canary%')
            execute function lacks()",
    );
    let incident = |title: &str| serde_json::json!({ "title": title, "status": "investigating", "body": "We know of it." });
    let refused = anna.api("POST", "/incidents", Some(&incident("A canary"))).unwrap();
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("a character that the database cannot keep"), "{}", refused.text());
    wait_for("another to be taken", || anna.act("POST", "/incidents", &incident("Slow")).ok());
    target.answer(500);
    wait_for_page(&pharos, "is not available");
    let page = pharos.get("/").unwrap().text();
    assert!(!page.contains("A canary"), "{page}");
}
