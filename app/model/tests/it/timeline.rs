//! Random timelines, folded by the model and once more by a reference that keeps every millisecond.

use pharos_model::{
    Change, CivilDate, Component, ComponentDefinition, ComponentId, Day, Origin, PageDefinition, Snapshot,
    Status, Tally, UnixMs,
};
use proptest::prelude::*;

/// Milliseconds of the longest day; days of the reference are short so that it can count them one by one.
const DAY_MS_MAX: i64 = 60;

/// What happens after some milliseconds.
#[derive(Clone, Debug)]
enum Happening {
    /// A status, dated back by so many milliseconds.
    Status(Status, i64),
    /// Nobody watched for so many milliseconds.
    Absence(i64),
    /// Nothing.
    Checkpoint,
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(&Status::ALL[..])
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (status(), 0..80_i64).prop_map(|(status, back)| Happening::Status(status, back)),
        2 => (0..150_i64).prop_map(Happening::Absence),
        1 => Just(Happening::Checkpoint),
    ]
}

/// Lengths of days, and what happens when.
fn timeline() -> impl Strategy<Value = (Vec<i64>, i64, Vec<(i64, Happening)>)> {
    let days = prop::collection::vec(1..=DAY_MS_MAX, 1..20);
    (days, 0..DAY_MS_MAX, prop::collection::vec((0..60_i64, happening()), 0..40))
}

/// A fold and, beside it, the status of every millisecond since the component began.
struct Both {
    snapshot: Snapshot,
    every_ms: Vec<Status>,
    began: i64,
    open_since: i64,
    status: Status,
    days: Vec<Day>,
    next_day: usize,
}

impl Both {
    fn new(lengths: &[i64], began: i64) -> Self {
        let mut starts_at = 0;
        let day = |(index, length): (usize, &i64)| {
            let day = Day { date: CivilDate(i32::try_from(index).unwrap()), starts_at: UnixMs(starts_at) };
            starts_at += length;
            day
        };
        let days = lengths.iter().enumerate().map(day).collect();
        let mut both = Self {
            snapshot: Snapshot::empty(Origin::new("timeline").unwrap()),
            every_ms: Vec::new(),
            began,
            open_since: began,
            status: Status::Unknown,
            days,
            next_day: 0,
        };
        both.begin_days(began);
        let definition = ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into());
        let page = PageDefinition { components: vec![definition], ..PageDefinition::default() };
        both.apply(began, &Change::Configured(page));
        both
    }

    fn begin_days(&mut self, now: i64) {
        while let Some(day) = self.days.get(self.next_day).copied().filter(|day| day.starts_at.0 <= now) {
            self.next_day += 1;
            self.apply(now, &Change::DayBegan(day));
        }
    }

    fn apply(&mut self, at: i64, change: &Change) {
        self.snapshot.apply_change(UnixMs(at), change).unwrap();
    }

    fn pass(&mut self, until: i64) {
        let length = usize::try_from(until - self.began).unwrap();
        self.every_ms.resize(length, self.status);
        self.begin_days(until);
    }

    fn change(&mut self, status: Status, from: i64) {
        let from = from.max(self.open_since);
        let start = usize::try_from(from - self.began).unwrap();
        self.every_ms[start..].fill(status);
        (self.status, self.open_since) = (status, from);
    }

    fn play(&mut self, happenings: &[(i64, Happening)]) -> i64 {
        let mut now = self.began;
        for (pause, happening) in happenings {
            now += pause;
            match happening {
                Happening::Status(status, back) => {
                    self.pass(now);
                    let component = ComponentId::new("api").unwrap();
                    let from = now - back;
                    self.apply(
                        now,
                        &Change::StatusChanged { component, status: *status, from: UnixMs(from) },
                    );
                    self.change(*status, from);
                }
                Happening::Absence(length) => {
                    let from = now;
                    now += length;
                    self.pass(now);
                    self.apply(now, &Change::Unwatched { from: UnixMs(from), until: UnixMs(now) });
                    self.change(Status::Unknown, from);
                }
                Happening::Checkpoint => {
                    self.pass(now);
                    self.apply(now, &Change::Checkpoint);
                }
            }
        }
        self.pass(now);
        self.apply(now, &Change::Checkpoint);
        now
    }

    fn component(&self) -> &Component {
        &self.snapshot.components[0]
    }

    /// The reference: counts milliseconds of `[from, until)`.
    fn count(&self, from: i64, until: i64) -> Tally {
        let mut tally = Tally::default();
        for at in from.max(self.began)..until {
            tally.add(self.every_ms[usize::try_from(at - self.began).unwrap()], 1);
        }
        tally
    }

    fn end_of(&self, index: usize, now: i64) -> i64 {
        self.snapshot.days.get(index + 1).map_or(now, |next| next.starts_at.0)
    }
}

fn quietly(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(quietly(3_000))]

    #[test]
    fn every_day_holds_exactly_the_milliseconds_that_passed((lengths, began, happenings) in timeline()) {
        let mut both = Both::new(&lengths, began);
        let now = both.play(&happenings);
        for index in 0..both.snapshot.days.len() {
            let start = both.snapshot.days[index].starts_at.0;
            let tally = both.component().day_tally(&both.snapshot.days, index, both.snapshot.at);
            prop_assert_eq!(tally, both.count(start, both.end_of(index, now)), "day {}", index);
        }
    }

    #[test]
    fn the_parts_of_a_window_add_up_to_it((lengths, began, happenings) in timeline(), count in 1..25_usize) {
        let mut both = Both::new(&lengths, began);
        let now = both.play(&happenings);
        let days = &both.snapshot.days;
        let start = days[days.len().saturating_sub(count)].starts_at.0.max(began);
        let tally = both.component().tally(days, count, both.snapshot.at);
        prop_assert_eq!(tally.total_ms(), u64::try_from(now - start).unwrap_or(0));
        prop_assert_eq!(tally, both.count(start, now));
    }

    #[test]
    fn a_window_is_the_sum_of_its_two_halves((lengths, began, happenings) in timeline(), cut in 0..25_usize) {
        let mut both = Both::new(&lengths, began);
        both.play(&happenings);
        let (days, at) = (&both.snapshot.days, both.snapshot.at);
        let cut = cut.min(days.len());
        let whole = both.component().tally(days, days.len(), at);
        let mut halves = both.component().tally(days, cut, at);
        for index in 0..days.len() - cut {
            halves.merge(&both.component().day_tally(days, index, at));
        }
        prop_assert_eq!(whole, halves);
    }

    #[test]
    fn a_figure_follows_from_the_milliseconds_alone((lengths, began, happenings) in timeline()) {
        let mut both = Both::new(&lengths, began);
        let now = both.play(&happenings);
        let tally = both.count(both.snapshot.days[0].starts_at.0, now);
        let uptime = both.snapshot.uptime(both.component(), both.snapshot.days.len());
        let of = |status| u128::from(tally.of(status));
        let judged = of(Status::Operational)
            + of(Status::DegradedPerformance)
            + of(Status::PartialOutage)
            + of(Status::MajorOutage);
        let lost = of(Status::MajorOutage) * 10_000 + of(Status::PartialOutage) * 3_000;
        let weights = both.snapshot.page.weights;
        let known = judged + of(Status::UnderMaintenance);
        prop_assert_eq!(weights.partial_bp, 3_000);
        prop_assert_eq!(
            uptime.uptime_bp.map(u128::from),
            (judged * 10_000).saturating_sub(lost).checked_div(judged)
        );
        prop_assert_eq!(
            Some(u128::from(uptime.coverage_bp)),
            Some((known * 10_000).checked_div(u128::from(tally.total_ms())).unwrap_or(0))
        );
    }

    #[test]
    fn no_day_is_green_without_evidence((lengths, began, happenings) in timeline()) {
        let mut both = Both::new(&lengths, began);
        let now = both.play(&happenings);
        let board = &both.snapshot;
        for index in 0..board.days.len() {
            let seen = both.count(board.days[index].starts_at.0, both.end_of(index, now));
            let colour = both.component().day_colour(&board.days, index, board.at, board.page.weights);
            let green = colour == pharos_model::DayColour::Worst(Status::Operational);
            let unknown = seen.of(Status::Unknown);
            prop_assert!(!green || unknown * 20 <= seen.total_ms(), "day {}: {:?}", index, seen);
            prop_assert!(!green || seen.total_ms() == seen.of(Status::Operational) + unknown);
        }
    }

    #[test]
    fn a_board_reads_the_same_after_a_trip_over_the_wire((lengths, began, happenings) in timeline()) {
        let mut both = Both::new(&lengths, began);
        both.play(&happenings);
        let text = serde_json::to_string(&both.snapshot).unwrap();
        prop_assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), both.snapshot);
    }
}
