//! Figures of the looks that this node took, under the names of the blackbox exporter, so that dashboards and alerts that know
//! those work here. What was seen and how long it took; never where.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use pharos_engine::CheckId;
use pharos_model::{ComponentId, UnixMs};
use pharos_probe::{Outcome, ProbeResult, Stages};

use crate::limits::PROBE_FIGURES_MS;

/// What one look told.
#[derive(Clone, Debug)]
struct Looked {
    component: ComponentId,
    at: UnixMs,
    is_success: bool,
    is_http: bool,
    is_icmp: bool,
    stages: Stages,
    status: Option<u16>,
    version: Option<&'static str>,
    redirects: u8,
    ends_s: Option<i64>,
    tls_version: Option<&'static str>,
    body_bytes: Option<u64>,
    timeout_ms: u64,
    /// 4 or 6.
    ip: Option<u8>,
}

/// The newest look at each check.
#[derive(Debug, Default)]
pub struct ProbeFigures {
    known: Mutex<BTreeMap<CheckId, Looked>>,
}

/// What a look is told with.
type Value = fn(&Looked) -> Option<f64>;

/// The figures that are one number: name, what it is, and where it comes from.
const SINGLE: &[(&str, &str, Value)] = &[
    ("probe_success", "1 when the last look found all as expected", |look| {
        Some(f64::from(u8::from(look.is_success)))
    }),
    ("probe_duration_seconds", "Time the last look took", |look| look.stages.total_us.map(seconds)),
    ("probe_timeout_seconds", "Time a look may take", |look| Some(ms(look.timeout_ms))),
    ("probe_dns_lookup_time_seconds", "Time the name took to be looked up", |look| {
        look.stages.dns_us.map(seconds)
    }),
    ("probe_http_status_code", "Status of the answer, 0 without one", |look| {
        look.is_http.then(|| f64::from(look.status.unwrap_or(0)))
    }),
    ("probe_http_redirects", "Redirects that were followed", |look| {
        look.is_http.then(|| f64::from(look.redirects))
    }),
    ("probe_http_ssl", "1 when the answer came through TLS", |look| {
        look.is_http.then(|| f64::from(u8::from(look.stages.tls_us.is_some())))
    }),
    ("probe_ip_protocol", "Version of the protocol of the address that answered", |look| {
        look.ip.map(f64::from)
    }),
    ("probe_http_version", "Version of the protocol of the answer", |look| {
        look.version?.strip_prefix("HTTP/")?.parse().ok()
    }),
    ("probe_http_uncompressed_body_length", "Bytes of the body, decoded", |look| {
        look.body_bytes.and_then(|bytes| u32::try_from(bytes).ok()).map(f64::from)
    }),
    ("probe_ssl_earliest_cert_expiry", "When the certificate ends, in seconds since 1970", |look| {
        whole(look.ends_s?)
    }),
];

/// A phase by its name, and how long it took.
type Phase = (&'static str, fn(&Stages) -> Option<u32>);

/// The phases of an echo by the exporter's names.
const OF_ECHO: [Phase; 3] = [
    ("resolve", |stages| stages.dns_us),
    ("setup", |stages| stages.connect_us),
    ("rtt", |stages| stages.first_byte_us),
];

/// The phases of an answer by the exporter's names.
const PHASES: [Phase; 5] = [
    ("resolve", |stages| stages.dns_us),
    ("connect", |stages| stages.connect_us),
    ("tls", |stages| stages.tls_us),
    ("processing", |stages| stages.first_byte_us),
    ("transfer", |stages| stages.body_us),
];

/// Seconds since 1970 as a number that holds them, for some million years.
fn whole(seconds: i64) -> Option<f64> {
    let days = i32::try_from(seconds.div_euclid(86_400)).ok()?;
    let rest = i32::try_from(seconds.rem_euclid(86_400)).ok()?;
    Some(f64::from(days) * 86_400.0 + f64::from(rest))
}

fn seconds(us: u32) -> f64 {
    f64::from(us) / 1e6
}

fn ms(ms: u64) -> f64 {
    u32::try_from(ms).map_or(f64::MAX, f64::from) / 1e3
}

impl ProbeFigures {
    /// Notes a look at a check of a component; `kind` is the word for its kind. What speaks for no component is nobody's figure.
    pub fn note(
        &self,
        (check, component): (&CheckId, Option<ComponentId>),
        (kind, timeout_ms): (&str, u64),
        at: UnixMs,
        result: &ProbeResult,
    ) {
        let Some(component) = component else { return };
        let looked = Looked {
            component,
            at,
            is_success: matches!(result.outcome, Outcome::Good | Outcome::Degraded),
            is_http: matches!(kind, "http" | "health" | "supplier"),
            is_icmp: kind == "icmp",
            stages: result.stages,
            status: result.facts.status,
            version: result.facts.protocol,
            redirects: result.facts.redirects,
            ends_s: result.facts.certificate_ends_s,
            tls_version: result.facts.tls_version,
            body_bytes: result.facts.body_bytes,
            timeout_ms,
            ip: result.facts.address.map(|address| if address.is_ipv4() { 4 } else { 6 }),
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(check.clone(), looked);
    }

    /// Writes the figures of all checks that were looked at lately, as of `now`, and forgets the others.
    pub fn write(&self, now: UnixMs, out: &mut String) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, look| now.since_ms(look.at) < PROBE_FIGURES_MS);
        for (name, help, value) in SINGLE {
            let mut lines = String::new();
            for (check, look) in known.iter() {
                if let Some(value) = value(look) {
                    // Writing to memory cannot fail.
                    let _written = writeln!(lines, "{name}{{{}}} {value}", labels(check, look));
                }
            }
            family(out, (name, help), &lines);
        }
        let mut lines = String::new();
        let name = "probe_tls_version_info";
        for (check, look) in known.iter() {
            if let Some(version) = look.tls_version {
                let _written = writeln!(lines, "{name}{{{},version=\"{version}\"}} 1", labels(check, look));
            }
        }
        family(out, (name, "1 for the version of TLS"), &lines);
        let http = known.iter().filter(|(_, look)| look.is_http);
        phases(out, ("probe_http_duration_seconds", "Time each phase of the answer took"), &PHASES, http);
        let icmp = known.iter().filter(|(_, look)| look.is_icmp);
        phases(out, ("probe_icmp_duration_seconds", "Time each phase of the echo took"), &OF_ECHO, icmp);
    }
}

/// A family with a line for each phase of each look; what there was not took no time.
fn phases<'a>(
    out: &mut String,
    (name, help): (&str, &str),
    phases: &[Phase],
    looks: impl Iterator<Item = (&'a CheckId, &'a Looked)>,
) {
    let mut lines = String::new();
    for (check, look) in looks {
        for (phase, time) in phases {
            let took = time(&look.stages).map_or(0.0, seconds);
            let _written = writeln!(lines, "{name}{{{},phase=\"{phase}\"}} {took}", labels(check, look));
        }
    }
    family(out, (name, help), &lines);
}

/// A family with its lines; nothing when there are none.
fn family(out: &mut String, (name, help): (&str, &str), lines: &str) {
    if !lines.is_empty() {
        let _written = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} gauge\n{}", lines.trim_end());
    }
}

fn labels(check: &CheckId, look: &Looked) -> String {
    let check = check.0.replace(['\\', '"', '\n'], "_");
    format!("component=\"{}\",check=\"{check}\"", look.component)
}

/// The older text format, for readers that do not know OpenMetrics: counters are named in full, and there is no end and no unit.
pub fn older(text: &str) -> String {
    let mut counters: Vec<&str> = Vec::new();
    for line in text.lines() {
        counters.extend(line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" counter")));
    }
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF" && !line.starts_with("# UNIT ")) {
        let mut words = line.splitn(4, ' ');
        let head = (words.next(), words.next(), words.next(), words.next());
        match head {
            (Some("#"), Some(what @ ("HELP" | "TYPE")), Some(name), rest) if counters.contains(&name) => {
                let _written = writeln!(out, "# {what} {name}_total {}", rest.unwrap_or_default());
            }
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_probe::Facts;

    fn result(outcome: Outcome) -> ProbeResult {
        let stages = Stages { dns_us: Some(1_500), total_us: Some(20_000), ..Stages::default() };
        let facts = Facts {
            status: Some(200),
            protocol: Some("HTTP/1.1"),
            certificate_ends_s: Some(1_795_442_585),
            tls_version: Some("TLS 1.3"),
            body_bytes: Some(12),
            ..Facts::default()
        };
        ProbeResult { outcome, reason: None, stages, facts, queued_us: 0 }
    }

    fn written(kind: &str, outcome: Outcome, now: i64) -> String {
        let figures = ProbeFigures::default();
        let (check, component) = (CheckId("api/http".to_owned()), ComponentId::new("api").ok());
        figures.note((&check, component), (kind, 5_000), UnixMs(0), &result(outcome));
        let mut out = String::new();
        figures.write(UnixMs(now), &mut out);
        out
    }

    #[test]
    fn a_look_is_told_under_the_names_of_the_exporter() {
        let text = written("http", Outcome::Good, 0);
        for line in [
            "probe_success{component=\"api\",check=\"api/http\"} 1\n",
            "probe_duration_seconds{component=\"api\",check=\"api/http\"} 0.02\n",
            "probe_http_status_code{component=\"api\",check=\"api/http\"} 200\n",
            "probe_http_version{component=\"api\",check=\"api/http\"} 1.1\n",
            "probe_http_uncompressed_body_length{component=\"api\",check=\"api/http\"} 12\n",
            "probe_ssl_earliest_cert_expiry{component=\"api\",check=\"api/http\"} 1795442585\n",
            "probe_tls_version_info{component=\"api\",check=\"api/http\",version=\"TLS 1.3\"} 1\n",
            "probe_http_duration_seconds{component=\"api\",check=\"api/http\",phase=\"resolve\"} 0.0015\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn a_look_that_failed_or_is_of_another_kind_says_no_more_than_it_saw() {
        assert!(
            written("http", Outcome::Down, 0)
                .contains("probe_success{component=\"api\",check=\"api/http\"} 0\n")
        );
        assert!(!written("tcp", Outcome::Good, 0).contains("probe_http_status_code"));
        assert!(!written("tcp", Outcome::Good, 0).contains("probe_icmp_duration_seconds"));
    }

    #[test]
    fn an_echo_has_the_phases_that_the_exporter_knows() {
        let text = written("icmp", Outcome::Good, 0);
        for (phase, took) in [("resolve", "0.0015"), ("setup", "0"), ("rtt", "0")] {
            let labels = format!("component=\"api\",check=\"api/http\",phase=\"{phase}\"");
            let line = format!("probe_icmp_duration_seconds{{{labels}}} {took}\n");
            assert!(text.contains(&line), "{line}: {text}");
        }
        assert!(!text.contains("probe_http_duration_seconds"), "{text}");
    }

    #[test]
    fn what_was_not_looked_at_for_long_is_forgotten() {
        let late = i64::try_from(PROBE_FIGURES_MS).unwrap();
        assert_eq!(written("http", Outcome::Good, late), "");
    }

    #[test]
    fn the_older_format_names_counters_in_full_and_has_no_end() {
        let text = "# HELP a Things.\n# TYPE a counter\na_total{x=\"1\"} 2\n# TYPE b gauge\n# UNIT b seconds\nb 1\n# EOF\n";
        let expected =
            "# HELP a_total Things.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n# TYPE b gauge\nb 1\n";
        assert_eq!(older(text), expected);
    }
}
