//! How a component was, from stretches of time that overlap: at each moment the gravest of what holds, and maintenance above all.

use std::collections::BTreeMap;

use pharos_model::{Status, UnixMs};

/// A stretch of time `[from, until)` in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Since when.
    pub from: UnixMs,
    /// Until when.
    pub until: UnixMs,
    /// How it was.
    pub status: Status,
}

fn rank(status: Status) -> u8 {
    match status {
        Status::Unknown => 0,
        Status::Operational => 1,
        Status::DegradedPerformance => 2,
        Status::PartialOutage => 3,
        Status::MajorOutage => 4,
        Status::UnderMaintenance => 5,
    }
}

/// The changes up to `covers` in the order of time, from the first stretch on; unknown where none holds before that.
pub fn layered(stretches: &[Stretch], covers: UnixMs) -> Vec<(UnixMs, Status)> {
    let mut edges: BTreeMap<UnixMs, Vec<(Status, i64)>> = BTreeMap::new();
    for stretch in stretches.iter().filter(|stretch| stretch.from < stretch.until) {
        edges.entry(stretch.from).or_default().push((stretch.status, 1));
        edges.entry(stretch.until).or_default().push((stretch.status, -1));
    }
    let mut open = [0_i64; 6];
    let mut turns: Vec<(UnixMs, Status)> = Vec::new();
    for (at, changes) in edges.into_iter().take_while(|(at, _)| *at <= covers) {
        for (status, by) in changes {
            open[usize::from(rank(status))] += by;
        }
        let gravest = Status::ALL
            .into_iter()
            .filter(|status| open[usize::from(rank(*status))] > 0)
            .max_by_key(|status| rank(*status));
        let status = gravest.unwrap_or(Status::Unknown);
        let is_end = at == covers && status == Status::Unknown;
        if !is_end && turns.last().is_none_or(|last| last.1 != status) {
            turns.push((at, status));
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_of_what_holds_is_shown_and_maintenance_above_all() {
        let stretch = |from, until, status| Stretch { from: UnixMs(from), until: UnixMs(until), status };
        let stretches = [
            stretch(0, 100, Status::Operational),
            stretch(10, 30, Status::DegradedPerformance),
            stretch(20, 40, Status::MajorOutage),
            stretch(25, 35, Status::UnderMaintenance),
            stretch(50, 50, Status::MajorOutage),
            stretch(110, 200, Status::Operational),
        ];
        let turns = layered(&stretches, UnixMs(110));
        let wanted = [
            (0, Status::Operational),
            (10, Status::DegradedPerformance),
            (20, Status::MajorOutage),
            (25, Status::UnderMaintenance),
            (35, Status::MajorOutage),
            (40, Status::Operational),
            (100, Status::Unknown),
            (110, Status::Operational),
        ];
        assert_eq!(turns, wanted.map(|(at, status)| (UnixMs(at), status)));
    }

    #[test]
    fn what_is_the_case_at_the_end_is_kept_and_that_nothing_follows_is_no_change() {
        let until = |until, status| Stretch { from: UnixMs(0), until: UnixMs(until), status };
        let last = Stretch { from: UnixMs(50), until: UnixMs(i64::MAX), status: Status::PartialOutage };
        let ends = [until(50, Status::Operational)];
        assert_eq!(layered(&ends, UnixMs(50)), [(UnixMs(0), Status::Operational)]);
        assert_eq!(layered(&[last], UnixMs(50)), [(UnixMs(50), Status::PartialOutage)]);
    }

    #[test]
    fn nothing_makes_no_change() {
        assert_eq!(layered(&[], UnixMs(100)), []);
    }
}
