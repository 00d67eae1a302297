//! The page itself: its words, its time zone, how uptime is reckoned.

use jiff::tz::{TimeZone, db};
use pharos_model::{Page, UptimeWeights};

use super::super::document::At;
use super::super::error::Finding;
use super::super::file::{PageSection, UptimeSection};
use super::super::limits::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};
use super::super::percent::Percent;
use super::super::suggest::nearest;
use super::Assembly;

impl Assembly {
    /// Takes the page and its time zone; without a zone when there is none of that name.
    pub fn page(&mut self, section: &PageSection, at: At<'_>) -> (Page, Option<TimeZone>) {
        let (zone_name, zone) = self.zone(section.time_zone.as_deref(), at.key("time_zone"));
        let page = Page {
            name: self.line(&section.name, NAME_CHARS_MAX, at.key("name")).into(),
            description: self.optional_line(section.description.as_deref(), at.key("description")).into(),
            notice: self.optional_line(section.notice.as_deref(), at.key("notice")).into(),
            language: String::new(),
            presentation: Box::default(),
            time_zone: zone_name,
            weights: weights(section.uptime.as_ref()),
        };
        (page, zone)
    }

    /// Takes a description, if there is one.
    pub fn optional_line(&mut self, text: Option<&str>, at: At<'_>) -> String {
        text.map(|text| self.line(text, DESCRIPTION_CHARS_MAX, at)).unwrap_or_default()
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

fn weights(section: Option<&UptimeSection>) -> UptimeWeights {
    let default = UptimeWeights::default();
    let Some(section) = section else { return default };
    UptimeWeights {
        major_bp: default.major_bp,
        partial_bp: section.partial_outage_weight.map_or(default.partial_bp, Percent::basis_points),
        coverage_floor_bp: section.coverage_floor.map_or(default.coverage_floor_bp, Percent::basis_points),
    }
}
