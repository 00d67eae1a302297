//! `get_incident`: all that was said about one.

use pharos_model::IncidentId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source, unread};
use super::views::{IncidentTold, UpdateTold};
use super::{Answer, Tool, given, taken};
use crate::http::api::problem::Problem;
use crate::pages::as_told;

/// The tool.
pub static TOOL: Tool = Tool {
    name: "get_incident",
    title: "One incident",
    description: "One incident with everything that was said about it, oldest first, and the component from whose failure the others \
                  suffer, as far as it was found out.",
    input: schema::of::<Input>,
    output: schema::of::<IncidentAnswer>,
    call,
};

/// Which incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its `id`, which is the end of its address, too.
    id: String,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentAnswer {
    /// How fresh the answer is.
    freshness: Freshness,
    /// The incident.
    incident: IncidentTold,
    /// The component from whose failure the others suffer.
    root: Option<String>,
    /// How often it was changed. Tools that change it take this as `revision`, and then do nothing if it was changed meanwhile.
    revision: u32,
    /// Everything that was said, oldest first.
    updates: Vec<UpdateTold>,
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&incident(source, &taken(arguments)?).await?) })
}

async fn incident(source: &Source, input: &Input) -> Result<IncidentAnswer, Problem> {
    let missing = || Problem::not_found("incident").hint("list_incidents lists incidents with their `id`");
    let id = IncidentId::new(&input.id).map_err(|_| missing())?;
    let snapshot = source.snapshot();
    let found = match snapshot.incident(&id) {
        Some(known) => Some(known.clone()),
        None => source.store.incident(&id).await.map_err(unread)?,
    };
    let mut found = found.ok_or_else(missing)?;
    if !as_told(&mut found, snapshot) {
        return Err(missing());
    }
    Ok(IncidentAnswer {
        freshness: source.freshness(),
        root: found.root.as_ref().map(ToString::to_string),
        revision: found.revision,
        updates: found.updates.iter().map(|update| UpdateTold::of(source, &found, update)).collect(),
        incident: IncidentTold::of(source, &found),
    })
}
