//! Monitors that ask a host: by a port, an echo, a name, a greeting, or by waiting for a sign of life.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Map, Value, json};

use super::monitor::interval_ms;
use super::record::Record;
use crate::{Haul, ImportError, literal};

/// The longest that a sign of life may be late, in milliseconds.
const GRACE_MAX_MS: u64 = 7 * 24 * 3_600_000;
/// The longest time between two signs of life, in milliseconds.
const PERIOD_MAX_MS: u64 = 40 * 24 * 3_600_000;
/// The records that both know.
const RECORDS: &[&str] = &["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "CAA", "PTR"];

/// A host, where the monitor names one that can be one.
fn host(monitor: &Record, id: &str, haul: &mut Haul) -> Result<Option<String>, ImportError> {
    let text = monitor.text("hostname")?.map(|text| text.trim().trim_matches(['[', ']']).to_owned());
    let is_name = |text: &str| {
        !text.is_empty()
            && text.len() <= 253
            && text.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_".contains(&c))
    };
    let found = text.filter(|text| is_name(text) || text.parse::<IpAddr>().is_ok());
    if found.is_none() {
        haul.leave(monitor.spot_of("hostname"), format!("the check of `{id}`"), "it names no host");
    }
    Ok(found)
}

/// Host and port, where the monitor names them.
fn address(
    monitor: &Record,
    id: &str,
    otherwise: Option<u16>,
    haul: &mut Haul,
) -> Result<Option<String>, ImportError> {
    let Some(host) = host(monitor, id, haul)? else { return Ok(None) };
    let port = match monitor.whole("port")? {
        None => otherwise,
        Some(port) => u16::try_from(port).ok().filter(|port| *port > 0),
    };
    if port.is_none() {
        haul.leave(
            monitor.spot_of("port"),
            format!("the check of `{id}`"),
            "it names no port from 1 to 65535",
        );
    }
    Ok(port.map(|port| join(&host, port)))
}

/// Host and port in one.
pub(super) fn join(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A port that is open.
pub(super) fn port(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let Some(address) = address(monitor, id, None, haul)? else { return Ok(None) };
    Ok(Some(Map::from_iter([("address".to_owned(), Value::from(address))])))
}

/// A host that echoes.
pub(super) fn ping(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let Some(host) = host(monitor, id, haul)? else { return Ok(None) };
    Ok(Some(Map::from_iter([("host".to_owned(), Value::from(host))])))
}

/// A name that leads somewhere.
pub(super) fn dns(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let Some(name) = host(monitor, id, haul)? else { return Ok(None) };
    let mut settings = Map::from_iter([("name".to_owned(), Value::from(name))]);
    let record = monitor.text("dns_resolve_type")?.unwrap_or_else(|| "A".to_owned());
    if !RECORDS.contains(&record.as_str()) {
        haul.leave(
            monitor.spot_of("dns_resolve_type"),
            format!("the check of `{id}`"),
            "it asks for a record that Pharos does not know",
        );
        return Ok(None);
    }
    settings.insert("record".to_owned(), Value::from(record));
    let server = monitor.text("dns_resolve_server")?.unwrap_or_default();
    let first = server.split(',').next().unwrap_or_default().trim();
    match first.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => {
            let port = monitor.whole("port")?.and_then(|port| u16::try_from(port).ok()).unwrap_or(53);
            settings.insert("resolver".to_owned(), Value::from(SocketAddr::new(ip, port).to_string()));
        }
        Err(_) if first.is_empty() => {}
        Err(_) => haul.leave(
            monitor.spot_of("dns_resolve_server"),
            format!("the resolver of `{id}`"),
            "Pharos asks a resolver by its address, or the system's own",
        ),
    }
    leave_conditions(monitor, id, haul)?;
    Ok(Some(settings))
}

/// A sign of life that comes by itself.
pub(super) fn push(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let period_ms = interval_ms(monitor)?.min(PERIOD_MAX_MS);
    let retry_ms = monitor.seconds("retry_interval")?.unwrap_or(period_ms);
    let retries = monitor.whole("maxretries")?.and_then(|retries| u64::try_from(retries).ok()).unwrap_or(0);
    let grace_ms = retry_ms.saturating_mul(retries).min(GRACE_MAX_MS);
    let token = haul.secret(
        &format!("{id} push token"),
        monitor.spot_of("push_token"),
        "the token in the address of the job: make a new one with `openssl rand -hex 24`, and let the job ask for `/push/TOKEN` here",
    );
    let mut settings = Map::from_iter([
        ("token".to_owned(), Value::from(token)),
        ("period".to_owned(), Value::from(format!("{}s", period_ms / 1_000))),
    ]);
    if grace_ms > 0 {
        settings.insert("grace".to_owned(), Value::from(format!("{}s", grace_ms.div_ceil(1_000))));
    }
    Ok(Some(settings))
}

/// A mail server that greets.
pub(super) fn smtp(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let Some(address) = address(monitor, id, Some(25), haul)? else { return Ok(None) };
    let security = match monitor.text("smtp_security")?.as_deref() {
        Some("secure") => "tls",
        Some("nostarttls") => "none",
        _ => "starttls",
    };
    Ok(Some(Map::from_iter([
        ("address".to_owned(), Value::from(address)),
        ("security".to_owned(), Value::from(security)),
    ])))
}

/// Says that conditions beside those of the kind itself are left.
pub(super) fn leave_conditions(monitor: &Record, id: &str, haul: &mut Haul) -> Result<(), ImportError> {
    let conditions = monitor.json("conditions")?.unwrap_or_default();
    if conditions.as_array().is_some_and(|list| !list.is_empty()) {
        let why = "write what is expected under the check's own `expect`";
        haul.leave(monitor.spot_of("conditions"), format!("the conditions of `{id}`"), why);
    }
    Ok(())
}

/// A text of the source as a value.
pub(super) fn value(text: &str) -> Value {
    json!(literal(text))
}
