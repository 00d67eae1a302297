//! The archive: what a server keeps outside of its database, and what is left when that is gone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pharos_model::Status;
use pharos_test_servers::Postgres;
use pharos_tests::{Operator, Pharos, Setup, Target, binary, wait_for};
use serde_json::{Value, json};

use crate::{one_component, wait_for_page, wait_for_status};

/// A file with one component and an archive beside its data.
fn archived(target: &Target, place: &Path, more: &str) -> String {
    format!("{}archive:\n  to: {}\n{more}", one_component(target), place.display())
}

/// A node that archives, and where.
fn archiving(target: &Target) -> (Setup, PathBuf) {
    let setup = Setup::new(&one_component(target)).unwrap();
    let place = setup.path().join("archive");
    setup.configure(&archived(target, &place, "")).unwrap();
    (setup, place)
}

fn health(pharos: &Pharos) -> (u16, Value) {
    let response = pharos.get("/health").unwrap();
    (response.status, serde_json::from_str(&response.text()).unwrap())
}

/// Waits until everything that was committed is in the archive.
fn wait_until_archived(operator: &Operator) {
    wait_for("everything to be archived", || {
        let state = operator.read("/archive").ok()?;
        (state["behind"] == json!(0) && state["failure"].is_null()).then_some(())
    });
}

/// Waits until users are in the archive, which follow a few seconds later.
fn wait_until_users_are_archived(place: &Path) {
    wait_for("the users to be archived", || {
        let verified = pharos(&["verify", "--from", &place.display().to_string()]);
        String::from_utf8(verified.stdout).ok()?.contains(" 1 users").then_some(())
    });
}

fn pharos(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

/// The command by which the guide restores on an empty machine, with these places in the place of its own.
fn restore_of_the_guide(from: &Path, data: &Path) -> Vec<String> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let line = guide.lines().find(|line| line.starts_with("pharos restore ")).unwrap();
    let words = line.split_whitespace().skip(1).map(|word| match word {
        "/srv/backup/pharos" => from.display().to_string(),
        "/var/lib/pharos" => data.display().to_string(),
        word => word.to_owned(),
    });
    words.collect()
}

#[test]
fn what_a_dead_machine_knew_is_restored_on_an_empty_one_by_the_command_of_the_guide() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    target.answer(500);
    wait_for_page(&pharos, "is not available");
    anna.act("POST", "/announcements", &json!({ "title": "We move house", "body": "" })).unwrap();
    wait_until_archived(&anna);
    wait_until_users_are_archived(&place);
    pharos.kill().unwrap();

    let empty = Setup::new(&archived(&target, &place, "")).unwrap();
    let restored = Command::new(binary()).args(restore_of_the_guide(&place, &empty.data())).output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let told = String::from_utf8(restored.stdout).unwrap();
    assert!(told.contains("restored"), "{told}");
    let pharos = empty.start().unwrap();
    let page = wait_for_page(&pharos, "We move house");
    assert!(page.contains("is not available"), "{page}");
    // Who could sign in before still can, and what is archived goes on in the same place.
    let anna = Operator::sign_in(&pharos, "anna").unwrap();
    wait_until_archived(&anna);
    assert_eq!(health(&pharos).1["archive"], "UP");
}

#[test]
fn what_was_archived_is_restored_into_postgresql_too() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let first = setup.start().unwrap();
    let anna = Operator::first(&first).unwrap();
    target.answer(500);
    wait_for_page(&first, "is not available");
    wait_until_archived(&anna);
    wait_until_users_are_archived(&place);
    first.kill().unwrap();
    let server = Postgres::primary();
    let address = server.address(&server.database());
    let from = place.display().to_string();
    let restored = pharos(&["restore", "--from", &from, "--database", &address]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let other = Setup::new(&one_component(&target)).unwrap();
    let second = other.start_with(&["--database", &address]).unwrap();
    wait_for_page(&second, "is not available");
    Operator::sign_in(&second, "anna").unwrap();
}

#[test]
fn an_empty_server_at_the_place_of_an_archive_writes_nothing_there_and_says_so() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let first = setup.start().unwrap();
    let anna = Operator::first(&first).unwrap();
    wait_for_status(&first, "api", Status::Operational);
    wait_until_archived(&anna);
    first.kill().unwrap();
    let before = std::fs::read(place.join("manifest.json")).unwrap();
    let empty = Setup::new(&archived(&target, &place, "")).unwrap();
    let second = empty.start().unwrap();
    wait_for("health to say so", || (health(&second).1["archive"] == "DOWN").then_some(()));
    let (status, told) = health(&second);
    assert_eq!((status, &told["status"]), (200, &json!("UP")), "the page needs no archive");
    assert!(second.log().contains("Restore from it (`pharos restore`)"), "{}", second.log());
    assert_eq!(std::fs::read(place.join("manifest.json")).unwrap(), before);
}

#[test]
fn an_archive_that_cannot_be_written_is_an_alarm_and_is_written_again_without_a_restart() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_until_archived(&anna);
    // What was a folder is a file: nobody can write there, not even the superuser.
    let aside = setup.path().join("aside");
    std::fs::rename(&place, &aside).unwrap();
    std::fs::write(&place, "").unwrap();
    wait_for("health to say so", || (health(&pharos).1["archive"] == "DOWN").then_some(()));
    assert_eq!(health(&pharos).0, 200);
    target.answer(500);
    wait_for_page(&pharos, "is not available");
    std::fs::remove_file(&place).unwrap();
    std::fs::rename(&aside, &place).unwrap();
    wait_for("health to recover", || (health(&pharos).1["archive"] == "UP").then_some(()));
    wait_until_archived(&anna);
    let verified = self::pharos(&["verify", "--from", &place.display().to_string()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn how_long_the_journal_has_waited_for_an_archive_that_fails_is_a_figure() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    wait_until_archived(&anna);
    let waited = || {
        let figures = pharos.get("/metrics").ok()?.text();
        let figure = |line: &str| line.strip_prefix("pharos_archive_behind_seconds ")?.parse::<u64>().ok();
        figures.lines().find_map(figure)
    };
    wait_for("nothing to wait", || (waited() == Some(0)).then_some(()));
    let aside = setup.path().join("aside");
    std::fs::rename(&place, &aside).unwrap();
    std::fs::write(&place, "").unwrap();
    target.answer(500);
    wait_for("the journal to wait", || waited().filter(|seconds| *seconds > 0));
    std::fs::remove_file(&place).unwrap();
    std::fs::rename(&aside, &place).unwrap();
    wait_for("nothing to wait any more", || (waited() == Some(0)).then_some(()));
}

/// The journal goes on, and its success once took away the alarm of what is written beside it.
#[test]
fn accounts_that_cannot_be_archived_are_an_alarm_although_the_journal_is() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("accounts"), "").unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_for("health to say so", || (health(&pharos).1["archive"] == "DOWN").then_some(()));
    wait_for("the journal to be archived", || {
        let state = anna.read("/archive").ok()?;
        (state["behind"] == json!(0) && !state["failure"].is_null()).then_some(())
    });
    std::fs::remove_file(place.join("accounts")).unwrap();
    wait_for("health to recover", || (health(&pharos).1["archive"] == "UP").then_some(()));
    wait_until_users_are_archived(&place);
}

#[test]
fn a_drill_restores_the_archive_and_everybody_sees_how_it_went() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let place = setup.path().join("archive");
    let promises = "  drill: { every: 90d, rto: 5m, rpo: 1ms }\n";
    setup.configure(&archived(&target, &place, promises)).unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    wait_until_archived(&anna);
    let token = anna.add_token("anna", &["configuration"], None).unwrap();
    let server = format!("http://{}", pharos.address);
    let held = Command::new(binary())
        .args(["drill", "--server", &server])
        .env("PHAROS_TOKEN", token)
        .output()
        .unwrap();
    let told = String::from_utf8(held.stdout).unwrap();
    assert!(held.status.success() && told.starts_with("passed: "), "{told}");
    let page = wait_for("the page to tell of it", || {
        let page = pharos.get("/resilience").ok()?.text();
        page.contains("Passed: what was restored is what is here").then_some(page)
    });
    assert!(page.contains("objective 5 minutes: kept"), "{page}");
    let drills = anna.read("/drills").unwrap();
    assert_eq!(
        (&drills["drills"][0]["passed"], &drills["drills"][0]["met_rto"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(health(&pharos).1["recovery"], "UP");
}

#[test]
fn a_drill_that_fails_is_an_alarm() {
    let target = Target::start().unwrap();
    let (setup, place) = archiving(&target);
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    wait_until_archived(&anna);
    let journal = place.join("journal");
    let first = std::fs::read_dir(&journal).unwrap().map(|file| file.unwrap().path()).min().unwrap();
    let mut bytes = std::fs::read(&first).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&first, bytes).unwrap();
    let drill = anna.act("POST", "/drills", &json!({})).unwrap();
    assert_eq!(drill["passed"], json!(false));
    wait_for("health to say so", || (health(&pharos).1["recovery"] == "DOWN").then_some(()));
    assert_eq!(health(&pharos).0, 200);
    assert!(pharos.log().contains("is not what it should be by its hash"), "{}", pharos.log());
    wait_for("the page to tell of it", || {
        pharos.get("/resilience").ok()?.text().contains("Failed").then_some(())
    });
}

#[test]
fn a_drill_with_the_archive_of_another_journal_keeps_no_promise_and_says_nothing_of_what_is_at_risk() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let other = setup.start().unwrap();
    wait_for_status(&other, "api", Status::Operational);
    let place = copied(&setup);
    let here = Setup::new(&archived(&target, &place, "  drill: { every: 90d, rpo: 5m }\n")).unwrap();
    let pharos = here.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    let drill = anna.act("POST", "/drills", &json!({})).unwrap();
    assert_eq!((&drill["met_rpo"], &drill["at_risk_ms"]), (&json!(false), &Value::Null), "{drill}");
}

#[test]
fn a_running_server_is_backed_up_and_what_was_backed_up_is_verified_and_restored_to_an_entry() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    let (data, place) = (setup.data().display().to_string(), setup.path().join("copy").display().to_string());
    let backup = pharos(&["backup", "--to", &place, "--data", &data]);
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let verified = pharos(&["verify", "--from", &place]);
    let told = String::from_utf8(verified.stdout).unwrap();
    assert!(told.contains(": good. "), "{told}");
    // One that lost its history is none that is good.
    let history = setup.path().join("copy/history.json");
    let kept = std::fs::read(&history).unwrap();
    std::fs::remove_file(&history).unwrap();
    assert!(!pharos(&["verify", "--from", &place]).status.success());
    std::fs::write(&history, kept).unwrap();
    let to = setup.path().join("restored").display().to_string();
    let restored = pharos(&["restore", "--from", &place, "--to-seq", "2", "--data", &to]);
    assert!(String::from_utf8(restored.stdout).unwrap().contains("restored 2 entries"));
    let again = pharos(&["restore", "--from", &place, "--data", &to]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("is not empty: its journal has 2 entries"));
    let never = pharos(&[
        "restore",
        "--from",
        &place,
        "--until",
        "2001-01-01T00:00:00Z",
        "--data",
        &format!("{to}2"),
    ]);
    let said = String::from_utf8(never.stderr).unwrap();
    assert!(
        said.contains("does not reach to 2001-01-01T00:00:00Z") && said.contains("choose a time from"),
        "{said}"
    );
}

#[test]
fn what_was_restored_is_backed_up_before_a_server_has_run_on_it() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    let at = |name: &str| setup.path().join(name).display().to_string();
    let [data, first, restored, second] =
        [setup.data().display().to_string(), at("first"), at("restored"), at("second")];
    for words in [
        ["backup", "--to", &first, "--data", &data],
        ["restore", "--from", &first, "--data", &restored],
        ["backup", "--to", &second, "--data", &restored],
    ] {
        let done = pharos(&words);
        assert!(done.status.success(), "{}: {}", words[0], String::from_utf8_lossy(&done.stderr));
    }
}

/// A copy of a running server, in a folder.
fn copied(setup: &Setup) -> PathBuf {
    let place = setup.path().join("copy");
    let (data, to) = (setup.data().display().to_string(), place.display().to_string());
    let backup = pharos(&["backup", "--to", &to, "--data", &data]);
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    place
}

#[test]
fn the_moments_that_a_refusal_names_are_possible_and_it_leaves_nothing_where_it_was_to_restore() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    let from = copied(&setup).display().to_string();
    let restored = |until: &str, name: &str| {
        let data = setup.path().join(name);
        let to = data.display().to_string();
        (pharos(&["restore", "--from", &from, "--until", until, "--data", &to]), data)
    };
    let (refused, data) = restored("2001-01-01T00:00:00Z", "never");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!data.exists(), "a place that only a restore can use was left: {said}");
    let (_, possible) = said.split_once("choose a time from ").unwrap();
    for (moment, name) in possible.trim_end().split(" to ").zip(["first", "last"]) {
        let (done, _) = restored(moment, name);
        assert!(done.status.success(), "{moment}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// It may be on a disk that nobody can write to any more, or should.
#[test]
fn an_archive_is_read_without_a_trace_where_it_lies() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let server = setup.start().unwrap();
    wait_for_status(&server, "api", Status::Operational);
    let place = copied(&setup);
    let (from, to) = (place.display().to_string(), setup.path().join("restored").display().to_string());
    let apart = place.join(".~");
    std::fs::remove_dir_all(&apart).unwrap();
    for words in [vec!["verify", "--from", &from], vec!["restore", "--from", &from, "--data", &to]] {
        let done = pharos(&words);
        assert!(done.status.success(), "{}: {}", words[0], String::from_utf8_lossy(&done.stderr));
    }
    assert!(!apart.exists());
    let absent = setup.path().join("absent");
    assert_eq!(pharos(&["verify", "--from", &absent.display().to_string()]).status.code(), Some(1));
    assert!(!absent.exists());
}
