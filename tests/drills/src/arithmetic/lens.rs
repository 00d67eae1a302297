//! What the drill sees of the code under test: the code as it is, or falsified in one place.

use pharos_engine::redundancy::{Judged, Standing, judge};
use pharos_model::{Component, Policy, Span, Status, Tally, UnixMs, Uptime, UptimeWeights};

use crate::play::Play;

const UNKNOWN_COUNTS_AS_GOOD: &str = "unknown-counts-as-good";
const MAJORITY_OUTVOTES_UNKNOWN: &str = "majority-outvotes-unknown";
const CLOSED_INTERVALS: &str = "closed-intervals";
const DAYS_BY_UTC: &str = "days-by-utc";
const DEEP_UNKNOWN_IS_UP: &str = "deep-unknown-is-up";
/// Time passes between the looks at which 1,000 components change.
pub const SLUGGISH: &str = "sluggish";

/// What can be falsified.
pub const SABOTAGES: &[(&str, &str)] = &[
    (UNKNOWN_COUNTS_AS_GOOD, "time in which nobody looked is counted as good"),
    (CLOSED_INTERVALS, "a span holds its last second twice, as if intervals were closed"),
    (DAYS_BY_UTC, "days begin at midnight UTC, whatever the page's time zone"),
    (MAJORITY_OUTVOTES_UNKNOWN, "a member of which nothing is known is taken to be like most of the others"),
    (DEEP_UNKNOWN_IS_UP, "leaves of which nothing is known are taken to work"),
    (SLUGGISH, "a second passes after each of the looks at which 1,000 components change"),
];

/// The way to the code under test.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    sabotage: Option<&'static str>,
}

impl Lens {
    /// That of a run.
    pub fn of(play: &Play) -> Self {
        Self { sabotage: play.sabotage }
    }

    fn is(&self, sabotage: &str) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// Whether days begin at midnight UTC.
    pub fn days_by_utc(&self) -> bool {
        self.is(DAYS_BY_UTC)
    }

    /// Whether leaves of a tree that nobody looked at are said to work.
    pub fn deep_is_up(&self) -> bool {
        self.is(DEEP_UNKNOWN_IS_UP)
    }

    /// `Uptime::of`.
    pub fn uptime(&self, tally: &Tally, weights: UptimeWeights) -> Uptime {
        if !self.is(UNKNOWN_COUNTS_AS_GOOD) {
            return Uptime::of(tally, weights);
        }
        let mut kinder = Tally::default();
        for status in Status::ALL {
            let taken_for = if status == Status::Unknown { Status::Operational } else { status };
            kinder.add(taken_for, tally.of(status));
        }
        Uptime::of(&kinder, weights)
    }

    /// `Component::tally_of`.
    pub fn tally_of(&self, component: &Component, spans: &[Span], from: UnixMs, until: UnixMs) -> Tally {
        if !self.is(CLOSED_INTERVALS) {
            return component.tally_of(spans, from, until);
        }
        let closed = |span: &Span| Span { ends_at: span.ends_at.map(|end| end.plus_ms(1_000)), ..*span };
        let spans: Vec<Span> = spans.iter().map(closed).collect();
        component.tally_of(&spans, from, until)
    }

    /// `judge`.
    pub fn judge(&self, policy: Policy, members: &[Standing]) -> Judged {
        if !self.is(MAJORITY_OUTVOTES_UNKNOWN) {
            return judge(policy, members);
        }
        let count = |wanted: Status| members.iter().filter(|member| member.status == wanted).count();
        let (up, down) = (count(Status::Operational), count(Status::MajorOutage));
        let outvoted = if up > down { Status::Operational } else { Status::MajorOutage };
        let heard = |member: &Standing| {
            let is_known = member.status != Status::Unknown || up == down;
            Standing { status: if is_known { member.status } else { outvoted }, ..*member }
        };
        judge(policy, &members.iter().map(heard).collect::<Vec<_>>())
    }
}
