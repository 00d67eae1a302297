//! `pharos probe grpc://…`: the health of a gRPC server, of one of its services, and of all that it lists.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::bail;
use garde::Validate;
use pharos_probe::grpc::{GrpcCheck, services};
use pharos_probe::{Part, ProbeResult, Spec};
use serde_json::{Value, json};

use super::super::remote::print;
use super::{Arguments, fresh, host_of, tree, value};
use crate::finding::status_of;
use crate::lifecycle::prober;

/// What it is called that such a server speaks.
const FORMAT: &str = "grpc.health.v1";

/// A gRPC server, and the service that is meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address, as the configuration has it.
    url: String,
    /// The service; empty for the whole server.
    service: String,
}

impl Server {
    /// Reads `grpc://host:port/service`; `None` for any other address.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "grpc" => "http",
            "grpcs" => "https",
            _ => return None,
        };
        let (host, service) = rest.split_once('/').unwrap_or((rest, ""));
        Some(Self { url: format!("{scheme}://{host}"), service: service.trim_end_matches('/').to_owned() })
    }
}

/// Asks once, and tells what was answered.
///
/// # Errors
/// When what is asked for cannot be asked.
pub async fn run(arguments: &Arguments, server: &Server, timeout_ms: u64) -> anyhow::Result<()> {
    if arguments.format.is_some() {
        bail!("--format: a gRPC server speaks {FORMAT} alone; leave the format out");
    }
    let headers = arguments.headers()?;
    let check = json!({ "url": server.url, "service": server.service, "headers": headers });
    let check: GrpcCheck = serde_json::from_value(check)?;
    check.validate()?;
    let prober = prober(None)?;
    let result = prober.probe(&Spec::Grpc(check.clone()), timeout_ms).await;
    // One that cannot be asked for one thing is not asked for another.
    let is_reached = result.facts.status == Some(200);
    let listed = if is_reached { services(&prober, &check, timeout_ms).await.ok().flatten() } else { None };
    let told = as_json(&result, listed.as_deref());
    print(arguments.json, &told, |_| as_text(&arguments.url, server, &result, listed.as_deref()));
    Ok(())
}

fn as_json(result: &ProbeResult, listed: Option<&[Part]>) -> Value {
    let services = listed.map(|listed| {
        let told = |part: &Part| json!({ "service": part.path, "status": status_of(part.outcome).as_str() });
        listed.iter().map(told).collect::<Vec<Value>>()
    });
    json!({
        "format": (result.facts.status == Some(200)).then_some(FORMAT),
        "status": status_of(result.outcome).as_str(),
        "reason": result.reason.as_ref().map(|reason| &reason.sentence),
        "services": services,
    })
}

fn as_text(url: &str, server: &Server, result: &ProbeResult, listed: Option<&[Part]>) -> String {
    let took_ms = f64::from(result.stages.total_us.unwrap_or(0)) / 1_000.0;
    let mut text = format!("{url}\n");
    if result.facts.status == Some(200) {
        let _ = writeln!(text, "answered after {took_ms:.1} ms\nread as: {FORMAT}");
    }
    let _ = writeln!(text, "status:  {}", status_of(result.outcome).as_str());
    if let Some(reason) = &result.reason {
        let _ = writeln!(text, "because: {}", reason.sentence);
    }
    if result.facts.status != Some(200) {
        return text.trim_end().to_owned();
    }
    let listed = listed.unwrap_or_default();
    if !listed.is_empty() {
        let _ = writeln!(text, "\n{}", tree(listed));
    }
    let _ = write!(text, "\nTo watch it, put this into the configuration:\n\n");
    text + snippet(server, listed).trim_end()
}

/// A configuration in which the server or the service that is meant has a component, and each that is listed one of its own.
fn snippet(server: &Server, listed: &[Part]) -> String {
    let host = host_of(&server.url);
    let others = listed.iter().map(|part| part.path.as_str()).filter(|name| *name != server.service);
    let mut taken = BTreeSet::new();
    let mut text = String::from("components:\n");
    for service in std::iter::once(server.service.as_str()).chain(others) {
        let name = if service.is_empty() { host } else { service };
        let label = name.rsplit('.').next().filter(|_| !service.is_empty());
        let label = label.or_else(|| host.split('.').next()).unwrap_or_default();
        let is_name = label.starts_with(|c: char| c.is_ascii_alphabetic());
        let id = fresh(if is_name { label } else { "service" }, "service", &mut taken);
        let _ = write!(
            text,
            "  - id: {id}\n    name: {}\n    checks:\n      - grpc:\n          url: {}\n",
            value(name),
            value(&server.url)
        );
        if !service.is_empty() {
            let _ = writeln!(text, "          service: {}", value(service));
        }
        let _ = writeln!(text, "          watch: true");
    }
    text
}

#[cfg(test)]
mod tests {
    use pharos_probe::Outcome;

    use super::super::tests::accepted;
    use super::*;

    #[test]
    fn an_address_names_the_server_and_the_service() {
        let server =
            |url: &str, service: &str| Some(Server { url: url.to_owned(), service: service.to_owned() });
        assert_eq!(Server::parse("grpc://a:50051"), server("http://a:50051", ""));
        assert_eq!(Server::parse("grpcs://a.example.com/"), server("https://a.example.com", ""));
        assert_eq!(Server::parse("GRPC://a:1/shop.v1.Orders"), server("http://a:1", "shop.v1.Orders"));
        assert_eq!(Server::parse("https://a/health"), None);
        assert_eq!(Server::parse("a:50051"), None);
    }

    #[test]
    fn the_snippet_watches_what_was_meant_and_each_service_that_is_listed() {
        let part =
            |path: &str| Part { path: path.to_owned(), word: "SERVING".to_owned(), outcome: Outcome::Good };
        let server = Server::parse("grpcs://orders.example.com:8443/shop.v1.Orders").unwrap();
        let listed = [part("shop.v1.Orders"), part("shop.v2.Orders"), part("shop.v1.Carts")];
        let loaded = accepted(&snippet(&server, &listed));
        let components = loaded.engine.definition.components.iter();
        let ids: Vec<&str> = components.map(|component| component.id.as_str()).collect();
        assert_eq!(ids, ["orders", "orders-2", "carts"]);
        assert!(loaded.probes.values().all(|probe| matches!(&probe.spec, Spec::Grpc(check) if check.watch)));
    }

    #[test]
    fn what_a_server_says_is_not_read_as_a_reference_to_the_environment() {
        let part = Part { path: "${HOME}.Orders".to_owned(), word: String::new(), outcome: Outcome::Good };
        let server = Server::parse("grpc://orders.example.com/$${HOME}").unwrap();
        let loaded = accepted(&snippet(&server, &[part]));
        let services = loaded.probes.values().map(|probe| match &probe.spec {
            Spec::Grpc(check) => check.service.as_str(),
            other => panic!("{other:?}"),
        });
        let services: BTreeSet<&str> = services.collect();
        assert_eq!(services, BTreeSet::from(["$${HOME}", "${HOME}.Orders"]));
    }
}
