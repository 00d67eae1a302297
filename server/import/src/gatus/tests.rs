//! What a file of Gatus becomes.

use super::*;

fn read(text: &str) -> Result<Haul, ImportError> {
    haul(&[Document { name: "config.yaml".to_owned(), text: text.to_owned() }])
}

fn refused(text: &str) -> String {
    read(text).err().map(|error| error.to_string()).unwrap_or_default()
}

const WHOLE: &str = r#"
x-defaults: &defaults
  interval: 5m
  client: { timeout: 3s, insecure: true }
ui: { title: Status, header: Example }
connectivity: { checker: { target: "1.1.1.1:53", interval: 60s } }
alerting: { slack: { webhook-url: "https://hooks.example.com/s3cret" } }
endpoints:
  - <<: *defaults
    name: front-end
    group: core
    url: "https://example.com/health"
    headers: { Authorization: "Bearer s3cret", X-Trace: "1", X-Api-Key: "${API_KEY}" }
    conditions: ["[STATUS] == 200", "[BODY].status == UP", "[RESPONSE_TIME] < 300", "len([BODY].parts) > 2"]
    alerts: [{ type: slack }]
  - name: resolver
    url: "8.8.8.8"
    dns: { query-name: example.com, query-type: A }
    conditions: ["[BODY] == 192.0.2.1", "[DNS_RCODE] == NOERROR"]
  - { name: router, group: core, url: "icmp://192.0.2.1", conditions: ["[CONNECTED] == true"] }
  - { name: media, url: "sctp://192.0.2.1:38412", conditions: ["[CONNECTED] == true"] }
  - { name: old, enabled: false, url: "https://old.example.com" }
external-endpoints:
  - { name: backup, token: potato, heartbeat: { interval: 30m } }
"#;

#[test]
fn endpoints_become_components_with_the_checks_that_say_the_same() {
    let haul = read(WHOLE).unwrap();
    let told: Vec<String> = haul
        .components
        .iter()
        .map(|part| {
            let checks: Vec<String> = part
                .checks
                .iter()
                .map(|check| format!("{} {}", check.kind.as_str(), Value::Object(check.settings.clone())))
                .collect();
            format!("{} {}", part.id, checks.join(" "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(haul.components[0].checks[0].rules.degraded_over_ms, Some(300));
    assert_eq!(haul.components[0].checks[0].rules.interval_ms, Some(300_000));
    assert_eq!(haul.page.name.as_deref(), Some("Example"));
}

#[test]
fn what_cannot_be_carried_is_told_with_its_place_and_why() {
    let haul = read(WHOLE).unwrap();
    let left: Vec<String> =
        haul.left.iter().map(|left| format!("{}: {}: {}", left.spot, left.what, left.why)).collect();
    insta::assert_snapshot!(left.join("\n"));
}

#[test]
fn no_secret_of_the_file_is_in_what_is_made() {
    let haul = read(WHOLE).unwrap();
    let made = format!("{:?} {:?} {:?}", haul.components, haul.more, haul.left);
    assert!(!made.contains("s3cret") && !made.contains("potato"), "{made}");
    let names: Vec<&str> = haul.secrets.keys().map(String::as_str).collect();
    assert_eq!(names, ["BACKUP_PUSH_TOKEN", "FRONT_END_AUTHORIZATION"]);
}

#[test]
fn a_file_of_another_shape_is_refused_at_its_place() {
    for (text, told) in [
        ("endpoints: 5\n", "config.yaml:1:12 (endpoints): a list is expected here, not `5`"),
        ("endpoints:\n  - url: https://a.example\n", "config.yaml:2:5 (endpoints[0]): `name` is missing"),
        (
            "endpoints:\n  - {name: a, url: https://a.example, interval: soon}\n",
            "config.yaml:2:49 (endpoints[0].interval): `soon` is no length",
        ),
        (
            "endpoints:\n  - {name: [a], url: https://a.example}\n",
            "config.yaml:2:12 (endpoints[0].name): a text is expected here, not a list",
        ),
        ("- a\n", "config.yaml:1:1: a section of keys is expected here, not a list"),
        ("ui: {}\n", "config.yaml: it names no endpoints"),
        ("", "config.yaml: there is nothing in it"),
        ("endpoints: [\n", "config.yaml:"),
    ] {
        assert!(refused(text).starts_with(told), "{told}\n{}", refused(text));
    }
}
