//! By which revision of the protocol a request is to be answered, and whether its head says what its body does.

use base64::Engine;
use http::header::HeaderMap;
use serde_json::Value;

use super::message::{Fault, Request, shortened};

/// The revision in which each request says everything about itself.
pub const STATELESS: &str = "2026-07-28";
/// Those that begin with a handshake, the newest first.
pub const HANDSHAKES: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/// All that are spoken here.
pub const VERSIONS: [&str; 4] = [STATELESS, HANDSHAKES[0], HANDSHAKES[1], HANDSHAKES[2]];

/// Where a request says by which revision it is made.
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// Where it says what its sender can do.
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

const VERSION_HEADER: &str = "MCP-Protocol-Version";
const METHOD_HEADER: &str = "Mcp-Method";
const NAME_HEADER: &str = "Mcp-Name";

/// How a request is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// As since each request says everything about itself.
    Stateless,
    /// As after a handshake. Nothing is kept of it.
    Handshake,
}

/// A header that may stand there once.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        _ => Err(Fault::HeaderMismatch(name)),
    }
}

/// What a header says that may be wrapped because it is no plain text.
fn unwrapped(text: &str) -> Option<String> {
    let wrapped = text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let Some(wrapped) = wrapped else { return Some(text.to_owned()) };
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(wrapped).ok()?).ok()
}

impl Era {
    /// How a request is to be answered.
    ///
    /// # Errors
    /// When its revision is not spoken here, or its head does not say what its body does.
    pub fn of(request: &Request, headers: &HeaderMap) -> Result<Self, Fault> {
        let said = single(headers, VERSION_HEADER)?;
        let meta = request.params.get("_meta").and_then(Value::as_object);
        let stated = meta.and_then(|meta| meta.get(VERSION_KEY));
        let (Some(meta), Some(stated)) = (meta, stated) else { return Self::handshake(said) };
        if !meta.get(CAPABILITIES_KEY).is_some_and(Value::is_object) {
            return Err(missing(CAPABILITIES_KEY));
        }
        let stated = stated.as_str().ok_or_else(|| missing(VERSION_KEY))?;
        if said != Some(stated) {
            return Err(Fault::HeaderMismatch(VERSION_HEADER));
        }
        if single(headers, METHOD_HEADER)? != Some(&*request.method) {
            return Err(Fault::HeaderMismatch(METHOD_HEADER));
        }
        let named = match request.method.as_str() {
            "tools/call" | "prompts/get" => request.params.get("name"),
            "resources/read" => request.params.get("uri"),
            _ => None,
        };
        if let Some(Value::String(named)) = named
            && single(headers, NAME_HEADER)?.and_then(unwrapped).as_ref() != Some(named)
        {
            return Err(Fault::HeaderMismatch(NAME_HEADER));
        }
        if stated == STATELESS { Ok(Self::Stateless) } else { Err(Fault::Version(shortened(stated))) }
    }

    /// Of a request that says nothing of its revision in its body. The first of them had no header for it.
    fn handshake(said: Option<&str>) -> Result<Self, Fault> {
        match said {
            Some(STATELESS) => Err(missing(VERSION_KEY)),
            Some(said) if !HANDSHAKES.contains(&said) => Err(Fault::Version(shortened(said))),
            _ => Ok(Self::Handshake),
        }
    }
}

/// Whether what wants no answer is of a revision that is spoken here, as far as its head names one.
///
/// # Errors
/// When it is not, or is named twice.
pub fn admits(headers: &HeaderMap) -> Result<(), Fault> {
    match single(headers, VERSION_HEADER)? {
        Some(said) if !VERSIONS.contains(&said) => Err(Fault::Version(shortened(said))),
        _ => Ok(()),
    }
}

/// Whether who sends a request with this head may send several messages in one body: the revision that had no header for itself knows batches,
/// and none after it does.
pub fn takes_batches(headers: &HeaderMap) -> bool {
    let [.., first] = HANDSHAKES;
    single(headers, VERSION_HEADER).is_ok_and(|said| said.is_none_or(|said| said == first))
}

fn missing(key: &str) -> Fault {
    Fault::Params(format!("`params._meta` does not say `{key}`"))
}

/// The revision that both speak, as the handshake has it: the one that was proposed, else the newest of ours.
pub fn negotiated(proposed: Option<&str>) -> &'static str {
    HANDSHAKES.into_iter().find(|known| Some(*known) == proposed).unwrap_or(HANDSHAKES[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(method: &str, params: &Value) -> Request {
        Request { id: json!(1), method: method.to_owned(), params: params.as_object().cloned().unwrap() }
    }

    fn head(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn meta(version: &str) -> Value {
        json!({ VERSION_KEY: version, CAPABILITIES_KEY: {} })
    }

    fn call(name: &str) -> Request {
        request("tools/call", &json!({ "name": name, "_meta": meta(STATELESS) }))
    }

    #[test]
    fn a_request_that_says_nothing_of_itself_is_of_a_handshake() {
        let ping = request("ping", &json!({}));
        for pairs in [vec![], vec![("mcp-protocol-version", "2025-11-25")]] {
            assert_eq!(Era::of(&ping, &head(&pairs)).unwrap(), Era::Handshake, "{pairs:?}");
        }
        let other = Era::of(&ping, &head(&[("mcp-protocol-version", "1999-01-01")]));
        assert!(matches!(other, Err(Fault::Version(said)) if said == "1999-01-01"));
        let silent = Era::of(&ping, &head(&[("mcp-protocol-version", STATELESS)]));
        assert!(matches!(silent, Err(Fault::Params(_))));
    }

    #[test]
    fn the_head_must_say_what_the_body_says() {
        let version = ("mcp-protocol-version", STATELESS);
        let (method, name) = (("mcp-method", "tools/call"), ("mcp-name", "get_status"));
        let good = Era::of(&call("get_status"), &head(&[version, method, name]));
        assert_eq!(good.unwrap(), Era::Stateless);
        for (pairs, wrong) in [
            (vec![method, name], VERSION_HEADER),
            (vec![("mcp-protocol-version", "2025-11-25"), method, name], VERSION_HEADER),
            (vec![version, version, method, name], VERSION_HEADER),
            (vec![version, name], METHOD_HEADER),
            (vec![version, ("mcp-method", "tools/list"), name], METHOD_HEADER),
            (vec![version, method], NAME_HEADER),
            (vec![version, method, ("mcp-name", "open_incident")], NAME_HEADER),
            (vec![version, method, ("mcp-name", "=?base64?!?=")], NAME_HEADER),
        ] {
            let found = Era::of(&call("get_status"), &head(&pairs));
            assert!(
                matches!(&found, Err(Fault::HeaderMismatch(name)) if *name == wrong),
                "{pairs:?}: {found:?}"
            );
        }
    }

    #[test]
    fn a_name_that_no_header_can_carry_comes_wrapped() {
        let pairs = [
            ("mcp-protocol-version", STATELESS),
            ("mcp-method", "tools/call"),
            ("mcp-name", "=?base64?w6Q=?="),
        ];
        assert_eq!(Era::of(&call("ä"), &head(&pairs)).unwrap(), Era::Stateless);
    }

    #[test]
    fn a_revision_of_the_future_is_told_which_there_are() {
        let future = request("tools/list", &json!({ "_meta": meta("2031-01-01") }));
        let pairs = [("mcp-protocol-version", "2031-01-01"), ("mcp-method", "tools/list")];
        assert!(matches!(Era::of(&future, &head(&pairs)), Err(Fault::Version(_))));
        let careless = request("tools/list", &json!({ "_meta": { VERSION_KEY: STATELESS } }));
        let pairs = [("mcp-protocol-version", STATELESS), ("mcp-method", "tools/list")];
        assert!(matches!(Era::of(&careless, &head(&pairs)), Err(Fault::Params(_))));
    }

    #[test]
    fn a_handshake_ends_in_a_revision_that_both_speak() {
        assert_eq!(negotiated(Some("2025-06-18")), "2025-06-18");
        for other in [None, Some("2024-11-05"), Some(STATELESS), Some("nonsense")] {
            assert_eq!(negotiated(other), "2025-11-25", "{other:?}");
        }
    }
}
