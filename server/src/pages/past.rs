//! Pages of the past: a day and a year of a component, further back than the snapshot goes.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pharos_app::{ComponentDay, ComponentYear, Range, Words, pages};
use pharos_model::{CivilDate, Component, ComponentId, Snapshot, Span, Tally, UnixMs};
use pharos_store::Resolution;

use super::cache::PagesError;
use super::month::YEAR_MIN;
use super::render::{Html, Renderer};
use crate::limits::{COMPONENT_INCIDENTS_MAX, SPANS_MAX};

/// The zone in which the page's days begin.
pub fn zone(snapshot: &Snapshot) -> TimeZone {
    TimeZone::get(&snapshot.page.time_zone).unwrap_or(TimeZone::UTC)
}

/// The date at a moment.
pub fn date_at(zone: &TimeZone, at: UnixMs) -> Date {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    moment.to_zoned(zone.clone()).date()
}

/// What a point of a chart stands for: never more than two hundred points, short enough to show an outage.
pub fn points(range: Range) -> (Resolution, u32) {
    match range {
        Range::Day => (Resolution::Minute, 10),
        Range::Week => (Resolution::Hour, 1),
        Range::Month => (Resolution::Hour, 4),
        Range::Quarter => (Resolution::Hour, 12),
    }
}

/// The date that a civil date of the model is; `None` beyond the calendar.
fn date_of(date: CivilDate) -> Option<Date> {
    let (year, month, day) = date.ymd();
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn civil(date: Date) -> CivilDate {
    CivilDate::from_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// When a day begins: as the journal says, else by the zone.
fn day_start(snapshot: &Snapshot, zone: &TimeZone, date: Date) -> UnixMs {
    let known = snapshot.days.binary_search_by_key(&civil(date), |day| day.date);
    if let Ok(found) = known {
        return snapshot.days[found].starts_at;
    }
    let start =
        zone.to_ambiguous_zoned(date.at(0, 0, 0, 0)).compatible().and_then(|zoned| zoned.start_of_day());
    UnixMs(start.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
}

impl Renderer {
    /// One day of a component; `None` when there is no such component or the day has not begun.
    pub(super) async fn day(
        &self,
        id: &ComponentId,
        date: CivilDate,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let zone = zone(&snapshot);
        let Some(day) = date_of(date).filter(|day| day.year() >= YEAR_MIN) else { return Ok(None) };
        let today = date_at(&zone, snapshot.at);
        let Ok(next) = day.checked_add(1.day()) else { return Ok(None) };
        let Some(component) = snapshot.component(id).filter(|_| day <= today) else { return Ok(None) };
        let has_previous = day > date_at(&zone, component.began);
        let (from, until) = (day_start(&snapshot, &zone, day), day_start(&snapshot, &zone, next));
        let spans = self.store.spans(id, from, until, SPANS_MAX).await?;
        let incidents = self.store.incidents_of_component(id, until, COMPONENT_INCIDENTS_MAX).await?;
        let mut incidents = self.told(incidents, &snapshot);
        incidents.retain(|incident| {
            incident.began_at < until && incident.resolved_at.is_none_or(|resolved| resolved >= from)
        });
        let known = ComponentDay { date, from, until, spans, incidents, has_previous, has_next: day < today };
        let id = id.clone();
        Ok(Some(self.made(move |shell| pages::day(&snapshot, &id, &known, (shell, words)))))
    }

    /// A year of a component; `None` when there is no such component or it was not there in that year.
    pub(super) async fn year(
        &self,
        id: &ComponentId,
        year: Option<i16>,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let Some(component) = snapshot.component(id) else { return Ok(None) };
        let zone = zone(&snapshot);
        let (today, began) = (date_at(&zone, snapshot.at), date_at(&zone, component.began));
        let year = year.unwrap_or_else(|| today.year());
        if year < began.year() || year > today.year() {
            return Ok(None);
        }
        let first = jiff::civil::date(year, 1, 1);
        let last = jiff::civil::date(year, 12, 31).min(today);
        let until = day_start(&snapshot, &zone, last.saturating_add(1.day())).min(snapshot.at);
        let spans = self.store.spans(id, day_start(&snapshot, &zone, first), until, SPANS_MAX).await?;
        let days = tallies(
            (component, &spans),
            |date| day_start(&snapshot, &zone, date),
            (first, last),
            snapshot.at,
        );
        let known = ComponentYear {
            year: i32::from(year),
            days,
            has_previous: year > began.year(),
            has_next: year < today.year(),
        };
        let id = id.clone();
        Ok(Some(self.made(move |shell| pages::calendar(&snapshot, &id, &known, (shell, words)))))
    }
}

/// The time of each status on each day. `spans` are ascending, so each day looks only at those that touch it.
fn tallies(
    (component, spans): (&Component, &[Span]),
    start: impl Fn(Date) -> UnixMs,
    (first, last): (Date, Date),
    at: UnixMs,
) -> Vec<(CivilDate, Tally)> {
    let mut days = Vec::new();
    let (mut date, mut from, mut skip) = (first, start(first), 0);
    while date <= last {
        let next = date.saturating_add(1.day());
        let until = start(next);
        while spans.get(skip).is_some_and(|span| span.ends_at.is_some_and(|end| end <= from)) {
            skip += 1;
        }
        let touching = &spans[skip..skip + spans[skip..].partition_point(|span| span.starts_at < until)];
        days.push((civil(date), component.tally_of(touching, from, until.min(at))));
        (date, from) = (next, until);
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::{ComponentDefinition, Status};

    const DAY: i64 = 86_400_000;

    fn start(date: Date) -> UnixMs {
        UnixMs(i64::from(civil(date).0) * DAY)
    }

    #[test]
    fn every_day_of_a_year_counts_what_lies_in_it_and_today_ends_now() {
        let first = jiff::civil::date(2026, 1, 1);
        let begin = start(first);
        let span = |from: i64, until: Option<i64>, status| Span {
            starts_at: UnixMs(begin.0 + from),
            ends_at: until.map(|until| UnixMs(begin.0 + until)),
            status,
            measured: None,
        };
        let definition = ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into());
        let api = Component::unseen(definition, UnixMs(begin.0 + DAY / 2));
        let spans = [
            span(DAY / 2, Some(DAY + 100), Status::Operational),
            span(DAY + 100, Some(DAY + 200), Status::MajorOutage),
            span(DAY + 200, None, Status::Operational),
        ];
        let days = tallies(
            (&api, &spans),
            start,
            (first, jiff::civil::date(2026, 1, 3)),
            UnixMs(begin.0 + 2 * DAY + 5),
        );
        let of = |index: usize, status| days[index].1.of(status);
        assert_eq!(days.len(), 3);
        assert_eq!(of(0, Status::Operational), DAY.unsigned_abs() / 2);
        assert_eq!((of(1, Status::MajorOutage), days[1].1.total_ms()), (100, DAY.unsigned_abs()));
        assert_eq!(days[2].1.total_ms(), 5);
    }

    #[test]
    fn no_chart_has_more_points_than_can_be_seen() {
        for range in Range::ALL {
            let (resolution, merged) = points(range);
            let points = u64::from(range.days()) * 86_400_000 / (resolution.ms() * u64::from(merged));
            assert!((100..=200).contains(&points), "{range:?}: {points}");
        }
    }
}
