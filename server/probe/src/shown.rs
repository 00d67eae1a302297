//! What a check shows to its target must not come back in a sentence: a target may echo it.

use std::cmp::Reverse;

use secrecy::{ExposeSecret, SecretString};

use crate::limits::SECRET_BYTES_MIN;
use crate::outcome::excerpt;

/// What stands in a sentence in place of a secret.
const HIDDEN: &str = "[hidden]";

/// The secrets that a check shows, longest first.
#[derive(Clone, Debug, Default)]
pub struct Shown(Vec<SecretString>);

impl Shown {
    /// These secrets, and of those in two words, as in `Bearer abc`, the second too.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let both = |secret: &'a str| [Some(secret), secret.split_once(' ').map(|(_, second)| second)];
        let mut all: Vec<&str> = secrets.into_iter().flat_map(both).flatten().map(str::trim).collect();
        all.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        all.sort_by_key(|secret| Reverse(secret.len()));
        Self(all.into_iter().map(SecretString::from).collect())
    }

    /// These and more.
    pub fn and<'a>(mut self, secrets: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.extend(Self::of(secrets).0);
        self.0.sort_by_key(|secret| Reverse(secret.expose_secret().len()));
        self
    }

    /// A foreign text without what was shown, short enough to stand in a sentence.
    pub fn excerpt(&self, text: &str) -> String {
        excerpt(&self.hide(text.to_owned()))
    }

    /// A foreign text without what was shown.
    pub fn hide(&self, mut text: String) -> String {
        for secret in &self.0 {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), HIDDEN);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_is_hidden_even_where_the_excerpt_cuts_it() {
        let shown = Shown::of(["Bearer canary-token", "canary"]);
        assert_eq!(shown.excerpt("got Bearer canary-token"), "got [hidden]");
        assert_eq!(shown.excerpt("canary-token and canary"), "[hidden] and [hidden]");
        assert!(!shown.excerpt(&format!("{}canary-token", "x".repeat(75))).contains("can"));
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_stays() {
        assert_eq!(Shown::of(["a", ""]).excerpt("a banana"), "a banana");
    }
}
