//! A second opinion on time: every span of every component, kept in full and added up the slow way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pharos_model::{Change, CivilDate, ComponentId, Day, Snapshot, Status, Tally, UnixMs};

use super::report::{Broken, hold};
use crate::Entry;

const DAY_MS: u64 = 86_400_000;

/// One component's spans: each begins where it says and ends where the next begins.
#[derive(Clone, Debug)]
pub struct Part {
    began: UnixMs,
    spans: Vec<(UnixMs, Status)>,
}

impl Part {
    /// The open span: since when, and what.
    pub fn open(&self) -> (UnixMs, Status) {
        self.spans.last().copied().unwrap_or((self.began, Status::Unknown))
    }

    fn push(&mut self, from: UnixMs, status: Status) {
        self.spans.push((from.max(self.open().0), status));
    }

    /// Milliseconds of each status in `[from, until)`.
    fn tally(&self, from: UnixMs, until: UnixMs) -> Tally {
        let mut tally = Tally::default();
        let mut end = until;
        for (since, status) in self.spans.iter().rev() {
            let start = (*since).max(from);
            tally.add(*status, end.since_ms(start));
            end = end.min(*since);
            if *since <= from {
                break;
            }
        }
        tally
    }
}

/// All spans, all days, and when nobody watched.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// By component on the page.
    pub parts: BTreeMap<ComponentId, Part>,
    days: Vec<Day>,
    away: Vec<(UnixMs, UnixMs)>,
    zone_moved_at: Option<UnixMs>,
}

fn date_of(zone: &TimeZone, at: UnixMs) -> CivilDate {
    let stamp = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let date = zone.to_datetime(stamp).date();
    CivilDate::from_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

impl Chronicle {
    /// Notes that the operator moved the page to another zone.
    pub fn zone_moved(&mut self, at: UnixMs) {
        self.zone_moved_at = Some(at);
    }

    /// Notes that the watcher was provably away.
    pub fn was_away(&mut self, from: UnixMs, until: UnixMs) {
        if from < until {
            self.away.push((from, until));
        }
    }

    /// Takes an entry of the journal.
    ///
    /// # Errors
    /// When it makes no sense.
    pub fn take(&mut self, entry: &Entry, zone: &TimeZone) -> Result<(), Broken> {
        match entry.fact.public() {
            Some(Change::Configured(definition)) => {
                let before = std::mem::take(&mut self.parts);
                for wanted in &definition.components {
                    let fresh = Part { began: entry.at, spans: vec![(entry.at, Status::Unknown)] };
                    let part = before.get(&wanted.id).cloned().unwrap_or(fresh);
                    self.parts.insert(wanted.id.clone(), part);
                }
            }
            Some(Change::StatusChanged { component, status, from }) => {
                let known = self.parts.get_mut(component).filter(|part| part.open().1 != *status);
                let Some(part) = known else {
                    let rule = "a status is recorded only when it changed";
                    return Err(Broken { rule, detail: format!("{component} is {} again", status.as_str()) });
                };
                let fits = *from >= part.open().0 && *from <= entry.at;
                hold(fits, "a status begins within the span that it ends", || format!("{component}"))?;
                part.push(*from, *status);
            }
            Some(Change::Unwatched { from, until }) => {
                hold(from <= until && *until == entry.at, "an absence ends when it is recorded", || {
                    format!("{} to {}", from.0, until.0)
                })?;
                self.parts.values_mut().for_each(|part| part.push(*from, Status::Unknown));
            }
            Some(Change::DayBegan(day)) => self.begin_day(*day, entry.at, zone)?,
            _ => {}
        }
        Ok(())
    }

    fn begin_day(&mut self, day: Day, at: UnixMs, zone: &TimeZone) -> Result<(), Broken> {
        let regular = self.zone_moved_at.is_none_or(|moved| moved.plus_ms(2 * DAY_MS) < day.starts_at);
        let right = date_of(zone, day.starts_at) == day.date
            && date_of(zone, day.starts_at.minus_ms(1)).next() == day.date;
        hold(!regular || right, "a day begins at the first instant of its date", || format!("{}", day.date))?;
        let fits = self.days.last().is_none_or(|last| last.date < day.date && last.starts_at < day.starts_at);
        hold(fits && day.starts_at <= at, "days follow one another", || format!("{}", day.date))?;
        self.days.push(day);
        Ok(())
    }

    /// Compares the last `count` days of `board` with what the spans add up to.
    ///
    /// # Errors
    /// When a figure differs by a millisecond.
    pub fn check(&self, board: &Snapshot, zone: &TimeZone, count: usize) -> Result<(), Broken> {
        let today = board.days.last().map(|day| day.date);
        hold(today >= Some(date_of(zone, board.at)), "the board's last day is today", || {
            format!("{today:?} at {}", board.at.0)
        })?;
        for component in &board.components {
            let Some(part) = self.parts.get(&component.definition.id) else { continue };
            let name = &component.definition.id;
            hold(part.open() == (component.since, component.status), "both know the open span", || {
                format!("{name}: {:?} against {:?}", part.open(), (component.since, component.status))
            })?;
            for index in board.days.len().saturating_sub(count)..board.days.len() {
                let day = board.days[index];
                let end = board.days.get(index + 1).map_or(board.at, |next| next.starts_at);
                let slow = part.tally(day.starts_at.max(part.began), end);
                let quick = component.day_tally(&board.days, index, board.at);
                hold(slow == quick, "a day's tally is the sum of its spans", || {
                    format!("{name} on {}: {quick:?}, the spans say {slow:?}", day.date)
                })?;
            }
            Self::check_windows(board, component, part)?;
            self.check_absences(part, board.at.minus_ms(DAY_MS.saturating_mul(count as u64)), name)?;
        }
        Ok(())
    }

    fn check_windows(
        board: &Snapshot,
        component: &pharos_model::Component,
        part: &Part,
    ) -> Result<(), Broken> {
        for count in [1, 7, 30, 90] {
            let first = board.days.len().saturating_sub(count);
            let Some(start) = board.days.get(first).map(|day| day.starts_at.max(part.began)) else {
                continue;
            };
            let tally = component.tally(&board.days, count, board.at);
            let name = &component.definition.id;
            hold(tally.total_ms() == board.at.since_ms(start), "the parts add up to the window", || {
                format!("{name}: {} of {} ms", tally.total_ms(), board.at.since_ms(start))
            })?;
            let uptime = board.uptime(component, count);
            let judged = tally.total_ms() - tally.of(Status::Unknown) - tally.of(Status::UnderMaintenance);
            hold(uptime.uptime_bp.is_none() == (judged == 0), "no figure without evidence", || {
                format!("{name}: {uptime:?}")
            })?;
            let bounded = uptime.uptime_bp.unwrap_or(0) <= 10_000 && uptime.coverage_bp <= 10_000;
            hold(bounded, "uptime and coverage lie between 0 and 100 %", || format!("{name}: {uptime:?}"))?;
            let known = tally.total_ms() - tally.of(Status::Unknown);
            let coverage = u128::from(known) * 10_000 / u128::from(tally.total_ms().max(1));
            hold(u128::from(uptime.coverage_bp) == coverage, "coverage is the known share", || {
                format!("{name}: {uptime:?}")
            })?;
        }
        Ok(())
    }

    fn check_absences(&self, part: &Part, since: UnixMs, name: &ComponentId) -> Result<(), Broken> {
        for (from, until) in self.away.iter().rev().take_while(|(_, until)| *until > since) {
            let from = (*from).max(part.began);
            if from >= *until {
                continue;
            }
            let unknown_ms = part.tally(from, *until).of(Status::Unknown);
            hold(unknown_ms == until.since_ms(from), "time in which nobody watched is unknown", || {
                format!("{name}: {unknown_ms} ms of {} ms from {}", until.since_ms(from), from.0)
            })?;
        }
        Ok(())
    }
}
