//! Heartbeats, from outside.

use pharos_model::Status;
use pharos_tests::{EventStream, Setup, get, request};

use crate::becomes;

const TOKEN: &str = "nightly-backup-token-01";

fn config() -> String {
    format!(
        "page: {{ name: Example }}
components:
  - id: backup
    name: Nightly backup
    checks:
      - push: {{ token: {TOKEN}, period: 1s, grace: 1s }}
"
    )
}

#[test]
fn a_job_that_reports_is_well_and_one_that_stops_reporting_is_not() {
    let pharos = Setup::new(&config()).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    assert_eq!(stream.next_fact().unwrap().snapshot().unwrap().components[0].status, Status::Unknown);
    let answer =
        request(pharos.address, "POST", &format!("/push/{TOKEN}"), &[("content-length", "0")]).unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "OK\n"));
    stream.until(becomes(Status::Operational)).unwrap();
    stream.until(becomes(Status::MajorOutage)).unwrap();
    get(pharos.address, &format!("/push/{TOKEN}"), &[]).unwrap();
    get(pharos.address, &format!("/push/{TOKEN}"), &[]).unwrap();
    stream.until(becomes(Status::Operational)).unwrap();
}

#[test]
fn a_job_that_says_it_failed_is_believed() {
    let pharos = Setup::new(&config()).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    stream.next_fact().unwrap();
    for path in ["", "/start", "/fail"] {
        assert_eq!(get(pharos.address, &format!("/push/{TOKEN}{path}"), &[]).unwrap().status, 200, "{path}");
    }
    stream.until(becomes(Status::MajorOutage)).unwrap();
}

#[test]
fn a_token_nobody_has_is_not_found_and_never_logged() {
    let pharos = Setup::new(&config()).unwrap();
    let pharos = pharos.start().unwrap();
    assert_eq!(pharos.get("/push/guessed-token-000000").unwrap().status, 404);
    assert_eq!(pharos.get(&format!("/push/{TOKEN}")).unwrap().status, 200);
    assert!(!pharos.log().contains(TOKEN) && !pharos.log().contains("guessed"));
}
