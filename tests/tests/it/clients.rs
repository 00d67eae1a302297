//! Programs of others, as they are, read a running page. `cargo xtask test` fetches them; what each reads stands in `tests/clients`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use pharos_tests::{EventStream, Operator, PATIENCE, Pharos, Setup, Target, wait_for};
use serde_json::{Value, json};

use crate::{one_component, wait_for_page, wait_for_status};

const MISSING: &str = "PHAROS_CLIENTS is not set: run these tests by `cargo xtask test`";

/// Where `cargo xtask test` put programs of others.
pub fn clients() -> PathBuf {
    PathBuf::from(std::env::var_os("PHAROS_CLIENTS").expect(MISSING))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// What reads `what`: by Python or by Node.
fn reader(language: &str, what: &str, pharos: &Pharos) -> Command {
    reader_of(language, what, &format!("http://{}", pharos.address))
}

/// The same, of a page at an address.
fn reader_of(language: &str, what: &str, address: &str) -> Command {
    let mut command = match language {
        "python" => Command::new(clients().join("python/bin/python")),
        _ => Command::new("node"),
    };
    command.arg(script(if language == "python" { "read.py" } else { "read.mjs" }));
    command.arg(what).arg(address);
    command.env("PHAROS_NODE_CLIENTS", clients().join("node"));
    command
}

fn reads(language: &str, what: &str, pharos: &Pharos) {
    reads_at(language, what, &format!("http://{}", pharos.address));
}

fn reads_at(language: &str, what: &str, address: &str) {
    let Output { status, stdout, stderr } = reader_of(language, what, address).output().unwrap();
    let (told, wrong) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{language} {what}: {told}\n{wrong}");
}

/// A page with two components of which one is slow, as a person says, and with work to come.
fn page() -> (Setup, Target, Pharos) {
    let target = Target::start().unwrap();
    let component = |id: &str, name: &str| {
        format!(
            "  - id: {id}\n    name: {name}\n    group: core\n    checks:\n      - http: {{ url: \"http://{}/{id}\" }}\n        interval: 1s\n        timeout: 900ms\n",
            target.address
        )
    };
    let components = component("api", "Public API") + &component("web", "Website");
    let config = format!(
        "page: {{ name: Example, url: \"https://status.example.com\", time_zone: Europe/Berlin }}\ngroups: [{{ id: core, name: Core }}]\npages: [{{ id: web, path: /web, name: Example, components: [api, web] }}]\ncomponents:\n{components}"
    );
    let setup = Setup::new(&config).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    let anna = Operator::first(&pharos).unwrap();
    let incident = json!({ "title": "Checkout is slow", "body": "We **know** of it & look <into> it.",
        "components": [{ "component": "web", "status": "partial_outage" }] });
    anna.act("POST", "/incidents", &incident).unwrap();
    // By the node's own clock.
    let now = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap().at;
    let at = |hours: i64| jiff::Timestamp::from_millisecond(now.0 + hours * 3_600_000).unwrap();
    let work = json!({ "title": "Database; upgrade", "description": "Writes wait, reads go on.", "components": ["web"],
        "scheduled_start": at(24).to_string(), "scheduled_end": at(25).to_string() });
    anna.act("POST", "/maintenances", &work).unwrap();
    wait_for_page(&pharos, "Checkout is slow");
    wait_for_page(&pharos, "Database; upgrade");
    (setup, target, pharos)
}

#[test]
fn clients_read_a_further_page_as_they_are() {
    let (_setup, _target, pharos) = page();
    let address = format!("http://{}/web", pharos.address);
    wait_for("the further page to tell of it", || {
        pharos.get("/web/").ok()?.text().contains("Database; upgrade").then_some(())
    });
    for what in ["statuspage", "feeds", "calendar"] {
        reads_at("node", what, &address);
    }
}

#[test]
fn clients_of_statuspage_read_the_page_as_they_are() {
    let (_setup, _target, pharos) = page();
    reads("node", "statuspage", &pharos);
    reads("python", "exporter", &pharos);
}

#[test]
fn readers_of_feeds_read_them_without_a_complaint() {
    let (_setup, _target, pharos) = page();
    reads("python", "feeds", &pharos);
    reads("node", "feeds", &pharos);
}

#[test]
fn readers_of_calendars_find_the_work_to_come() {
    let (_setup, _target, pharos) = page();
    reads("python", "calendar", &pharos);
    reads("node", "calendar", &pharos);
}

#[test]
fn the_figures_are_read_in_both_text_formats() {
    let (_setup, _target, pharos) = page();
    reads("python", "metrics", &pharos);
}

#[test]
fn models_read_the_page_by_the_protocol_as_it_was_and_as_it_is() {
    let (_setup, _target, pharos) = page();
    reads("python", "models", &pharos);
}

#[test]
fn operators_models_act_by_the_protocol_and_leave_their_names() {
    let (_setup, _target, pharos) = page();
    let anna = Operator::sign_in(&pharos, "anna").unwrap();
    let token = anna.add_token("anna", &["read", "incidents", "maintenances"], None).unwrap();
    let Output { status, stdout, stderr } =
        reader("python", "models", &pharos).env("PHAROS_TOKEN", token).output().unwrap();
    let (told, wrong) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{told}\n{wrong}");
    let audit = anna.read("/audit").unwrap();
    let entries = audit["entries"].as_array().unwrap();
    let by_token = |entry: &&Value| entry["actor"].as_str().unwrap().starts_with("token:anna/");
    // Each revision of the protocol opened an incident, spoke of it, resolved it, and planned work and called it off.
    assert_eq!(entries.iter().filter(by_token).count(), 2 * 5, "{audit}");
    let opened = entries.iter().filter(|entry| entry["action"] == "incident.open").filter(by_token);
    assert_eq!(opened.count(), 2, "{audit}");
}

#[test]
fn every_atom_feed_is_what_the_schema_of_atom_allows() {
    let (setup, _target, pharos) = page();
    for path in [
        "/history.atom",
        "/ar/history.atom",
        "/components/web/history.atom",
        "/components/api/history.atom",
        "/groups/core/history.atom",
    ] {
        let file = setup.path().join("feed.atom");
        std::fs::write(&file, pharos.get(path).unwrap().body).unwrap();
        let output = Command::new("jing").arg("-c").arg(script("atom.rnc")).arg(&file).output().unwrap();
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stdout));
    }
    // The schema does see what is wrong.
    let file = setup.path().join("feed.atom");
    let feed = pharos.get("/history.atom").unwrap().text().replace("<updated>", "<updated>x");
    std::fs::write(&file, feed).unwrap();
    let output = Command::new("jing").arg("-c").arg(script("atom.rnc")).arg(&file).output().unwrap();
    assert!(!output.status.success());
}

/// What a client of the event stream told, a line for each event.
struct Listener {
    child: Child,
    lines: Receiver<String>,
    heard: Vec<Value>,
}

impl Listener {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let told = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || told.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, heard: Vec::new() }
    }

    /// Listens until an event fits of those from the `from`th on.
    fn until(&mut self, from: usize, what: &str, fits: impl Fn(&Value) -> bool) {
        while !self.heard[from..].iter().any(&fits) {
            let line =
                self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {what}: {:?}", self.heard));
            self.heard.push(serde_json::from_str(&line).unwrap());
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_change(event: &Value) -> bool {
    event["event"] == "change"
}

/// The place in the journal that an event brings.
fn place(event: &Value) -> Option<u64> {
    event["id"].as_str()?.split_once('.')?.1.parse().ok()
}

#[test]
fn clients_of_event_streams_hear_everything_once_and_in_order_across_a_restart() {
    for (language, what) in [("python", "httpx-sse"), ("python", "sseclient"), ("node", "eventsource")] {
        let target = Target::start().unwrap();
        let setup = Setup::new(&one_component(&target)).unwrap();
        let pharos = setup.start().unwrap();
        wait_for_page(&pharos, "All systems operational");
        let address = pharos.address.to_string();
        let mut listener = Listener::start(reader(language, what, &pharos));
        listener.until(0, "reset", |event| event["event"] == "reset");
        target.answer(500);
        wait_for_page(&pharos, "Public API is not available");
        listener.until(0, "change", is_change);
        pharos.kill().unwrap();
        let known = listener.heard.len();
        let pharos = wait_for("the port to be free", || setup.start_on(&address).ok());
        target.answer(200);
        wait_for_status(&pharos, "api", pharos_model::Status::Operational);
        listener.until(known, "change after the restart", is_change);
        let told: Vec<&Value> = listener.heard.iter().filter(|event| event["event"] != "pulse").collect();
        assert!(
            told.iter().all(|event| event["data"].as_u64().is_some_and(|bytes| bytes > 0)),
            "{what}: {told:?}"
        );
        let changes: Vec<u64> =
            told.iter().filter(|event| is_change(event)).filter_map(|event| place(event)).collect();
        assert!(changes.is_sorted_by(|one, other| one < other), "{what}: {changes:?}");
        let once: BTreeSet<&u64> = changes.iter().collect();
        assert!(once.len() == changes.len() && changes.len() >= 2, "{what}: {changes:?}");
        let empty = listener.heard.iter().find(|event| event["data"] == 0);
        assert!(empty.is_none(), "{what}: {empty:?}");
    }
}
