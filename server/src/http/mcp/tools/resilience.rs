//! `get_resilience`: what is redundant, how failovers went, what was promised and kept, and whether the page itself can be restored.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source, unread};
use super::{Answer, Tool, given, taken};
use crate::http::DrillView;
use crate::http::api::extract::limit;
use crate::http::api::problem::Problem;
use crate::http::api::resilience::{BudgetView, FailoverView, RedundancyView};
use crate::pages::budgets;

/// The tool.
pub static TOOL: Tool = Tool {
    name: "get_resilience",
    title: "Failovers and promises",
    description: "How well this service survives failures: which components are redundant, which member serves, how each failover went \
                  (observed recovery time as a range, data at risk, what was promised of both), what is left of error budgets, and how \
                  restores of the page's own archive went. `null` means that it was not reported or not promised, never zero.",
    input: schema::of::<Input>,
    output: schema::of::<Resilience>,
    call,
};

/// Of what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only of this component, by its `id`.
    #[serde(default)]
    component: Option<String>,
    /// How many failovers, 1 to 100; 50 unless it is stated.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// How well failures are survived.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resilience {
    /// How fresh the answer is.
    freshness: Freshness,
    /// Redundant components.
    redundant: Vec<RedundantTold>,
    /// Failovers, newest first.
    failovers: Vec<FailoverView>,
    /// What is left of what was promised; `null` where the history cannot be read at the moment.
    error_budgets: Option<Vec<BudgetView>>,
    /// Restores of the page's own archive that were tried, newest first.
    drills: Vec<DrillView>,
    /// The page with all of it.
    address: String,
}

/// A redundant component.
#[derive(Debug, Serialize, ToSchema)]
struct RedundantTold {
    /// Which.
    component: String,
    /// The member on which the service rests now, where it is one.
    serving: Option<String>,
    /// What it is made of, and has left to lose.
    redundancy: RedundancyView,
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&resilience(source, &taken(arguments)?).await?) })
}

async fn resilience(source: &Source, input: &Input) -> Result<Resilience, Problem> {
    let (snapshot, count) = (source.snapshot(), limit(input.limit)?);
    let only = source.component_id(input.component.as_deref())?;
    let is_asked = |id: &pharos_model::ComponentId| only.as_ref().is_none_or(|only| only == id);
    let components = || snapshot.components.iter().filter(|known| is_asked(&known.definition.id));
    let redundant = components().filter_map(|known| {
        let redundancy = known.redundancy.as_deref()?;
        Some(RedundantTold {
            component: known.definition.id.to_string(),
            serving: redundancy.serving().map(|member| member.component.to_string()),
            redundancy: RedundancyView::of(redundancy),
        })
    });
    let promised =
        components().filter_map(|known| Some((known.definition.id.clone(), known.definition.objective_ppm?)));
    let failovers = snapshot.failovers.iter().filter(|known| is_asked(&known.component)).take(count);
    let budgets = budgets(&*source.store, snapshot, promised).await.map_err(unread).ok();
    let budget = |(id, known): &(pharos_model::ComponentId, _)| BudgetView::of(id.as_str(), known, true);
    Ok(Resilience {
        freshness: source.freshness(),
        redundant: redundant.collect(),
        failovers: failovers.map(|known| FailoverView::of(known, true)).collect(),
        error_budgets: budgets.map(|budgets| budgets.iter().map(budget).collect()),
        drills: snapshot.drills.iter().map(DrillView::from).collect(),
        address: source.view.address("/resilience"),
    })
}
