//! Who asks, when a proxy stands in front.

use pharos_tests::{Operator, Pharos, Setup, Target};
use serde_json::json;

use super::config;

/// A node behind a proxy on this machine, and its first admin.
fn behind_proxy() -> (Setup, Pharos, Target, Operator) {
    let target = Target::start().unwrap();
    let setup = Setup::new(&(config(&target) + "proxies: [127.0.0.1]\n")).unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    (setup, pharos, target, anna)
}

#[test]
fn the_audit_log_names_whoever_asked_and_not_the_proxy() {
    let (_setup, _pharos, _target, anna) = behind_proxy();
    let through = anna.with("x-forwarded-for", "203.0.113.9, 198.51.100.7");
    through.act("POST", "/announcements", &json!({ "title": "New address" })).unwrap();
    let entries = anna.read("/audit").unwrap();
    assert_eq!(entries["entries"][0]["address"], "198.51.100.7", "{entries}");
}

#[test]
fn who_guesses_through_a_proxy_keeps_nobody_else_out() {
    let (_setup, pharos, _target, _anna) = behind_proxy();
    let nobody = Operator::nobody(&pharos);
    let attempt = |from: &str, number: usize| {
        let form = format!("name=user{number}&password=wrong&code=");
        nobody.with("x-forwarded-for", from).form("/admin/sign-in", &form).unwrap().status
    };
    let of_one: Vec<u16> = (0..12).map(|number| attempt("198.51.100.7", number)).collect();
    assert!(of_one.contains(&429), "{of_one:?}");
    assert_eq!(attempt("198.51.100.8", 20), 401);
}

#[test]
fn without_a_proxy_in_the_configuration_nobody_names_another() {
    let (_setup, _pharos, _target, anna) = super::node();
    let through = anna.with("x-forwarded-for", "198.51.100.7");
    through.act("POST", "/announcements", &json!({ "title": "New address" })).unwrap();
    let entries = anna.read("/audit").unwrap();
    assert_eq!(entries["entries"][0]["address"], "127.0.0.1", "{entries}");
}
