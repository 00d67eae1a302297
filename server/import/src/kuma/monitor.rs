//! A monitor as a check: which kind it is, and how its results are judged.

use serde_json::{Map, Value};

use super::record::Record;
use super::{databases, hosts, requests};
use crate::{Check, Haul, ImportError, Kind, Rules};

/// The longest time between two looks that Pharos keeps, in milliseconds.
const INTERVAL_MAX_MS: u64 = 24 * 3_600_000;
/// How often in a row Pharos can ask for a failure to be seen.
const CONFIRMATIONS_MAX: i64 = 100;
/// The time between two looks where the row says nothing: Kuma's own default.
const INTERVAL_DEFAULT_MS: u64 = 60_000;

/// The columns that are asked for. What alerts and accounts are made of is not among them.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "name",
    "description",
    "active",
    "interval",
    "retry_interval",
    "maxretries",
    "timeout",
    "type",
    "parent",
    "weight",
    "url",
    "hostname",
    "port",
    "method",
    "body",
    "headers",
    "http_body_encoding",
    "keyword",
    "invert_keyword",
    "json_path",
    "json_path_operator",
    "expected_value",
    "accepted_statuscodes_json",
    "maxredirects",
    "ignore_tls",
    "upside_down",
    "proxy_id",
    "auth_method",
    "basic_auth_user",
    "basic_auth_pass",
    "dns_resolve_type",
    "dns_resolve_server",
    "conditions",
    "push_token",
    "database_connection_string",
    "database_query",
    "grpc_url",
    "grpc_service_name",
    "grpc_method",
    "grpc_enable_tls",
    "grpc_metadata",
    "ws_subprotocol",
    "smtp_security",
    "packet_size",
    "cache_bust",
    "ip_family",
];

/// A kind of monitor that Pharos has a check for: Kuma's word, ours, and who reads its settings. `None` from it leaves the check, and has said
/// so.
type Reader = fn(&Record, &str, &mut Haul) -> Result<Option<Map<String, Value>>, ImportError>;
const KINDS: &[(&str, Kind, Reader)] = &[
    ("http", Kind::Http, requests::http),
    ("keyword", Kind::Http, requests::http),
    ("json-query", Kind::Http, requests::http),
    ("port", Kind::Tcp, hosts::port),
    ("ping", Kind::Icmp, hosts::ping),
    ("dns", Kind::Dns, hosts::dns),
    ("push", Kind::Push, hosts::push),
    ("smtp", Kind::Smtp, hosts::smtp),
    ("websocket-upgrade", Kind::WebSocket, requests::websocket),
    ("grpc-keyword", Kind::Grpc, requests::grpc),
    ("postgres", Kind::Postgres, databases::postgres),
    ("mysql", Kind::Mysql, databases::mysql),
    ("redis", Kind::Redis, databases::redis),
];

/// How often a monitor is looked at, in milliseconds.
pub(super) fn interval_ms(monitor: &Record) -> Result<u64, ImportError> {
    Ok(monitor.seconds("interval")?.unwrap_or(INTERVAL_DEFAULT_MS).max(1_000))
}

/// How long a monitor may be silent until nobody knows how it is, in milliseconds: three looks and their retries, and a while.
pub(super) fn silence_ms(monitor: &Record) -> Result<u64, ImportError> {
    let longest = interval_ms(monitor)?.max(monitor.seconds("retry_interval")?.unwrap_or(0));
    Ok(longest.saturating_mul(3).max(5 * 60_000))
}

/// Kuma's word for the kind of a monitor.
pub(super) fn kind(monitor: &Record) -> Result<String, ImportError> {
    Ok(monitor.text("type")?.unwrap_or_else(|| "http".to_owned()))
}

/// What the check of a monitor is called, also where none is made of it.
pub(super) fn check_name(monitor: &Record) -> Result<String, ImportError> {
    let kind = kind(monitor)?;
    let known = KINDS.iter().find(|(word, ..)| *word == kind);
    Ok(known.map_or_else(|| crate::slug(&kind), |(_, kind, _)| kind.as_str().to_owned()))
}

/// The check of a monitor; `None` where there is none, which is said in `haul`. `id` is that of its component.
pub(super) fn check(monitor: &Record, id: &str, haul: &mut Haul) -> Result<Option<Check>, ImportError> {
    let word = kind(monitor)?;
    let named = format!("the check of `{id}`");
    let Some((_, kind, reader)) = KINDS.iter().find(|(known, ..)| *known == word) else {
        haul.leave(
            monitor.spot_of("type"),
            named,
            format!("Pharos has no check of the kind `{}`", crate::slug(&word)),
        );
        return Ok(None);
    };
    if monitor.flag("active")? == Some(false) {
        haul.leave(
            monitor.spot_of("active"),
            named,
            "the monitor was paused; write a check when it is to be watched again",
        );
        return Ok(None);
    }
    // Of what Pharos looks at, an answer alone can be asked to be bad.
    if *kind != Kind::Http && refuses_upside_down(monitor, id, haul)? {
        return Ok(None);
    }
    let Some(settings) = reader(monitor, id, haul)? else { return Ok(None) };
    let rules = if *kind == Kind::Push { Rules::default() } else { rules(monitor, id, *kind, haul)? };
    Ok(Some(Check { name: kind.as_str().to_owned(), kind: *kind, settings, rules }))
}

fn rules(monitor: &Record, id: &str, kind: Kind, haul: &mut Haul) -> Result<Rules, ImportError> {
    let asked_ms = interval_ms(monitor)?;
    let interval_ms = asked_ms.min(INTERVAL_MAX_MS);
    if asked_ms > interval_ms {
        haul.leave(
            monitor.spot_of("interval"),
            format!("the interval of `{id}`"),
            "Pharos looks at least once a day",
        );
    }
    // Kuma gives a request four fifths of its interval where nothing is said.
    let own_ms = (kind == Kind::Http).then_some(interval_ms / 5 * 4);
    let timeout_ms = monitor.seconds("timeout")?.or(own_ms).map(|ms| ms.clamp(10, interval_ms));
    let retries = monitor.whole("maxretries")?.unwrap_or(0).clamp(0, CONFIRMATIONS_MAX - 1);
    let retry_ms = monitor.seconds("retry_interval")?;
    if retries > 0 && retry_ms.is_some_and(|ms| ms != asked_ms) {
        haul.leave(
            monitor.spot_of("retry_interval"),
            format!("the interval of retries of `{id}`"),
            "Pharos looks again at the check's own interval",
        );
    }
    Ok(Rules {
        interval_ms: Some(interval_ms),
        timeout_ms,
        down_after: u32::try_from(retries + 1).ok(),
        // Kuma believes the first good answer.
        up_after: Some(1),
        ..Rules::default()
    })
}

/// Whether a monitor asks for the opposite of what it looks for.
pub(super) fn is_upside_down(monitor: &Record) -> Result<bool, ImportError> {
    Ok(monitor.flag("upside_down")? == Some(true))
}

/// Leaves the check of a monitor that is upside down, where its kind cannot say the opposite.
fn refuses_upside_down(monitor: &Record, id: &str, haul: &mut Haul) -> Result<bool, ImportError> {
    let is = is_upside_down(monitor)?;
    if is {
        let why = "it is upside down, and a check of its kind cannot ask for a failure";
        haul.leave(monitor.spot_of("upside_down"), format!("the check of `{id}`"), why);
    }
    Ok(is)
}
