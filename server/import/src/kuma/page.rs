//! Which monitors visitors saw, and under which headings: those of one status page.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{ComponentId, GroupId};
use serde_json::{Map, Value, json};

use super::line;
use super::monitor::{check, check_name, interval_ms, kind, silence_ms};
use super::record::Record;
use super::tables::Tables;
use crate::haul::{described, named};
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::{Component, Group, Haul, ImportError, Names, Spot};

/// A monitor that became a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    /// The component.
    pub component: ComponentId,
    /// What its check is called.
    pub check: String,
    /// How often it is looked at, in milliseconds.
    pub interval_ms: u64,
    /// How long it may be silent, in milliseconds.
    pub silence_ms: u64,
}

/// What is carried, by the identifiers of monitors, and the identifier of the page.
pub(super) struct Placed {
    /// The monitors.
    pub carried: BTreeMap<i64, Carried>,
    /// The page; `None` where the source tells of none.
    pub page: Option<i64>,
}

/// Makes components of the monitors that visitors saw on the page `wanted`, or on the first that is published.
///
/// # Errors
/// When there is no such page, or a value is not what it should be.
pub(super) fn place(
    tables: &Tables,
    wanted: Option<&str>,
    document: &str,
    haul: &mut Haul,
) -> Result<Placed, ImportError> {
    let page = chosen(tables, wanted, document, haul)?;
    let monitors = tables.by_id()?;
    let mut names = Names::default();
    let order = match page {
        Some(page) => on_page(tables, page, &monitors, &mut names, haul)?,
        None => everything(tables, &monitors, &mut names, haul)?,
    };
    let public: BTreeSet<i64> = order.iter().map(|(id, _)| *id).collect();
    let children = tables.children()?;
    let mut ids: BTreeMap<i64, ComponentId> = BTreeMap::new();
    for (id, _) in &order {
        let Some(monitor) = monitors.get(id) else { continue };
        let name = monitor.text("name")?.unwrap_or_default();
        ids.insert(*id, names.component(&name));
    }
    let mut carried = BTreeMap::new();
    for (id, group) in order {
        let (Some(record), Some(component)) = (monitors.get(&id), ids.get(&id)) else { continue };
        let mut more = Map::new();
        if kind(record)? == "group" {
            let members = children.get(&id).cloned().unwrap_or_default();
            let known: Vec<&ComponentId> = members.iter().filter_map(|member| ids.get(member)).collect();
            if known.is_empty() || known.len() < members.len() || is_within_itself(id, &children) {
                let why =
                    "it was as bad as the worst of its monitors, and not all of those stand on the page";
                haul.leave(record.spot(), format!("the monitor `{component}`"), why);
                continue;
            }
            more.insert(
                "redundancy".to_owned(),
                json!({ "policy": "all", "members": known, "degraded_without": false }),
            );
        }
        carried.insert(id, component_of(record, component, (group, more), haul)?);
    }
    leave_private(tables, &public, page.is_some(), haul)?;
    Ok(Placed { carried, page })
}

/// The page that is imported. The others are left.
fn chosen(
    tables: &Tables,
    wanted: Option<&str>,
    document: &str,
    haul: &mut Haul,
) -> Result<Option<i64>, ImportError> {
    let Some(pages) = &tables.pages else {
        if let Some(wanted) = wanted {
            let what = format!("it tells of no status pages, and so of none called `{wanted}`");
            return Err(ImportError::new(Spot::of(document), what, "import the file `kuma.db` instead"));
        }
        return Ok(None);
    };
    let mut found = None;
    let mut slugs = Vec::new();
    for page in pages {
        let slug = page.text("slug")?.unwrap_or_default();
        let is_wanted = match wanted {
            Some(wanted) => slug.eq_ignore_ascii_case(wanted),
            None => page.flag("published")? != Some(false),
        };
        match (&found, is_wanted) {
            (None, true) => found = Some(page),
            _ => slugs.push((page, slug)),
        }
    }
    let Some(page) = found else {
        let known: Vec<&str> = slugs.iter().map(|(_, slug)| slug.as_str()).take(20).collect();
        if let Some(wanted) = wanted {
            let hint = format!("choose one of: {}", known.join(", "));
            return Err(ImportError::new(
                Spot::of(document),
                format!("it has no status page `{wanted}`"),
                hint,
            ));
        }
        return Ok(None);
    };
    for (other, slug) in &slugs {
        let why =
            format!("one Pharos is one page; import it into another with `--page {}`", crate::slug(slug));
        haul.leave(other.spot(), format!("the status page `{}`", crate::slug(slug)), why);
    }
    let title = page.text("title")?.map(|title| line(&title)).filter(|title| !title.is_empty());
    haul.page.name = title.map(|title| named(haul, &title, &page.spot_of("title"))).transpose()?;
    let description = page.text("description")?.map(|text| line(&text));
    let spot = page.spot_of("description");
    haul.page.description = description.map(|text| described(haul, &text, &spot)).transpose()?;
    haul.page.time_zone.clone_from(&tables.time_zone);
    for (key, what, why) in [
        (
            "custom_css",
            "the style sheet of the page",
            "Pharos has other elements; write one of its own under `page.theme`",
        ),
        ("footer_text", "the text at the bottom of the page", "write links under `page.links.footer`"),
        (
            "password",
            "the password of the page",
            "the page of Pharos is public; put it behind a proxy that asks for one",
        ),
    ] {
        if page.text(key)?.is_some() {
            haul.leave(page.spot_of(key), what, why);
        }
    }
    page.id().map(Some)
}

type Order = Vec<(i64, Option<GroupId>)>;

/// The monitors under the headings of a page, each once.
fn on_page(
    tables: &Tables,
    page: i64,
    monitors: &BTreeMap<i64, &Record>,
    names: &mut Names,
    haul: &mut Haul,
) -> Result<Order, ImportError> {
    let mut order: Order = Vec::new();
    let mut seen = BTreeSet::new();
    let mut members: BTreeMap<i64, Vec<&Record>> = BTreeMap::new();
    for member in &tables.members {
        members.entry(member.whole("group_id")?.unwrap_or_default()).or_default().push(member);
    }
    for group in &tables.groups {
        let is_shown = group.flag("public")? != Some(false) && group.flag("active")? != Some(false);
        if group.whole("status_page_id")? != Some(page) || !is_shown {
            continue;
        }
        let heading = heading(group, names, haul)?;
        for member in members.remove(&group.id()?).into_iter().flatten() {
            let Some(monitor) = member.whole("monitor_id")? else { continue };
            if !monitors.contains_key(&monitor) {
                haul.leave(
                    member.spot_of("monitor_id"),
                    format!("the monitor {monitor}"),
                    "there is no such monitor",
                );
            } else if seen.insert(monitor) {
                bounded(order.len(), &member.spot())?;
                order.push((monitor, Some(heading.clone())));
            } else {
                let why = "a component stands in one place; it stands under the first";
                haul.leave(member.spot(), format!("the monitor {monitor} under a second heading"), why);
            }
        }
    }
    Ok(order)
}

/// All monitors, where nothing tells which of them visitors saw: under the groups of monitors that they are in.
fn everything(
    tables: &Tables,
    monitors: &BTreeMap<i64, &Record>,
    names: &mut Names,
    haul: &mut Haul,
) -> Result<Order, ImportError> {
    let mut order: Order = Vec::new();
    let mut headings: BTreeMap<i64, GroupId> = BTreeMap::new();
    for monitor in &tables.monitors {
        if kind(monitor)? == "group" {
            continue;
        }
        bounded(order.len(), &monitor.spot())?;
        let parent =
            monitor.whole("parent")?.and_then(|parent| monitors.get(&parent).map(|record| (parent, *record)));
        let group = match parent {
            None => None,
            Some((parent, record)) => Some(if let Some(known) = headings.get(&parent) {
                known.clone()
            } else {
                let made = heading(record, names, haul)?;
                headings.insert(parent, made.clone());
                made
            }),
        };
        order.push((monitor.id()?, group));
    }
    // What stands before all groups comes first, and each group's own together.
    order.sort_by_key(|(_, group)| {
        group.as_ref().and_then(|group| haul.groups.iter().position(|known| known.id == *group))
    });
    Ok(order)
}

fn heading(group: &Record, names: &mut Names, haul: &mut Haul) -> Result<GroupId, ImportError> {
    if haul.groups.len() >= GROUPS_MAX {
        let what = format!("there are more than {GROUPS_MAX} groups");
        return Err(ImportError::new(group.spot(), what, "import less"));
    }
    let name = line(&group.text("name")?.unwrap_or_default());
    let id = names.group(&name);
    let name = if name.is_empty() { id.to_string() } else { named(haul, &name, &group.spot_of("name"))? };
    haul.groups.push(Group { id: id.clone(), name });
    Ok(id)
}

fn bounded(count: usize, spot: &Spot) -> Result<(), ImportError> {
    if count < COMPONENTS_MAX {
        return Ok(());
    }
    Err(ImportError::new(
        spot.clone(),
        format!("there are more than {COMPONENTS_MAX} components"),
        "import less",
    ))
}

/// Whether a group of monitors is, over however many others, in itself.
fn is_within_itself(id: i64, children: &BTreeMap<i64, Vec<i64>>) -> bool {
    let (mut open, mut seen) = (vec![id], BTreeSet::new());
    while let Some(next) = open.pop() {
        for child in children.get(&next).into_iter().flatten() {
            if *child == id {
                return true;
            }
            if seen.insert(*child) {
                open.push(*child);
            }
        }
    }
    false
}

fn component_of(
    record: &Record,
    id: &ComponentId,
    (group, more): (Option<GroupId>, Map<String, Value>),
    haul: &mut Haul,
) -> Result<Carried, ImportError> {
    let name = line(&record.text("name")?.unwrap_or_default());
    let name = if name.is_empty() { id.to_string() } else { named(haul, &name, &record.spot_of("name"))? };
    let checks =
        if more.is_empty() { check(record, id.as_str(), haul)?.into_iter().collect() } else { Vec::new() };
    if record.text("description")?.is_some() {
        let why = "Kuma shows it to operators alone, and that of a component is public";
        haul.leave(record.spot_of("description"), format!("the description of `{id}`"), why);
    }
    haul.components.push(Component { id: id.clone(), name, description: String::new(), group, checks, more });
    Ok(Carried {
        component: id.clone(),
        check: check_name(record)?,
        interval_ms: interval_ms(record)?,
        silence_ms: silence_ms(record)?,
    })
}

/// Says which monitors visitors do not see, and what else has no place here.
fn leave_private(
    tables: &Tables,
    public: &BTreeSet<i64>,
    has_page: bool,
    haul: &mut Haul,
) -> Result<(), ImportError> {
    for record in &tables.monitors {
        if public.contains(&record.id()?) || (!has_page && kind(record)? == "group") {
            continue;
        }
        let name: String = line(&record.text("name")?.unwrap_or_default()).chars().take(60).collect();
        let why = "it does not stand on the page, and whatever Pharos watches is public";
        haul.leave(record.spot(), format!("the monitor \"{name}\""), why);
    }
    for notification in &tables.notifications {
        let name: String = line(&notification.text("name")?.unwrap_or_default()).chars().take(60).collect();
        let why = "where alerts go is not carried, and neither are the secrets in it";
        haul.leave(notification.spot(), format!("the notification \"{name}\""), why);
    }
    Ok(())
}
