//! Several nodes on one database: one leads, all serve, and no one is needed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use pharos_model::Status;
use pharos_test_servers::Postgres;
use pharos_tests::{EventStream, Operator, Pharos, Setup, Target, get, wait_for};
use serde_json::{Value, json};

use crate::{one_component, wait_for_page, wait_for_status};

const TOKEN: &str = "nightly-backup-token-01";

/// A database, and nodes that share it.
struct Cluster {
    setup: Setup,
    address: String,
    _server: Postgres,
}

impl Cluster {
    fn new(config: &str) -> Self {
        let server = Postgres::primary();
        let address = server.address(&server.database());
        Self { setup: Setup::new(config).unwrap(), address, _server: server }
    }

    fn node(&self, name: &str) -> Pharos {
        self.setup.start_with(&["--database", &self.address, "--node-name", name]).unwrap()
    }

    /// A node whose clock of the wall is off from its beginning, and no other of its clocks.
    fn node_whose_clock_is(&self, off: &str, name: &str) -> Pharos {
        let places = std::fs::read_dir("/usr/lib").unwrap().map(|place| place.unwrap().path());
        let library =
            places.map(|place| place.join("faketime/libfaketimeMT.so.1")).find(|path| path.is_file());
        let mut command = self.setup.command("127.0.0.1:0");
        command.args(["--database", &self.address, "--node-name", name]);
        command.env("LD_PRELOAD", library.expect("there is no libfaketime: `cargo xtask setup` installs it"));
        command.env("FAKETIME", off).env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        Pharos::spawn(command).unwrap()
    }

    /// So many nodes, of which the first leads; all know each other.
    fn nodes(&self, count: usize) -> Vec<Pharos> {
        let nodes: Vec<Pharos> = (0..count).map(|number| self.node(&format!("node-{number}"))).collect();
        for node in &nodes {
            wait_for("all nodes to be heard of", || {
                (metric(node, "pharos_nodes_live")? == count.to_string()).then_some(())
            });
        }
        nodes
    }
}

/// A figure of a node.
fn metric(node: &Pharos, name: &str) -> Option<String> {
    let text = node.get("/metrics").ok()?.text();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

/// How many looks a node took.
fn looks(node: &Pharos) -> u32 {
    let text = node.get("/metrics").unwrap().text();
    let counts = text.lines().filter(|line| line.starts_with("pharos_probes_total{"));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok()).sum()
}

fn leads(node: &Pharos) -> bool {
    metric(node, "pharos_leads").as_deref() == Some("1")
}

fn many(target: &Target, count: usize) -> String {
    let component = |number: usize| {
        format!(
            "  - {{ id: c{number}, name: C{number}, checks: [{{ http: {{ url: \"http://{}/{number}\" }}, interval: 1s, timeout: 900ms }}] }}\n",
            target.address
        )
    };
    format!("page: {{ name: Example }}\ncomponents:\n{}", (0..count).map(component).collect::<String>())
}

fn incidents(node: &Pharos) -> usize {
    EventStream::open(node.address, None).unwrap().next_fact().unwrap().snapshot().unwrap().incidents.len()
}

#[test]
fn every_node_takes_its_share_of_the_looks_and_all_show_what_was_found() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&many(&target, 24));
    let nodes = cluster.nodes(3);
    for node in &nodes {
        wait_for("a share", || (looks(node) > 20).then_some(()));
    }
    target.answer(500);
    for node in &nodes {
        wait_for_status(node, "c0", Status::MajorOutage);
        wait_for_status(node, "c23", Status::MajorOutage);
    }
}

#[test]
fn the_share_of_a_node_that_dies_is_taken_over() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&many(&target, 12));
    let mut nodes = cluster.nodes(3);
    for node in &nodes {
        wait_for("a share", || (looks(node) > 5).then_some(()));
    }
    nodes.pop().unwrap().kill().unwrap();
    target.answer(500);
    for number in 0..12 {
        wait_for_status(&nodes[1], &format!("c{number}"), Status::MajorOutage);
    }
}

#[test]
fn when_the_leader_is_killed_another_node_leads_and_nothing_is_told_twice() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let mut nodes = cluster.nodes(2);
    assert!(leads(&nodes[0]) && !leads(&nodes[1]));
    wait_for_status(&nodes[1], "api", Status::Operational);
    target.answer(500);
    wait_for_page(&nodes[1], "is not available");
    nodes.remove(0).kill().unwrap();
    wait_for("a new leader", || leads(&nodes[0]).then_some(()));
    let asked = target.asked();
    wait_for("more looks", || (target.asked() > asked + 2).then_some(()));
    assert_eq!(incidents(&nodes[0]), 1);
    target.answer(200);
    wait_for_status(&nodes[0], "api", Status::Operational);
}

#[test]
fn a_leader_that_was_stopped_for_a_while_follows_when_it_goes_on() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let nodes = cluster.nodes(2);
    wait_for_status(&nodes[1], "api", Status::Operational);
    nodes[0].signal("STOP").unwrap();
    wait_for("a new leader", || leads(&nodes[1]).then_some(()));
    nodes[0].signal("CONT").unwrap();
    wait_for("the old one to follow", || (!leads(&nodes[0])).then_some(()));
    target.answer(500);
    wait_for_page(&nodes[0], "is not available");
    assert!(leads(&nodes[1]));
    assert_eq!(incidents(&nodes[0]), 1);
}

#[test]
fn what_an_operator_asks_of_a_node_that_follows_is_done_once_and_shown_by_all() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let nodes = cluster.nodes(2);
    wait_for_status(&nodes[1], "api", Status::Operational);
    let anna = Operator::first(&nodes[1]).unwrap();
    let new = json!({ "title": "Checkout is slow", "status": "investigating", "body": "We know." });
    let answer = anna.api("POST", "/incidents", Some(&new)).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    for node in &nodes {
        wait_for_page(node, "Checkout is slow");
        assert_eq!(incidents(node), 1);
    }
    // A refusal comes back in its own words.
    let refused = json!({ "title": "", "status": "investigating", "body": "We know." });
    let answer = anna.api("POST", "/incidents", Some(&refused)).unwrap();
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("title"), "{}", answer.text());
}

#[test]
fn a_heartbeat_is_taken_by_a_node_that_follows() {
    let config = format!(
        "page: {{ name: Example }}\ncomponents:\n  - {{ id: backup, name: Backup, checks: [{{ push: {{ token: {TOKEN}, period: 30s }} }}] }}\n"
    );
    let cluster = Cluster::new(&config);
    let nodes = cluster.nodes(2);
    let answer = get(nodes[1].address, &format!("/push/{TOKEN}"), &[]).unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "OK\n"));
    for node in &nodes {
        wait_for_status(node, "backup", Status::Operational);
    }
}

#[test]
fn a_component_that_one_node_is_told_to_keep_is_looked_at_and_reported_to_through_all() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let nodes = cluster.nodes(2);
    let anna = Operator::first(&nodes[1]).unwrap();
    let kept =
        json!({ "id": "shop", "name": "Shop", "checks": [{ "push": { "token": TOKEN, "period": "30s" } }] });
    let answer = anna.api("POST", "/components", Some(&kept)).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    for node in &nodes {
        wait_for("the token to be known", || {
            (get(node.address, &format!("/push/{TOKEN}"), &[]).ok()?.status == 200).then_some(())
        });
    }
}

#[test]
fn a_node_that_joins_tells_its_figures_before_anything_happens() {
    let cluster = Cluster::new("page: { name: Example }\ncomponents: []\n");
    let nodes = cluster.nodes(2);
    let seq = metric(&nodes[0], "pharos_journal_seq").filter(|seq| seq != "0").unwrap();
    assert_eq!(metric(&nodes[1], "pharos_journal_seq"), Some(seq));
}

#[test]
fn operators_see_who_leads_and_how_far_each_node_has_read() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let nodes = cluster.nodes(2);
    let anna = Operator::first(&nodes[0]).unwrap();
    let answer = wait_for("the one that leads to have said so", || {
        let answer = anna.read("/nodes").unwrap();
        (answer["nodes"][0]["term"] == 1).then_some(answer)
    });
    let by_name: BTreeMap<&str, &Value> = answer["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["name"].as_str().unwrap(), node))
        .collect();
    assert_eq!((&by_name["node-0"]["leads"], &by_name["node-1"]["leads"]), (&json!(true), &json!(false)));
    assert_eq!((&by_name["node-0"]["answers"], &by_name["node-1"]["answers"]), (&json!(true), &json!(false)));
    let page = anna.page("/admin/nodes").unwrap().text();
    assert!(page.contains("node-1") && page.contains("leads for"), "{page}");
    // One that ends in order is forgotten, and the other leads at once.
    nodes[0].signal("TERM").unwrap();
    wait_for("the other to lead", || leads(&nodes[1]).then_some(()));
    wait_for("one node", || (metric(&nodes[1], "pharos_nodes_live")? == "1").then_some(()));
}

#[test]
fn a_request_that_nobody_leads_to_is_said_to_be_undone() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let mut nodes = cluster.nodes(2);
    wait_for_status(&nodes[1], "api", Status::Operational);
    let anna = Operator::first(&nodes[1]).unwrap();
    nodes.remove(0).kill().unwrap();
    let new = json!({ "title": "Checkout is slow", "status": "investigating", "body": "We know." });
    let answer = anna.api("POST", "/incidents", Some(&new)).unwrap();
    wait_for("a new leader", || leads(&nodes[0]).then_some(()));
    // Done by the new leader, or certainly not done.
    match answer.status {
        201 => assert_eq!(incidents(&nodes[0]), 1),
        503 => assert!(answer.text().contains("no node leads"), "{}", answer.text()),
        other => panic!("{other}: {}", answer.text()),
    }
}

#[test]
fn heartbeats_that_are_under_way_when_a_node_is_asked_to_end_are_answered() {
    let check = format!("{{ push: {{ token: {TOKEN}, period: 1h }} }}");
    let cluster = Cluster::new(&format!(
        "page: {{ name: Example }}\ncomponents:\n  - {{ id: backup, name: Backup, checks: [{check}] }}\n"
    ));
    let nodes = cluster.nodes(2);
    let beat = |node: &Pharos| {
        let mut stream = TcpStream::connect(node.address).unwrap();
        let head = "HTTP/1.1\r\nhost: status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(format!("POST /push/{TOKEN} {head}").as_bytes()).unwrap();
        stream
    };
    // First the one that follows.
    for node in nodes.iter().rev() {
        let beats: Vec<TcpStream> = (0..10).map(|_| beat(node)).collect();
        // Whoever answers this has taken them up.
        node.get("/livez").unwrap();
        node.signal("TERM").unwrap();
        for mut stream in beats {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
    }
}

#[test]
fn a_node_that_begins_with_a_wrong_clock_leads_alone_and_not_beside_one_whose_clock_is_right() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let wrong = cluster.node_whose_clock_is("+1h", "wrong");
    wait_for("it to lead alone", || leads(&wrong).then_some(()));
    let health: Value = serde_json::from_str(&wrong.get("/health").unwrap().text()).unwrap();
    assert_eq!((&health["status"], &health["clock"]), (&json!("UP"), &json!("DOWN")), "{health}");
    let right = cluster.node("right");
    wait_for("the other to lead", || (leads(&right) && !leads(&wrong)).then_some(()));
    assert!(wrong.log().contains("this machine's clock is not that of the database"), "{}", wrong.log());
    let asked = target.asked();
    wait_for("more looks", || (target.asked() > asked + 2).then_some(()));
    assert!(leads(&right) && !leads(&wrong));
}

#[test]
fn a_node_whose_clock_is_wrong_waits_until_it_has_heard_of_others_before_it_leads() {
    let target = Target::start().unwrap();
    let cluster = Cluster::new(&one_component(&target));
    let right = cluster.node("right");
    wait_for("it to lead", || leads(&right).then_some(()));
    let second = cluster.node("second");
    wait_for("two nodes", || (metric(&second, "pharos_nodes_live")? == "2").then_some(()));
    let wrong = cluster.node_whose_clock_is("-1h", "wrong");
    wait_for("three nodes", || (metric(&second, "pharos_nodes_live")? == "3").then_some(()));
    right.signal("TERM").unwrap();
    wait_for("another to lead", || (leads(&second) || leads(&wrong)).then_some(()));
    assert!(leads(&second), "the one with the wrong clock leads");
}
