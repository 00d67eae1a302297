//! The page itself: its name, its groups and its components.

use std::collections::BTreeMap;

use pharos_model::{Status, UnixMs};
use serde_json::Map;

use super::{Known, Reader};
use crate::haul::{described, named};
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::{At, Component, Group, ImportError, from_html};

/// Time zones by the names that Rails has for them, where those are not the usual ones.
const ZONES: [(&str, &str); 14] = [
    ("UTC", "UTC"),
    ("Pacific Time (US & Canada)", "America/Los_Angeles"),
    ("Mountain Time (US & Canada)", "America/Denver"),
    ("Central Time (US & Canada)", "America/Chicago"),
    ("Eastern Time (US & Canada)", "America/New_York"),
    ("London", "Europe/London"),
    ("Dublin", "Europe/Dublin"),
    ("Berlin", "Europe/Berlin"),
    ("Paris", "Europe/Paris"),
    ("Amsterdam", "Europe/Amsterdam"),
    ("Madrid", "Europe/Madrid"),
    ("Tokyo", "Asia/Tokyo"),
    ("Singapore", "Asia/Singapore"),
    ("Sydney", "Australia/Sydney"),
];

/// A status by its word.
pub fn status(at: &At<'_>) -> Result<Status, ImportError> {
    let word = at.text()?;
    let found = Status::ALL.into_iter().find(|status| status.as_str() == word);
    found.ok_or_else(|| {
        let hint =
            "there are operational, degraded_performance, partial_outage, major_outage, under_maintenance";
        at.error(format!("{} is no status of a component", at.shown()), hint)
    })
}

impl Reader {
    /// Takes what a document says of the page and its components.
    pub(super) fn page(&mut self, root: &At<'_>) -> Result<(), ImportError> {
        // A page of the history nests it once more.
        let page = root.get("page").or_else(|| root.get("page_status")?.get("page"));
        if let Some(page) = page {
            self.about(&page)?;
        }
        let Some(components) = root.get("components") else { return Ok(()) };
        let mut listed = components.items()?;
        let position = |at: &At<'_>| at.get("position").and_then(|at| at.number().ok()).unwrap_or(0);
        listed.sort_by_cached_key(position);
        let is_group = |at: &At<'_>| at.get("group").is_some_and(|group| group.truth() == Ok(true));
        let mut order = BTreeMap::new();
        for at in listed.iter().filter(|at| is_group(at)) {
            let code = at.need("id")?.text()?;
            order.insert(code.to_owned(), order.len());
            let name = at.need("name")?;
            if self.groups.contains_key(code) {
                continue;
            }
            if self.haul.groups.len() >= GROUPS_MAX {
                return Err(at.error(format!("there are more than {GROUPS_MAX} groups"), "import less"));
            }
            let id = self.names.group(name.text()?);
            let name = named(&mut self.haul, name.text()?, &name.spot())?;
            self.haul.groups.push(Group { id: id.clone(), name });
            self.groups.insert(code.to_owned(), id);
        }
        // Components stand in the order of their groups, those without one first.
        let place = |at: &At<'_>| order.get(at.get("group_id")?.text().ok()?).copied();
        let mut ordered: Vec<&At<'_>> = listed.iter().filter(|at| !is_group(at)).collect();
        ordered.sort_by_cached_key(|at| place(at));
        for at in ordered {
            let group = at.get("group_id").map(|code| code.text()).transpose()?;
            let group = group.and_then(|code| self.groups.get(code).cloned());
            self.component(at, group)?;
        }
        Ok(())
    }

    fn about(&mut self, page: &At<'_>) -> Result<(), ImportError> {
        if let Some(name) = page.get("name").filter(|_| self.haul.page.name.is_none()) {
            let name = named(&mut self.haul, name.text()?, &name.spot())?;
            self.haul.page.name = Some(name);
        }
        if let Some(zone) = page.get("time_zone").filter(|_| self.haul.page.time_zone.is_none()) {
            let word = zone.text()?;
            let word = ZONES.into_iter().find(|(rails, _)| *rails == word).map_or(word, |(_, usual)| usual);
            if let Ok(found) = jiff::tz::TimeZone::get(word) {
                self.haul.page.time_zone = Some(word.to_owned());
                self.zone = Some(found);
            } else {
                let why = "it is not known by this name; name it under `page.time_zone`";
                self.haul.leave(zone.spot(), format!("the time zone {}", zone.shown()), why);
            }
        }
        if let Some(at) = page.get("updated_at") {
            self.reach(at.moment()?);
        }
        Ok(())
    }

    fn component(&mut self, at: &At<'_>, group: Option<pharos_model::GroupId>) -> Result<(), ImportError> {
        let code = at.need("id")?.text()?.to_owned();
        let shown = at.need("status")?;
        let is_known = self.known.contains_key(&code);
        let moment = |key: &str| at.get(key).map(|at| at.moment()).transpose();
        let created_at = moment("created_at")?;
        let changed_at = moment("updated_at")?.or(created_at).unwrap_or(UnixMs(0));
        let start = at.get("start_date").map(|at| day(&at)).transpose()?;
        let began_at = start.or(created_at).unwrap_or(changed_at);
        let status = status(&shown)?;
        self.reach(changed_at);
        if is_known {
            // Of two documents the one that was made later counts.
            if let Some(known) = self.known.get_mut(&code).filter(|known| known.changed_at < changed_at) {
                (known.status, known.changed_at) = (status, changed_at);
            }
            return Ok(());
        }
        if self.known.len() >= COMPONENTS_MAX {
            return Err(at.error(format!("there are more than {COMPONENTS_MAX} components"), "import less"));
        }
        let name = at.need("name")?;
        let id = self.names.component(name.text()?);
        let description = at.get("description").map(|at| at.text()).transpose()?.unwrap_or_default();
        let spot = at.spot();
        let component = Component {
            id: id.clone(),
            name: named(&mut self.haul, name.text()?, &name.spot())?,
            description: described(&mut self.haul, &from_html(description), &spot)?,
            group,
            checks: Vec::new(),
            more: Map::new(),
        };
        if at.get("only_show_if_degraded").is_some_and(|at| at.truth() == Ok(true)) {
            let what = format!("that `{}` is shown only while it is not well", component.name);
            self.haul.leave(spot, what, "components are always shown here");
        }
        self.haul.components.push(component);
        self.known.insert(code, Known { id, status, changed_at, began_at });
        Ok(())
    }
}

/// The beginning of a day, written as a date or as a moment.
fn day(at: &At<'_>) -> Result<UnixMs, ImportError> {
    let text = at.text()?;
    if text.len() == 10 {
        return crate::moment(&format!("{text}T00:00:00Z"))
            .ok_or_else(|| at.error(format!("{} is no date", at.shown()), "write it as in 2026-01-31"));
    }
    at.moment()
}
