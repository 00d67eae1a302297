//! The sign of life.

use secrecy::ExposeSecret;

use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{PING_DEFAULT_MS, PING_MAX_MS, PING_MIN_MS};
use super::super::ping::PingSection;
use super::Assembly;
use crate::ping::Settings;

impl Assembly {
    /// Takes whom a sign of life is sent to, and how often.
    pub fn ping(&mut self, section: &PingSection, at: At<'_>) -> Settings {
        let url = section.url.expose_secret();
        let is_address =
            url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_address {
            let finding =
                Finding::new(at.key("url").place(), "`url` is not an address that can be asked for");
            self.findings.push(finding.hint("write `https://`, its host and path"));
        }
        let every_ms = section.every.map_or(PING_DEFAULT_MS, |every| {
            self.duration(every, (PING_MIN_MS, PING_MAX_MS), at.key("every"))
        });
        Settings { url: section.url.clone(), every_ms }
    }
}
