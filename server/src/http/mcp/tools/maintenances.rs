//! `list_maintenances`: planned work from memory, and that of the past from the store.

use pharos_model::{Maintenance, UnixMs};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source, unread};
use super::views::MaintenanceTold;
use super::{Answer, Tool, given, taken};
use crate::http::api::extract::{cursor, limit, place};
use crate::http::api::problem::Problem;
use crate::pages::as_shown;

/// The tool.
pub static TOOL: Tool = Tool {
    name: "list_maintenances",
    title: "Maintenance",
    description: "Planned work: what is in progress or to come, the earliest first, or what is over, the latest first. While it lasts, the \
                  components it names are shown as under maintenance, which is no outage.",
    input: schema::of::<Input>,
    output: schema::of::<MaintenanceList>,
    call,
};

/// Where maintenances stand.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// In progress or to come.
    #[default]
    Planned,
    /// Completed or called off.
    Over,
}

/// Which maintenances.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where they stand; `planned` unless it is stated.
    #[serde(default)]
    state: Stage,
    /// Only those of this component, by its `id`.
    #[serde(default)]
    component: Option<String>,
    /// Among how many of those that are over to look, 1 to 100; 50 unless it is stated.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the list before ended: its `next_cursor`.
    #[serde(default)]
    cursor: Option<String>,
}

/// Maintenances.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaintenanceList {
    /// How fresh the answer is.
    freshness: Freshness,
    /// The maintenances.
    maintenances: Vec<MaintenanceTold>,
    /// What to ask for to go on; `null` at the end. A list may be short and go on all the same.
    next_cursor: Option<String>,
    /// The page on which planned ones stand.
    address: String,
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&maintenances(source, taken(arguments)?).await?) })
}

async fn maintenances(source: &Source, input: Input) -> Result<MaintenanceList, Problem> {
    let component = source.component_id(input.component.as_deref())?;
    let (mut found, next_cursor) = match input.state {
        Stage::Planned => (source.snapshot().planned_maintenances().cloned().collect(), None),
        Stage::Over => over(source, &input).await?,
    };
    found.retain(|known| component.as_ref().is_none_or(|id| known.components.contains(id)));
    Ok(MaintenanceList {
        freshness: source.freshness(),
        maintenances: found.iter().map(|known| MaintenanceTold::of(source, known)).collect(),
        next_cursor,
        address: source.view.address("/"),
    })
}

async fn over(source: &Source, input: &Input) -> Result<(Vec<Maintenance>, Option<String>), Problem> {
    let before = place(input.cursor.as_deref())?.map(|(at, id)| (UnixMs(at), id));
    let count = limit(input.limit)?;
    let mut found = source.store.maintenances_page(before, count + 1).await.map_err(unread)?;
    let has_more = found.len() > count;
    found.truncate(count);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|known| cursor(known.scheduled_start.0, known.id.as_str()));
    found.retain_mut(|known| as_shown(known, source.snapshot()) && known.status.is_over());
    Ok((found, next_cursor))
}
