//! Components that need others, and what was promised of them, from the sockets to the page.

use pharos_model::{Snapshot, Status};
use pharos_tests::{EventStream, Operator, Pharos, Setup, Target, wait_for};

use crate::wait_for_status;

/// Two components that need a database, each with a target of its own.
fn config(db: &Target, web: &Target, shop: &Target, more: &str) -> String {
    let component = |id: &str, name: &str, target: &Target, more: &str| {
        format!(
            "  - id: {id}
    name: {name}
{more}    incidents: {{ resolve_after: 1s }}
    checks:
      - http: {{ url: 'http://{}/' }}
        interval: 1s
        timeout: 900ms
",
            target.address
        )
    };
    let needs = "    depends_on: [db]\n";
    format!(
        "page: {{ name: Example }}\ncomponents:\n{}{}{}",
        component("db", "Database", db, more),
        component("web", "Website", web, needs),
        component("shop", "Shop", shop, needs)
    )
}

fn snapshot(pharos: &Pharos) -> Option<Snapshot> {
    EventStream::open(pharos.address, None).ok()?.next_fact().ok()?.snapshot().ok()
}

/// Waits until a page says all of this: what was rendered a moment before is served while the next is made.
fn wait_for_text(pharos: &Pharos, path: &str, told: &[&str]) {
    wait_for(&format!("{path} to say {told:?}"), || {
        let page = pharos.get(path).ok()?.text();
        told.iter().all(|told| page.contains(told)).then_some(())
    });
}

#[test]
fn what_fails_with_its_root_is_told_in_one_incident_and_ends_with_it() {
    let targets = [(); 3].map(|()| Target::start().unwrap());
    let [db, web, shop] = &targets;
    let setup = Setup::new(&config(db, web, shop, "")).unwrap();
    let pharos = setup.start().unwrap();
    for component in ["db", "web", "shop"] {
        wait_for_status(&pharos, component, Status::Operational);
    }
    for target in &targets {
        target.answer(500);
    }
    let known = wait_for("one incident of all three", || {
        let known = snapshot(&pharos)?;
        (known.incidents.len() == 1 && known.incidents[0].components.len() == 3).then_some(known)
    });
    let incident = &known.incidents[0];
    assert_eq!(incident.root.as_ref().map(pharos_model::ComponentId::as_str), Some("db"));
    let told =
        ["Database is not available", "the other components named here depend on it", "Website", "Shop"];
    let path = format!("/incidents/{}", incident.id);
    wait_for_text(&pharos, &path, &told);
    for target in &targets {
        target.answer(200);
    }
    wait_for("its end", || snapshot(&pharos)?.incidents.iter().all(|known| !known.is_open()).then_some(()));
    assert_eq!(snapshot(&pharos).unwrap().incidents.len(), 1, "one outage is one incident");
}

#[test]
fn what_fails_alone_is_told_alone() {
    let targets = [(); 3].map(|()| Target::start().unwrap());
    let [db, web, shop] = &targets;
    let setup = Setup::new(&config(db, web, shop, "")).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "web", Status::Operational);
    web.answer(500);
    let known = wait_for("its incident", || snapshot(&pharos).filter(|known| !known.incidents.is_empty()));
    let named: Vec<&str> =
        known.incidents[0].components.iter().map(pharos_model::ComponentId::as_str).collect();
    assert_eq!((named, known.incidents[0].root.is_none()), (vec!["web"], true));
}

#[test]
fn a_component_page_says_what_it_needs_and_what_needs_it() {
    let targets = [(); 3].map(|()| Target::start().unwrap());
    let [db, web, shop] = &targets;
    let setup = Setup::new(&config(db, web, shop, "")).unwrap();
    let pharos = setup.start().unwrap();
    assert!(pharos.get("/components/web").unwrap().text().contains("Depends on"));
    let db = pharos.get("/components/db").unwrap().text();
    assert!(db.contains("Relied on by") && db.contains("/components/shop"), "{db}");
}

#[test]
fn a_promise_and_what_is_left_of_it_stand_on_the_page_of_resilience() {
    let targets = [(); 3].map(|()| Target::start().unwrap());
    let [db, web, shop] = &targets;
    let more = "    objective: { availability: 99.95% }\n";
    let setup = Setup::new(&config(db, web, shop, more)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "db", Status::Operational);
    db.answer(500);
    wait_for_status(&pharos, "db", Status::MajorOutage);
    let operator = Operator::first(&pharos).unwrap();
    let budget = wait_for("a budget that is spent", || {
        let budgets = operator.read("/error-budgets").ok()?;
        (budgets[0]["spent_ms"].as_u64()? > 0).then(|| budgets[0].clone())
    });
    assert_eq!((budget["component"].as_str(), budget["public"].as_bool()), (Some("db"), Some(true)));
    assert_eq!(budget["allowed_ms"].as_u64(), Some(1_296_000));
    wait_for_text(&pharos, "/resilience", &["Error budgets", "99.95%", "of 21 minutes 36 seconds"]);
}

#[test]
fn a_promise_for_operators_is_on_no_public_page() {
    let targets = [(); 3].map(|()| Target::start().unwrap());
    let [db, web, shop] = &targets;
    let more = "    objective: { availability: 98.76%, visible_to: operators }\n";
    let setup = Setup::new(&config(db, web, shop, more)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "db", Status::Operational);
    for path in ["/", "/resilience", "/components/db"] {
        let page = pharos.get(path).unwrap().text();
        assert!(
            !page.contains("98.76") && !page.contains("987600") && !page.contains("Error budgets"),
            "{path}"
        );
    }
    let public = serde_json::to_string(&snapshot(&pharos).unwrap()).unwrap();
    assert!(!public.contains("987600"), "{public}");
    let budgets = Operator::first(&pharos).unwrap().read("/error-budgets").unwrap();
    assert_eq!(
        (budgets[0]["availability_percent"].as_f64(), budgets[0]["public"].as_bool()),
        (Some(98.76), Some(false))
    );
}
