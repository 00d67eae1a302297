//! A timeline drawn by chance: what the journal tells of one component, around moments at which calendars are odd.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pharos_engine::simulator::Random;
use pharos_model::{Status, UptimeWeights};

/// Zones with days of 23, 24, 24.5 and 25 hours, on both sides of UTC.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "America/Santiago",
];
/// 2026-01-01 and 2030-01-01, in seconds since 1970: four years with one leap day.
const YEARS_S: (i64, i64) = (1_767_225_600, 1_893_456_000);
/// The midnights UTC before and after 29 February 2028.
const LEAP_S: (i64, i64) = (1_835_395_200, 1_835_481_600);
/// Seconds of a usual timeline, and of one that holds whole days.
const SHORT_S: (u64, u64) = (600, 7_200);
const LONG_S: u64 = 60 * 3_600;
/// One of so many timelines is long.
const LONG_EVERY: u32 = 50;
/// Happenings of one timeline.
const HAPPENINGS: (u64, u64) = (2, 30);
/// How far a change is dated back at most, in seconds.
const BACK_S_MAX: u64 = 900;

/// What the journal tells.
#[derive(Clone, Copy, Debug)]
pub enum Happening {
    /// The component has this status since a second.
    Turned(Status, i64),
    /// Nobody watched since a second.
    Unwatched(i64),
    /// Nothing changed.
    Checkpoint,
}

/// A timeline. Times are in whole seconds since 1970.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Where its days begin.
    pub zone: TimeZone,
    /// The name of that zone.
    pub zone_name: &'static str,
    /// The first second.
    pub starts_s: i64,
    /// The second after the last.
    pub ends_s: i64,
    /// When the component is added.
    pub began_s: i64,
    /// What is told when, in order.
    pub told: Vec<(i64, Happening)>,
    /// How uptime is reckoned.
    pub weights: UptimeWeights,
}

impl Timeline {
    /// The `number`-th of a run.
    pub fn draw(random: &mut Random, number: u32) -> Self {
        let zone_name = *random.pick(ZONES);
        let zone = TimeZone::get(zone_name).unwrap_or(TimeZone::UTC);
        let is_long = number % LONG_EVERY == LONG_EVERY - 1;
        let length_s = if is_long { LONG_S } else { random.between(SHORT_S.0, SHORT_S.1) };
        let odd_s = odd_moment_s(random, &zone);
        let starts_s = odd_s - signed(random.between(0, length_s));
        let ends_s = starts_s + signed(length_s);
        let began_s = starts_s + signed(random.between(0, length_s / 3));
        let count = random.between(HAPPENINGS.0, HAPPENINGS.1);
        let mut moments: Vec<i64> = (0..count).map(|_| began_s + within(random, began_s, ends_s)).collect();
        moments.sort_unstable();
        let told = moments.into_iter().map(|at| (at, happening(random, at))).collect();
        let weights = UptimeWeights {
            major_bp: 10_000,
            partial_bp: u32::try_from(random.between(0, 10_000)).unwrap_or(0),
            coverage_floor_bp: u32::try_from(random.between(0, 10_000)).unwrap_or(0),
        };
        Self { zone, zone_name, starts_s, ends_s, began_s, told, weights }
    }

    /// A second from the first to the end.
    pub fn moment(&self, random: &mut Random) -> i64 {
        self.starts_s + within(random, self.starts_s, self.ends_s)
    }
}

/// Seconds from 0 to what lies between two moments.
fn within(random: &mut Random, from_s: i64, until_s: i64) -> i64 {
    signed(random.between(0, u64::try_from(until_s - from_s).unwrap_or(0)))
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// A midnight of the zone, one beside the leap day, or a moment at which its clocks change.
fn odd_moment_s(random: &mut Random, zone: &TimeZone) -> i64 {
    let any_s = YEARS_S.0 + within(random, YEARS_S.0, YEARS_S.1);
    let midnight_s = |at_s: i64| {
        let stamp = Timestamp::from_second(at_s).unwrap_or(Timestamp::UNIX_EPOCH);
        let start = stamp.to_zoned(zone.clone()).start_of_day();
        start.map_or(at_s, |start| start.timestamp().as_second())
    };
    match random.between(0, 3) {
        0 => midnight_s(any_s),
        // Noon, so that every zone means the days around the leap day.
        1 => midnight_s(if random.chance(500_000) { LEAP_S.0 } else { LEAP_S.1 } + 43_200),
        kind => {
            let stamp = Timestamp::from_second(any_s).unwrap_or(Timestamp::UNIX_EPOCH);
            let change_s = zone.following(stamp).next().map(|change| change.timestamp().as_second());
            let change_s = change_s.filter(|at_s| *at_s < YEARS_S.1).unwrap_or(any_s);
            if kind == 2 { change_s } else { midnight_s(change_s) }
        }
    }
}

fn happening(random: &mut Random, at_s: i64) -> Happening {
    let back_s = if random.chance(600_000) { random.between(0, BACK_S_MAX) } else { 0 };
    let from_s = at_s - signed(back_s);
    match random.between(0, 9) {
        0 => Happening::Checkpoint,
        1 => Happening::Unwatched(from_s),
        // Half of the rest is good, so that figures lie between the extremes.
        2..=5 => Happening::Turned(Status::Operational, from_s),
        _ => Happening::Turned(*random.pick(&Status::ALL), from_s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_timelines_and_they_reach_what_is_odd() {
        let draw = || {
            let mut random = Random::new(3, 1);
            (0..400).map(|number| Timeline::draw(&mut random, number)).collect::<Vec<_>>()
        };
        let (one, two) = (draw(), draw());
        assert!(one.iter().zip(&two).all(|(a, b)| a.told.len() == b.told.len() && a.starts_s == b.starts_s));
        let holds = |at_s: i64| one.iter().any(|line| line.starts_s <= at_s && at_s <= line.ends_s);
        assert!(holds(LEAP_S.0) && holds(LEAP_S.1), "no leap day");
        assert!(one.iter().all(|line| line.told.is_sorted_by_key(|(at, _)| *at)));
    }
}
