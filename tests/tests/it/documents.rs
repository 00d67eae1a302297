//! One health document that feeds several components.

use std::process::Command;

use pharos_model::Status;
use pharos_tests::{Setup, Target, binary};
use serde_json::Value;

use crate::wait_for_status;

fn config(target: &Target) -> String {
    format!(
        "page: {{ name: Example }}
components:
  - id: api
    name: API
    checks:
      - health: {{ url: 'http://{}/health', parts: {{ database: db, cache: cache }} }}
        interval: 1s
        down_after: 1
        up_after: 1
  - {{ id: db, name: Database, checks: [] }}
  - {{ id: cache, name: Cache, checks: [] }}
",
        target.address
    )
}

#[test]
fn each_part_of_a_document_is_shown_as_its_own_component() {
    let target = Target::start().unwrap();
    target.tell(r#"{"status":"UP","database":"UP","cache":"DOWN"}"#);
    let setup = Setup::new(&config(&target)).unwrap();
    let pharos = setup.start().unwrap();
    for (component, status) in
        [("api", Status::Operational), ("db", Status::Operational), ("cache", Status::MajorOutage)]
    {
        wait_for_status(&pharos, component, status);
    }
    target.tell(r#"{"status":"UP","database":"DOWN","cache":"UP"}"#);
    for (component, status) in [("cache", Status::Operational), ("db", Status::MajorOutage)] {
        wait_for_status(&pharos, component, status);
    }
}

#[test]
fn a_part_that_vanishes_from_the_document_becomes_unknown() {
    let target = Target::start().unwrap();
    target.tell(r#"{"status":"UP","database":"UP","cache":"UP"}"#);
    let setup = Setup::new(&config(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "cache", Status::Operational);
    target.tell(r#"{"status":"UP","database":"UP"}"#);
    wait_for_status(&pharos, "cache", Status::Unknown);
}

#[test]
fn the_command_tells_programs_what_it_read() {
    let target = Target::start().unwrap();
    target.tell(r#"{"status":"UP","database":"UP","cache":"DOWN"}"#);
    let url = format!("http://{}/health", target.address);
    let output = Command::new(binary()).args(["probe", "--json", &url]).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["format"], &told["status"]), (&"simple".into(), &"partial_outage".into()));
    let parts: Vec<(&str, &str)> = told["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["path"].as_str().unwrap(), part["status"].as_str().unwrap()))
        .collect();
    assert_eq!(parts, [("cache", "major_outage"), ("database", "operational")]);
}
