//! Spans: stretches of time in which a component had one status. They tile time.

use serde::{Deserialize, Serialize};

use crate::{Component, Status, Tally, UnixMs};

/// A stretch of time in which a component had one status: `[starts_at, ends_at)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it began.
    pub starts_at: UnixMs,
    /// When it ended; `None` for the one that lasts.
    pub ends_at: Option<UnixMs>,
    /// The status.
    pub status: Status,
    /// What the checks found, where operators stated the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Status>,
}

impl Span {
    /// The part of it that lies in `[from, until)`; `None` when there is none.
    pub fn within(&self, from: UnixMs, until: UnixMs) -> Option<(UnixMs, UnixMs)> {
        let (start, end) = (self.starts_at.max(from), self.ends_at.unwrap_or(until).min(until));
        (start < end).then_some((start, end))
    }
}

impl Tally {
    /// The time of each status that `spans` tell of in `[from, until)`.
    pub fn of_spans(spans: &[Span], from: UnixMs, until: UnixMs) -> Self {
        let mut tally = Self::default();
        for span in spans {
            if let Some((start, end)) = span.within(from, until) {
                tally.add(span.status, end.since_ms(start));
            }
        }
        tally
    }
}

impl Component {
    /// The time of each status in `[from, until)` that `spans` tell of. Time since the component began that they say nothing
    /// of is unknown: the oldest may have been left out where there were too many.
    pub fn tally_of(&self, spans: &[Span], from: UnixMs, until: UnixMs) -> Tally {
        let from = from.max(self.began);
        let mut tally = Tally::of_spans(spans, from, until);
        tally.add(Status::Unknown, until.since_ms(from).saturating_sub(tally.total_ms()));
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, until: Option<i64>, status: Status) -> Span {
        Span { starts_at: UnixMs(from), ends_at: until.map(UnixMs), status, measured: None }
    }

    #[test]
    fn only_what_lies_in_the_window_is_counted() {
        let spans = [
            span(0, Some(100), Status::Unknown),
            span(100, Some(150), Status::MajorOutage),
            span(150, None, Status::Operational),
        ];
        let tally = Tally::of_spans(&spans, UnixMs(50), UnixMs(200));
        let of = |status| tally.of(status);
        assert_eq!((of(Status::Unknown), of(Status::MajorOutage), of(Status::Operational)), (50, 50, 50));
        assert_eq!(tally.total_ms(), 150);
    }

    #[test]
    fn time_that_no_span_tells_of_is_unknown_and_never_green() {
        let definition =
            crate::ComponentDefinition::new(crate::ComponentId::new("api").unwrap(), "API".into());
        let api = Component::unseen(definition, UnixMs(40));
        let spans = [span(0, Some(60), Status::Operational), span(90, None, Status::Operational)];
        let tally = api.tally_of(&spans, UnixMs(0), UnixMs(100));
        assert_eq!((tally.of(Status::Operational), tally.of(Status::Unknown)), (20 + 10, 30));
        assert_eq!(tally.total_ms(), 60);
    }

    #[test]
    fn a_span_that_touches_a_window_only_at_its_edge_is_not_in_it() {
        assert_eq!(span(0, Some(100), Status::Unknown).within(UnixMs(100), UnixMs(200)), None);
        assert_eq!(span(200, None, Status::Unknown).within(UnixMs(100), UnixMs(200)), None);
    }
}
