//! `pharos probe`: reads a health document once, or asks a gRPC server for its health, shows what it says, and how its parts
//! become components.

mod grpc;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, bail};
use garde::Validate;
use pharos_model::ComponentId;
use pharos_probe::limits::{PATTERN_BYTES_MAX, PATTERNS_MAX};
use pharos_probe::{HumanDuration, Part, ProbeResult, Spec, health::HealthCheck};
use serde_json::{Value, json};

use super::remote::print;
use crate::config::limits::NAME_CHARS_MAX;
use crate::finding::status_of;
use crate::lifecycle::prober;

/// The longest the look may take when nobody says.
const TIMEOUT_MS: u64 = 10_000;

/// What `pharos probe` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the document is, `http://` or `https://`; or a gRPC server, `grpc://host:port` or `grpcs://host:port`, with a
    /// service behind a slash where one is meant.
    #[arg(value_name = "URL")]
    url: String,
    /// A header of the request, as in `Authorization: Bearer …`; may be given several times.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The format of the document. Without it, it is recognised.
    #[arg(long)]
    format: Option<String>,
    /// The longest the look may take.
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    timeout: String,
    /// Answer in JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Looks once, and tells what was seen.
///
/// # Errors
/// When what is asked for cannot be looked at.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let timeout: HumanDuration = serde_json::from_value(json!(arguments.timeout)).context("--timeout")?;
    let timeout_ms = timeout.as_ms().clamp(1, 6 * TIMEOUT_MS);
    if let Some(server) = grpc::Server::parse(&arguments.url) {
        return grpc::run(&arguments, &server, timeout_ms).await;
    }
    let check = arguments.check()?;
    let result = prober(None)?.probe(&Spec::Health(check), timeout_ms).await;
    print(arguments.json, &as_json(&result), |_| as_text(&arguments.url, &result));
    Ok(())
}

impl Arguments {
    fn headers(&self) -> anyhow::Result<BTreeMap<&str, &str>> {
        let mut headers = BTreeMap::new();
        for header in &self.headers {
            let Some((name, value)) = header.split_once(':') else {
                bail!("--header: \"{header}\" has no colon; write it as in `Accept: application/json`");
            };
            headers.insert(name.trim(), value.trim());
        }
        Ok(headers)
    }

    fn check(&self) -> anyhow::Result<HealthCheck> {
        let headers = self.headers()?;
        let check = json!({ "url": self.url, "headers": headers, "format": self.format });
        let check: HealthCheck = serde_json::from_value(check)?;
        check.validate()?;
        Ok(check)
    }
}

fn as_json(result: &ProbeResult) -> Value {
    let components = result.facts.parts.iter();
    let components: Vec<Value> = components
        .map(|part| json!({ "path": part.path, "status": status_of(part.outcome).as_str() }))
        .collect();
    json!({
        "format": result.facts.format,
        "status": status_of(result.outcome).as_str(),
        "reason": result.reason.as_ref().map(|reason| &reason.sentence),
        "http_status": result.facts.status,
        "components": components,
    })
}

fn as_text(url: &str, result: &ProbeResult) -> String {
    let mut text = String::new();
    let status = status_of(result.outcome).as_str();
    let _ = writeln!(text, "{url}");
    let took_ms = f64::from(result.stages.total_us.unwrap_or(0)) / 1_000.0;
    if let Some(answer) = result.facts.status {
        let _ = writeln!(text, "answered {answer} after {took_ms:.1} ms");
    }
    let _ = writeln!(text, "read as: {}", result.facts.format.unwrap_or("nothing that is known"));
    let _ = writeln!(text, "status:  {status}");
    if let Some(reason) = &result.reason {
        let _ = writeln!(text, "because: {}", reason.sentence);
    }
    let is_supplier = matches!(result.facts.format, Some("statuspage" | "feed"));
    if result.facts.parts.is_empty() && !is_supplier {
        return text.trim_end().to_owned();
    }
    let wanted = if result.facts.parts.is_empty() {
        "To mirror it"
    } else {
        let _ = writeln!(text, "\n{}", tree(&result.facts.parts));
        "To show each part as a component"
    };
    let _ = write!(text, "\n{wanted}, put this into the configuration:\n\n");
    text + snippet(url, is_supplier, &result.facts.parts).trim_end()
}

/// The parts with their statuses, each as far to the right as it is deep.
fn tree(parts: &[Part]) -> String {
    let label = |part: &Part| {
        let (depth, name) =
            (part.path.matches('/').count(), part.path.rsplit('/').next().unwrap_or_default());
        format!("{}{name}", "  ".repeat(depth))
    };
    let width = parts.iter().map(|part| label(part).chars().count()).max().unwrap_or(0);
    let line = |part: &Part| {
        format!("  {:width$}  {} ({})", label(part), status_of(part.outcome).as_str(), part.word)
    };
    parts.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A configuration in which each part has a component of its own. Names that differ in numbers alone come and go: they
/// share one.
fn snippet(url: &str, is_supplier: bool, parts: &[Part]) -> String {
    let host = host_of(url);
    let mut taken = BTreeSet::new();
    let label = host.split('.').next().unwrap_or_default();
    let is_name = label.starts_with(|c: char| c.is_ascii_alphabetic());
    let whole = fresh(if is_name { label } else { "service" }, "service", &mut taken);
    let mut patterns: Vec<String> = Vec::new();
    // What stands too deep cannot be named.
    for part in parts.iter().filter(|part| part.path.len() <= PATTERN_BYTES_MAX) {
        let without = numberless(&part.path);
        let alike = parts.iter().filter(|other| numberless(&other.path) == without).count();
        let pattern = if alike > 1 { without } else { part.path.clone() };
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    let mut mapping = String::new();
    let mut components = String::new();
    for pattern in patterns.iter().take(PATTERNS_MAX) {
        let id = fresh(pattern, "part", &mut taken);
        // A key refers to nothing, so nothing of it is escaped.
        let _ = writeln!(mapping, "            {}: {id}", json!(pattern));
        let name = pattern.replace("%2F", "/").replace("%25", "%");
        let name: String = name.chars().take(NAME_CHARS_MAX).collect();
        let _ = write!(components, "  - id: {id}\n    name: {}\n    checks: []\n", value(&name));
    }
    let (host, url) = (value(host), value(url));
    let mut text = format!("components:\n  - id: {whole}\n    name: {host}\n    checks:\n");
    if is_supplier {
        let _ = write!(text, "      - supplier:\n          url: {url}\n          name: {host}\n");
    } else {
        let _ = write!(text, "      - health:\n          url: {url}\n");
    }
    if !mapping.is_empty() {
        let _ = write!(text, "          parts:\n{mapping}");
    }
    text + &components
}

/// The host of an address, without brackets and without a port.
fn host_of(url: &str) -> &str {
    let place = url.split("://").nth(1).unwrap_or(url).split(['/', '?', '#']).next().unwrap_or_default();
    let (host, end) = place.strip_prefix('[').map_or((place, ':'), |bare| (bare, ']'));
    host.split(end).next().unwrap_or_default()
}

/// A text as a configuration has it as a value. What a target says refers to nothing in the environment.
fn value(text: &str) -> Value {
    json!(crate::config::escaped(text))
}

/// A path with a star in place of the numbers of its last name.
fn numberless(path: &str) -> String {
    let (above, name) = path.rsplit_once('/').map_or(("", path), |(above, name)| (above, name));
    let mut pattern = String::new();
    for c in name.chars() {
        match c {
            '0'..='9' if pattern.ends_with('*') => {}
            '0'..='9' => pattern.push('*'),
            c => pattern.push(c),
        }
    }
    if above.is_empty() { pattern } else { [above, "/", &pattern].concat() }
}

/// An identifier like `text` that is not taken yet.
fn fresh(text: &str, otherwise: &str, taken: &mut BTreeSet<String>) -> String {
    let like = crate::config::as_identifier(text);
    let stem: String = if like.is_empty() { otherwise.to_owned() } else { like.chars().take(56).collect() };
    let stem = if ComponentId::new(&stem).is_ok() { stem } else { otherwise.to_owned() };
    let id = std::iter::once(stem.clone())
        .chain((2..=taken.len() + 2).map(|number| format!("{stem}-{number}")))
        .find(|id| !taken.contains(id))
        .unwrap_or(stem);
    taken.insert(id.clone());
    id
}

#[cfg(test)]
mod tests {
    use pharos_probe::Outcome;

    use super::*;

    fn parts(told: &[(&str, Outcome)]) -> Vec<Part> {
        let part = |(path, outcome): &(&str, Outcome)| Part {
            path: (*path).to_owned(),
            word: "UP".to_owned(),
            outcome: *outcome,
        };
        told.iter().map(part).collect()
    }

    #[test]
    fn the_tree_shows_each_part_below_the_one_it_belongs_to() {
        let told = parts(&[("db", Outcome::Good), ("db/replica", Outcome::Down)]);
        assert_eq!(tree(&told), "  db         operational (UP)\n    replica  major_outage (UP)");
    }

    pub fn accepted(snippet: &str) -> crate::config::Loaded {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pharos.yaml");
        std::fs::write(&file, format!("page: {{ name: Test }}\n{snippet}")).unwrap();
        crate::config::load(&file).unwrap()
    }

    #[test]
    fn a_suppliers_page_is_mirrored_as_such() {
        let url = "https://status.example.com/api/v2/summary.json";
        for told in [parts(&[("Git", Outcome::Good), ("Actions", Outcome::Down)]), Vec::new()] {
            let loaded = accepted(&snippet(url, true, &told));
            let components = &loaded.engine.definition.components;
            let names =
                components.iter().filter_map(|one| one.supplier.as_ref().map(pharos_model::Text::plain));
            assert_eq!(names.collect::<Vec<_>>(), vec!["status.example.com"; told.len() + 1]);
        }
    }

    #[test]
    fn a_component_is_called_by_the_whole_of_an_address() {
        for (url, host) in [
            ("http://[2001:db8::1]:8080/health", "2001:db8::1"),
            ("http://[::1]", "::1"),
            ("https://api.example.com:8443?x", "api.example.com"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }

    #[test]
    fn the_snippet_is_a_configuration_that_is_accepted() {
        let told = parts(&[
            ("db", Outcome::Good),
            ("db/replica-1", Outcome::Down),
            ("db/replica-2", Outcome::Good),
            ("Ünïcode: \"x\"", Outcome::Good),
            ("a%2Fb", Outcome::Good),
            (&"long".repeat(80), Outcome::Good),
            (&"ab/".repeat(50)[..149], Outcome::Good),
        ]);
        let snippet = snippet("https://api.example.com:8443/health?full=1", false, &told);
        let loaded = accepted(&snippet);
        let ids: Vec<&str> =
            loaded.engine.definition.components.iter().map(|component| component.id.as_str()).collect();
        assert_eq!(
            ids,
            ["api", "db", "db-replica", "n-code-x", "a-2fb", &"ab-".repeat(19)[..56]],
            "{snippet}"
        );
        let checks: Vec<&str> = loaded.engine.checks.iter().map(|check| check.id.0.as_str()).collect();
        assert!(checks.contains(&"api/health/db/replica-*"), "{checks:?}");
    }

    #[test]
    fn what_a_target_says_is_not_read_as_a_reference_to_the_environment() {
        let told = ["${HOME}", "a$${HOME}/b", "${", "$${PATH:-x}", "a: \"b\" # \\n", "x\u{2028}é{{}}"];
        let all: Vec<(&str, Outcome)> = told.iter().map(|path| (*path, Outcome::Good)).collect();
        for is_supplier in [false, true] {
            let snippet = snippet("https://api.example.com/health?of=${HOME}", is_supplier, &parts(&all));
            let loaded = accepted(&snippet);
            let components = &loaded.engine.definition.components;
            let names: Vec<&str> = components[1..].iter().map(|component| component.name.plain()).collect();
            assert_eq!(names, told, "{snippet}");
            let (url, parts) = match &loaded.probes.values().next().unwrap().spec {
                Spec::Health(check) => (&check.url, &check.parts),
                Spec::Supplier(check) => (&check.url, &check.parts),
                other => panic!("{other:?}"),
            };
            assert_eq!(url, "https://api.example.com/health?of=${HOME}");
            assert!(told.iter().all(|path| parts.contains_key(*path)), "{parts:?}");
        }
    }

    #[test]
    fn programs_are_told_the_format_the_status_and_each_part() {
        let facts = pharos_probe::Facts {
            format: Some("simple"),
            parts: parts(&[("cache", Outcome::Down)]),
            ..Default::default()
        };
        let result = ProbeResult {
            outcome: Outcome::Partial,
            reason: None,
            stages: pharos_probe::Stages::default(),
            facts,
            queued_us: 0,
        };
        let told = as_json(&result);
        assert_eq!((&told["format"], &told["status"]), (&json!("simple"), &json!("partial_outage")));
        assert_eq!(told["components"], json!([{ "path": "cache", "status": "major_outage" }]));
    }
}
