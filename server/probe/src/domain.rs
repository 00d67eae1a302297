//! `domain`: asks the registry until when a domain is registered.

use std::collections::BTreeMap;

use garde::Validate;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::budget::Budget;
use crate::http::{Answer, Request, Version, check_url, fetch};
use crate::limits::{BODY_BYTES_MAX, REDIRECTS_DEFAULT};
use crate::outcome::{Look, Outcome, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

/// Asks the registry, by RDAP, until when a domain is registered.
///
/// Look once or twice a day, with an `interval` such as `12h`: registries turn away who asks more often, and a
/// registration changes once a year. A registry that cannot be asked says nothing of the domain, so that the check is
/// then unknown and not down.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DomainCheck {
    /// The domain as it is registered, without `www`. One with letters beyond ASCII is written as `xn--…`.
    #[garde(custom(check_name))]
    #[schemars(example = &"example.com")]
    pub name: String,
    /// With fewer days left than this the service is degraded.
    #[serde(default = "days_left_default")]
    #[garde(range(max = 3650))]
    pub days_left: u16,
    /// Where the RDAP server is that is asked. Without it `https://rdap.org`, which leads on to the registry's own.
    #[garde(inner(custom(check_server)))]
    #[schemars(example = &"https://rdap.verisign.com/com/v1")]
    pub server: Option<String>,
}

/// Who knows the server of each registry, and leads on to it.
const BOOTSTRAP: &str = "https://rdap.org";
const DAY_S: i64 = 86_400;

fn days_left_default() -> u16 {
    30
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_name(name: &str, _: &()) -> garde::Result {
    let is_label = |label: &str| {
        let fits = !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
        fits && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() <= 253 && name.contains('.') && name.split('.').all(is_label) {
        return Ok(());
    }
    let name = excerpt(name);
    let hint = "write xn--… for letters beyond ASCII";
    Err(garde::Error::new(format!("\"{name}\" is not a domain, as in example.com; {hint}")))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_server(url: &str, context: &()) -> garde::Result {
    if url.contains(['?', '#']) {
        return Err(garde::Error::new("the address of an RDAP server ends with a path, without a query"));
    }
    check_url(url, context)
}

/// What of an answer is read (RFC 9083).
#[derive(Debug, Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    event_action: String,
    #[serde(default)]
    event_date: String,
}

/// Looks once.
pub async fn look(prober: &Prober, check: &DomainCheck, budget: &Budget, look: &mut Look) {
    let server = check.server.as_deref().unwrap_or(BOOTSTRAP).trim_end_matches('/');
    let url = format!("{server}/domain/{}", check.name.to_ascii_lowercase());
    let request = Request {
        url: &url,
        method: "GET",
        headers: &BTreeMap::new(),
        body: None,
        bearer: None,
        basic: None,
        version: Version::Auto,
        redirects: REDIRECTS_DEFAULT,
        decompress: true,
        accept: Some("application/rdap+json, application/json;q=0.9"),
        body_bytes_max: BODY_BYTES_MAX,
    };
    let answer = fetch(prober, &request, budget, look).await;
    // What is said of the certificate is said of the registry's, which is not what is watched.
    look.facts.certificate_days_left = None;
    look.facts.certificate_ends_s = None;
    look.facts.tls_version = None;
    let asked_registry = check.server.is_some() || look.facts.redirects > 0;
    look.failure = match answer {
        Ok(answer) => judge(check, &answer, asked_registry, prober.now_s()),
        Err(reason) => {
            let why = format!("the registry of {} cannot be asked: {}", check.name, reason.sentence);
            Some(could_not(why))
        }
    };
}

fn could_not(why: impl std::fmt::Display) -> (Outcome, Reason) {
    (Outcome::Unknown, Reason::new(ReasonKind::CouldNotLook, format!("Could not look: {why}")))
}

/// What an answer says of the domain.
fn judge(
    check: &DomainCheck,
    answer: &Answer,
    asked_registry: bool,
    now_s: i64,
) -> Option<(Outcome, Reason)> {
    let name = &check.name;
    match answer.status {
        200 => {}
        404 if asked_registry => {
            let sentence = format!("Domain: the registry knows no domain {name}");
            return Some((Outcome::Down, Reason::new(ReasonKind::DomainExpired, sentence)));
        }
        404 => {
            return Some(could_not(format!("nobody knows where the registry of {name} answers; set server")));
        }
        429 => return Some(could_not("the registry says that it is asked too often; look less often")),
        status => {
            return Some(could_not(format!("expected status 200 from the registry of {name}, got {status}")));
        }
    }
    let Ok(registration) = serde_json::from_slice::<Registration>(&answer.body) else {
        return Some(could_not(format!(
            "what the registry of {name} answered is not RDAP, got {}",
            answer.said()
        )));
    };
    let Some(event) = registration.events.iter().find(|event| event.event_action == "expiration") else {
        return Some(could_not(format!("the registry of {name} does not say until when it is registered")));
    };
    let Some(expires_s) = seconds(&event.event_date) else {
        let date = excerpt(&event.event_date);
        return Some(could_not(format!("the registry of {name} says \"{date}\", which is not a date")));
    };
    judge_days(expires_s.saturating_sub(now_s).div_euclid(DAY_S), check)
}

/// Reads a date with a time (RFC 3339), or without one, as some registries write it.
fn seconds(date: &str) -> Option<i64> {
    let instant = date.parse::<Timestamp>().ok();
    let midnight = || date.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    instant.or_else(|| midnight().map(|zoned| zoned.timestamp())).map(Timestamp::as_second)
}

fn judge_days(days: i64, check: &DomainCheck) -> Option<(Outcome, Reason)> {
    let (name, least) = (&check.name, i64::from(check.days_left));
    let soon = |sentence| Some((Outcome::Degraded, Reason::new(ReasonKind::DomainExpiresSoon, sentence)));
    match days {
        ..0 => {
            let sentence = format!("Domain: the registration of {name} has expired; renew it");
            Some((Outcome::Down, Reason::new(ReasonKind::DomainExpired, sentence)))
        }
        days if days >= least => None,
        0 => soon(format!("Domain: {name} expires today, expected at least {least} days; renew it")),
        1 => soon(format!("Domain: {name} expires in 1 day, expected at least {least}; renew it")),
        days => soon(format!("Domain: {name} expires in {days} days, expected at least {least}; renew it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use http::HeaderMap;

    #[test]
    fn a_date_is_read_as_registries_write_it() {
        for (date, seconds) in [
            ("2027-08-13T04:00:00Z", Some(1_818_129_600)),
            ("2027-08-13T06:00:00.000+02:00", Some(1_818_129_600)),
            ("2027-08-13", Some(1_818_115_200)),
            ("13.08.2027", None),
            ("", None),
            ("9999999-01-01T00:00:00Z", None),
        ] {
            assert_eq!(super::seconds(date), seconds, "{date}");
        }
    }

    #[test]
    fn a_domain_whose_registry_is_not_found_is_not_called_unregistered() {
        let check = r#"{"name":"example.test"}"#;
        let check: DomainCheck = serde_json::from_str(check).unwrap();
        let answer =
            Answer { status: 404, headers: HeaderMap::new(), body: Vec::new(), shown: Shown::default() };
        let (outcome, reason) = judge(&check, &answer, false, 0).unwrap();
        assert_eq!((outcome, reason.kind), (Outcome::Unknown, ReasonKind::CouldNotLook));
        let sentence = "Could not look: nobody knows where the registry of example.test answers; set server";
        assert_eq!(reason.sentence, sentence);
    }

    #[test]
    fn a_server_is_a_place_below_which_domains_are() {
        assert!(check_server("https://rdap.example.com/com/v1/", &()).is_ok());
        for bad in
            ["https://rdap.example.com/?key=canary", "rdap.example.com", "https://a:b@rdap.example.com"]
        {
            assert!(check_server(bad, &()).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_can_be_registered_is_asked_for() {
        for (name, is_good) in [
            ("example.com", true),
            ("xn--bcher-kva.example", true),
            ("example", false),
            ("example.com.", false),
            ("bücher.example", false),
            ("example.com/../entity", false),
            ("-a.com", false),
            ("", false),
        ] {
            assert_eq!(check_name(name, &()).is_ok(), is_good, "{name}");
        }
    }
}
