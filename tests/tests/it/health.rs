//! How the node says that it is well, from outside.

use pharos_tests::{Setup, Target, get, wait_for};
use serde_json::Value;

use crate::one_component;

#[test]
fn a_node_that_is_well_says_so_in_both_shapes() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    let plain: Value = wait_for("the node to be well", || {
        let answer = pharos.get("/health").ok().filter(|answer| answer.status == 200)?;
        serde_json::from_slice(&answer.body).ok()
    });
    assert_eq!(
        (&plain["status"], &plain["database"], &plain["cache"]),
        (&"UP".into(), &"UP".into(), &"UP".into())
    );
    let draft = get(pharos.address, "/health", &[("accept", "application/health+json")]).unwrap();
    assert_eq!(draft.header("content-type"), Some("application/health+json"));
    let draft: Value = serde_json::from_slice(&draft.body).unwrap();
    assert_eq!(
        (&draft["status"], &draft["checks"]["database"][0]["status"]),
        (&"pass".into(), &"pass".into())
    );
}

#[test]
fn a_load_balancer_and_a_supervisor_get_their_own_answers() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    assert_eq!(pharos.get("/livez").unwrap().status, 200);
    wait_for("the page to be ready", || (pharos.get("/readyz").ok()?.status == 200).then_some(()));
}

#[test]
fn a_failing_target_does_not_make_the_node_unwell() {
    let target = Target::start().unwrap();
    target.answer(500);
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    crate::wait_for_page(&pharos, "is not available");
    assert_eq!(pharos.get("/health").unwrap().status, 200);
}

#[test]
fn figures_are_in_the_open_metrics_format() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    let operational = "pharos_component_status{component=\"api\",status=\"operational\"} 1\n";
    let figures = wait_for("the component to be operational", || {
        let answer = pharos.get("/metrics").ok()?;
        answer.text().contains(operational).then_some(answer)
    });
    assert!(
        figures.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0")
    );
    assert!(figures.text().ends_with("# EOF\n"));
    assert!(figures.text().contains("pharos_probes_total{outcome=\"operational\"}"));
}
