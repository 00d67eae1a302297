//! Error budgets: what of promised availabilities is left, from the spans that the store remembers.

use std::sync::Arc;

use pharos_app::{Words, pages};
use pharos_model::{BUDGET_DAYS, ComponentId, ErrorBudget, Snapshot};
use pharos_store::{Store, StoreError};

use super::cache::PagesError;
use super::render::{Html, Renderer};
use crate::limits::{BUDGETS_MAX, SPANS_MAX};

const DAY_MS: u64 = 86_400_000;

/// The error budgets of components of which a share of time was promised, in millionths; of very many the first.
///
/// # Errors
/// When history could not be read.
pub async fn budgets(
    store: &dyn Store,
    snapshot: &Snapshot,
    promised: impl Iterator<Item = (ComponentId, u32)>,
) -> Result<Vec<(ComponentId, ErrorBudget)>, StoreError> {
    let at = snapshot.at;
    let mut known = Vec::new();
    for (id, objective_ppm) in promised.take(BUDGETS_MAX) {
        let Some(component) = snapshot.component(&id) else { continue };
        let spans = store.spans(&id, at.minus_ms(BUDGET_DAYS * DAY_MS), at, SPANS_MAX).await?;
        let budget = ErrorBudget::of(component, &spans, (objective_ppm, snapshot.page.weights), at);
        known.push((id, budget));
    }
    Ok(known)
}

impl Renderer {
    /// The record of failovers, with the error budgets that everybody may see.
    pub(super) async fn resilience(
        &self,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Html>, PagesError> {
        let promised = snapshot.components.iter().filter_map(|component| {
            Some((component.definition.id.clone(), component.definition.objective_ppm?))
        });
        let budgets = budgets(&*self.store, &snapshot, promised).await?;
        Ok(Some(self.made(move |shell| pages::resilience(&snapshot, &budgets, (shell, words)))))
    }
}
