//! Services that are processes of their own, killed, restarted and failing while the real binary watches them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::{Duration, Instant};

use pharos_model::Status;
use pharos_tests::{Pharos, Service, Setup, binary, wait_for};
use serde_json::Value;

use crate::wait_for_status;

/// The service of this crate.
const PROGRAM: &str = env!("CARGO_BIN_EXE_service");

fn service(kind: &str) -> Service {
    Service::start(PROGRAM, kind).unwrap()
}

/// Starts one where another was killed.
fn restarted(kind: &str, killed: Service) -> Service {
    let address = killed.kill().to_string();
    wait_for("the port to be free again", || Service::start_on(PROGRAM, kind, &address).ok())
}

/// A page with a component `api` that is looked at by `check`, and one of its own for a part.
fn page(check: &str, interval: &str) -> String {
    format!(
        "page: {{ name: Example }}
components:
  - id: api
    name: API
    checks:
      - {check}
        interval: {interval}
        timeout: 900ms
  - {{ id: part, name: Part, checks: [] }}
"
    )
}

fn started(config: &str) -> (Setup, Pharos) {
    let setup = Setup::new(config).unwrap();
    let pharos = setup.start().unwrap();
    (setup, pharos)
}

/// Goes through the life of a service whose document tells of a part.
fn live(kind: &str, check: impl Fn(&str) -> String) {
    let mut service = service(kind);
    let (_setup, pharos) = started(&page(&check(&service.address.to_string()), "1s"));
    let expect = |api: Status, part: Status| {
        wait_for_status(&pharos, "api", api);
        wait_for_status(&pharos, "part", part);
    };
    expect(Status::Operational, Status::Operational);
    service.be("limping").unwrap();
    wait_for_status(&pharos, "part", Status::MajorOutage);
    service.be("down").unwrap();
    expect(Status::MajorOutage, Status::MajorOutage);
    service.be("well").unwrap();
    expect(Status::Operational, Status::Operational);
    let address = service.kill().to_string();
    wait_for_status(&pharos, "api", Status::MajorOutage);
    let mut service =
        wait_for("the port to be free again", || Service::start_on(PROGRAM, kind, &address).ok());
    expect(Status::Operational, Status::Operational);
    service.be("failing").unwrap();
    // Nobody tells of the part any more.
    expect(Status::MajorOutage, Status::Unknown);
}

#[test]
fn a_service_with_an_actuator_is_told_of_through_all_that_happens_to_it() {
    live("actuator", |address| {
        format!("health: {{ url: 'http://{address}/actuator/health', parts: {{ db: part }} }}")
    });
}

#[test]
fn a_service_with_a_document_of_the_draft_is_told_of_through_all_that_happens_to_it() {
    live("health+json", |address| {
        format!("health: {{ url: 'http://{address}/health', parts: {{ 'queue:depth': part }} }}")
    });
}

#[test]
fn a_supplier_is_told_of_by_its_page_and_unknown_without_it() {
    let mut service = service("statuspage");
    let check = format!(
        "supplier: {{ url: 'http://{}', name: Example, component: Git, parts: {{ Builds: part }} }}",
        service.address
    );
    let (_setup, pharos) = started(&page(&check, "1s"));
    wait_for_status(&pharos, "part", Status::Operational);
    service.be("limping").unwrap();
    wait_for_status(&pharos, "part", Status::PartialOutage);
    service.be("down").unwrap();
    wait_for_status(&pharos, "part", Status::MajorOutage);
    // The one component that counts is well whatever the others are.
    wait_for_status(&pharos, "api", Status::Operational);
    drop(service);
    wait_for_status(&pharos, "api", Status::Unknown);
    wait_for_status(&pharos, "part", Status::Unknown);
}

/// A page whose one check would look again in an hour.
fn hourly(service: &Service, settings: &str) -> String {
    page(&format!("grpc: {{ url: 'http://{}', service: shop.v1.Orders{settings} }}", service.address), "1h")
}

#[test]
fn what_a_grpc_server_tells_is_confirmed_long_before_the_next_interval() {
    let mut service = service("grpc");
    let (_setup, pharos) = started(&hourly(&service, ", watch: true"));
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for("the server to be listened to", || pharos.log().contains("SERVING").then_some(()));
    for (state, status) in [("down", Status::MajorOutage), ("well", Status::Operational)] {
        let begun = Instant::now();
        service.be(state).unwrap();
        wait_for_status(&pharos, "api", status);
        assert!(begun.elapsed() < Duration::from_secs(10), "{state}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_grpc_server_that_is_killed_and_restarted_is_told_of_long_before_the_next_interval() {
    let service = service("grpc");
    let (_setup, pharos) = started(&hourly(&service, ", watch: true"));
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for("the server to be listened to", || pharos.log().contains("SERVING").then_some(()));
    let address = service.kill().to_string();
    wait_for_status(&pharos, "api", Status::MajorOutage);
    let _service =
        wait_for("the port to be free again", || Service::start_on(PROGRAM, "grpc", &address).ok());
    wait_for_status(&pharos, "api", Status::Operational);
}

#[test]
fn a_grpc_server_without_watch_is_looked_at_by_its_interval() {
    let mut service = service("grpc-without-watch");
    let check = format!("grpc: {{ url: 'http://{}', watch: true }}", service.address);
    let (_setup, pharos) = started(&page(&check, "1s"));
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for("the log to say so", || {
        pharos.log().contains("the server does not tell of changes: it has no `Watch`").then_some(())
    });
    service.be("down").unwrap();
    wait_for_status(&pharos, "api", Status::MajorOutage);
    let _service = restarted("grpc-without-watch", service);
    wait_for_status(&pharos, "api", Status::Operational);
}

#[test]
fn a_server_is_listened_to_as_long_as_the_configuration_says() {
    let service = service("grpc");
    let (setup, pharos) = started(&hourly(&service, ", watch: true"));
    wait_for("the server to be listened to", || pharos.log().contains("SERVING").then_some(()));
    setup.configure(&hourly(&service, "")).unwrap();
    wait_for("the configuration to be read", || pharos.log().contains("was read anew").then_some(()));
    let before = pharos.log().matches("told of a change").count();
    drop(service);
    // One that listened would say within a moment that the connection is lost; asking for the page takes longer.
    for _ in 0..20 {
        pharos.get("/").unwrap();
    }
    assert_eq!(pharos.log().matches("told of a change").count(), before);
}

#[test]
fn the_command_tells_of_a_grpc_server_and_its_services() {
    let mut service = service("grpc");
    service.be("limping").unwrap();
    let probe = |arguments: &[&str]| Command::new(binary()).arg("probe").args(arguments).output().unwrap();
    let url = format!("grpc://{}", service.address);
    let told: Value = serde_json::from_slice(&probe(&["--json", &url]).stdout).unwrap();
    assert_eq!(
        (&told["format"], &told["status"]),
        (&"grpc.health.v1".into(), &"operational".into()),
        "{told}"
    );
    assert_eq!(told["services"][0]["service"], "shop.v1.Orders", "{told}");
    assert_eq!(told["services"][0]["status"], "major_outage", "{told}");
    let text = String::from_utf8(probe(&[&format!("{url}/shop.v1.Orders")]).stdout).unwrap();
    for part in
        ["read as: grpc.health.v1", "status:  major_outage", "service: \"shop.v1.Orders\"", "watch: true"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}
