//! The configuration, from outside.

use std::process::Command;

use pharos_tests::{EventStream, Setup, Target, binary, wait_for};

use crate::{one_component, wait_for_page};

#[test]
fn a_changed_file_takes_effect_by_itself_and_history_stays() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    setup.configure(&one_component(&target).replace("Public API", "Renamed API")).unwrap();
    let page = wait_for_page(&pharos, "Renamed API");
    assert!(!page.contains("Public API"));
    let snapshot = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    assert_eq!(snapshot.components[0].definition.id.as_str(), "api");
    assert!(snapshot.components[0].began < snapshot.at);
}

#[test]
fn a_bad_new_file_changes_nothing_and_says_why() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    setup.configure(&one_component(&target).replace("interval: 1s", "intervall: 1s")).unwrap();
    wait_for("the refusal", || pharos.log().contains("stays in force").then_some(()));
    assert!(pharos.log().contains("intervall"), "{}", pharos.log());
    let health = pharos.get("/health").unwrap();
    assert_eq!(health.status, 200);
    wait_for("the health document to say it", || {
        pharos.get("/health").ok()?.text().contains("\"configuration\":\"DOWN\"").then_some(())
    });
    assert!(pharos.get("/").unwrap().text().contains("Public API"));
}

#[test]
fn a_hang_up_signal_reads_the_file_anew() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    pharos.signal("HUP").unwrap();
    wait_for("the reload", || pharos.log().contains("the configuration was read anew").then_some(()));
}

#[test]
fn the_check_command_says_whether_a_file_is_good_and_where_it_is_not() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let check = || Command::new(binary()).arg("check").arg(setup.config()).output().unwrap();
    let good = check();
    assert!(good.status.success());
    assert!(String::from_utf8_lossy(&good.stdout).ends_with("good: 1 components, 1 checks\n"));
    setup.configure("page: { name: Example, colour: red }\ncomponents: []\n").unwrap();
    let bad = check();
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("pharos.yaml:1:") && said.contains("colour"), "{said}");
}

#[test]
fn a_server_with_a_bad_file_does_not_start() {
    let setup = Setup::new("page: 3\n").unwrap();
    let output = setup.command("127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
