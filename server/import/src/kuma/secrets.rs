//! What in a monitor is secret: what its address holds, and headers and bodies by the words in them.

use serde_json::{Map, Value};

use crate::target::{check_of, is_secret};
use crate::{Haul, Spot};

/// The settings of a check of an address, its secrets as references. `None` where it begins with none of `schemes`, or cannot be looked at.
pub(super) fn settings(
    haul: &mut Haul,
    id: &str,
    text: &str,
    schemes: &[&str],
    spot: &Spot,
) -> Option<Map<String, Value>> {
    let text = text.trim();
    let scheme = text.split("://").next().unwrap_or_default();
    // Kuma knows no references to the environment: what looks like one must not become one.
    if !schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)) || text.contains("${") {
        return None;
    }
    check_of(text, (haul, id, spot)).ok().map(|check| check.settings)
}

/// Whether a header is secret, as far as its name tells.
pub(super) fn is_secret_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret(name) || lower.contains("auth") || lower.contains("session") || lower.ends_with("key")
}

/// Whether a text tells of secrets.
pub(super) fn tells(text: &str) -> bool {
    is_secret(text) || text.to_ascii_lowercase().contains("pwd")
}

/// A part of an address as it was meant.
pub(super) fn decoded(part: &str) -> String {
    // What a form writes as `+` stays: this is no form.
    let part = part.replace('+', "%2B");
    url::form_urlencoded::parse(part.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_reference_to_the_environment_becomes_none() {
        let spot = Spot::of("kuma.db");
        let mut haul = Haul::default();
        let made = settings(&mut haul, "api", "https://example.com/?q=${OIDC_SECRET}", &["https"], &spot);
        assert_eq!(made, None);
        assert!(settings(&mut haul, "api", "https://example.com/?q=1", &["https"], &spot).is_some());
    }

    #[test]
    fn headers_with_telling_names_are_secret() {
        for name in ["Authorization", "X-Api-Key", "X-Auth-User", "Cookie", "X-Session"] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["Accept", "X-Request-Id", "User-Agent"] {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn a_part_of_an_address_is_read_as_it_was_meant() {
        assert_eq!(decoded("p%40ss+1"), "p@ss+1");
    }
}
