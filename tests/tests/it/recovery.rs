//! Ends and beginnings of the process, from outside.

use std::process::Command;

use pharos_model::Status;
use pharos_tests::{EventStream, Setup, Target, binary};

use crate::{becomes, one_component, wait_for_page};

#[test]
fn a_second_process_on_the_same_journal_is_refused_in_plain_words() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let first = setup.start().unwrap();
    let second = setup.command("127.0.0.1:0").output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("pharos.lock"), "{said}");
    wait_for_page(&first, "Public API");
}

#[test]
fn a_short_restart_keeps_what_was_known() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let mut pharos = setup.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    stream.next_fact().unwrap();
    stream.until(becomes(Status::Operational)).unwrap();
    pharos.signal("TERM").unwrap();
    assert!(pharos.ended().success());
    let pharos = setup.start().unwrap();
    let snapshot = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.components[0].status, Status::Operational);
}

#[test]
fn an_outage_survives_a_killed_process_and_is_told_only_once() {
    let target = Target::start().unwrap();
    target.answer(500);
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "is not available");
    pharos.kill().unwrap();
    let pharos = setup.start().unwrap();
    let asked = target.asked();
    pharos_tests::wait_for("more looks", || (target.asked() > asked + 3).then_some(()));
    let snapshot = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.incidents.len(), 1);
    assert_eq!(snapshot.components[0].status, Status::MajorOutage);
}

#[test]
fn the_page_is_there_at_once_after_a_restart() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let address = pharos.address.to_string();
    pharos.kill().unwrap();
    let pharos = setup.start_on(&address).unwrap();
    wait_for_page(&pharos, "Public API");
}

#[test]
fn the_log_has_no_colours_where_no_terminal_shows_them() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    let log = pharos_tests::wait_for("the log to say something", || {
        let log = pharos.log();
        log.contains("no operator yet").then_some(log)
    });
    assert!(!log.contains('\u{1b}'), "{log:?}");
}

#[test]
fn where_there_is_no_database_nothing_is_made_by_whoever_only_reads_it() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let place = setup.path().join("archive");
    setup.configure(&format!("{}copy: {{ to: {} }}\n", one_component(&target), place.display())).unwrap();
    let (config, to) = (setup.config().display().to_string(), place.display().to_string());
    let absent = setup.path().join("absent");
    for words in [
        vec!["publish", "--config", &config],
        vec!["backup", "--to", &to],
        vec!["scrub"],
        vec!["scrub", "--seal"],
        vec!["scrub", "--repair", "--from", &to],
    ] {
        let refused = Command::new(binary()).args(&words).arg("--data").arg(&absent).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("there is no database in"), "{words:?}: {said}");
        assert!(!absent.exists() && !place.exists(), "{words:?} left something");
    }
}
