//! The page itself: its words, its time zone, how uptime is reckoned.

use jiff::tz::{TimeZone, db};
use pharos_app::{LANGUAGES, english, language};
use pharos_model::{Page, Text, UptimeWeights};

use super::super::Files;
use super::super::document::{At, quoted};
use super::super::error::Finding;
use super::super::limits::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};
use super::super::page::{PageSection, UptimeSection};
use super::super::percent::Percent;
use super::super::snippet::Place;
use super::super::suggest::nearest;
use super::super::wording::Wording;
use super::Assembly;

impl Assembly {
    /// Takes the page and its time zone; without a zone when there is none of that name.
    pub fn page(&mut self, section: &PageSection, files: &Files<'_>, at: At<'_>) -> (Page, Option<TimeZone>) {
        // All other texts are taken in the light of what the page's own language is.
        self.own_language = self.own_language(section.language.as_deref(), at.key("language"));
        let (zone_name, zone) = self.zone(section.time_zone.as_deref(), at.key("time_zone"));
        let page = Page {
            name: self.wording(&section.name, NAME_CHARS_MAX, at.key("name")),
            description: self.optional_wording(section.description.as_ref(), at.key("description")),
            notice: self.optional_wording(section.notice.as_ref(), at.key("notice")),
            language: section.language.as_ref().map_or(String::new(), |_| self.own_language.to_owned()),
            presentation: Box::new(self.presentation(section, files, at)),
            time_zone: zone_name,
            weights: weights(section.uptime.as_ref()),
        };
        (page, zone)
    }

    /// Takes a description, if there is one.
    pub fn optional_wording(&mut self, given: Option<&Wording>, at: At<'_>) -> Text {
        given.map(|given| self.wording(given, DESCRIPTION_CHARS_MAX, at)).unwrap_or_default()
    }

    fn own_language(&mut self, tag: Option<&str>, at: At<'_>) -> &'static str {
        let Some(tag) = tag else { return english().tag };
        if let Some(language) = language(tag) {
            return language.tag;
        }
        self.findings.push(no_language(tag, at.place(), at));
        english().tag
    }

    fn zone(&mut self, name: Option<&str>, at: At<'_>) -> (String, Option<TimeZone>) {
        let Some(name) = name else { return ("UTC".to_owned(), Some(TimeZone::UTC)) };
        if let Ok(zone) = TimeZone::get(name) {
            return (zone.iana_name().unwrap_or(name).to_owned(), Some(zone));
        }
        let known: Vec<String> = db().available().map(|zone| zone.as_str().to_owned()).collect();
        let city = known.iter().map(String::as_str).filter(|zone| {
            zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&name.replace(' ', "_")))
        });
        let meant = nearest(name, known.iter().map(String::as_str)).or_else(|| city.min());
        let finding = Finding::new(at.place(), format!("there is no time zone {}", at.shown()));
        self.findings.push(match meant {
            Some(meant) if !at.is_substituted() => finding.hint(format!("did you mean `{meant}`?")),
            _ => finding.hint("use an IANA name such as `Europe/Berlin`, or `UTC`"),
        });
        (name.to_owned(), None)
    }
}

/// What to say of a language that the page does not speak.
pub fn no_language(tag: &str, place: Place, at: At<'_>) -> Finding {
    let known = LANGUAGES.iter().map(|language| language.tag);
    let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let finding = Finding::new(place, format!("the page does not speak the language {}", quoted(tag)));
    match language(&primary) {
        Some(meant) if !at.is_substituted() => finding.hint(format!("did you mean `{}`?", meant.tag)),
        _ => finding.hint(format!("use one of {}", known.map(quoted).collect::<Vec<_>>().join(", "))),
    }
}

fn weights(section: Option<&UptimeSection>) -> UptimeWeights {
    let default = UptimeWeights::default();
    let Some(section) = section else { return default };
    UptimeWeights {
        major_bp: default.major_bp,
        partial_bp: section.partial_outage_weight.map_or(default.partial_bp, Percent::basis_points),
        coverage_floor_bp: section.coverage_floor.map_or(default.coverage_floor_bp, Percent::basis_points),
    }
}
