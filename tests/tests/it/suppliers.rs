//! A supplier's own status page, mirrored as the supplier's word.

use pharos_model::Status;
use pharos_tests::{EventStream, Setup, Target};

use crate::wait_for_status;

fn config(target: &Target, settings: &str) -> String {
    format!(
        "page: {{ name: Example }}
components:
  - id: builds
    name: Builds
    description: Where we build
    checks:
      - supplier: {{ url: 'http://{}/api/v2/summary.json', name: GitWorks{settings} }}
        interval: 1s
        timeout: 900ms
  - {{ id: pages, name: Pages, checks: [] }}
",
        target.address
    )
}

fn tell(target: &Target, actions: &str, pages: &str) {
    target.tell(&format!(
        r#"{{"page":{{"id":"x","name":"GitWorks"}},"status":{{"indicator":"minor"}},"components":[{{"id":"a","name":"Actions","status":"{actions}"}},{{"id":"b","name":"Pages","status":"{pages}"}}],"incidents":[]}}"#
    ));
}

#[test]
fn one_component_of_a_supplier_is_mirrored_and_labelled_as_its_word() {
    let target = Target::start().unwrap();
    tell(&target, "operational", "major_outage");
    let setup = Setup::new(&config(&target, ", component: Actions")).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "builds", Status::Operational);
    for path in ["/", "/components/builds"] {
        let page = pharos.get(path).unwrap().text();
        assert!(page.contains("Where we build · As GitWorks says"), "{path}: {page}");
    }
    let german = pharos.get("/de/").unwrap().text();
    assert!(german.contains("Nach Angabe von GitWorks"), "{german}");
    tell(&target, "partial_outage", "operational");
    wait_for_status(&pharos, "builds", Status::PartialOutage);
}

#[test]
fn a_component_of_ours_that_a_part_of_their_page_speaks_for_is_labelled_too() {
    let target = Target::start().unwrap();
    tell(&target, "operational", "degraded_performance");
    let setup = Setup::new(&config(&target, ", parts: { Pages: pages }")).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "pages", Status::DegradedPerformance);
    let known = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    let names: Vec<_> = known
        .components
        .iter()
        .map(|one| one.definition.supplier.as_ref().map(|name| name.plain().to_owned()))
        .collect();
    assert_eq!(names, [Some("GitWorks".to_owned()), Some("GitWorks".to_owned())]);
}

#[test]
fn a_supplier_whose_page_cannot_be_read_is_not_known() {
    let target = Target::start().unwrap();
    tell(&target, "operational", "operational");
    let setup = Setup::new(&config(&target, "")).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "builds", Status::DegradedPerformance);
    target.tell("<html>Sign in</html>");
    wait_for_status(&pharos, "builds", Status::Unknown);
}
