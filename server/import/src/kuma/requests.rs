//! Monitors that ask over HTTP: a page, a word in it, a value of JSON, a WebSocket, or a call of gRPC.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::hosts::{leave_conditions, value};
use super::monitor::is_upside_down;
use super::record::Record;
use super::secrets::{is_secret_header, settings, tells};
use super::statuses::{Good, good};
use crate::{Haul, ImportError};

/// The most redirects that are followed.
const REDIRECTS_MAX: i64 = 10;
/// Headers of a request, and bytes of a text that an answer must hold.
const HEADERS_MAX: usize = 50;
const KEYWORD_BYTES_MAX: usize = 4_096;
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

fn leave(monitor: &Record, key: &str, id: &str, why: &str, haul: &mut Haul) {
    haul.leave(monitor.spot_of(key), format!("the check of `{id}`"), why);
}

/// A page, a word in it, or a value of it.
pub(super) fn http(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let method = monitor.text("method")?.unwrap_or_else(|| "GET".to_owned()).to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        leave(monitor, "method", id, "its method is none that Pharos asks by", haul);
        return Ok(None);
    }
    let url = monitor.text("url")?.unwrap_or_default();
    let Some(mut settings) = settings(haul, id, &url, &["http", "https"], &monitor.spot_of("url")) else {
        leave(
            monitor,
            "url",
            id,
            "it has no address that begins with http:// or https://, or one with `${` in it",
            haul,
        );
        return Ok(None);
    };
    if method != "GET" {
        settings.insert("method".to_owned(), Value::from(method));
    }
    if !login(monitor, id, &mut settings, haul)? {
        return Ok(None);
    }
    let headers = headers(monitor, "headers", id, haul)?;
    let headers = body(monitor, id, headers, &mut settings, haul)?;
    if !headers.is_empty() {
        settings.insert("headers".to_owned(), json!(headers));
    }
    let redirects = monitor.whole("maxredirects")?.unwrap_or(REDIRECTS_MAX).clamp(0, REDIRECTS_MAX);
    settings.insert("redirects".to_owned(), Value::from(redirects));
    let Some(expect) = expect(monitor, id, haul)? else { return Ok(None) };
    if !expect.is_empty() {
        settings.insert("expect".to_owned(), Value::Object(expect));
    }
    for (key, why) in [
        ("ignore_tls", "there any certificate was taken; here it must be one that can be trusted"),
        ("cache_bust", "there each address got a random parameter; Pharos asks for the address as it is"),
    ] {
        if monitor.flag(key)? == Some(true) {
            haul.leave(monitor.spot_of(key), format!("a setting of `{id}`"), why);
        }
    }
    if monitor.whole("proxy_id")?.is_some() {
        let why = "Pharos asks without a proxy; let an agent ask from where it can reach the service";
        haul.leave(monitor.spot_of("proxy_id"), format!("the proxy of `{id}`"), why);
    }
    leave_conditions(monitor, id, haul)?;
    Ok(Some(settings))
}

/// How the request shows who asks. No where it is a way that Pharos does not know.
fn login(
    monitor: &Record,
    id: &str,
    settings: &mut Map<String, Value>,
    haul: &mut Haul,
) -> Result<bool, ImportError> {
    let way = monitor.text("auth_method")?;
    if way.as_deref().is_some_and(|way| !matches!(way, "basic" | "null")) {
        leave(
            monitor,
            "auth_method",
            id,
            "it signs in by OAuth2, NTLM or a certificate, which Pharos does not",
            haul,
        );
        return Ok(false);
    }
    if let Some(user) = monitor.text("basic_auth_user")? {
        let spot = monitor.spot_of("basic_auth_pass");
        let password = haul.secret(&format!("{id} password"), spot, "the password that the request shows");
        settings.insert("basic".to_owned(), json!({ "user": crate::literal(&user), "password": password }));
    }
    Ok(true)
}

/// The headers of a request, those with telling names as references.
fn headers(
    monitor: &Record,
    key: &str,
    id: &str,
    haul: &mut Haul,
) -> Result<BTreeMap<String, Value>, ImportError> {
    let mut headers = BTreeMap::new();
    let Some(Value::Object(given)) = monitor.json(key)? else { return Ok(headers) };
    for (name, given) in given {
        let text = match &given {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => given.to_string(),
            _ => String::new(),
        };
        let is_name = !name.is_empty()
            && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c));
        let is_text = text.chars().all(|c| !c.is_control() && c.is_ascii());
        if !is_name || !is_text || headers.len() >= HEADERS_MAX {
            haul.leave(
                monitor.spot_of(key),
                format!("a header of `{id}`"),
                "it has a name or a value that no header may have",
            );
        } else if is_secret_header(&name) {
            let spot =
                crate::Spot { path: format!("{}.{name}", monitor.spot_of(key).path), ..monitor.spot() };
            headers.insert(
                name.clone(),
                Value::from(haul.secret(&format!("{id} {name}"), spot, format!("the header `{name}`"))),
            );
        } else {
            headers.insert(name, value(&text));
        }
    }
    Ok(headers)
}

/// The body of a request and the header that says what it is.
fn body(
    monitor: &Record,
    id: &str,
    mut headers: BTreeMap<String, Value>,
    settings: &mut Map<String, Value>,
    haul: &mut Haul,
) -> Result<BTreeMap<String, Value>, ImportError> {
    let Some(body) = monitor.text("body")? else { return Ok(headers) };
    let body = if tells(&body) {
        let what = "the body of the request, which seems to hold a secret";
        Value::from(haul.secret(&format!("{id} body"), monitor.spot_of("body"), what))
    } else {
        value(&body)
    };
    settings.insert("body".to_owned(), body);
    let kind = match monitor.text("http_body_encoding")?.as_deref() {
        Some("form") => "application/x-www-form-urlencoded",
        Some("xml") => "text/xml; charset=utf-8",
        _ => "application/json",
    };
    if !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) && headers.len() < HEADERS_MAX {
        headers.insert("Content-Type".to_owned(), Value::from(kind));
    }
    Ok(headers)
}

/// What the answer must be. `None` where that cannot be said, which is told.
fn expect(monitor: &Record, id: &str, haul: &mut Haul) -> Result<Option<Map<String, Value>>, ImportError> {
    let kind = super::monitor::kind(monitor)?;
    let upside_down = is_upside_down(monitor)?;
    let mut expect = Map::new();
    match good(monitor, upside_down && kind == "http")? {
        Good::Usual => {}
        Good::These(statuses) => drop(expect.insert("status".to_owned(), json!(statuses))),
        Good::TooMany => {
            leave(monitor, "accepted_statuscodes_json", id, "it takes more than 50 statuses as good", haul);
            return Ok(None);
        }
        Good::Nothing => {
            leave(monitor, "accepted_statuscodes_json", id, "it takes no status as good", haul);
            return Ok(None);
        }
    }
    match kind.as_str() {
        "keyword" => {
            let keyword = monitor.text("keyword")?.filter(|keyword| keyword.len() <= KEYWORD_BYTES_MAX);
            let Some(keyword) = keyword else {
                leave(
                    monitor,
                    "keyword",
                    id,
                    "it looks for no keyword, or for one of more than 4096 bytes",
                    haul,
                );
                return Ok(None);
            };
            let inverted = monitor.flag("invert_keyword")? == Some(true);
            let key = if inverted == upside_down { "body_contains" } else { "body_lacks" };
            expect.insert(key.to_owned(), value(&keyword));
        }
        "json-query" => {
            let Some(wanted) = json_value(monitor)?.filter(|_| !upside_down) else {
                leave(monitor, "json_path", id, "its query is more than a path to a value", haul);
                return Ok(None);
            };
            expect.insert("json".to_owned(), json!([wanted]));
        }
        _ => {}
    }
    if upside_down {
        let why = "there a service that cannot be reached is well; here it has failed";
        haul.leave(monitor.spot_of("upside_down"), format!("a part of the check of `{id}`"), why);
    }
    Ok(Some(expect))
}

/// A value of JSON, where the query (`JSONata`) is nothing but a path to it.
fn json_value(monitor: &Record) -> Result<Option<Value>, ImportError> {
    let query = monitor.text("json_path")?.unwrap_or_default();
    let is = match monitor.text("json_path_operator")?.as_deref() {
        None | Some("==") => "==",
        Some("!=") => "!=",
        Some("<") => "<",
        Some("<=") => "<=",
        Some(">") => ">",
        Some(">=") => ">=",
        Some("contains") => "contains",
        Some(_) => return Ok(None),
    };
    let Some(path) = path(query.trim()) else { return Ok(None) };
    let wanted = monitor.text("expected_value")?.unwrap_or_default();
    Ok(Some(json!({ "path": path, "is": is, "value": crate::literal(&wanted) })))
}

/// A path of `JSONata` that names keys and places in lists, as a JSON path (RFC 9535).
fn path(query: &str) -> Option<String> {
    let query = query.strip_prefix("$.").unwrap_or(query);
    let mut path = "$".to_owned();
    for step in query.split('.') {
        let (key, places) = step.split_once('[').map_or((step, ""), |(key, rest)| (key, rest));
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        path.push('.');
        path.push_str(key);
        if step.contains('[') {
            let place: usize = places.strip_suffix(']')?.parse().ok()?;
            // A string takes whatever is written to it.
            let _written = write!(path, "[{place}]");
        }
    }
    Some(path)
}

/// A WebSocket that opens.
pub(super) fn websocket(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let url = monitor.text("url")?.unwrap_or_default();
    let Some(mut settings) = settings(haul, id, &url, &["ws", "wss"], &monitor.spot_of("url")) else {
        leave(
            monitor,
            "url",
            id,
            "it has no address that begins with ws:// or wss://, or a password in it",
            haul,
        );
        return Ok(None);
    };
    let mut headers = headers(monitor, "headers", id, haul)?;
    if let Some(protocol) = monitor.text("ws_subprotocol")? {
        headers.insert("Sec-WebSocket-Protocol".to_owned(), value(&protocol));
    }
    if !headers.is_empty() {
        settings.insert("headers".to_owned(), json!(headers));
    }
    Ok(Some(settings))
}

/// A server of gRPC, where the call is the one that asks for its health.
pub(super) fn grpc(
    monitor: &Record,
    id: &str,
    haul: &mut Haul,
) -> Result<Option<Map<String, Value>>, ImportError> {
    let service = monitor.text("grpc_service_name")?.unwrap_or_default();
    let method = monitor.text("grpc_method")?.unwrap_or_default();
    let is_health = matches!(service.as_str(), "Health" | "grpc.health.v1.Health")
        && method.eq_ignore_ascii_case("check");
    if !is_health {
        leave(monitor, "grpc_method", id, "Pharos calls grpc.health.v1.Health alone", haul);
        return Ok(None);
    }
    let target = monitor.text("grpc_url")?.unwrap_or_default();
    let scheme = if monitor.flag("grpc_enable_tls")? == Some(true) { "grpcs" } else { "grpc" };
    let text = format!("{scheme}://{}", target.trim());
    let is_host = !target.contains(['/', '@']);
    let made = settings(haul, id, &text, &["grpc", "grpcs"], &monitor.spot_of("grpc_url"));
    let Some(mut settings) = made.filter(|_| is_host) else {
        leave(monitor, "grpc_url", id, "its address is not that of a server alone", haul);
        return Ok(None);
    };
    let headers = headers(monitor, "grpc_metadata", id, haul)?;
    if !headers.is_empty() {
        settings.insert("headers".to_owned(), json!(headers));
    }
    Ok(Some(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_a_path_becomes_one() {
        for (query, wanted) in [
            ("status", Some("$.status")),
            ("$.data.queue_length", Some("$.data.queue_length")),
            ("services[2].state", Some("$.services[2].state")),
            ("$", None),
            ("$sum(items.price)", None),
            ("items[price > 3]", None),
            ("a..b", None),
            ("", None),
        ] {
            assert_eq!(path(query).as_deref(), wanted, "{query}");
        }
    }
}
