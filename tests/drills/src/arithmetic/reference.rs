//! The reference of timelines: a status for every second, counted.
//!
//! It knows that a change of status holds from its date on, that no change is dated before the one it follows, and nothing else
//! of how the code under test goes about it.

use jiff::Timestamp;
use pharos_engine::day_at;
use pharos_engine::simulator::Random;
use pharos_model::{
    Change, CivilDate, Component, ComponentDefinition, ComponentId, Day, DayColour, Origin, PageDefinition,
    Snapshot, Span, Status, Tally, UnixMs, UptimeWeights,
};

use super::Found;
use super::lens::Lens;
use super::timeline::{Happening, Timeline};

/// Longer than any day and shorter than two, in seconds.
const INTO_THE_NEXT_DAY_S: i64 = 26 * 3_600;
const DAY_S: i64 = 86_400;
const MINUTE_S: i64 = 60;
/// Windows that are cut out of each timeline.
const WINDOWS: u32 = 3;

/// Seconds by status.
type Seconds = [u64; 6];

/// A status for every second of a timeline; `None` before the component began.
struct Painted {
    starts_s: i64,
    seconds: Vec<Option<Status>>,
    /// When the last change was dated.
    since_s: i64,
    /// The date of every minute.
    dates: Vec<CivilDate>,
}

impl Painted {
    fn of(line: &Timeline) -> Self {
        let length = usize::try_from(line.ends_s - line.starts_s).unwrap_or(0);
        let mut painted = Self {
            starts_s: line.starts_s,
            seconds: vec![None; length],
            since_s: line.began_s,
            dates: dates(line),
        };
        painted.paint(line.began_s, Status::Unknown);
        painted
    }

    fn place(&self, at_s: i64) -> usize {
        usize::try_from(at_s - self.starts_s).unwrap_or(0).min(self.seconds.len())
    }

    fn paint(&mut self, from_s: i64, status: Status) {
        self.since_s = self.since_s.max(from_s);
        let first = self.place(self.since_s);
        self.seconds[first..].fill(Some(status));
    }

    /// The seconds of each status in `[from_s, until_s)`, those of which `wanted` is true.
    fn count(&self, from_s: i64, until_s: i64, wanted: impl Fn(i64) -> bool) -> Seconds {
        let mut counted = Seconds::default();
        for at_s in from_s..until_s {
            if let Some(status) = self.seconds.get(self.place(at_s)).copied().flatten()
                && wanted(at_s)
            {
                counted[status.index()] += 1;
            }
        }
        counted
    }

    fn date(&self, at_s: i64) -> CivilDate {
        let minute = usize::try_from((at_s - whole_minute(self.starts_s)) / MINUTE_S).unwrap_or(0);
        self.dates[minute.min(self.dates.len() - 1)]
    }

    /// The spans up to `until_s`, of which some are left out, and the open one has no end.
    fn spans(&self, until_s: i64, random: &mut Random) -> (Vec<Span>, Vec<bool>) {
        let mut spans: Vec<Span> = Vec::new();
        let mut kept = vec![false; self.seconds.len()];
        let mut first = 0;
        let last = self.place(until_s);
        while first < last {
            let length =
                self.seconds[first..last].iter().take_while(|status| **status == self.seconds[first]).count();
            if let Some(status) = self.seconds[first]
                && !random.chance(100_000)
            {
                let moment =
                    |place: usize| UnixMs((self.starts_s + i64::try_from(place).unwrap_or(0)) * 1_000);
                let is_open = first + length == last;
                let ends_at = (!is_open).then(|| moment(first + length));
                spans.push(Span { starts_at: moment(first), ends_at, status, measured: None });
                // The open one goes on for as long as is asked.
                let end = if is_open { kept.len() } else { first + length };
                kept[first..end].fill(true);
            }
            first += length;
        }
        (spans, kept)
    }
}

fn whole_minute(at_s: i64) -> i64 {
    at_s.div_euclid(MINUTE_S) * MINUTE_S
}

/// The date that clocks on the wall show in each minute. Where they show one again after they showed the next, that stays.
fn dates(line: &Timeline) -> Vec<CivilDate> {
    let mut last = CivilDate(i32::MIN);
    let minutes = (whole_minute(line.starts_s)..line.ends_s.max(line.starts_s + 1)).step_by(60);
    minutes
        .map(|at_s| {
            let stamp = Timestamp::from_second(at_s).unwrap_or(Timestamp::UNIX_EPOCH);
            let local_s = at_s + i64::from(line.zone.to_offset(stamp).seconds());
            let date = CivilDate(i32::try_from(local_s.div_euclid(DAY_S)).unwrap_or(0));
            last = last.max(date);
            last
        })
        .collect()
}

fn moment(at_s: i64) -> UnixMs {
    UnixMs(at_s * 1_000)
}

/// Tells the timeline to the code under test and to the reference, and compares them on the way and at the end.
pub fn compare(line: &Timeline, lens: &Lens, random: &mut Random, found: &mut Found) {
    let Ok(id) = ComponentId::new("c") else { return };
    let mut painted = Painted::of(line);
    let mut board = Snapshot::empty(Origin::default());
    let zone = if lens.days_by_utc() { jiff::tz::TimeZone::UTC } else { line.zone.clone() };
    let mut day = day_at(&zone, moment(line.starts_s));
    let mut tell = |board: &mut Snapshot, at_s: i64, change: Option<Change>| {
        if board.days.is_empty() {
            let _ = board.apply_change(moment(at_s), &Change::DayBegan(day));
        }
        // No day is shorter than this, so that none is passed over.
        let mut next = day_at(&zone, day.starts_at.plus_ms(INTO_THE_NEXT_DAY_S.unsigned_abs() * 1_000));
        while next.starts_at <= moment(at_s) {
            let _ = board.apply_change(moment(at_s), &Change::DayBegan(next));
            day = next;
            next = day_at(&zone, day.starts_at.plus_ms(INTO_THE_NEXT_DAY_S.unsigned_abs() * 1_000));
        }
        change.is_none_or(|change| board.apply_change(moment(at_s), &change).is_ok())
    };
    let laid_out = Change::Configured(definition(&id, line.weights));
    let mut fits = tell(&mut board, line.began_s, Some(laid_out));
    let looked_at = random.index(line.told.len() - 1);
    for (index, (at_s, happening)) in line.told.iter().enumerate() {
        let change = match *happening {
            Happening::Turned(status, from_s) => {
                painted.paint(from_s, status);
                Change::StatusChanged { component: id.clone(), status, from: moment(from_s) }
            }
            Happening::Unwatched(from_s) => {
                painted.paint(from_s, Status::Unknown);
                Change::Unwatched { from: moment(from_s), until: moment(*at_s) }
            }
            Happening::Checkpoint => Change::Checkpoint,
        };
        fits &= tell(&mut board, *at_s, Some(change));
        if index == looked_at {
            compare_at(&board, &painted, (line, *at_s), lens, found);
        }
    }
    fits &= tell(&mut board, line.ends_s, Some(Change::Checkpoint));
    found.note(fits, || format!("a change was refused: {line:?}"));
    compare_at(&board, &painted, (line, line.ends_s), lens, found);
    let component = &board.components[0];
    let (spans, kept) = painted.spans(line.ends_s, random);
    for _ in 0..WINDOWS {
        compare_window(component, (&spans, &kept), &painted, line, (lens, random), found);
    }
}

fn definition(id: &ComponentId, weights: UptimeWeights) -> PageDefinition {
    let mut definition = PageDefinition::default();
    definition.page.weights = weights;
    definition.components.push(ComponentDefinition::new(id.clone(), "C".into()));
    definition
}

/// Days, their parts, and the figures of all of them, as of `at_s`.
fn compare_at(
    board: &Snapshot,
    painted: &Painted,
    (line, at_s): (&Timeline, i64),
    lens: &Lens,
    found: &mut Found,
) {
    let component = &board.components[0];
    let mut all = Seconds::default();
    for (index, Day { date, .. }) in board.days.iter().enumerate() {
        let expected = painted.count(line.starts_s, at_s, |second| painted.date(second) == *date);
        let tally = component.day_tally(&board.days, index, moment(at_s));
        let zone = line.zone_name;
        found.note(is(&tally, &expected), || format!("{zone}, {date}: {tally:?}, counted {expected:?} s"));
        let colour = component.day_colour(&board.days, index, moment(at_s), line.weights);
        let is_green = colour == DayColour::Worst(Status::Operational);
        let known: u64 = expected[..5].iter().sum();
        let length: u64 = expected.iter().sum();
        let covered = known * 10_000 / length.max(1) >= u64::from(line.weights.coverage_floor_bp);
        let may_be_green = covered && expected[2..5].iter().all(|s| *s == 0) || length == 0;
        found.note(!is_green || may_be_green, || format!("{date} is green with {expected:?} s"));
        let is_empty = colour == DayColour::NoData;
        found.note(is_empty || known > 0 || length == 0, || {
            format!("{date} is {colour:?} with {expected:?} s")
        });
        for (sum, part) in all.iter_mut().zip(expected) {
            *sum += part;
        }
    }
    let tally = component.tally(&board.days, board.days.len(), moment(at_s));
    found.note(is(&tally, &all), || format!("{}: {tally:?}, counted {all:?} s", line.zone_name));
    let window_s = u64::try_from(at_s - line.began_s).unwrap_or(0);
    found.note(tally.total_ms() == window_s * 1_000, || format!("{tally:?} does not fill {window_s} s"));
    compare_figure(&tally, &all, line.weights, lens, found);
}

/// A window cut out by spans, of which some are missing, and the same in two pieces.
fn compare_window(
    component: &Component,
    (spans, kept): (&[Span], &[bool]),
    painted: &Painted,
    line: &Timeline,
    (lens, random): (&Lens, &mut Random),
    found: &mut Found,
) {
    let mut cuts = [line.moment(random), line.moment(random), line.moment(random)];
    cuts.sort_unstable();
    let [from, cut, until] = cuts;
    let counted = |from_s: i64, until_s: i64| {
        let mut seconds = painted.count(from_s, until_s, |at_s| kept[painted.place(at_s)]);
        seconds[5] += painted.count(from_s, until_s, |at_s| !kept[painted.place(at_s)]).iter().sum::<u64>();
        seconds
    };
    let told = |from_s: i64, until_s: i64| lens.tally_of(component, spans, moment(from_s), moment(until_s));
    let (whole, expected) = (told(from, until), counted(from, until));
    found.note(is(&whole, &expected), || {
        format!("spans in {from}..{until}: {whole:?}, counted {expected:?} s")
    });
    let mut pieces = told(from, cut);
    pieces.merge(&told(cut, until));
    found.note(pieces == whole, || format!("{from}..{until} cut at {cut}: {pieces:?}, whole {whole:?}"));
    compare_figure(&whole, &expected, line.weights, lens, found);
}

/// Uptime and coverage, against their definitions in whole numbers.
fn compare_figure(tally: &Tally, seconds: &Seconds, weights: UptimeWeights, lens: &Lens, found: &mut Found) {
    let uptime = lens.uptime(tally, weights);
    let [fine, _, slow, partly, out, unknown] = seconds.map(u128::from);
    let (judged, all) = (fine + slow + partly + out, seconds.iter().copied().map(u128::from).sum::<u128>());
    let lost = partly * u128::from(weights.partial_bp) + out * u128::from(weights.major_bp);
    let expected = (judged > 0).then(|| (judged * 10_000 - lost) / judged);
    let got = uptime.uptime_bp.map(u128::from);
    found.note(got == expected, || {
        format!("uptime {got:?} of {seconds:?} s with {weights:?}, not {expected:?}")
    });
    found.note(got.is_none_or(|bp| bp <= 10_000), || format!("uptime {got:?} of 10,000"));
    let coverage = ((all - unknown) * 10_000).checked_div(all).unwrap_or(0);
    let is_covered = coverage >= u128::from(weights.coverage_floor_bp);
    let agrees = u128::from(uptime.coverage_bp) == coverage && uptime.covered == is_covered;
    found.note(agrees, || format!("coverage {uptime:?} of {seconds:?} s, not {coverage}"));
}

fn is(tally: &Tally, seconds: &Seconds) -> bool {
    Status::ALL.into_iter().all(|status| tally.of(status) == seconds[status.index()] * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_paints_from_its_date_on_and_never_before_the_last() {
        let mut random = Random::new(1, 1);
        let line = Timeline {
            told: Vec::new(),
            began_s: 100,
            starts_s: 60,
            ends_s: 200,
            ..Timeline::draw(&mut random, 0)
        };
        let mut painted = Painted::of(&line);
        painted.paint(150, Status::Operational);
        painted.paint(120, Status::MajorOutage);
        painted.paint(170, Status::Operational);
        let counted = painted.count(60, 200, |_| true);
        assert_eq!(counted, [30, 0, 0, 0, 20, 50]);
    }

    #[test]
    fn a_day_on_which_clocks_change_has_an_hour_more_or_less() {
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        // 29 March 2026, 00:00 in Berlin, and the following midnight.
        let starts_s = 1_774_738_800;
        let mut random = Random::new(1, 1);
        let line =
            Timeline { zone, starts_s, ends_s: starts_s + 2 * DAY_S, ..Timeline::draw(&mut random, 0) };
        let dates = dates(&line);
        let first = dates.iter().filter(|date| **date == dates[0]).count();
        assert_eq!(first, 23 * 60);
    }
}
