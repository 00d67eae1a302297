//! Sentences of whole pages, which only the server writes.

use pharos_model::{Incident, UnixMs, Uptime, UptimeWeights};

use super::Words;
use super::template::fill;

/// What is written only on the server.
impl Words {
    /// One sentence that says how uptime is reckoned, with the page's own weights.
    pub fn uptime_formula(self, weights: &UptimeWeights) -> String {
        let (major, partial) = (weights.major_bp / 100, weights.partial_bp / 100);
        fill(self.page().formula, &[("major", &major.to_string()), ("partial", &partial.to_string())])
    }

    /// The title of a component's day, or of something else of it.
    pub fn day_title(self, name: &str, date: &str) -> String {
        fill(self.page().day_title, &[("name", name), ("date", date)])
    }

    /// A day's uptime and how much of it was watched.
    pub fn day_summary(self, uptime: &Uptime) -> String {
        let figure =
            uptime.uptime_bp.map_or_else(|| self.live().no_data.to_owned(), |bp| self.day_uptime(bp));
        format!("{figure}. {}.", self.coverage(uptime))
    }

    /// The title of a component's year.
    pub fn calendar_title(self, name: &str, year: i32) -> String {
        fill(self.page().calendar_title, &[("name", name), ("year", &year.to_string())])
    }

    /// Something with its state, which may also be none of the six.
    pub fn component_is(self, name: &str, state: &str) -> String {
        fill(self.live().component_state, &[("name", name), ("status", state)])
    }

    /// The day with which weeks begin, counted from Monday (0) on.
    pub fn week_start(self) -> i32 {
        self.page().week_start.parse::<i32>().map_or(0, |day| (day - 1).rem_euclid(7))
    }

    /// In which zone the page's days begin.
    pub fn day_zone(self, zone: &str) -> String {
        if zone.is_empty() {
            return String::new();
        }
        fill(self.page().day_zone, &[("zone", zone)])
    }

    /// The title of a month's history.
    pub fn history_of(self, month: &str) -> String {
        fill(self.page().history_of, &[("month", month)])
    }

    /// A month's history in a sentence.
    pub fn incidents_of(self, month: &str, count: usize) -> String {
        let page = self.page();
        if count == 0 {
            return fill(page.month_quiet, &[("month", month)]);
        }
        let template = self.form(page.month_incidents, count as u64);
        fill(template, &[("n", &count.to_string()), ("month", month)])
    }

    /// An incident in a sentence.
    pub fn incident_summary(self, incident: &Incident) -> String {
        let status = self.incident_status(incident.status);
        let then = match incident.resolved_at {
            Some(end) => self.lasted(&self.duration(end.since_ms(incident.began_at))),
            None => fill(self.live().began_at, &[("time", &self.moment(incident.began_at))]),
        };
        format!("{status}. {then}.")
    }

    /// What a screen reader hears of the latency chart. Values in milliseconds.
    pub fn chart(self, typical_ms: u64, highest_ms: u64, failed: u64) -> String {
        let page = self.page();
        let failed = match failed {
            0 => page.chart_none_failed.to_owned(),
            failed => self.counted(page.chart_failed, failed),
        };
        let (typical, highest) = (typical_ms.to_string(), highest_ms.to_string());
        fill(page.chart, &[("typical", &typical), ("highest", &highest), ("failed", &failed)])
    }

    /// How fresh the page is, as the server writes it.
    pub fn as_of(self, at: UnixMs) -> String {
        if at.0 == 0 {
            return self.page().nothing_checked.to_owned();
        }
        fill(self.live().as_of, &[("time", &self.moment(at))])
    }
}
