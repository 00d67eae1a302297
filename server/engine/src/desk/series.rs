//! Maintenance that comes again and again: which occurrences are announced, and when.
//!
//! A rule is read in the page's time zone. Where the clocks change, croner's rules hold: a time that does not exist moves to the
//! next that does, and one that comes twice counts once.

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pharos_model::{Change, Maintenance, MaintenanceId, MaintenanceSource, MaintenanceStatus, UnixMs};

use super::{Refusal, Series, Subject, Work, checked};
use crate::calendar::day_at;
use crate::engine::Output;
use crate::limits::{
    CRON_CHARS_MAX, MAINTENANCE_MS_MAX, PLANNED_MAINTENANCES_MAX, SERIES_AHEAD_MS, SERIES_MAX,
    SERIES_OCCURRENCES_MAX, SERIES_SKIPPED_MAX, SOURCE_CHARS_MAX,
};
use crate::{Engine, Fact};

fn parse(cron: &str) -> Result<Cron, Refusal> {
    let hint = "give minute, hour, day of the month, month and day of the week, as in `0 2 * * TUE`";
    if cron.chars().count() > CRON_CHARS_MAX {
        return Err(Refusal::invalid("cron", "is too long", hint));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
    parser.parse(cron).map_err(|error| Refusal::invalid("cron", format!("is no rule: {error}"), hint))
}

/// The beginnings of a series after `after` and up to `until`, at most `count`.
fn beginnings(
    series: &Series,
    zone: &TimeZone,
    (after, until): (UnixMs, UnixMs),
    count: usize,
) -> Vec<UnixMs> {
    let Ok(cron) = parse(&series.cron) else { return Vec::new() };
    let mut at = series.from.map_or(after, |from| from.minus_ms(1).max(after));
    let last = series.until.map_or(until, |end| end.min(until));
    let mut found = Vec::new();
    // Those that were called off are looked at, too.
    for _ in 0..count + SERIES_SKIPPED_MAX {
        let Ok(stamp) = Timestamp::from_millisecond(at.0) else { break };
        let Ok(next) = cron.find_next_occurrence(&stamp.to_zoned(zone.clone()), false) else { break };
        at = UnixMs(next.timestamp().as_millisecond());
        if at > last || found.len() >= count {
            break;
        }
        if !series.skipped.contains(&at) {
            found.push(at);
        }
    }
    found
}

impl Series {
    /// Whether any of it is to come after a moment. A rule that is none never comes.
    pub fn comes_after(&self, at: UnixMs, zone: &TimeZone) -> bool {
        !beginnings(self, zone, (at, UnixMs(i64::MAX)), 1).is_empty()
    }
}

impl Engine {
    pub(super) fn save_series(&mut self, series: &Series, work: &mut Work<'_>) -> Result<Subject, Refusal> {
        let (desk, at) = (&self.fold.desk, work.out.at);
        checked::line("title", &series.title)?;
        checked::bounded("description", &series.description, SOURCE_CHARS_MAX)?;
        checked::some_components("components", &series.components, &self.fold.board)?;
        parse(&series.cron)?;
        if !(60_000..=MAINTENANCE_MS_MAX).contains(&series.duration_ms) {
            return Err(Refusal::invalid(
                "duration",
                "is not between a minute and 30 days",
                "state how long the work takes",
            ));
        }
        let (id, before) = if series.id.as_str().is_empty() {
            (self.fresh_series(series)?, None)
        } else {
            let before = desk.series.get(&series.id);
            let before = before.ok_or_else(|| Refusal::not_found("series", &series.id))?;
            checked::current(Some(series.revision), before.revision)?;
            (series.id.clone(), Some(before))
        };
        let next = Series {
            id: id.clone(),
            skipped: before.map(|before| before.skipped.clone()).unwrap_or_default(),
            revision: before.map_or(0, |before| before.revision + 1),
            ..series.clone()
        };
        if !next.comes_after(at, &self.config.time_zone) {
            let hint = "check the rule and the dates between which it holds";
            return Err(Refusal::invalid("cron", "never comes", hint));
        }
        self.call_off(&id, Some(&next), work.out);
        self.record(work.out, Fact::SeriesSaved(Box::new(next)));
        self.announce_series(work.out);
        Ok(Subject::Series(id))
    }

    pub(super) fn drop_series(
        &mut self,
        id: &MaintenanceId,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        if !self.fold.desk.series.contains_key(id) {
            return Err(Refusal::not_found("series", id));
        }
        self.call_off(id, None, work.out);
        self.record(work.out, Fact::SeriesDropped { id: id.clone() });
        Ok(Subject::Series(id.clone()))
    }

    fn fresh_series(&self, series: &Series) -> Result<MaintenanceId, Refusal> {
        let desk = &self.fold.desk;
        if desk.series.len() >= SERIES_MAX {
            return Err(Refusal::Full { what: "series".into(), max: SERIES_MAX });
        }
        let words = checked::slug(series.title.plain());
        let stem = if words.is_empty() { "maintenance" } else { &words };
        let id = checked::free(stem, |text| MaintenanceId::new(text).ok(), |id| desk.series.contains_key(id));
        id.ok_or_else(|| Refusal::invalid("title", "makes no name that is free", "say it in other words"))
    }

    /// Calls off what is announced of a series and has not begun, but for what the plan `next` announces just so. What a person
    /// changed stays.
    fn call_off(&mut self, id: &MaintenanceId, next: Option<&Series>, out: &mut Output) {
        let at = out.at;
        let zone = &self.config.time_zone;
        let kept = next
            .map(|next| beginnings(next, zone, (at, at.plus_ms(SERIES_AHEAD_MS)), SERIES_OCCURRENCES_MAX));
        let is_stale = |known: &&Maintenance| {
            let is_of_series =
                known.series.as_ref() == Some(id) && known.status == MaintenanceStatus::Scheduled;
            is_of_series
                && (next.is_none() || known.revision == 0)
                && !kept.as_ref().is_some_and(|kept| kept.contains(&known.scheduled_start))
        };
        let stale: Vec<Maintenance> = self.fold.board.maintenances.iter().filter(is_stale).cloned().collect();
        for known in stale {
            let revision = known.revision + 1;
            let off =
                Maintenance { status: MaintenanceStatus::Cancelled, ended_at: Some(at), revision, ..known };
            self.record(out, Fact::Public(Change::MaintenanceChanged(Box::new(off))));
        }
    }

    /// An occurrence that is called off does not come back.
    pub(super) fn skip_occurrence(&mut self, known: &Maintenance, out: &mut Output) -> Result<(), Refusal> {
        let series = known.series.as_ref().and_then(|id| self.fold.desk.series.get(id));
        let Some(mut series) = series.cloned() else { return Ok(()) };
        series.skipped.retain(|skipped| *skipped >= out.at);
        if series.skipped.len() >= SERIES_SKIPPED_MAX {
            return Err(Refusal::Full {
                what: "occurrences of this series called off".into(),
                max: SERIES_SKIPPED_MAX,
            });
        }
        series.skipped.insert(known.scheduled_start);
        self.record(out, Fact::SeriesSaved(Box::new(series)));
        Ok(())
    }

    /// Announces the occurrences to come, each once, and follows a plan that changed their words.
    pub(super) fn announce_series(&mut self, out: &mut Output) {
        let at = out.at;
        let all: Vec<Series> = self.fold.desk.series.values().cloned().collect();
        for series in all {
            if series.until.is_some_and(|until| until < at) {
                self.record(out, Fact::SeriesDropped { id: series.id });
                continue;
            }
            let window = (at, at.plus_ms(SERIES_AHEAD_MS));
            for start in beginnings(&series, &self.config.time_zone, window, SERIES_OCCURRENCES_MAX) {
                self.announce_occurrence(&series, start, out);
            }
        }
    }

    fn announce_occurrence(&mut self, series: &Series, start: UnixMs, out: &mut Output) {
        let board = &self.fold.board;
        let of_series = |known: &&Maintenance| known.series.as_ref() == Some(&series.id);
        // One that a person moved is still the one of its place in the series.
        let Some(id) = self.occurrence_id(series, start) else { return };
        let before = board.maintenances.iter().filter(of_series).find(|known| known.id == id);
        let planned = Maintenance {
            id,
            title: series.title.clone(),
            description: series.description.clone(),
            source: MaintenanceSource::Operator,
            components: series.components.clone(),
            scheduled_start: start,
            scheduled_end: start.plus_ms(series.duration_ms),
            series: Some(series.id.clone()),
            verified_by_hand: series.verified_by_hand,
            announced_at: before.and_then(|before| before.announced_at),
            changed_at: before.and_then(|before| before.changed_at),
            ..Maintenance::default()
        };
        let is_untouched =
            |known: &Maintenance| known.revision == 0 && known.status == MaintenanceStatus::Scheduled;
        let is_called_off = |known: &Maintenance| {
            known.status == MaintenanceStatus::Cancelled && known.scheduled_start == start
        };
        let is_due = match before {
            None => board.planned_maintenances().count() < PLANNED_MAINTENANCES_MAX,
            Some(known) => (is_untouched(known) && *known != planned) || is_called_off(known),
        };
        if is_due {
            self.record(out, Fact::Public(Change::MaintenanceChanged(Box::new(planned))));
        }
    }

    /// The series, the date and, as a series may come twice a day, the time of day.
    fn occurrence_id(&self, series: &Series, start: UnixMs) -> Option<MaintenanceId> {
        let day = day_at(&self.config.time_zone, start);
        let minutes = start.since_ms(day.starts_at) / 60_000;
        MaintenanceId::new(&format!("{}-{}-{:02}{:02}", day.date, series.id, minutes / 60, minutes % 60)).ok()
    }
}
