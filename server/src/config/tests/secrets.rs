//! What is secret stays so: in messages, in what is printed for debugging, in what is kept.

use super::{CANARY, TOKEN, parsed};

const LITERAL: &str = "literal-Canary-3fA9-token-17x";

/// A file in which `value` stands as the push token and a line of the component is broken by `line`.
fn file(value: &str, line: &str) -> String {
    format!(
        "page:\n  name: Example\ncomponents:\n  - id: api\n    name: API\n    checks:\n      - push: {{ token: {value}, \
         period: 1d{line} }}\n"
    )
}

#[test]
fn a_token_that_stands_in_the_file_is_not_repeated_by_a_mistake_on_its_line() {
    for line in [", colour: blue", ", grace: 99d", ", period: 2d", ": :", ", grace: ["] {
        let error = parsed(&file(LITERAL, line)).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains("Canary"), "{line}: {shown}");
        }
    }
}

#[test]
fn credentials_that_stand_in_the_file_are_not_repeated_by_a_mistake_beside_them() {
    for settings in [
        "{ url: \"https://host/\", bearer: Canary, colour: blue }",
        "{ url: \"https://host/\", bearer: [Canary] }",
        "{ url: \"https://host/\", basic: { user: me, password: Canary, colour: blue } }",
        "{ url: \"https://host/\", basic: \"me:Canary\" }",
        "{ url: \"https://host/\", headers: { X-Who: Canary, X-Who: Canary } }",
        "{ url: \"https://host/\", headers: { X-Who: \"Canary\\n\" } }",
        "{ url: \"https://host/\", headers: { \"X Who\": Canary } }",
        "{ url: \"https://host/\", headers: Canary }",
        "{ url: \"https://host/\", body: [Canary], colour: blue }",
        "{ url: \"https://me:Canary@host/\" }",
        "{ url: \"https://me:Canary@host\", redirects: 99 }",
        "\n          url: \"https://host/\"\n          headers:\n            X-Who: Canary\n            X-Who: Canary",
        "\n          url: \"https://host/\"\n          headers:\n            X-Who: [Canary]",
        "\n          url: \"https://host/\"\n          body: |\n            Canary\n         colour: blue",
        "\n          url: \"https://host/\"\n          bearer: \"Canary\n\n          Canary",
    ] {
        let text = format!(
            "page:\n  name: Example\ncomponents:\n  - id: api\n    name: API\n    checks:\n      - http: {settings}\n"
        );
        let error = parsed(&text).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains("Canary"), "{settings}: {shown}");
        }
    }
}

#[test]
fn a_weak_token_is_not_repeated() {
    let error = parsed(&file("canary", "")).unwrap_err().to_string();
    assert!(error.contains("can be guessed") && !error.contains("canary"), "{error}");
}

#[test]
fn an_accepted_configuration_prints_no_token() {
    let loaded = parsed(&file("\"${TOKEN}\"", "")).unwrap();
    let shown = format!("{loaded:?} {:?} {:?}", loaded.heartbeats, loaded.probes);
    assert!(!shown.contains(TOKEN) && shown.contains("heartbeats: 1"), "{shown}");
}

/// Puts `${SECRET}` in the place of every value of a good file, one at a time.
#[test]
fn a_value_of_the_environment_is_repeated_nowhere() {
    let good = r#"page:
  name: Example
  description: D
  time_zone: UTC
  uptime: { partial_outage_weight: 30% }
groups:
  - { id: core, name: Core }
components:
  - id: api
    name: API
    group: core
    incidents: { auto: publish, resolve_after: 5m }
    checks:
      - name: web
        tcp: { address: "192.0.2.1:53" }
        interval: 30s
        timeout: 5s
        down_after: 2
        degraded_over: 800ms
        on_failure: major_outage
      - push: { token: q8ZkW2vLxT0nB5rYc7HdJm4s, period: 1d, grace: 1h }
"#;
    let mut refused = 0;
    for (start, _) in good.match_indices(": ") {
        let rest = &good[start + 2..];
        let end = rest.find(['\n', ',', '}']).unwrap();
        if rest.starts_with('{') {
            continue;
        }
        let text = format!("{}\"${{SECRET}}\" {}", &good[..start + 2], &rest[end..]);
        if let Err(error) = parsed(&text) {
            refused += 1;
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains(&CANARY[..6]), "{shown}");
                assert!(shown.contains("${SECRET}"), "{shown}");
            }
        }
    }
    assert!(refused >= 15, "only {refused} were refused");
}
