//! From a snapshot, and for older things the store, to a page.

use std::sync::Arc;

use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pharos_app::{ChartPoint, HistoryMonth, Shell, Words, pages};
use pharos_model::{ComponentId, IncidentId, Snapshot, UnixMs};
use pharos_store::{Resolution, Store};

use super::cache::PagesError;
use super::encode::Encoded;
use crate::limits::{COMPONENT_INCIDENTS_MAX, HISTORY_INCIDENTS_MAX};

/// How long others may hold a page: nobody without asking, a shared cache for a moment, longer while we do not answer.
const CACHE: &str = "public, max-age=0, s-maxage=2, stale-while-revalidate=10, stale-if-error=86400";
/// The earliest month that has a page.
const YEAR_MIN: i16 = 2000;
/// The window of the latency chart.
const CHART_MS: u64 = 24 * 3_600_000;
/// What a point of it stands for: short enough to show an outage, long enough that the line is one to look at.
const CHART_POINT_MINUTES: u32 = 10;

/// A month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) =
            text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (year >= YEAR_MIN && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { month: self.month + 1, ..self }
        }
    }

    fn previous(self) -> Self {
        if self.month == 1 {
            Self { year: self.year - 1, month: 12 }
        } else {
            Self { month: self.month - 1, ..self }
        }
    }

    /// The moment at which the month begins in `zone`.
    fn starts_at(self, zone: &TimeZone) -> UnixMs {
        let first = jiff::civil::date(self.year, self.month, 1).to_datetime(jiff::civil::Time::midnight());
        let moment = zone.to_ambiguous_zoned(first).compatible().and_then(|zoned| zoned.start_of_day());
        UnixMs(moment.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }

    fn text(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageKey {
    /// The first page.
    Index,
    /// The incidents of a month; of the current one when none is named.
    History(Option<Month>),
    /// One incident.
    Incident(IncidentId),
    /// One component.
    Component(ComponentId),
}

/// Makes pages.
#[derive(Clone)]
pub struct Renderer {
    store: Arc<dyn Store>,
    shell: Arc<Shell>,
}

impl Renderer {
    /// Makes pages with what `store` remembers, in the frame of `shell`.
    pub fn new(store: Arc<dyn Store>, shell: Shell) -> Self {
        Self { store, shell: Arc::new(shell) }
    }

    /// The first page in the page's own language.
    pub fn index(&self, snapshot: &Snapshot) -> Encoded {
        let words = Words::of_page(&snapshot.page);
        Encoded::html(StatusCode::OK, CACHE, pages::index(snapshot, (&self.shell, words)), words)
    }

    /// The page for everything that is not there.
    pub fn not_found(&self, snapshot: &Snapshot, words: Words) -> Encoded {
        Encoded::html(
            StatusCode::NOT_FOUND,
            "no-store",
            pages::not_found(snapshot, (&self.shell, words)),
            words,
        )
    }

    /// Any page; `None` when there is no such page.
    ///
    /// # Errors
    /// When history could not be read or the rendering task was ended.
    pub async fn page(
        &self,
        (key, words): (&PageKey, Words),
        snapshot: Arc<Snapshot>,
    ) -> Result<Option<Encoded>, PagesError> {
        let html = match key {
            PageKey::Index => Some(self.made(move |shell| pages::index(&snapshot, (shell, words)))),
            PageKey::History(month) => self.history(*month, snapshot, words).await?,
            PageKey::Incident(id) => self.incident(id, snapshot, words).await?,
            PageKey::Component(id) => self.component(id, snapshot, words).await?,
        };
        let Some(html) = html else { return Ok(None) };
        let encoded =
            tokio::task::spawn_blocking(move || Encoded::html(StatusCode::OK, CACHE, html(), words)).await?;
        Ok(Some(encoded))
    }

    fn made(&self, make: impl FnOnce(&Shell) -> String + Send + 'static) -> Html {
        let shell = Arc::clone(&self.shell);
        Box::new(move || make(&shell))
    }

    async fn history(
        &self,
        month: Option<Month>,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let zone = TimeZone::get(&snapshot.page.time_zone).unwrap_or(TimeZone::UTC);
        let now = jiff::Timestamp::from_millisecond(snapshot.at.0).unwrap_or_default();
        let current = Month::of(now.to_zoned(zone.clone()).date());
        let month = month.unwrap_or(current);
        if month > current {
            return Ok(None);
        }
        let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
        let incidents = self.store.incidents_between(from, until, HISTORY_INCIDENTS_MAX).await?;
        let page = HistoryMonth {
            year: i32::from(month.year),
            month: month.month.unsigned_abs(),
            incidents,
            previous: (month.year > YEAR_MIN).then(|| month.previous().text()),
            next: (month < current).then(|| month.next().text()),
        };
        Ok(Some(self.made(move |shell| pages::history(&snapshot, &page, (shell, words)))))
    }

    async fn incident(
        &self,
        id: &IncidentId,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let incident = match snapshot.incident(id) {
            Some(incident) => Some(incident.clone()),
            None => self.store.incident(id).await?,
        };
        let Some(incident) = incident else { return Ok(None) };
        Ok(Some(self.made(move |shell| pages::incident(&snapshot, &incident, (shell, words)))))
    }

    async fn component(
        &self,
        id: &ComponentId,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        if snapshot.component(id).is_none() {
            return Ok(None);
        }
        let until = crate::clock::wall();
        let from = until.minus_ms(CHART_MS);
        let chart = self.store.latency(id, from, until, Resolution::Minute, CHART_POINT_MINUTES).await?;
        let chart: Vec<ChartPoint> = chart
            .into_iter()
            .map(|point| ChartPoint {
                start: point.start,
                p50_us: point.p50_us,
                p95_us: point.p95_us,
                count: point.count,
                failed: point.failed,
            })
            .collect();
        let incidents = self.store.incidents_of_component(id, COMPONENT_INCIDENTS_MAX).await?;
        let id = id.clone();
        Ok(Some(self.made(move |shell| pages::component(&snapshot, &id, &incidents, &chart, (shell, words)))))
    }
}

/// The rendering itself, to be run where it may take a moment.
type Html = Box<dyn FnOnce() -> String + Send>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        assert_eq!(Month::parse("2026-11"), Some(Month { year: 2026, month: 11 }));
        for bad in ["2026-1", "2026-13", "2026-00", "1999-12", "26-11", "2026", "", "2026-11-01", "+026-11"] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_follow_each_other_over_the_year() {
        let december = Month { year: 2026, month: 12 };
        assert_eq!(december.next(), Month { year: 2027, month: 1 });
        assert_eq!(december.next().previous(), december);
    }
}
