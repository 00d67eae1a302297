//! `get_status`: how everything is now, and what is open or planned.

use pharos_model::limits::BAR_DAYS;
use pharos_model::{Component, Group, Indicator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source};
use super::views::{IncidentTold, MaintenanceTold, UptimeTold, names};
use super::{Answer, Tool, given, taken};
use crate::http::api::problem::Problem;
use crate::http::api::resilience::RedundancyView;
use crate::http::api::wire::{Moment, StatusWord};
use crate::limits::MCP_COMPONENTS_MAX;

/// The tool.
pub static TOOL: Tool = Tool {
    name: "get_status",
    title: "Current status",
    description: "How the services of this status page are now: the state of the whole, every component with its status, redundancy \
                  and uptime, open incidents, planned maintenance and announcements. Look at `freshness` first: where it is `stale`, \
                  this node cannot vouch for the present, and the rest is what it knew last.",
    input: schema::of::<Input>,
    output: schema::of::<Status>,
    call,
};

/// Which components are told of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only this component.
    #[serde(default)]
    component: Option<String>,
    /// Only those of this group.
    #[serde(default)]
    group: Option<String>,
    /// Only those that are not operational.
    #[serde(default)]
    troubled: bool,
}

/// How everything is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    /// How fresh the answer is.
    freshness: Freshness,
    /// Whose page it is.
    page: PageTold,
    /// The state of the whole: `none`, `maintenance`, `unknown`, `minor`, `major` or `critical`. It is `unknown` where this node cannot
    /// vouch for the present.
    indicator: &'static str,
    /// What the state of the whole was when this node knew it last.
    last_known_indicator: &'static str,
    /// The same in a sentence.
    sentence: String,
    /// Groups of components.
    groups: Vec<GroupTold>,
    /// Components, in the order in which they stand on the page; of very many the first.
    components: Vec<ComponentTold>,
    /// How many components were left out because there are too many: ask for one, a group, or those that are troubled.
    components_left_out: usize,
    /// Incidents that are open, newest first.
    open_incidents: Vec<IncidentTold>,
    /// Maintenance in progress or to come, the earliest first.
    maintenances: Vec<MaintenanceTold>,
    /// What visitors should know although nothing is wrong, newest first.
    announcements: Vec<AnnouncementTold>,
}

/// A status page.
#[derive(Debug, Serialize, ToSchema)]
struct PageTold {
    /// Whose page it is.
    name: String,
    /// One sentence about it.
    description: String,
    /// What must not be mistaken, such as that the history is made up; empty where there is nothing.
    notice: String,
    /// Where it is.
    address: String,
    /// The zone in which its days begin.
    time_zone: String,
    /// The language of its texts.
    language: &'static str,
}

/// A group of components.
#[derive(Debug, Serialize, ToSchema)]
struct GroupTold {
    /// What it is called by.
    id: String,
    /// Its name.
    name: String,
    /// The worst status among its components.
    status: StatusWord,
}

/// A component.
#[derive(Debug, Serialize, ToSchema)]
struct ComponentTold {
    /// What it is called by.
    id: String,
    /// Its name.
    name: String,
    /// One sentence about it.
    description: String,
    /// The group it stands in.
    group: Option<String>,
    /// How it is, as it is shown.
    status: StatusWord,
    /// Since when.
    since: Moment,
    /// What the checks find, where operators state something else.
    measured: Option<StatusWord>,
    /// Why operators state something else; `null` where an open incident says it.
    stated_because: Option<String>,
    /// Whose word the status is, where it is a supplier's.
    supplier: Option<String>,
    /// Whether it is a member of a redundant component, which speaks for the service.
    is_member: bool,
    /// The components that it needs to work.
    depends_on: Vec<String>,
    /// What it is made of and has left to lose, where it is redundant: a member that `serves` carries the service now.
    redundancy: Option<RedundancyView>,
    /// Its uptime over 90 days.
    uptime_90_days: UptimeTold,
    /// Its page.
    address: String,
}

/// Something that visitors should know although nothing is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct AnnouncementTold {
    /// One line.
    title: String,
    /// The rest, in Markdown.
    text: String,
    /// Since when it is shown.
    published_at: Moment,
    /// Until when it is to be shown.
    until: Option<Moment>,
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&status(source, &taken(arguments)?)?) })
}

fn status(source: &Source, input: &Input) -> Result<Status, Problem> {
    let snapshot = source.snapshot();
    let only = source.component_id(input.component.as_deref())?;
    if let Some(group) = &input.group
        && !snapshot.groups.iter().any(|known| known.id.as_str() == group)
    {
        return Err(Problem::not_found("group").hint("get_status without arguments lists the groups"));
    }
    let is_asked = |known: &&Component| {
        let group = known.definition.group.as_ref().map(pharos_model::GroupId::as_str);
        only.as_ref().is_none_or(|id| known.definition.id == *id)
            && input.group.as_deref().is_none_or(|asked| group == Some(asked))
            && !(input.troubled && known.status == pharos_model::Status::Operational)
    };
    let asked: Vec<&Component> = snapshot.components.iter().filter(is_asked).collect();
    let told = asked.iter().take(MCP_COMPONENTS_MAX);
    let freshness = source.freshness();
    let banner = pharos_app::banner(snapshot, source.view.words);
    let last_known = snapshot.indicator();
    let incident = |known| IncidentTold::of(source, known);
    Ok(Status {
        page: page(source),
        indicator: if freshness.stale { Indicator::Unknown } else { last_known }.as_str(),
        last_known_indicator: last_known.as_str(),
        sentence: sentence(&freshness, &banner),
        freshness,
        groups: snapshot.groups.iter().map(|group| group_told(source, group)).collect(),
        components: told.map(|known| component(source, known)).collect(),
        components_left_out: asked.len().saturating_sub(MCP_COMPONENTS_MAX),
        open_incidents: snapshot.open_incidents().map(incident).collect(),
        maintenances: snapshot
            .planned_maintenances()
            .map(|known| MaintenanceTold::of(source, known))
            .collect(),
        announcements: announcements(source),
    })
}

fn sentence(freshness: &Freshness, banner: &pharos_app::BannerData) -> String {
    let known = format!("{}. {}", banner.sentence, banner.detail);
    let known = known.trim().to_owned();
    if freshness.stale {
        return format!("This node cannot vouch for the present. What it knew last: {known}");
    }
    known
}

fn page(source: &Source) -> PageTold {
    let (view, page) = (&source.view, &source.snapshot().page);
    PageTold {
        name: view.words.page_name(source.snapshot()).to_owned(),
        description: source.said(&page.description).to_owned(),
        notice: source.said(&page.notice).to_owned(),
        address: view.address("/"),
        time_zone: page.time_zone.clone(),
        language: view.words.tag(),
    }
}

fn group_told(source: &Source, group: &Group) -> GroupTold {
    GroupTold {
        id: group.id.to_string(),
        name: source.said(&group.name).to_owned(),
        status: source.snapshot().group_status(group).into(),
    }
}

fn component(source: &Source, known: &Component) -> ComponentTold {
    let definition = &known.definition;
    let reason = known.stated.as_ref().map(|stated| source.said(&stated.reason).to_owned());
    ComponentTold {
        id: definition.id.to_string(),
        name: source.said(&definition.name).to_owned(),
        description: source.said(&definition.description).to_owned(),
        group: definition.group.as_ref().map(ToString::to_string),
        status: known.status.into(),
        since: Moment(known.since),
        measured: known.stated.as_ref().map(|stated| stated.measured.into()),
        stated_because: reason.filter(|reason| !reason.is_empty()),
        supplier: definition.supplier.as_ref().map(|supplier| source.said(supplier).to_owned()),
        is_member: definition.is_member,
        depends_on: names(&definition.depends_on),
        redundancy: known.redundancy.as_deref().map(RedundancyView::of),
        uptime_90_days: source.snapshot().uptime(known, BAR_DAYS).into(),
        address: source.view.address(&["/components/", definition.id.as_str()].concat()),
    }
}

fn announcements(source: &Source) -> Vec<AnnouncementTold> {
    let shown = source.snapshot().shown_announcements().map(|known| AnnouncementTold {
        title: source.said(&known.title).to_owned(),
        text: source.said(&known.body.source).to_owned(),
        published_at: Moment(known.published_at),
        until: known.until.map(Moment),
    });
    shown.collect()
}
