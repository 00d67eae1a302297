//! What is looked at, by an address: the check that says it, shared by sources that name targets by addresses.

use serde_json::{Map, Value, json};
use url::Url;

use crate::{Check, Haul, Kind, Rules, Spot, literal};

/// A check of an address with a scheme that Pharos can look at, or why it cannot. A name and a password in the address become references to
/// the environment, which `stem` names.
///
/// # Errors
/// With why there is no such check.
pub fn check_of(address: &str, (haul, stem, spot): (&mut Haul, &str, &Spot)) -> Result<Check, String> {
    let (scheme, rest) = address.split_once("://").ok_or_else(|| {
        format!("`{}` has no scheme; write it as in https://example.com/ or tcp://db.example.com:5432", cut(address))
    })?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let mut settings = Map::new();
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            web(address, &mut settings, (haul, stem, spot))?;
            Kind::Http
        }
        "ws" | "wss" => {
            if place.contains('@') {
                return Err("it holds a name and a password, which a websocket is only shown by a header".to_owned());
            }
            settings.insert("url".to_owned(), literal(address).into());
            Kind::WebSocket
        }
        "tcp" => {
            settings.insert("address".to_owned(), with_port(place, None)?.into());
            Kind::Tcp
        }
        "tls" => {
            settings.insert("address".to_owned(), with_port(place, Some(443))?.into());
            Kind::Tls
        }
        "starttls" | "smtp" => {
            settings.insert("address".to_owned(), with_port(place, Some(25))?.into());
            Kind::Smtp
        }
        "ssh" => {
            settings.insert("address".to_owned(), with_port(place, Some(22))?.into());
            Kind::Ssh
        }
        "grpc" | "grpcs" => {
            let secure = if scheme.eq_ignore_ascii_case("grpcs") { "https" } else { "http" };
            settings.insert("url".to_owned(), literal(&format!("{secure}://{place}")).into());
            Kind::Grpc
        }
        "icmp" | "ping" => {
            let host = place.trim_start_matches('[').trim_end_matches(']');
            settings.insert("host".to_owned(), literal(host).into());
            Kind::Icmp
        }
        "ntp" => {
            settings.insert("address".to_owned(), with_port(place, Some(123))?.into());
            Kind::Ntp
        }
        "dns" => {
            settings.insert("name".to_owned(), literal(place).into());
            Kind::Dns
        }
        other => return Err(format!("Pharos has no check for `{}`", cut(other))),
    };
    Ok(Check { name: kind.as_str().to_owned(), kind, settings, rules: Rules::default() })
}

/// The settings of a look at a web server.
fn web(
    address: &str,
    settings: &mut Map<String, Value>,
    (haul, stem, spot): (&mut Haul, &str, &Spot),
) -> Result<(), String> {
    // What refers to the environment is no address yet, and is kept as it is.
    if address.contains("${") {
        settings.insert("url".to_owned(), address.into());
        return Ok(());
    }
    let mut url = Url::parse(address).map_err(|error| format!("`{}` is no address: {error}", cut(address)))?;
    let (user, password) = (url.username().to_owned(), url.password().map(str::to_owned));
    if !user.is_empty() || password.is_some() {
        let hidden = haul.secret(
            &format!("{stem}_password"),
            spot.clone(),
            "the password that stands in the address",
        );
        // An address of http or https has room for neither only if it has no host.
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| "it has no host".to_owned())?;
        settings.insert("basic".to_owned(), json!({ "user": literal(&user), "password": hidden }));
    }
    url.set_fragment(None);
    let query = secrets_of_query(&mut url, (haul, stem, spot));
    let text = literal(url.as_str());
    settings.insert("url".to_owned(), query.into_iter().fold(text, |text, (mark, to)| text.replace(&mark, &to)).into());
    Ok(())
}

/// Words by which the name of a parameter, a header or a setting tells that its value is a secret.
const SECRET_WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "apikey", "api_key", "api-key", "access_key", "signature"];

/// Whether a name tells that its value is a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
        || matches!(name.as_str(), "key" | "auth" | "sig" | "authorization" | "proxy-authorization" | "cookie" | "x-auth")
}

/// Puts marks where the query of an address holds secrets; gives each with the reference that is to stand there.
fn secrets_of_query(url: &mut Url, (haul, stem, spot): (&mut Haul, &str, &Spot)) -> Vec<(String, String)> {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if !pairs.iter().any(|(name, _)| is_secret(name)) {
        return Vec::new();
    }
    let mut marks = Vec::new();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if is_secret(name) && !value.is_empty() {
            // The variable is put into the address as it is, so that it must be one that needs no escaping.
            let what = format!("the parameter `{name}` of the address, escaped as addresses need it");
            let reference = haul.secret(&format!("{stem}_{name}"), spot.clone(), what);
            let mark = format!("pharos-secret-{index}");
            query.append_pair(name, &mark);
            marks.push((mark, reference));
        } else {
            query.append_pair(name, value);
        }
    }
    marks
}

fn with_port(place: &str, otherwise: Option<u16>) -> Result<String, String> {
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let is_open = host.rsplit_once(':').is_some_and(|(before, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && (!before.contains(':') || before.ends_with(']'))
    });
    match (is_open || host.contains("${"), otherwise) {
        (true, _) => Ok(if host.contains("${") { host.to_owned() } else { literal(host) }),
        (false, Some(port)) => Ok(literal(&format!("{host}:{port}"))),
        (false, None) => Err(format!("`{}` has no port", cut(host))),
    }
}

fn cut(text: &str) -> String {
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
    fn what_has_no_port_or_no_scheme_is_said_so() {
        for address in ["tcp://db.example.com", "example.com", "gopher://example.com", "http://"] {
            assert!(made(address).0.is_err(), "{address}");
        }
    }
}
