//! What one Pharos exports and another imports.

use std::process::{Command, Stdio};

use pharos_model::{Snapshot, Status, UnixMs};
use pharos_tests::{Operator, Setup, Target, binary, wait_for};
use serde_json::{Value, json};

use super::{board, command, done, import, place, said};
use crate::{one_component, wait_for_status};

/// An export of a Pharos with two components that turned very often.
fn long_export(setup: &Setup, turns: i64) {
    let input = setup.path().join("input");
    std::fs::create_dir(input.join("spans")).unwrap();
    let put = |name: &str, text: String| std::fs::write(input.join(name), text).unwrap();
    put("pharos.yaml", "page: { name: Long }\ncomponents:\n  - { id: a, name: A, checks: [] }\n  - { id: b, name: B, checks: [] }\n".to_owned());
    put("export.json", json!({ "exported_at": "2026-03-01T00:00:00.000Z" }).to_string());
    put("incidents.json", "[]".to_owned());
    put("maintenances.json", "[]".to_owned());
    for id in ["a", "b"] {
        let spans: Vec<Value> = (0..turns)
            .map(|turn| {
                let at = jiff::Timestamp::from_millisecond(1_767_225_600_000 + turn * 60_000).unwrap();
                let status = if turn % 2 == 0 { "operational" } else { "major_outage" };
                json!({ "from": at.to_string(), "until": null, "status": status, "measured": null })
            })
            .collect();
        put(&format!("spans/{id}.json"), Value::from(spans).to_string());
    }
}

#[test]
fn an_import_that_is_killed_leaves_nothing_that_could_be_used_and_is_run_again() {
    let setup = place(&[]);
    long_export(&setup, 40_000);
    let mut child = command(&setup, "pharos", "", &["--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let database = setup.data().join("pharos.db");
    wait_for("the database to grow", || {
        let size = std::fs::metadata(&database).map_or(0, |data| data.len());
        let ended = child.try_wait().unwrap().is_some();
        assert!(!ended, "it was done before it could be killed");
        (size > 2_000_000).then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = setup.command("127.0.0.1:0").output().unwrap();
    assert!(said(&refused).contains("did not come to its end"), "{}", said(&refused));
    let told = done(&import(&setup, "pharos", "", &["--yes"]));
    assert!(told.contains("Done."), "{told}");
    let told = done(&import(&setup, "pharos", "", &["--yes"]));
    assert!(told.contains("All of this is there already"), "{told}");
    assert_eq!(board(&setup.data()).components[1].since, UnixMs(1_767_225_600_000 + 39_999 * 60_000));
}

/// What must be the same of two pages: all that was, and nothing of when it was written down.
fn essence(board: &Snapshot) -> Value {
    json!({
        "page": board.page, "groups": board.groups, "days": board.days, "components": board.components,
        "incidents": board.incidents, "maintenances": board.maintenances,
    })
}

/// The address of what was made.
fn named(stem: &str, made: &Value) -> String {
    [stem, made["id"].as_str().unwrap()].concat()
}

#[test]
fn what_one_pharos_exports_makes_the_same_page_in_another() {
    let target = Target::start().unwrap();
    let setup = place(&[]);
    setup.configure(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    let anna = Operator::first(&pharos).unwrap();
    target.answer(500);
    wait_for_status(&pharos, "api", Status::MajorOutage);
    target.answer(200);
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for("the incident to end", || {
        let incidents = anna.read("/incidents").ok()?;
        (incidents["incidents"][0]["status"] == "resolved").then_some(())
    });
    let incident = json!({
        "title": { "en": "Slow", "de": "Langsam" }, "body": "We *know* of it.", "affects": ["api"],
    });
    let opened = anna.act("POST", "/incidents", &incident).unwrap();
    let edited = json!({ "title": { "en": "Very slow", "de": "Sehr langsam" } });
    anna.act("PATCH", &named("/incidents/", &opened), &edited).unwrap();
    let maintenance = json!({ "title": "Upgrade", "components": ["api"], "scheduled_start": "2030-01-01T00:00:00Z", "scheduled_end": "2030-01-01T01:00:00Z" });
    let planned = anna.act("POST", "/maintenances", &maintenance).unwrap();
    let moved = json!({ "scheduled_end": "2030-01-01T02:00:00Z" });
    anna.act("PATCH", &named("/maintenances/", &planned), &moved).unwrap();
    let token = anna.add_token("anna", &["read", "configuration"], None).unwrap();
    let folder = setup.path().join("export");
    let export = Command::new(binary())
        .args(["export", "--to"])
        .arg(&folder)
        .env("PHAROS_TOKEN", token)
        .env("PHAROS_SERVER", format!("http://{}", pharos.address))
        .output()
        .unwrap();
    done(&export);
    pharos.kill().unwrap();
    let other = place(&[]);
    std::fs::remove_dir(other.path().join("input")).unwrap();
    std::fs::rename(&folder, other.path().join("input")).unwrap();
    done(&import(&other, "pharos", "", &["--yes"]));
    let (before, after) = (essence(&board(&setup.data())), essence(&board(&other.data())));
    for part in ["page", "groups", "days", "incidents", "maintenances", "components"] {
        assert_eq!(before[part], after[part], "{part}");
    }
}
