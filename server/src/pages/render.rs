//! From a snapshot, and for older things the store, to a page.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::StatusCode;
use pharos_app::{ChartPoint, DamagedPart, HistoryMonth, Range, Shell, Words, pages};
use pharos_model::{CivilDate, ComponentId, FurtherPage, IncidentId, Snapshot, UnixMs};
use pharos_store::{Part, Store};
use tokio::sync::watch;

use super::cache::PagesError;
use super::card;
use super::codes::Codes;
use super::encode::Encoded;
use super::month::{Month, YEAR_MIN};
use super::past;
use crate::config::Vantages;
use crate::known::Known;
use crate::limits::{COMPONENT_INCIDENTS_MAX, HISTORY_INCIDENTS_MAX};
use crate::wires::Asked;

const DAY_MS: u64 = 86_400_000;
/// How long others may hold a page: nobody without asking, a shared cache for a moment, longer while we do not answer.
const CACHE: &str = "public, max-age=0, s-maxage=2, stale-while-revalidate=10, stale-if-error=86400";

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageKey {
    /// The first page.
    Index,
    /// How other sites can show the state.
    Gallery,
    /// The record of failovers.
    Resilience,
    /// The incidents of a month, of the current one when none is named; of one component, or of all.
    History(Option<Month>, Option<ComponentId>),
    /// One incident.
    Incident(IncidentId),
    /// One component, with its latencies over a range.
    Component(ComponentId, Range),
    /// The last days of a component as a table.
    Days(ComponentId),
    /// One day of a component.
    Day(ComponentId, CivilDate),
    /// A year of a component; the current one when none is named.
    Year(ComponentId, Option<i16>),
    /// The picture that stands for an incident where links are shown, or for the page.
    Card(Option<IncidentId>),
    /// A document for programs.
    Wire(Asked),
}

/// Makes pages.
#[derive(Clone)]
pub struct Renderer {
    pub(super) store: Arc<dyn Store>,
    pub(super) codes: Codes,
    shell: Arc<Shell>,
    /// The further page that is made; the main one without.
    pub(super) further: Option<Arc<FurtherPage>>,
    /// Bytes of what was made and is held, of all pages together.
    pub(super) held: Arc<AtomicUsize>,
    pub(super) vantages: Option<(Arc<ArcSwap<Vantages>>, watch::Receiver<Known>)>,
}

impl Renderer {
    /// Makes pages with what `store` remembers, in the frame of `shell`.
    pub fn new(store: Arc<dyn Store>, shell: Shell) -> Self {
        let (codes, shell, held) = (Codes::default(), Arc::new(shell), Arc::default());
        Self { store, codes, shell, further: None, held, vantages: None }
    }

    /// Makes a further page from what the main one is made from.
    #[must_use]
    pub fn of(&self, page: FurtherPage) -> Self {
        Self { codes: Codes::default(), further: Some(Arc::new(page)), ..self.clone() }
    }

    /// Tells on the pages of components from where they are looked at, and what is known there.
    #[must_use]
    pub fn looking_from(self, vantages: Arc<ArcSwap<Vantages>>, known: watch::Receiver<Known>) -> Self {
        Self { vantages: Some((vantages, known)), ..self }
    }

    /// The first page in the page's own language.
    pub fn index(&self, snapshot: &Snapshot) -> Encoded {
        let words = Words::of_page(&snapshot.page);
        let html = pages::index(snapshot, (&self.shell, words));
        Encoded::html(StatusCode::OK, CACHE, html, (words, &snapshot.page.presentation))
    }

    /// The page for everything that is not there.
    pub fn not_found(&self, snapshot: &Snapshot, words: Words) -> Encoded {
        Encoded::html(
            StatusCode::NOT_FOUND,
            "no-store",
            pages::not_found(snapshot, (&self.shell, words)),
            (words, &snapshot.page.presentation),
        )
    }

    /// What stands in the place of a page of which the history is damaged.
    pub fn damaged(&self, snapshot: &Snapshot, words: Words, part: Part) -> Encoded {
        let part = match part {
            Part::Spans => DamagedPart::Statuses,
            Part::Incidents | Part::Maintenances => DamagedPart::Incidents,
            Part::Samples | Part::Rollups => DamagedPart::Figures,
            _ => DamagedPart::Other,
        };
        Encoded::html(
            StatusCode::SERVICE_UNAVAILABLE,
            "no-store",
            pages::damaged(snapshot, part, (&self.shell, words)),
            (words, &snapshot.page.presentation),
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
        match key {
            PageKey::Card(of) => return self.card(of.as_ref(), snapshot, words).await,
            PageKey::Wire(asked) => return self.wire(asked, snapshot, words).await,
            _ => {}
        }
        let presentation = snapshot.page.presentation.clone();
        let Some(html) = self.html((key, words), snapshot).await? else { return Ok(None) };
        let encode = move || Encoded::html(StatusCode::OK, CACHE, html(), (words, &presentation));
        Ok(Some(tokio::task::spawn_blocking(encode).await?))
    }

    /// Any page as it is, for those who keep it elsewhere; `None` when there is no such page.
    ///
    /// # Errors
    /// As [`Renderer::page`].
    pub async fn plain(
        &self,
        (key, words): (&PageKey, Words),
        snapshot: Arc<Snapshot>,
    ) -> Result<Option<Bytes>, PagesError> {
        match key {
            PageKey::Card(of) => {
                let made = self.card(of.as_ref(), snapshot, words).await?;
                return Ok(made.map(|made| made.body().clone()));
            }
            PageKey::Wire(asked) => return self.plain_wire(asked, snapshot, words).await,
            _ => {}
        }
        let Some(html) = self.html((key, words), snapshot).await? else { return Ok(None) };
        Ok(Some(Bytes::from(tokio::task::spawn_blocking(html).await?)))
    }

    /// The text of the page for everything that is not there.
    pub fn plain_not_found(&self, snapshot: &Snapshot, words: Words) -> String {
        pages::not_found(snapshot, (&self.shell, words))
    }

    async fn html(
        &self,
        (key, words): (&PageKey, Words),
        snapshot: Arc<Snapshot>,
    ) -> Result<Option<Html>, PagesError> {
        Ok(match key {
            PageKey::Index => Some(self.made(move |shell| pages::index(&snapshot, (shell, words)))),
            PageKey::Gallery => Some(self.made(move |shell| pages::gallery(&snapshot, (shell, words)))),
            PageKey::Resilience => self.resilience(snapshot, words).await?,
            PageKey::History(month, of) => self.history((*month, of.clone()), snapshot, words).await?,
            PageKey::Incident(id) => self.incident(id, snapshot, words).await?,
            PageKey::Component(id, range) => self.component((id, *range), snapshot, words).await?,
            PageKey::Days(id) => {
                let id = id.clone();
                let is_known = snapshot.component(&id).is_some();
                is_known.then(|| self.made(move |shell| pages::days(&snapshot, &id, (shell, words))))
            }
            PageKey::Day(id, date) => self.day(id, *date, snapshot, words).await?,
            PageKey::Year(id, year) => self.year(id, *year, snapshot, words).await?,
            // These are no pages of text, and are made apart.
            PageKey::Card(_) | PageKey::Wire(_) => None,
        })
    }

    pub(super) fn made(&self, make: impl FnOnce(&Shell) -> String + Send + 'static) -> Html {
        let shell = Arc::clone(&self.shell);
        Box::new(move || make(&shell))
    }

    async fn history(
        &self,
        (month, component): (Option<Month>, Option<ComponentId>),
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let zone = past::zone(&snapshot);
        let current = Month::of(past::date_at(&zone, snapshot.at));
        let month = month.unwrap_or(current);
        if month > current {
            return Ok(None);
        }
        let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
        let incidents = self.store.incidents_between(from, until, HISTORY_INCIDENTS_MAX).await?;
        let mut incidents = self.told(incidents, &snapshot);
        if let Some(id) = &component {
            if snapshot.component(id).is_none() {
                return Ok(None);
            }
            incidents.retain(|incident| incident.components.contains(id));
        }
        let page = HistoryMonth {
            year: i32::from(month.year),
            month: month.month.unsigned_abs(),
            incidents,
            previous: (month.year > YEAR_MIN).then(|| month.previous().text()),
            next: (month < current).then(|| month.next().text()),
            component,
        };
        Ok(Some(self.made(move |shell| pages::history(&snapshot, &page, (shell, words)))))
    }

    async fn incident(
        &self,
        id: &IncidentId,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let known = self.known(id, &snapshot).await?;
        // There is one page to an incident: its code leads there.
        let Some(incident) = known.filter(|known| known.id == *id) else { return Ok(None) };
        Ok(Some(self.made(move |shell| pages::incident(&snapshot, &incident, (shell, words)))))
    }

    async fn card(
        &self,
        of: Option<&IncidentId>,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Encoded>, PagesError> {
        let incident = match of {
            None => None,
            Some(id) => match self.known(id, &snapshot).await? {
                Some(incident) => Some(incident),
                None => return Ok(None),
            },
        };
        let draw = move || match incident {
            None => card::of_page(&snapshot, words),
            Some(incident) => card::of_incident(&snapshot, &incident, words),
        };
        Ok(tokio::task::spawn_blocking(draw).await?)
    }

    async fn component(
        &self,
        (id, range): (&ComponentId, Range),
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        if snapshot.component(id).is_none() {
            return Ok(None);
        }
        let until = crate::clock::wall();
        let from = until.minus_ms(u64::from(range.days()) * DAY_MS);
        let (resolution, merged) = past::points(range);
        let chart = self.store.latency(id, from, until, resolution, merged).await?;
        let chart: Vec<ChartPoint> = chart
            .into_iter()
            .map(|point| ChartPoint {
                start: point.start,
                p50_us: point.p50_us,
                p95_us: point.p95_us,
                count: point.count,
                failed: point.failed,
                stages_us: point.stages_us,
            })
            .collect();
        let incidents =
            self.store.incidents_of_component(id, UnixMs(i64::MAX), COMPONENT_INCIDENTS_MAX).await?;
        let incidents = self.told(incidents, &snapshot);
        let seen_from = self.seen_from(id).await?;
        let id = id.clone();
        Ok(Some(self.made(move |shell| {
            pages::component(&snapshot, &id, &incidents, (range, &chart, &seen_from), (shell, words))
        })))
    }
}

/// The rendering itself, to be run where it may take a moment.
pub(super) type Html = Box<dyn FnOnce() -> String + Send>;
