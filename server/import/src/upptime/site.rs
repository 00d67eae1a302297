//! A site as a check.

use pharos_model::ComponentId;
use serde_json::{Map, Value, json};

use crate::haul::Secret;
use crate::target::{check_of, is_secret};
use crate::{At, Check, Haul, ImportError, Kind, Rules, literal};

/// How often Upptime looks where nothing else is said.
const INTERVAL_DEFAULT_MS: u64 = 5 * 60_000;
/// The most redirects that Pharos follows.
const REDIRECTS_MAX: u64 = 10;
/// What Upptime takes as good where nothing else is said.
const GOOD: &[u16] =
    &[200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308];
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// How often it looks.
pub fn interval_ms(root: &At<'_>, haul: &mut Haul) -> Result<u64, ImportError> {
    let Some(found) = root.get("workflowSchedule").and_then(|schedule| schedule.get("uptime")) else {
        return Ok(INTERVAL_DEFAULT_MS);
    };
    let text = found.text()?;
    let minutes = text.strip_prefix("*/").and_then(|rest| rest.strip_suffix(" * * * *"));
    if let Some(minutes) =
        minutes.and_then(|minutes| minutes.parse::<u64>().ok()).filter(|minutes| (1..60).contains(minutes))
    {
        Ok(minutes * 60_000)
    } else {
        haul.leave(found.spot(), "the schedule", "Pharos looks at an even interval; it is 5 minutes now");
        Ok(INTERVAL_DEFAULT_MS)
    }
}

/// The check of a site; `None` where there is none, which is said.
pub fn check(
    site: &At<'_>,
    id: &ComponentId,
    interval_ms: u64,
    haul: &mut Haul,
) -> Result<Option<Check>, ImportError> {
    let url = site.need("url")?;
    if let Some(found) = site.get("type").filter(|found| found.text().is_ok_and(|text| text != "http")) {
        let why = "it was looked at through Globalping; here it is looked at from this page's own servers, or from vantages";
        haul.leave(found.spot(), format!("where `{id}` is looked at from"), why);
    }
    let given = url.text()?.trim();
    let text = referring(given, &url, haul);
    let kind = site.get("check").map(|kind| kind.text()).transpose()?.unwrap_or("http");
    let target = match kind {
        "http" | "ws" => text,
        "tcp-ping" => match site.get("port").map(|port| port.number()).transpose()? {
            Some(port) => format!("tcp://{text}:{port}"),
            None => format!("tcp://{text}"),
        },
        _ => {
            haul.leave(url.spot(), format!("the check of `{id}`"), "Pharos has no check of its kind");
            return Ok(None);
        }
    };
    let made = check_of(&target, (haul, id.as_str(), &url.spot()));
    let mut made = match made {
        Ok(check) => check,
        // An address that is a secret as a whole has no scheme yet.
        Err(_) if kind == "http" && target.starts_with("${") => of(Kind::Http, "url", &target),
        Err(_) if kind == "ws" && target.starts_with("${") => of(Kind::WebSocket, "url", &target),
        Err(why) => {
            haul.leave(url.spot(), format!("the check of `{id}`"), why);
            return Ok(None);
        }
    };
    if made.kind == Kind::Http && !web(site, id, &mut made.settings, haul)? {
        return Ok(None);
    }
    let slow = site.get("maxResponseTime").map(|time| time.number()).transpose()?;
    made.rules = Rules {
        interval_ms: Some(interval_ms),
        timeout_ms: Some(interval_ms.min(30_000)),
        // One that is as long as the time-out would say nothing.
        degraded_over_ms: slow.filter(|ms| (1..30_000).contains(ms) && *ms < interval_ms),
        ..Rules::default()
    };
    if let Some(found) = site.get("assignees") {
        haul.leave(found.spot(), format!("who is told of `{id}`"), "where alerts go is not carried");
    }
    Ok(Some(made))
}

fn of(kind: Kind, key: &str, value: &str) -> Check {
    let settings = Map::from_iter([(key.to_owned(), Value::from(value))]);
    Check { name: kind.as_str().to_owned(), kind, settings, rules: Rules::default() }
}

/// The settings of a look at a web server. No where it cannot be said.
fn web(
    site: &At<'_>,
    id: &ComponentId,
    settings: &mut Map<String, Value>,
    haul: &mut Haul,
) -> Result<bool, ImportError> {
    if let Some(method) = site.get("method") {
        let word = method.text()?.to_ascii_uppercase();
        if !METHODS.contains(&word.as_str()) {
            haul.leave(
                method.spot(),
                format!("the check of `{id}`"),
                "its method is none that Pharos asks by",
            );
            return Ok(false);
        }
        if word != "GET" {
            settings.insert("method".to_owned(), Value::from(word));
        }
    }
    let mut headers = Map::new();
    for header in site.get("headers").map(|headers| headers.items()).transpose()?.unwrap_or_default() {
        let Some((name, value)) = header.text()?.split_once(':') else {
            return Err(header.error("it is no header", "write it as in `Accept: text/html`"));
        };
        let (name, value) = (name.trim(), value.trim());
        let referred = referring(value, &header, haul);
        let value = if is_secret(name) && referred == literal(value) {
            haul.secret(&format!("{id} {name}"), header.spot(), format!("the header `{name}`"))
        } else {
            referred
        };
        headers.insert(name.to_owned(), Value::from(value));
    }
    if !headers.is_empty() {
        settings.insert("headers".to_owned(), Value::Object(headers));
    }
    if let Some(body) = site.get("body") {
        let text = body.text()?;
        let referred = referring(text, &body, haul);
        let value = if is_secret(text) && referred == literal(text) {
            haul.secret(
                &format!("{id} body"),
                body.spot(),
                "the body of the request, which seems to hold a secret",
            )
        } else {
            referred
        };
        settings.insert("body".to_owned(), Value::from(value));
    }
    if let Some(redirects) = site.get("maxRedirects") {
        settings.insert("redirects".to_owned(), Value::from(redirects.number()?.min(REDIRECTS_MAX)));
    }
    let mut expect = Map::new();
    let listed = site.get("expectedStatusCodes").map(|list| list.items()).transpose()?;
    let good: Vec<u16> = match listed {
        None => GOOD.to_vec(),
        Some(list) => list
            .iter()
            .map(|status| {
                let number = status.number()?;
                let fit = u16::try_from(number).ok().filter(|status| (100..600).contains(status));
                fit.ok_or_else(|| status.error(format!("{number} is no status"), "write one from 100 to 599"))
            })
            .collect::<Result<_, _>>()?,
    };
    expect.insert("status".to_owned(), json!(good));
    for (key, ours) in [
        ("__dangerous__body_down", "body_lacks"),
        ("__dangerous__body_down_if_text_missing", "body_contains"),
    ] {
        if let Some(text) = site.get(key) {
            expect.insert(ours.to_owned(), Value::from(literal(text.text()?)));
        }
    }
    settings.insert("expect".to_owned(), Value::Object(expect));
    leave_rest(site, id, haul);
    Ok(true)
}

/// Says what of a look at a web server has no place here.
fn leave_rest(site: &At<'_>, id: &ComponentId, haul: &mut Haul) {
    for (key, why) in [
        (
            "__dangerous__body_degraded",
            "a check of Pharos finds a word or fails; make another with `on_failure: degraded_performance`",
        ),
        (
            "__dangerous__body_degraded_if_text_missing",
            "a check of Pharos finds a word or fails; make another with `on_failure: degraded_performance`",
        ),
        ("__dangerous__insecure", "there any certificate was taken; here it must be one that can be trusted"),
        (
            "__dangerous__disable_verify_peer",
            "there any certificate was taken; here it must be one that can be trusted",
        ),
        (
            "__dangerous__disable_verify_host",
            "there any certificate was taken; here it must be one that can be trusted",
        ),
    ] {
        if let Some(found) = site.get(key) {
            haul.leave(found.spot(), format!("`{key}` of `{id}`"), why);
        }
    }
}

/// A text with its secrets as references: Upptime puts the secret `NAME` of the repository where `$NAME` stands.
fn referring(text: &str, at: &At<'_>, haul: &mut Haul) -> String {
    let mut parts = text.split('$');
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let end = part.find(|c| !is_of_name(c)).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            let what = format!("the secret `{name}` of the repository");
            haul.secrets.entry(name.to_owned()).or_insert_with(|| Secret { spot: at.spot(), what });
            made.extend(["${", name, "}", rest]);
        } else if part.starts_with('{') {
            // What looks like a reference to the environment and is none of Upptime's.
            made.extend(["$$", part]);
        } else {
            made.extend(["$", part]);
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;

    fn referred(text: &str) -> (String, Vec<String>) {
        let document = Document { name: "a.yml".to_owned(), text: "a: b".to_owned() };
        let root = document.yaml().unwrap();
        let mut haul = Haul::default();
        let made = referring(text, &document.at(&root), &mut haul);
        (made, haul.secrets.into_keys().collect())
    }

    #[test]
    fn secrets_of_the_repository_become_references() {
        let (made, secrets) = referred("https://$SITE/a?token=$TOKEN_2&b=1");
        assert_eq!(made, "https://${SITE}/a?token=${TOKEN_2}&b=1");
        assert_eq!(secrets, ["SITE", "TOKEN_2"]);
    }

    #[test]
    fn what_is_no_secret_of_the_repository_stays_text() {
        assert_eq!(
            referred("a ${HOME} costs $5 or $x"),
            ("a $${HOME} costs $5 or $x".to_owned(), Vec::new())
        );
    }
}
