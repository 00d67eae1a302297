//! `list_incidents`: open ones from memory, and those of the past from the store.

use pharos_model::{ComponentId, Incident, IncidentId, UnixMs};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source, unread};
use super::views::IncidentTold;
use super::{Answer, Tool, given, taken};
use crate::http::api::extract::{cursor, limit, place};
use crate::http::api::problem::Problem;
use crate::http::api::wire::incident_id;
use crate::limits::HISTORY_INCIDENTS_MAX;
use crate::pages::{Month, as_told, zone};

/// The tool.
pub static TOOL: Tool = Tool {
    name: "list_incidents",
    title: "Incidents",
    description: "Incidents, newest first: those that are open, those that are over, those of a month or of a component. Each comes with \
                  what was said last; get_incident tells all of one.",
    input: schema::of::<Input>,
    output: schema::of::<IncidentList>,
    call,
};

/// Whether incidents are open.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    /// They are.
    Open,
    /// They are over.
    Over,
    /// Both.
    #[default]
    All,
}

/// Which incidents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whether they are open; `all` unless it is stated.
    #[serde(default)]
    state: State,
    /// Only those that began in this month of the page's time zone, as in `2026-11`.
    #[serde(default)]
    month: Option<String>,
    /// Only those of this component, by its `id`.
    #[serde(default)]
    component: Option<String>,
    /// How many, 1 to 100; 50 unless it is stated.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the list before ended: its `next_cursor`.
    #[serde(default)]
    cursor: Option<String>,
}

/// Incidents, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentList {
    /// How fresh the answer is.
    freshness: Freshness,
    /// The incidents.
    incidents: Vec<IncidentTold>,
    /// What to ask for to go on; `null` at the end.
    next_cursor: Option<String>,
    /// The page with all of them.
    address: String,
}

/// Which incidents, read.
struct Asked {
    state: State,
    component: Option<ComponentId>,
    before: Option<(UnixMs, IncidentId)>,
    count: usize,
}

impl Asked {
    fn has(&self, incident: &Incident) -> bool {
        let is_of = |id: &ComponentId| incident.components.contains(id);
        let is_before = |(at, id): &(UnixMs, IncidentId)| (incident.began_at, &incident.id) < (*at, id);
        self.component.as_ref().is_none_or(is_of)
            && self.before.as_ref().is_none_or(is_before)
            && match self.state {
                State::Open => incident.is_open(),
                State::Over => !incident.is_open(),
                State::All => true,
            }
    }
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&incidents(source, taken(arguments)?).await?) })
}

async fn incidents(source: &Source, input: Input) -> Result<IncidentList, Problem> {
    let before = match place(input.cursor.as_deref())? {
        Some((at, id)) => Some((UnixMs(at), incident_id(&id)?)),
        None => None,
    };
    let component = source.component_id(input.component.as_deref())?;
    let asked = Asked { state: input.state, component, before, count: limit(input.limit)? };
    let mut found = found(source, &asked, input.month.as_deref()).await?;
    let has_more = found.len() > asked.count;
    found.truncate(asked.count);
    let last = found.last().filter(|_| has_more);
    Ok(IncidentList {
        freshness: source.freshness(),
        next_cursor: last.map(|incident| cursor(incident.began_at.0, incident.id.as_str())),
        incidents: found.iter().map(|incident| IncidentTold::of(source, incident)).collect(),
        address: source.view.address("/history"),
    })
}

/// One more than are asked for, where there are so many.
async fn found(source: &Source, asked: &Asked, month: Option<&str>) -> Result<Vec<Incident>, Problem> {
    let snapshot = source.snapshot();
    let mut found = if let Some(month) = month {
        let hint = "write it as in 2026-11";
        let month = Month::parse(month).ok_or_else(|| Problem::invalid("month", "is no month", hint))?;
        let zone = zone(snapshot);
        let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
        source.store.incidents_between(from, until, HISTORY_INCIDENTS_MAX).await.map_err(unread)?
    } else if asked.state == State::Open {
        // All that are open are in memory.
        snapshot.open_incidents().cloned().collect()
    } else {
        let filter = (asked.component.clone(), (asked.state == State::Over).then_some(false));
        source.store.incidents_page(asked.before.clone(), filter, asked.count + 1).await.map_err(unread)?
    };
    found.retain_mut(|incident| as_told(incident, snapshot));
    found.retain(|incident| asked.has(incident));
    found.sort_by(|one, other| (other.began_at, &other.id).cmp(&(one.began_at, &one.id)));
    Ok(found)
}
