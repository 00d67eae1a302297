//! What operators do, through every door, on the real binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

mod access;
mod command_line;
mod configuration;
mod document;
mod exports;
mod pages;
mod proxies;
mod sign_in;
mod writing;

use pharos_tests::{Operator, Pharos, Setup, Target};
use serde_json::{Value, json};

/// A node with two components, and its first admin.
fn node() -> (Setup, Pharos, Target, Operator) {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target)).unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    (setup, pharos, target, anna)
}

fn config(target: &Target) -> String {
    let component = |id: &str, name: &str| {
        format!(
            "  - id: {id}
    name: {name}
    incidents: {{ resolve_after: 2s }}
    checks:
      - http: {{ url: \"http://{}/{id}\" }}
        interval: 1s
        timeout: 900ms
",
            target.address
        )
    };
    let components = component("api", "Public API") + &component("web", "Website");
    format!("page: {{ name: Example }}\ncomponents:\n{components}")
}

fn slow() -> Value {
    json!({ "title": "Checkout is slow", "body": "We **know** of it.", "components": [{ "component": "web", "status": "partial_outage" }] })
}

fn open(operator: &Operator) -> String {
    let made = operator.act("POST", "/incidents", &slow()).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

fn in_words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
