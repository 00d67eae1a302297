//! Calendars of maintenances, after RFC 5545 and RFC 7986: an event for each, which keeps its name while it is moved, goes on or
//! is called off. Of work that comes again and again each occurrence is an event, because each may be moved or called off alone.

use pharos_model::{Maintenance, MaintenanceStatus};

use super::feed::status_label;
use super::moment;
use super::view::{Of, Subject, View};
use super::{Wire, Written, plain};

/// Octets of a line.
const LINE_MAX: usize = 75;
/// How long others may hold it, in seconds.
const MAX_AGE_S: u32 = 300;
const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

const fn calendar(pattern: &'static str, of: Of) -> Wire {
    Wire {
        pattern,
        media_type: MEDIA_TYPE,
        of,
        is_spoken: true,
        pages_max: 1,
        max_age_s: MAX_AGE_S,
        needs: &[],
        write: |view| Some(write(view)),
    }
}

/// The calendars.
pub const WIRES: &[Wire] = &[
    calendar("/calendar.ics", Of::Page),
    calendar("/groups/{id}/calendar.ics", Of::Group),
    calendar("/components/{id}/calendar.ics", Of::Component),
];

/// A calendar that is being written.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// A line, folded so that no part of it is too long and no letter is cut.
    fn raw(&mut self, line: &str) {
        let mut left = LINE_MAX;
        for c in line.chars() {
            if c.len_utf8() > left {
                self.text.push_str("\r\n ");
                left = LINE_MAX - 1;
            }
            left -= c.len_utf8();
            self.text.push(c);
        }
        self.text.push_str("\r\n");
    }

    /// A property whose value is a text.
    fn text(&mut self, name: &str, value: &str) {
        self.raw(&[name, ":", &escaped(value)].concat());
    }
}

/// A text as it may stand in a property.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => safe.extend(['\\', c]),
            '\n' => safe.push_str("\\n"),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

/// The calendar.
fn write(view: &View) -> Written {
    let known = view.snapshot.maintenances.iter().filter(|known| view.concerns(&known.components));
    let known: Vec<&Maintenance> = known.collect();
    let changed_at =
        known.iter().map(|known| view.changed_at(known)).max().unwrap_or(view.snapshot.laid_out_at);
    let words = view.words;
    let (name, own) = match &view.subject {
        Subject::Component(id) => {
            (Some(view.name_of(id)), ["/components/", id.as_str(), "/calendar.ics"].concat())
        }
        Subject::Group(group) => {
            (Some(group.name.of(words.tag())), ["/groups/", group.id.as_str(), "/calendar.ics"].concat())
        }
        _ => (None, "/calendar.ics".to_owned()),
    };
    let heading = words.page().maintenance_ahead;
    let about = name.map_or_else(|| heading.to_owned(), |name| words.day_title(name, heading));
    let title = words.title(&about, &view.snapshot);
    let mut lines = Lines::default();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pharos//Status page//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        lines.raw(line);
    }
    lines.text("NAME", &title);
    lines.text("X-WR-CALNAME", &title);
    if !view.snapshot.page.presentation.url.is_empty() {
        lines.raw(&["SOURCE;VALUE=URI:", &view.address(&own)].concat());
    }
    lines.raw("REFRESH-INTERVAL;VALUE=DURATION:PT15M");
    lines.raw("X-PUBLISHED-TTL:PT15M");
    lines.raw("COLOR:steelblue");
    for known in known {
        event(view, known, &mut lines);
    }
    lines.raw("END:VCALENDAR");
    Written { body: lines.text, changed_at: Some(changed_at) }
}

/// A number that grows with every change and never falls. The count of changes alone would do both: an occurrence that follows its series
/// keeps it, and one that was called off and is announced anew begins again.
fn sequence(known: &Maintenance) -> u64 {
    let moments = known.announced_at.zip(known.changed_at);
    let age_s = moments.map_or(0, |(announced, changed)| changed.since_ms(announced) / 1_000);
    age_s.max(known.revision.into())
}

fn event(view: &View, known: &Maintenance, lines: &mut Lines) {
    let (tag, changed) = (view.words.tag(), moment::calendar(view.changed_at(known)));
    let url = &view.snapshot.page.presentation.url;
    let host = url.split("//").last().filter(|host| !host.is_empty()).unwrap_or("localhost");
    let status = if known.status == MaintenanceStatus::Cancelled { "CANCELLED" } else { "CONFIRMED" };
    lines.raw("BEGIN:VEVENT");
    lines.raw(&["UID:", known.id.as_str(), "@", host].concat());
    lines.raw(&["DTSTAMP:", &changed].concat());
    lines.raw(&["CREATED:", &moment::calendar(view.announced_at(known))].concat());
    lines.raw(&["LAST-MODIFIED:", &changed].concat());
    lines.raw(&format!("SEQUENCE:{}", sequence(known)));
    lines.raw(&["DTSTART:", &moment::calendar(known.scheduled_start)].concat());
    lines.raw(&["DTEND:", &moment::calendar(known.scheduled_end)].concat());
    lines.text("SUMMARY", known.title.of(tag));
    let mut said = vec![known.description.of(tag).to_owned()];
    for update in &known.updates {
        let text = plain::lines(update.body.html.of(tag)).join("\n");
        said.push(
            [&view.words.moment(update.at), " · ", status_label(view, update.status), "\n", &text].concat(),
        );
    }
    said.retain(|text| !text.is_empty());
    if !said.is_empty() {
        lines.text("DESCRIPTION", &said.join("\n\n"));
    }
    let names: Vec<String> = known.components.iter().map(|id| escaped(view.name_of(id))).collect();
    if !names.is_empty() {
        lines.raw(&["CATEGORIES:", &names.join(",")].concat());
    }
    if let Some(series) = &known.series {
        lines.text("X-PHAROS-SERIES", series.as_str());
    }
    lines.raw(&["STATUS:", status].concat());
    lines.raw("TRANSP:TRANSPARENT");
    if !url.is_empty() {
        lines.raw(&["URL:", &view.address("/")].concat());
    }
    lines.raw("END:VEVENT");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wires::samples;

    fn body(snapshot: &pharos_model::Snapshot) -> String {
        write(&samples::view(snapshot)).body
    }

    #[test]
    fn every_calendar_of_every_state_is_as_it_was_agreed() {
        let states = samples::states().into_iter();
        let all: Vec<String> =
            states.map(|(name, snapshot)| [name, "\n", &body(&snapshot)].concat()).collect();
        insta::assert_snapshot!(all.join("\n").replace("\r\n", "\n"));
    }

    #[test]
    fn work_that_is_called_off_stays_in_the_calendar_under_its_name() {
        let (planned, off) = (body(&samples::scheduled()), body(&samples::cancelled()));
        let uid = "UID:2026-11-24-database@status.example.com\r\n";
        assert!(planned.contains(uid) && planned.contains("STATUS:CONFIRMED"));
        assert!(off.contains(uid) && off.contains("STATUS:CANCELLED"));
    }

    #[test]
    fn the_number_of_a_change_grows_where_an_occurrence_follows_its_series_or_is_announced_anew() {
        let mut snapshot = samples::scheduled();
        let known = &mut snapshot.maintenances[0];
        let announced = pharos_model::UnixMs(1_795_442_000_000);
        (known.announced_at, known.changed_at, known.revision) = (Some(announced), Some(announced), 0);
        let mut seen = vec![sequence(known)];
        for (minutes, status, revision) in [
            (1, MaintenanceStatus::Cancelled, 1),
            (2, MaintenanceStatus::Scheduled, 0),
            (3, MaintenanceStatus::Scheduled, 0),
        ] {
            known.changed_at = Some(announced.plus_ms(minutes * 60_000));
            (known.status, known.revision) = (status, revision);
            seen.push(sequence(known));
        }
        assert_eq!(seen, [0, 60, 120, 180]);
        assert!(body(&snapshot).contains("SEQUENCE:180\r\n"));
    }

    #[test]
    fn no_line_is_too_long_and_no_letter_is_cut() {
        let mut snapshot = samples::scheduled();
        snapshot.maintenances[0].description = "漢字,と;かな\\ ".repeat(40).into();
        let text = body(&snapshot);
        assert!(text.split("\r\n").all(|line| line.len() <= LINE_MAX));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        let unfolded = text.replace("\r\n ", "");
        assert!(unfolded.contains("漢字\\,と\\;かな\\\\ 漢字"));
    }

    #[test]
    fn a_calendar_of_a_component_tells_of_its_work_alone() {
        let of = |id| write(&samples::component_view(&samples::scheduled(), id)).body;
        assert!(of("api").contains("BEGIN:VEVENT"));
        assert!(!of("web").contains("BEGIN:VEVENT"));
    }
}
