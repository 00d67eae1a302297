//! Importing from other pages and monitors, from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exported;

use std::path::Path;
use std::process::{Command, Output};

use pharos_model::{Snapshot, Status};
use pharos_store::{SqliteStore, Store};
use pharos_test_servers::Postgres;
use pharos_tests::{Setup, Target, binary, wait_for};
use serde_json::{Value, json};

use crate::{one_component, wait_for_page, wait_for_status};

/// A folder in which nothing of Pharos is, and files to import.
fn place(files: &[(&str, String)]) -> Setup {
    let setup = Setup::new("").unwrap();
    std::fs::remove_file(setup.config()).unwrap();
    std::fs::create_dir(setup.path().join("input")).unwrap();
    for (name, text) in files {
        std::fs::write(setup.path().join("input").join(name), text).unwrap();
    }
    setup
}

fn command(setup: &Setup, source: &str, input: &str, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(["import", source]).arg(setup.path().join("input").join(input)).args(more);
    command.arg("--config").arg(setup.config()).arg("--data").arg(setup.data());
    command
}

fn import(setup: &Setup, source: &str, input: &str, more: &[&str]) -> Output {
    command(setup, source, input, more).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

/// A page of Statuspage with one incident of long ago and one that is open.
fn statuspage(update: &str) -> [(&'static str, String); 2] {
    let component = json!({
        "id": "c1c1c1c1c1c1", "name": "API", "status": "partial_outage", "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-03-01T00:00:00.000Z", "position": 1, "description": "For partners", "showcase": true,
        "start_date": null, "group_id": null, "page_id": "k3w9bd0vtxqz", "group": false, "only_show_if_degraded": false,
    });
    let page = json!({
        "id": "k3w9bd0vtxqz", "name": "Acme", "url": "https://status.acme.example", "time_zone": "Etc/UTC",
        "updated_at": "2026-03-02T00:00:00.000Z",
    });
    let said = |id: &str, status: &str, at: &str, body: &str, before: &str, after: &str| {
        json!({
            "id": id, "status": status, "body": body, "incident_id": "i", "created_at": at, "updated_at": at,
            "display_at": at, "deliver_notifications": true, "custom_tweet": null, "tweet_id": null,
            "affected_components": [{ "code": "c1c1c1c1c1c1", "name": "API", "old_status": before, "new_status": after }],
        })
    };
    let incident = |id: &str, name: &str, at: &str, updates: Value| {
        json!({
            "id": id, "name": name, "status": updates[0]["status"], "created_at": at, "updated_at": at,
            "monitoring_at": null, "resolved_at": null, "impact": "major", "shortlink": "https://stspg.io/x",
            "started_at": at, "page_id": "k3w9bd0vtxqz", "incident_updates": updates, "components": [component],
        })
    };
    let old = json!([
        said("u2", "resolved", "2026-02-01T11:00:00.000Z", "It is over.", "major_outage", "operational"),
        said(
            "u1",
            "investigating",
            "2026-02-01T10:00:00.000Z",
            "We are <b>looking</b>.",
            "operational",
            "major_outage"
        ),
    ]);
    let open = json!([said(
        "u3",
        "identified",
        "2026-03-01T00:00:00.000Z",
        update,
        "operational",
        "partial_outage"
    )]);
    let incidents = json!({ "page": page, "incidents": [
        incident("i2i2i2i2i2i2", "API is slow", "2026-03-01T00:00:00.000Z", open),
        incident("i1i1i1i1i1i1", "API errors", "2026-02-01T10:00:00.000Z", old),
    ] });
    let summary = json!({
        "page": page, "components": [component], "incidents": [], "scheduled_maintenances": [],
        "status": { "indicator": "minor", "description": "Minor Service Outage" },
    });
    [("summary.json", summary.to_string()), ("incidents.json", incidents.to_string())]
}

/// What the journal in a folder folds to.
fn board(data: &Path) -> Snapshot {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open_to_copy(data).await.unwrap();
        let board = store.load().await.unwrap().board;
        Store::close(&store).await.unwrap();
        board
    })
}

#[test]
fn a_plan_changes_nothing_and_says_what_cannot_be_carried() {
    let setup = place(&statuspage("Found."));
    let told = done(&import(&setup, "statuspage", "", &[]));
    assert!(told.contains("2 incidents (1 open)") && told.contains("Nothing was done"), "{told}");
    assert!(told.contains("subscribers: no page tells who they are"), "{told}");
    assert!(!setup.config().exists() && !setup.data().exists());
    let plan: Value = serde_json::from_slice(&import(&setup, "statuspage", "", &["--json"]).stdout).unwrap();
    assert_eq!((&plan["state"], &plan["history"]["incidents"]), (&json!("planned"), &json!(2)));
}

#[test]
fn an_imported_page_shows_its_past() {
    let setup = place(&statuspage("Found."));
    done(&import(&setup, "statuspage", "", &["--yes"]));
    let before = board(&setup.data());
    assert_eq!(before.components[0].status, Status::PartialOutage);
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "API is slow");
    let incident = pharos.get("/incidents/2026-02-01-api-errors").unwrap();
    assert_eq!(incident.status, 200);
    assert!(incident.text().contains("<strong>looking</strong>"), "{}", incident.text());
    assert!(pharos.get("/history/2026-02").unwrap().text().contains("API errors"));
    let spans = pharos.get("/components/api/spans.csv").unwrap().text();
    assert!(spans.contains("2026-02-01T10:00:00.000Z,2026-02-01T11:00:00.000Z,major_outage"), "{spans}");
}

#[test]
fn a_past_is_imported_into_postgresql_too_and_twice_is_once() {
    let server = Postgres::primary();
    let address = server.address(&server.database());
    let setup = place(&statuspage("Found."));
    let import = || {
        let mut command = Command::new(binary());
        command.args(["import", "statuspage", "--yes", "--database", &address, "--config"]);
        command.arg(setup.config()).arg(setup.path().join("input")).output().unwrap()
    };
    done(&import());
    let told = done(&import());
    assert!(told.contains("All of this is there already. Nothing was changed."), "{told}");
    let pharos = setup.start_with(&["--database", &address]).unwrap();
    wait_for_page(&pharos, "API is slow");
    let spans = pharos.get("/components/api/spans.csv").unwrap().text();
    assert!(spans.contains("2026-02-01T10:00:00.000Z,2026-02-01T11:00:00.000Z,major_outage"), "{spans}");
}

#[test]
fn time_between_the_source_and_the_first_start_is_unknown() {
    let setup = place(&statuspage("Found."));
    done(&import(&setup, "statuspage", "", &["--yes"]));
    let pharos = setup.start().unwrap();
    let spans = wait_for("the gap", || {
        let spans = pharos.get("/components/api/spans.csv").ok()?.text();
        spans.contains("2026-03-02T00:00:00.000Z,").then_some(spans)
    });
    let gap = spans.lines().find(|line| line.starts_with("2026-03-02T00:00:00.000Z,")).unwrap();
    assert!(gap.contains(",unknown"), "{spans}");
}

#[test]
fn a_second_run_finds_that_all_is_there_also_while_a_server_goes_on_with_it() {
    let setup = place(&statuspage("Found."));
    done(&import(&setup, "statuspage", "", &["--yes"]));
    let file = std::fs::read(setup.config()).unwrap();
    let told = done(&import(&setup, "statuspage", "", &["--yes"]));
    assert!(told.contains("All of this is there already. Nothing was changed."), "{told}");
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "API is slow");
    let told = done(&import(&setup, "statuspage", "", &["--yes"]));
    assert!(told.contains("Nothing was changed"), "{told}");
    assert_eq!(std::fs::read(setup.config()).unwrap(), file);
}

#[test]
fn a_source_that_says_something_else_by_now_is_refused_in_plain_words() {
    let setup = place(&statuspage("Found."));
    done(&import(&setup, "statuspage", "", &["--yes"]));
    let before = board(&setup.data());
    for (name, text) in statuspage("Mended.") {
        std::fs::write(setup.path().join("input").join(name), text).unwrap();
    }
    let refused = import(&setup, "statuspage", "", &["--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("the source says something else by now"), "{}", said(&refused));
    assert_eq!(board(&setup.data()), before);
}

#[test]
fn a_journal_of_its_own_is_never_filled() {
    let target = Target::start().unwrap();
    let setup = place(&statuspage("Found."));
    setup.configure(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    drop(pharos);
    let refused = import(&setup, "statuspage", "", &["--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("holds a journal already"), "{}", said(&refused));
    assert!(!setup.path().join("pharos.imported.yaml").exists());
}

#[test]
fn a_configuration_that_is_there_stays_as_it_is() {
    let setup = place(&[("parts.csv", "name,url\nWeb,https://www.example.com/\n".to_owned())]);
    setup.configure("page: { name: Mine }\ncomponents: []\n").unwrap();
    let told = done(&import(&setup, "csv", "parts.csv", &["--yes"]));
    assert!(told.contains("pharos.imported.yaml, beside the file that is there"), "{told}");
    assert_eq!(std::fs::read_to_string(setup.config()).unwrap(), "page: { name: Mine }\ncomponents: []\n");
    let beside = setup.path().join("pharos.imported.yaml");
    let check = Command::new(binary()).arg("check").arg(&beside).output().unwrap();
    assert!(done(&check).contains("good: 1 components, 1 checks"));
    std::fs::write(&beside, "something else").unwrap();
    let refused = import(&setup, "csv", "parts.csv", &["--yes"]);
    assert!(said(&refused).contains("nothing is written over them"), "{}", said(&refused));
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "something else");
}

#[test]
fn checks_of_gatus_look_at_what_they_looked_at() {
    let target = Target::start().unwrap();
    let config = format!(
        "endpoints:\n  - name: front\n    url: http://{}/\n    interval: 1s\n    headers: {{ Authorization: Bearer s3cret }}\n    conditions: [\"[STATUS] == 200\"]\n",
        target.address
    );
    let setup = place(&[("config.yaml", config)]);
    done(&import(&setup, "gatus", "config.yaml", &["--yes"]));
    let file = std::fs::read_to_string(setup.config()).unwrap();
    assert!(file.contains("${FRONT_AUTHORIZATION}") && !file.contains("s3cret"), "{file}");
    let mut command = setup.command("127.0.0.1:0");
    command.env("FRONT_AUTHORIZATION", "s3cret");
    let pharos = pharos_tests::Pharos::spawn(command).unwrap();
    wait_for_status(&pharos, "front", Status::Operational);
    target.answer(500);
    wait_for_status(&pharos, "front", Status::MajorOutage);
}

#[test]
fn hostile_files_are_refused_at_their_place_and_leave_nothing_behind() {
    let large = format!("endpoints: [\"{}\"]\n", "x".repeat(11 * 1024 * 1024));
    let deep = "[".repeat(100_000);
    let bomb = (1..12).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |bomb, level| {
        let alias = format!("*a{}", level - 1);
        format!("{bomb}a{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(","))
    });
    let cases = [
        ("gatus", "large.yaml", large, "larger than 10 MiB"),
        (
            "gatus",
            "cycle.yaml",
            "endpoints: &a\n  - *a\n".to_owned(),
            "cycle.yaml:2:5: this stands for something that it is part of",
        ),
        ("gatus", "bomb.yaml", bomb, "holds more than 500000 values"),
        (
            "gatus",
            "types.yaml",
            "endpoints: {name: 5}\n".to_owned(),
            "types.yaml:1:12 (endpoints): a list is expected",
        ),
        ("statuspage", "deep.json", format!("{{\"components\":{deep}"), "deep.json:1:"),
        (
            "statuspage",
            "types.json",
            r#"{"components":[{"id":[]}]}"#.to_owned(),
            "types.json (components[0].id): a text is expected",
        ),
        ("csv", "quote.csv", "name\n\"a\n".to_owned(), "quote.csv:2:1: a quote is opened here"),
        ("prometheus", "none.yml", "a: b\n".to_owned(), "none.yml: no file has `scrape_configs`"),
    ];
    for (source, name, text, told) in cases {
        let setup = place(&[(name, text)]);
        let refused = import(&setup, source, name, &["--yes"]);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        assert!(said(&refused).contains(told), "{name}: {}", said(&refused));
        assert!(!setup.config().exists() && !setup.data().exists(), "{name}");
    }
}

#[test]
fn a_time_that_is_still_to_come_or_beyond_all_memory_is_refused() {
    for (from, to, told) in [
        ("2026-03-02T00:00:00.000Z", "2099-03-02T00:00:00.000Z", "which is still to come"),
        ("2026-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "which is too long ago"),
    ] {
        let files = statuspage("Found.").map(|(name, text)| (name, text.replace(from, to)));
        let setup = place(&files);
        let refused = import(&setup, "statuspage", "", &["--yes"]);
        assert_eq!(refused.status.code(), Some(1), "{to}");
        assert!(said(&refused).contains(told), "{to}: {}", said(&refused));
        assert!(!setup.config().exists() && !setup.data().exists(), "{to}");
    }
}

#[test]
fn a_page_is_asked_by_its_address() {
    let target = Target::start().unwrap();
    let asked = Setup::new(&one_component(&target)).unwrap();
    let pharos = asked.start().unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    target.answer(500);
    wait_for_page(&pharos, "is not available");
    let setup = place(&[]);
    let mut command = Command::new(binary());
    // What Pharos says of itself in the words of Statuspage is a page of Statuspage to whoever asks.
    command.args(["import", "statuspage"]).arg(format!("http://{}/", pharos.address)).arg("--yes");
    let output =
        command.arg("--config").arg(setup.config()).arg("--data").arg(setup.data()).output().unwrap();
    let told = done(&output);
    assert!(told.contains("1 component, 0 groups") && told.contains("1 incident (1 open)"), "{told}");
    assert!(told.contains("/history?page=1: incidents that are older"), "{told}");
    let board = board(&setup.data());
    assert_eq!(board.components[0].status, Status::MajorOutage);
    assert!(board.incidents[0].title.plain().contains("Public API"));
}

#[test]
fn an_address_at_which_nobody_answers_is_told_in_plain_words() {
    let setup = place(&[]);
    let mut command = Command::new(binary());
    command.args(["import", "statuspage", "http://127.0.0.1:9/", "--yes"]);
    let output =
        command.arg("--config").arg(setup.config()).arg("--data").arg(setup.data()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("it does not answer"), "{}", said(&output));
    assert!(!setup.config().exists() && !setup.data().exists());
}
