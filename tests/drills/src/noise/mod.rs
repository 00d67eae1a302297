//! `noise`: simulated years in which looks are lost, the watcher's own network breaks, and services really fail.
//!
//! The real core runs with a scripted clock. Where Pharos looks from one place, what loses looks there is told from what fails
//! by damping and by reference targets alone. The bars say what that can do: three failures in a row are by chance expected
//! 1.05 times in a component-year of 30 s looks of which 1 % are lost (1,051,200 × 0.01³). Three are asked for at most, because
//! two are expected 104 times: a run of twelve component-years is above three by chance in less than one of a million
//! runs, and far below what one confirmation less would bring.
//!
//! Where it looks from three places of which two must find an outage, two of them must be wrong at once: with three failures in a row
//! in each that is expected less than once in a thousand component-years, so that a tenth is the bar.

mod places;
mod setting;
mod year;

use std::thread;

use anyhow::{Result, bail, ensure};

use crate::Drill;
use crate::play::Play;
use crate::report::Report;
use crate::report::count_of;
use setting::{Outages, Setting};
use year::Lived;

const DOWN_AFTER_ONE: &str = "down-after-one";
const DOWN_AFTER_FIVE: &str = "down-after-five";
const NO_GUARD: &str = "no-guard";
const SHORT_OUTAGES_ONLY: &str = "short-outages-only";
const LATE_TRUTH: &str = "late-truth";
const QUORUM: &str = "quorum";

pub const DRILL: Drill = Drill {
    name: "noise",
    about: "history and alarms of simulated years with lost looks, a broken watcher and real outages",
    round: "a component-month of each setting",
    rounds: 144,
    rounds_short: 12,
    in_tests: true,
    bars: "at most 3 false outages a component-year at 1 % loss (theory 1.05), those at 5 % within a quarter of theory; \
           none from the watcher's own bursts; no outage of 2 min missed; 95 of 100 detected within 90 s; history right; with three places of \
           which two must find it: at most 0.1 false outages a component-year at 1 % loss, none from the bursts of one place, the rest as before",
    sabotages: &[
        (DOWN_AFTER_ONE, "one failure is believed"),
        (DOWN_AFTER_FIVE, "five failures in a row are asked for"),
        (NO_GUARD, "no reference targets are configured"),
        (SHORT_OUTAGES_ONLY, "the core is told that every outage ends after a minute"),
        (LATE_TRUTH, "the truth about outages is shifted by two intervals"),
        (QUORUM, "of three places one that finds an outage is believed"),
    ],
    needs_binary: false,
    run,
};

/// Days of a component-month.
const MONTH_DAYS: u64 = 30;
/// Months of a component-year.
const MONTHS: f64 = 365.0 / 30.0;
/// False outages of a component-year at 1 % loss.
const FALSE_MAX: f64 = 3.0;
/// The same where two of three places must find an outage.
const FALSE_TOGETHER_MAX: f64 = 0.1;
/// How far those at 5 % may be from theory, as a share of it.
const THEORY_GAP_MAX: f64 = 0.25;
/// Seconds from an outage to its detection, 95 of 100.
const DETECTION_S_MAX: f64 = 90.0;
/// Looks of a component-year.
const LOOKS_A_YEAR: f64 = 365.0 * 86_400.0 / 30.0;

fn run(play: &Play) -> Result<Report> {
    let down_after = match play.sabotage {
        Some(DOWN_AFTER_ONE) => 1,
        Some(DOWN_AFTER_FIVE) => 5,
        _ => 3,
    };
    let usual = Setting { down_after, months: play.rounds, ..Setting::default() };
    let lossy = |loss_ppm: u64| Setting { loss_ppm, ..usual };
    let cut_short = play.is(SHORT_OUTAGES_ONLY);
    let failing = |hangs: bool| Setting { outages: Some(Outages { hangs, cut_short }), ..usual };
    let truth_shift_ms = if play.is(LATE_TRUTH) { 2 * setting::INTERVAL_MS } else { 0 };
    let down_when = Some(if play.is(QUORUM) { 1 } else { 2 });
    let together = |setting: Setting| Setting { down_when, ..setting };
    let settings = [
        lossy(10_000),
        lossy(50_000),
        Setting { down_after: down_after.min(2), ..lossy(10_000) },
        Setting { has_bursts: true, has_references: !play.is(NO_GUARD), ..usual },
        Setting { truth_shift_ms, ..failing(false) },
        Setting { truth_shift_ms, loss_ppm: 10_000, ..failing(true) },
        together(lossy(10_000)),
        together(Setting { down_after: down_after.min(2), ..lossy(10_000) }),
        together(Setting { has_bursts: true, ..usual }),
        together(Setting { truth_shift_ms, ..failing(false) }),
        together(Setting { truth_shift_ms, loss_ppm: 10_000, ..failing(true) }),
    ];
    let lived = live_all(play, &settings)?;
    let Some(([one, five, two_in_a_row, bursts, plain, hanging], of_three)) = lived.split_first_chunk()
    else {
        bail!("{} of {} settings were lived", lived.len(), settings.len());
    };
    let years = f64::from(play.rounds) / MONTHS;
    let a_year = |lived: &Lived| count_of(lived.false_outages) / years;

    let mut report = Report::default();
    let title = "false outages a component-year at 1 % loss, three in a row (theory 1.05)";
    report.at_most(("false_1_percent", title, ""), a_year(one), FALSE_MAX);
    let theory = LOOKS_A_YEAR * 0.05_f64.powi(3) * 0.95;
    let title = "false outages a component-year at 5 % loss (theory 125)";
    report.note("false_5_percent", title, "", a_year(five));
    let gap = (a_year(five) / theory - 1.0).abs();
    report.at_most(("theory_gap", "the same, how far from theory", "of it"), gap, THEORY_GAP_MAX);
    let title = "false outages a component-year at 1 % loss, two in a row (theory 104)";
    report.note("false_two_in_a_row", title, "", a_year(two_in_a_row));
    ensure!(bursts.bursts > 0, "the watcher's network never broke: take more rounds");
    report.none("false_from_bursts", "outages from the watcher's own bursts", bursts.false_outages);
    report.note("bursts", "bursts", "", count_of(bursts.bursts));
    let missed = plain.missed + hanging.missed;
    ensure!(plain.long_outages > 0, "there was no outage of 2 min: take more rounds");
    report.none("missed", "outages of 2 min and more that were missed", missed);
    let long = count_of(plain.long_outages + hanging.long_outages);
    report.note("long_outages", "outages of 2 min and more", "", long);
    report.none("history_errors", "outages of 2 min and more with a wrong beginning or end", plain.wrong);
    let title = "detection of outages that refuse, 95 of 100";
    report.at_most(("detection_p95_s", title, "s"), plain.detection_s(0.95), DETECTION_S_MAX);
    let title = "detection of outages that hang until the timeout of 10 s, 95 of 100";
    report.note("detection_hanging_p95_s", title, "s", hanging.detection_s(0.95));
    report_of_three(&mut report, of_three, years)?;
    Ok(report)
}

/// What was found where two of three places must find an outage.
fn report_of_three(report: &mut Report, lived: &[Lived], years: f64) -> Result<()> {
    let [lossy, two_in_a_row, bursts, plain, hanging] = lived else {
        bail!("{} settings of three places were lived", lived.len());
    };
    let a_year = |lived: &Lived| count_of(lived.false_outages) / years;
    let title = "two of three places: false outages a component-year at 1 % loss, three in a row (theory below 0.001)";
    report.at_most(("together_false_1_percent", title, ""), a_year(lossy), FALSE_TOGETHER_MAX);
    let title = "two of three places: the same, two in a row";
    report.note("together_false_two_in_a_row", title, "", a_year(two_in_a_row));
    ensure!(bursts.bursts > 0, "the network of one place never broke: take more rounds");
    let title = "two of three places: outages from the bursts of one, which has no reference targets";
    report.none("together_false_from_bursts", title, bursts.false_outages);
    report.note("together_bursts", "two of three places: bursts of one", "", count_of(bursts.bursts));
    ensure!(plain.long_outages > 0, "there was no outage of 2 min: take more rounds");
    let title = "two of three places: outages of 2 min and more that were missed";
    report.none("together_missed", title, plain.missed + hanging.missed);
    let title = "two of three places: outages of 2 min and more with a wrong beginning or end";
    report.none("together_history_errors", title, plain.wrong);
    let title = "two of three places: detection of outages that refuse, 95 of 100";
    report.at_most(("together_detection_p95_s", title, "s"), plain.detection_s(0.95), DETECTION_S_MAX);
    let title = "two of three places: detection of outages that hang until the timeout of 10 s, 95 of 100";
    report.note("together_detection_hanging_p95_s", title, "s", hanging.detection_s(0.95));
    Ok(())
}

/// Lives all settings, each on a thread of its own, with chance of its own.
fn live_all(play: &Play, settings: &[Setting]) -> Result<Vec<Lived>> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..)
            .zip(settings)
            .map(|(purpose, setting)| {
                let random = play.chance(purpose);
                scope.spawn(move || year::live(setting, random, u64::from(setting.months) * MONTH_DAYS))
            })
            .collect();
        let lived = threads.into_iter().map(thread::ScopedJoinHandle::join);
        lived.map(|lived| lived.unwrap_or_else(|_| Err(anyhow::anyhow!("the core panicked")))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_month_has_no_outage_and_nothing_is_missed() {
        let setting = Setting { months: 1, ..Setting::default() };
        let lived = year::live(&setting, pharos_engine::simulator::Random::new(1, 1), 10).unwrap();
        assert_eq!((lived.false_outages, lived.missed, lived.long_outages), (0, 0, 0));
    }

    #[test]
    fn a_place_whose_network_breaks_is_outvoted_by_two_and_would_not_be_believed_alone() {
        let live = |down_when| {
            let setting = Setting { has_bursts: true, down_when: Some(down_when), ..Setting::default() };
            year::live(&setting, pharos_engine::simulator::Random::new(1, 1), 20).unwrap()
        };
        assert_eq!(live(2).false_outages, 0);
        assert!(live(2).bursts > 1 && live(1).false_outages > 5);
    }

    #[test]
    fn real_outages_are_found_and_dated_and_a_guard_is_needed_against_bursts() {
        let random = || pharos_engine::simulator::Random::new(1, 1);
        let outages = Setting { outages: Some(Outages::default()), ..Setting::default() };
        let lived = year::live(&outages, random(), 20).unwrap();
        assert_eq!((lived.false_outages, lived.missed, lived.wrong), (0, 0, 0));
        assert!(lived.long_outages > 5 && lived.detection_s(0.95) <= 90.0, "{lived:?}");
        let bursts = Setting { months: 1, has_bursts: true, ..Setting::default() };
        assert_eq!(year::live(&bursts, random(), 20).unwrap().false_outages, 0);
        let unguarded = Setting { has_references: false, ..bursts };
        assert!(year::live(&unguarded, random(), 20).unwrap().false_outages > 5);
    }
}
