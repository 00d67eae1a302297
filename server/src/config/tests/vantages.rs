//! Checks that are looked at from several places, as the file says them.

use pharos_engine::Source;
use pharos_model::ComponentId;

use super::{TOKEN, parsed};
use crate::config::{Loaded, read_spec};

/// A file with a check that has this section of vantages, and with `more` in its component.
fn file(section: &str, more: &str) -> Loaded {
    let text = format!(
        "page: {{ name: Test }}
reference: [{{ dns: {{ name: example.com }} }}]
vantages:
  - {{ id: fra, name: Frankfurt, token: \"${{TOKEN}}\" }}
  - {{ id: sin, name: {{ en: Singapore, de: Singapur }}, token: another-token-of-22-characters }}
components:
  - id: api
    name: API
{more}    checks:
      - http: {{ url: 'http://127.0.0.1:1/', bearer: \"${{SECRET}}\" }}
        interval: 30s
        vantages: {section}
"
    );
    parsed(&text).unwrap()
}

fn api() -> ComponentId {
    ComponentId::new("api").unwrap()
}

fn ids(loaded: &Loaded) -> Vec<&str> {
    let of_api = loaded.engine.checks.iter().filter(|check| check.component.is_some());
    of_api.map(|check| check.id.0.as_str()).collect()
}

#[test]
fn a_check_is_one_check_for_each_place_and_more_than_half_decide() {
    let loaded = file("{ from: [fra, here, sin] }", "");
    assert_eq!(ids(&loaded), ["api/http", "api/http@fra", "api/http@sin"]);
    let [vantages] = loaded.engine.vantages[&api()].as_slice() else { panic!("not one") };
    assert_eq!((vantages.checks.len(), vantages.down_when), (3, 2));
    assert_eq!(vantages.checks[0].0, "api/http", "this page's own servers feed the chart");
    let remote = loaded.engine.checks.iter().find(|check| check.id.0 == "api/http@sin").unwrap();
    assert_eq!(remote.source, Source::Remote { interval_ms: 30_000, timeout_ms: 10_000 });
}

#[test]
fn a_check_may_be_looked_at_from_elsewhere_alone() {
    let loaded = file("{ from: [sin, fra], down_when: 1 }", "");
    assert_eq!(ids(&loaded), ["api/http@sin", "api/http@fra"]);
    assert_eq!(loaded.engine.vantages[&api()][0].down_when, 1);
}

#[test]
fn each_vantage_is_told_of_its_own_checks_and_of_the_references() {
    let loaded = file("{ from: [here, fra] }", "");
    let told = |token: &str| {
        let assignment = loaded.vantages.find(token).unwrap().assignment().clone();
        let names = |tasks: &[crate::vantage::Task]| {
            tasks.iter().map(|task| task.check.0.clone()).collect::<Vec<_>>().join(" ")
        };
        assert!(assignment.checks.iter().all(|task| read_spec(&task.settings).is_ok()));
        (names(&assignment.references), names(&assignment.checks))
    };
    assert_eq!(told(TOKEN), ("@reference/dns-1".to_owned(), "api/http@fra".to_owned()));
    assert_eq!(told("another-token-of-22-characters"), ("@reference/dns-1".to_owned(), String::new()));
    assert!(loaded.vantages.find("another").is_none());
}

#[test]
fn visitors_are_told_of_the_places_unless_the_component_keeps_them_to_operators() {
    let names = |loaded: &Loaded| {
        let places = loaded.vantages.public(&api());
        places
            .iter()
            .map(|place| place.name.as_ref().map_or("", |name| name.of("de")).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&file("{ from: [sin, here] }", "")), ["", "Singapur"]);
    let kept = "    seen_from: { visible_to: operators }\n";
    assert!(names(&file("{ from: [sin, here] }", kept)).is_empty());
}

#[test]
fn no_token_and_no_setting_is_printed() {
    let loaded = file("{ from: [here, fra] }", "");
    let shown = format!("{loaded:?} {:?}", loaded.vantages);
    assert!(!shown.contains(TOKEN) && !shown.contains(super::CANARY), "{shown}");
}
