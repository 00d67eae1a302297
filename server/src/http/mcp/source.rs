//! What tools read from: what everybody may see, and how fresh it is. There is no way from here to what operators know.

use std::sync::Arc;

use pharos_app::Words;
use pharos_model::{Component, ComponentId, Pulse, Snapshot};
use pharos_store::{Store, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Services;
use crate::http::api::problem::Problem;
use crate::http::api::wire::Moment;
use crate::pages::Pages;
use crate::pulse;
use crate::wires::{Subject, View};

/// What tools read from, as of one moment.
pub struct Source {
    /// The page as everybody sees it, in the page's own words.
    pub view: View,
    /// Older things.
    pub store: Arc<dyn Store>,
    /// Documents.
    pub pages: Arc<Pages>,
    /// Whether this node knows the present.
    pub pulse: Pulse,
}

/// How fresh an answer is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Freshness {
    /// As of when everything in the answer is: the time of the newest change in it. Nothing has changed since, unless `stale`.
    pub as_of: Moment,
    /// When anything was last looked at; `null` where this node does not know.
    pub last_checked_at: Option<Moment>,
    /// When the answer was given.
    pub answered_at: Moment,
    /// How long before the answer this node last learnt anything, in milliseconds.
    pub age_ms: u64,
    /// Whether this node cannot vouch for the present. What it answers is then what it knew last.
    pub stale: bool,
}

impl Source {
    /// Of a node, now.
    pub fn of(services: &Services) -> Self {
        Self::new(
            (services.pages.snapshot(), Arc::clone(&services.store)),
            Arc::clone(&services.pages),
            pulse::greeting(&services.last_checked, &services.health),
        )
    }

    /// Of a snapshot and what the store tells.
    pub fn new((snapshot, store): (Arc<Snapshot>, Arc<dyn Store>), pages: Arc<Pages>, pulse: Pulse) -> Self {
        let words = Words::of_page(&snapshot.page);
        Self { view: View::new(snapshot, words, Subject::Page, 1), store, pages, pulse }
    }

    /// What everybody sees.
    pub fn snapshot(&self) -> &Snapshot {
        &self.view.snapshot
    }

    /// How fresh answers are.
    pub fn freshness(&self) -> Freshness {
        let (as_of, pulse) = (self.snapshot().at, &self.pulse);
        Freshness {
            as_of: Moment(as_of),
            last_checked_at: pulse.checked_at.map(Moment),
            answered_at: Moment(pulse.at),
            age_ms: pulse.at.since_ms(pulse.checked_at.map_or(as_of, |at| at.max(as_of))),
            stale: pulse.stale,
        }
    }

    /// A text in the page's own language.
    pub fn said<'a>(&self, text: &'a pharos_model::Text) -> &'a str {
        text.of(self.view.words.tag())
    }

    /// A component by its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn component(&self, id: &str) -> Result<&Component, Problem> {
        let found = ComponentId::new(id).ok().and_then(|id| self.snapshot().component(&id));
        let missing =
            || Problem::not_found("component").hint("get_status lists the components with their `id`");
        found.ok_or_else(missing)
    }

    /// The name of a component that is there, where one is given.
    ///
    /// # Errors
    /// When there is none.
    pub fn component_id(&self, id: Option<&str>) -> Result<Option<ComponentId>, Problem> {
        id.map(|id| self.component(id).map(|known| known.definition.id.clone())).transpose()
    }
}

/// What a tool says when history cannot be read.
pub fn unread(error: StoreError) -> Problem {
    tracing::error!(%error, "the history could not be read for a model");
    let hint = "try again in a moment; what is open or planned now can be asked for all the same";
    Problem::new("unavailable", "the history cannot be read at the moment").hint(hint)
}
