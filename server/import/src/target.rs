//! What is looked at, by an address: the check that says it, shared by sources that name targets by addresses.

use serde_json::{Map, Value, json};
use url::Url;

use crate::{Check, Haul, Kind, Rules, Spot};

/// A check of an address with a scheme that Pharos can look at, or why it cannot. The address is as the configuration file has it: references
/// to the environment stay, and what is none went through [`crate::literal`]. A password or a token in it becomes a reference, which `stem`
/// names.
///
/// # Errors
/// With why there is no such check.
pub fn check_of(address: &str, (haul, stem, spot): (&mut Haul, &str, &Spot)) -> Result<Check, String> {
    let (scheme, rest) = address.split_once("://").ok_or_else(|| {
        format!(
            "`{}` has no scheme; write it as in https://example.com/ or tcp://db.example.com:5432",
            cut(address)
        )
    })?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let mut settings = Map::new();
    let mut set = |key: &str, value: String| drop(settings.insert(key.to_owned(), value.into()));
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            web(address, &mut settings, (haul, stem, spot))?;
            Kind::Http
        }
        "ws" | "wss" if place.contains('@') => {
            return Err(
                "it holds a name and a password, which a websocket is only shown by a header".to_owned()
            );
        }
        "ws" | "wss" => {
            set("url", without_secrets(address, (haul, stem, spot)));
            Kind::WebSocket
        }
        "tcp" => {
            set("address", with_port(place, None)?);
            Kind::Tcp
        }
        "tls" => {
            set("address", with_port(place, Some(443))?);
            Kind::Tls
        }
        "starttls" | "smtp" => {
            set("address", with_port(place, Some(25))?);
            Kind::Smtp
        }
        "ssh" => {
            set("address", with_port(place, Some(22))?);
            Kind::Ssh
        }
        "grpc" | "grpcs" => {
            let secure = if scheme.eq_ignore_ascii_case("grpcs") { "https" } else { "http" };
            set("url", format!("{secure}://{place}"));
            Kind::Grpc
        }
        "icmp" | "ping" => {
            set("host", place.trim_start_matches('[').trim_end_matches(']').to_owned());
            Kind::Icmp
        }
        "ntp" => {
            set("address", with_port(place, Some(123))?);
            Kind::Ntp
        }
        "dns" => {
            set("name", place.to_owned());
            Kind::Dns
        }
        other => return Err(format!("Pharos has no check for `{}`", cut(other))),
    };
    if place.is_empty() {
        return Err(format!("`{}` names no host", cut(address)));
    }
    match port(place.rsplit_once('@').map_or(place, |(_, host)| host)) {
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => {}
        Some(port) => return Err(format!("`{}` is no port; write one from 1 to 65535", cut(port))),
        None => {}
    }
    Ok(Check { name: kind.as_str().to_owned(), kind, settings, rules: Rules::default() })
}

/// The settings of a look at a web server: a name and a password go where they are shown to it alone.
fn web(
    address: &str,
    settings: &mut Map<String, Value>,
    (haul, stem, spot): (&mut Haul, &str, &Spot),
) -> Result<(), String> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (place, way) = rest.split_at(end);
    let (who, host) = place.rsplit_once('@').map_or((None, place), |(who, host)| (Some(who), host));
    if let Some(who) = who {
        let (user, password) = who.split_once(':').unwrap_or((who, ""));
        let password = if password.contains("${") && !password.contains("$${") {
            password.to_owned()
        } else {
            let what = "the password that stands in the address, without the escapes of addresses";
            haul.secret(&format!("{stem}_password"), spot.clone(), what)
        };
        settings.insert("basic".to_owned(), json!({ "user": user, "password": password }));
    }
    let way = way.split('#').next().unwrap_or_default();
    let url = without_secrets(&format!("{scheme}://{host}{way}"), (haul, stem, spot));
    // What refers to the environment is no whole address yet.
    if !url.contains("${") {
        Url::parse(&url).map_err(|error| format!("`{}` is no address: {error}", cut(address)))?;
    }
    settings.insert("url".to_owned(), url.into());
    Ok(())
}

/// Words by which the name of a parameter, a header or a setting tells that its value is a secret.
const SECRET_WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "apikey", "api_key", "api-key", "access_key", "signature"];

/// Whether a name tells that its value is a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
        || matches!(
            name.as_str(),
            "key" | "auth" | "sig" | "authorization" | "proxy-authorization" | "cookie" | "x-auth"
        )
}

/// An address with references in place of the secrets in its query.
fn without_secrets(address: &str, (haul, stem, spot): (&mut Haul, &str, &Spot)) -> String {
    let Some((before, query)) = address.split_once('?') else { return address.to_owned() };
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        pairs.push(match pair.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() && !value.contains("${") => {
                let what = format!("the parameter `{name}` of the address, escaped as addresses have it");
                let reference = haul.secret(&format!("{stem}_{name}"), spot.clone(), what);
                format!("{name}={reference}")
            }
            _ => pair.to_owned(),
        });
    }
    format!("{before}?{}", pairs.join("&"))
}

fn with_port(place: &str, otherwise: Option<u16>) -> Result<String, String> {
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    match otherwise {
        _ if port(host).is_some() || host.contains("${") => Ok(host.to_owned()),
        Some(port) => Ok(format!("{host}:{port}")),
        None => Err(format!("`{}` has no port", cut(host))),
    }
}

/// The digits that stand where a port does.
fn port(host: &str) -> Option<&str> {
    let (before, port) = host.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (!before.contains(':') || before.ends_with(']'))).then_some(port)
}

/// An address for a message, without what may be a password.
fn cut(text: &str) -> String {
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    text.chars().take(crate::limits::SHOWN_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(address: &str) -> (Result<Check, String>, Haul) {
        let mut haul = Haul::default();
        let check = check_of(address, (&mut haul, "api", &Spot::of("a.csv")));
        (check, haul)
    }

    #[track_caller]
    fn check(address: &str, kind: Kind, settings: Value) {
        let made = made(address).0.unwrap();
        assert_eq!((made.kind, Value::Object(made.settings)), (kind, settings));
    }

    #[test]
    fn an_address_becomes_the_check_of_its_scheme() {
        check("https://example.com/a?b=1", Kind::Http, json!({ "url": "https://example.com/a?b=1" }));
        check("tcp://db.example.com:5432", Kind::Tcp, json!({ "address": "db.example.com:5432" }));
        check("tls://example.com", Kind::Tls, json!({ "address": "example.com:443" }));
        check("icmp://[2001:db8::1]", Kind::Icmp, json!({ "host": "2001:db8::1" }));
        check("grpcs://api.example.com:8443", Kind::Grpc, json!({ "url": "https://api.example.com:8443" }));
    }

    #[test]
    fn a_name_and_a_password_in_an_address_are_not_written_down() {
        let (check, haul) = made("https://jane:s3cret@example.com/");
        let settings = Value::Object(check.unwrap().settings);
        assert_eq!(
            settings,
            json!({ "url": "https://example.com/", "basic": { "user": "jane", "password": "${API_PASSWORD}" } })
        );
        assert!(haul.secrets.contains_key("API_PASSWORD"));
    }

    #[test]
    fn a_token_in_the_query_of_an_address_is_not_written_down() {
        let (check, _) = made("https://example.com/?a=1&token=s3cret");
        assert_eq!(check.unwrap().settings["url"], "https://example.com/?a=1&token=${API_TOKEN}");
    }

    #[test]
    fn a_port_that_is_none_is_said_so() {
        for address in [
            "tcp://h:70000",
            "tls://h:0",
            "wss://h:65536/live",
            "grpc://[2001:db8::1]:99999",
            "https://jane:s3cret@h:0/",
        ] {
            let why = made(address).0.unwrap_err();
            assert!(why.contains("is no port"), "{address}: {why}");
        }
        assert!(made("tcp://[2001:db8::1]:65535").0.is_ok());
        assert!(made("tcp://${HOST}:${PORT}").0.is_ok());
    }

    #[test]
    fn what_has_no_port_or_no_scheme_is_said_so() {
        for address in ["tcp://db.example.com", "example.com", "gopher://example.com", "http://"] {
            assert!(made(address).0.is_err(), "{address}");
        }
    }
}
