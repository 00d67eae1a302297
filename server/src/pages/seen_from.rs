//! How a component is seen from each place from which it is looked at: what is held there, and the last look.

use pharos_app::SeenFrom;
use pharos_model::{ComponentId, Status};

use super::cache::PagesError;
use super::render::Renderer;

impl Renderer {
    /// A row for each place; none of a component that only this page's own servers look at, or of which visitors are not told.
    pub(super) async fn seen_from(&self, component: &ComponentId) -> Result<Vec<SeenFrom>, PagesError> {
        let Some((vantages, known)) = &self.vantages else { return Ok(Vec::new()) };
        let places = vantages.load().public(component);
        let verdicts = known.borrow().verdicts.clone();
        let mut rows = Vec::with_capacity(places.len());
        for place in places {
            let held = |check| verdicts.get(check).map_or(Status::Unknown, |verdict| verdict.status);
            let status = place.checks.iter().map(held).reduce(Status::worse).unwrap_or_default();
            let mut newest = None;
            for check in &place.checks {
                let look = self.store.observations(check, 1).await?.into_iter().next();
                newest = newest.into_iter().chain(look).max_by_key(|look| look.at);
            }
            rows.push(SeenFrom {
                place: place.name,
                status,
                looked_at: newest.as_ref().map(|look| look.at),
                latency_us: newest.and_then(|look| look.latency_us),
            });
        }
        Ok(rows)
    }
}
