//! Uptime: time-weighted, never without its coverage, exact to the millisecond.
//!
//! `good + bad + maintenance + unknown = window`. Uptime is the weighted share of good time in good and bad time;
//! coverage is the share of the window in which somebody looked, planned work included.

use serde::{Deserialize, Serialize};

use crate::{Component, Day, Snapshot, Status, UnixMs};

/// Milliseconds by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    ms: [u64; 6],
}

impl Tally {
    /// Adds `ms` of `status`.
    pub fn add(&mut self, status: Status, ms: u64) {
        if let Some(slot) = self.ms.get_mut(status.index()) {
            *slot = slot.saturating_add(ms);
        }
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Self) {
        for status in Status::ALL {
            self.add(status, other.of(status));
        }
    }

    /// Milliseconds of `status`.
    pub fn of(&self, status: Status) -> u64 {
        self.ms.get(status.index()).copied().unwrap_or(0)
    }

    /// The length of the window.
    pub fn total_ms(&self) -> u64 {
        self.ms.iter().sum()
    }

    /// The worst status that took any time, outages first; `None` for an empty window.
    pub fn worst(&self) -> Option<Status> {
        Status::ALL.into_iter().filter(|status| self.of(*status) > 0).reduce(Status::worse)
    }
}

/// What an outage costs in the uptime figure, and below which coverage the figure is greyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UptimeWeights {
    /// Cost of a millisecond of major outage, in basis points: 10,000 counts it whole.
    pub major_bp: u32,
    /// Cost of a millisecond of partial outage, in basis points.
    pub partial_bp: u32,
    /// Coverage in basis points below which a figure is shown greyed with a note, and no day is green.
    pub coverage_floor_bp: u32,
}

impl Default for UptimeWeights {
    fn default() -> Self {
        Self { major_bp: 10_000, partial_bp: 3_000, coverage_floor_bp: 9_500 }
    }
}

/// An uptime figure with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// Basis points, 0 to 10,000, rounded down, so that 100.00 % is said only when nothing was lost. `None` when
    /// no time was either good or bad: there is no figure, neither 100 nor 0.
    pub uptime_bp: Option<u32>,
    /// Basis points of the window in which somebody looked, rounded down.
    pub coverage_bp: u32,
    /// The length of the window.
    pub window_ms: u64,
    /// Whether the coverage is at or above the floor.
    pub covered: bool,
}

/// The colour of one day, which is never green without evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayColour {
    /// The component did not exist, or nobody looked at all.
    NoData,
    /// The worst that happened that day; `Unknown` when too little of it was watched.
    Worst(Status),
}

fn share_bp(part: u64, whole: u64) -> u32 {
    // Windows are far below the 58,000 years at which this would saturate.
    let scaled = part.saturating_mul(10_000) / whole.max(1);
    u32::try_from(scaled).unwrap_or(10_000).min(10_000)
}

impl Uptime {
    /// The figure of a tally.
    pub fn of(tally: &Tally, weights: UptimeWeights) -> Self {
        let major = tally.of(Status::MajorOutage);
        let partial = tally.of(Status::PartialOutage);
        let judged = tally.of(Status::Operational) + tally.of(Status::DegradedPerformance) + major + partial;
        let cost = |ms: u64, weight_bp: u32| ms.saturating_mul(u64::from(weight_bp.min(10_000)));
        let lost = cost(major, weights.major_bp).saturating_add(cost(partial, weights.partial_bp));
        let kept = judged.saturating_mul(10_000).saturating_sub(lost);
        let uptime_bp = (judged > 0).then(|| u32::try_from(kept / judged).unwrap_or(10_000));
        let window_ms = tally.total_ms();
        let coverage_bp = share_bp(window_ms - tally.of(Status::Unknown), window_ms);
        Self { uptime_bp, coverage_bp, window_ms, covered: coverage_bp >= weights.coverage_floor_bp }
    }
}

impl Component {
    /// The time of each status over the last `count` of `days`, as of `at`.
    pub fn tally(&self, days: &[Day], count: usize, at: UnixMs) -> Tally {
        let mut sum = Tally::default();
        for index in days.len().saturating_sub(count)..days.len() {
            sum.merge(&self.day_tally(days, index, at));
        }
        sum
    }

    /// The colour of `days[index]`, as of `at`.
    pub fn day_colour(&self, days: &[Day], index: usize, at: UnixMs, weights: UptimeWeights) -> DayColour {
        let tally = self.day_tally(days, index, at);
        let today = index + 1 == days.len();
        let Some(worst) = tally.worst() else {
            // The first instant of today: nothing has passed yet, so the day is what the component is.
            let exists = today && self.began <= at && self.status != Status::Unknown;
            return if exists { DayColour::Worst(self.status) } else { DayColour::NoData };
        };
        DayColour::of_worst(worst, &tally, weights)
    }
}

impl DayColour {
    /// The colour of a day with this tally.
    pub fn of(tally: &Tally, weights: UptimeWeights) -> Self {
        tally.worst().map_or(Self::NoData, |worst| Self::of_worst(worst, tally, weights))
    }

    fn of_worst(worst: Status, tally: &Tally, weights: UptimeWeights) -> Self {
        let uptime = Uptime::of(tally, weights);
        match worst {
            Status::Unknown if uptime.coverage_bp == 0 => Self::NoData,
            Status::Unknown if uptime.covered => Self::Worst(worst_known(tally)),
            Status::Operational | Status::UnderMaintenance if !uptime.covered => Self::Worst(Status::Unknown),
            worst => Self::Worst(worst),
        }
    }
}

fn worst_known(tally: &Tally) -> Status {
    Status::ALL
        .into_iter()
        .filter(|status| *status != Status::Unknown && tally.of(*status) > 0)
        .fold(Status::Operational, Status::worse)
}

impl Snapshot {
    /// The uptime of a component over the last `count` days, today included.
    pub fn uptime(&self, component: &Component, count: usize) -> Uptime {
        Uptime::of(&component.tally(&self.days, count, self.at), self.page.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(parts: &[(Status, u64)]) -> Tally {
        let mut tally = Tally::default();
        for (status, ms) in parts {
            tally.add(*status, *ms);
        }
        tally
    }

    fn uptime(parts: &[(Status, u64)]) -> Uptime {
        Uptime::of(&tally(parts), UptimeWeights::default())
    }

    #[test]
    fn unknown_time_is_neither_good_nor_bad() {
        let half = uptime(&[(Status::Operational, 500), (Status::Unknown, 500)]);
        assert_eq!((half.uptime_bp, half.coverage_bp, half.covered), (Some(10_000), 5_000, false));
    }

    #[test]
    fn nothing_known_is_no_figure() {
        let none = uptime(&[(Status::Unknown, 500)]);
        assert_eq!((none.uptime_bp, none.coverage_bp), (None, 0));
        assert_eq!(uptime(&[]).uptime_bp, None);
    }

    #[test]
    fn maintenance_is_covered_but_not_judged() {
        let work = uptime(&[(Status::UnderMaintenance, 1_000)]);
        assert_eq!((work.uptime_bp, work.coverage_bp), (None, 10_000));
    }

    #[test]
    fn a_partial_outage_costs_its_weight_and_degraded_costs_nothing() {
        let partial = uptime(&[(Status::Operational, 900), (Status::PartialOutage, 100)]);
        assert_eq!(partial.uptime_bp, Some(9_700));
        let degraded = uptime(&[(Status::Operational, 900), (Status::DegradedPerformance, 100)]);
        assert_eq!(degraded.uptime_bp, Some(10_000));
    }

    #[test]
    fn a_single_lost_millisecond_is_never_rounded_up_to_a_hundred() {
        let year = 365 * 86_400_000;
        assert_eq!(uptime(&[(Status::Operational, year), (Status::MajorOutage, 1)]).uptime_bp, Some(9_999));
    }
}
