//! The spans of a component as a table, so that anyone can reckon its uptime again.

use std::fmt::Write;

use pharos_model::{Span, Status, UnixMs};

use super::view::{Need, Of, View};
use super::{Wire, Written};

/// What it is.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";
/// Longer than anything is remembered: a century, in hours.
const HOURS: u64 = 100 * 366 * 24;

/// The one table.
pub const WIRES: &[Wire] = &[Wire {
    pattern: "/components/{id}/spans.csv",
    media_type: MEDIA_TYPE,
    of: Of::Component,
    is_spoken: false,
    pages_max: 1,
    max_age_s: 5,
    needs: &[Need::Spans(HOURS)],
    write: |view: &View| Some(Written::from(table(&view.spans))),
}];

/// As RFC 4180 and RFC 3339 have it: `from,until,status,measured`, oldest first; the newest when there are more than the
/// bound. `status` is what counts; `measured` is what the checks found where operators stated another, and else empty.
fn table(spans: &[Span]) -> String {
    let mut table = String::from("from,until,status,measured\r\n");
    for span in spans {
        let until = span.ends_at.map(moment).unwrap_or_default();
        // Writing to memory cannot fail.
        let measured = span.measured.map_or("", Status::as_str);
        let _written =
            write!(table, "{},{until},{},{measured}\r\n", moment(span.starts_at), span.status.as_str());
    }
    table
}

fn moment(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_lasts_has_no_end() {
        let span =
            |from, until, status| Span { starts_at: UnixMs(from), ends_at: until, status, measured: None };
        let spans = [
            span(0, Some(UnixMs(1_500)), Status::Unknown),
            Span { measured: Some(Status::MajorOutage), ..span(1_500, None, Status::Operational) },
        ];
        assert_eq!(
            table(&spans),
            "from,until,status,measured\r\n1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.500Z,unknown,\r\n1970-01-01T00:00:01.500Z,,operational,major_outage\r\n"
        );
    }
}
