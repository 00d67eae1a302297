//! What the files of Prometheus and of the blackbox exporter become.

use serde_json::Value;

use super::*;

fn document(name: &str, text: &str) -> Document {
    Document { name: name.to_owned(), text: text.to_owned() }
}

const JOBS: &str = r#"
global: { scrape_interval: 30s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ["localhost:9100"] }]
  - job_name: web
    metrics_path: /probe
    params: { module: [http_login] }
    scrape_interval: 1m
    static_configs:
      - targets: ["https://example.com/login", "https://jane:s3cret@intern.example.com"]
      - targets: ["https://shop.example.com"]
        labels: { name: Shop }
  - job_name: names
    params: { module: [dns_example] }
    static_configs: [{ targets: ["192.0.2.53"] }]
  - job_name: ping
    params: { module: [icmp] }
    file_sd_configs: [{ files: ["/etc/targets/*.json", "missing.yml"] }]
  - job_name: strange
    params: { module: [no_such] }
    static_configs: [{ targets: [a] }]
"#;

const MODULES: &str = r#"
modules:
  http_login:
    prober: http
    timeout: 5s
    http:
      valid_status_codes: [200, 204]
      headers: { Authorization: "Bearer s3cret", Accept: text/html }
      follow_redirects: false
      fail_if_body_not_matches_regexp: ["Sign in"]
      tls_config: { insecure_skip_verify: true }
  dns_example: { prober: dns, dns: { query_name: example.com, query_type: MX } }
  icmp: { prober: icmp }
  unix: { prober: unix }
"#;

fn whole() -> Haul {
    let targets = document("routers.json", r#"[{"targets": ["192.0.2.1"], "labels": {"name": "Router"}}]"#);
    haul(&[document("prometheus.yml", JOBS), document("blackbox.yml", MODULES), targets]).unwrap()
}

#[test]
fn targets_of_the_blackbox_exporter_become_components_with_the_check_of_their_module() {
    let told: Vec<String> = whole()
        .components
        .iter()
        .map(|part| {
            let group = part.group.as_ref().map_or("-", |group| group.as_str());
            let checks: Vec<String> = part
                .checks
                .iter()
                .map(|check| {
                    let rules = (check.rules.interval_ms, check.rules.timeout_ms);
                    format!("{} {} {rules:?}", check.kind.as_str(), Value::Object(check.settings.clone()))
                })
                .collect();
            format!("{group} {} ({}): {}", part.id, part.name, checks.join(" "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_cannot_be_carried_is_told_with_its_place_and_why() {
    let left: Vec<String> =
        whole().left.iter().map(|left| format!("{}: {}: {}", left.spot, left.what, left.why)).collect();
    insta::assert_snapshot!(left.join("\n"));
}

#[test]
fn no_secret_of_the_files_is_in_what_is_made() {
    let haul = whole();
    let made = format!("{:?} {:?}", haul.components, haul.left);
    assert!(!made.contains("s3cret"), "{made}");
    assert_eq!(haul.secrets.len(), 2);
}

#[test]
fn a_file_of_another_shape_is_refused_at_its_place() {
    let refused = |text: &str| {
        haul(&[document("p.yml", text)]).err().map(|error| error.to_string()).unwrap_or_default()
    };
    for (text, told) in [
        ("modules: {}\n", "p.yml: no file has `scrape_configs`"),
        ("scrape_configs: [{}]\n", "p.yml:1:18 (scrape_configs[0]): `job_name` is missing"),
        ("scrape_configs: 5\n", "p.yml:1:17 (scrape_configs): a list is expected here"),
    ] {
        assert!(refused(text).starts_with(told), "{told}\n{}", refused(text));
    }
}
