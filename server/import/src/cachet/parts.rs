//! Components and their groups.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{GroupId, Status, UnixMs};

use super::item::Item;
use super::{Answer, List, Reader, listed};
use crate::haul::{described, named};
use crate::layers::Stretch;
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::{Component, Group, ImportError};

/// How a component is, by its number.
pub(super) fn status(item: &Item<'_>, key: &str) -> Result<Option<Status>, ImportError> {
    let Some(number) = item.number(key)? else { return Ok(None) };
    Ok(Some(match number {
        1 => Status::Operational,
        2 => Status::DegradedPerformance,
        3 => Status::PartialOutage,
        4 => Status::MajorOutage,
        0 | 5 => Status::Unknown,
        6 => Status::UnderMaintenance,
        _ => {
            let what = format!("its `{key}` is {number}, which is no status of a component");
            return Err(ImportError::new(item.spot(), what, "there are 0 to 6"));
        }
    }))
}

impl Reader {
    /// Takes groups and components.
    pub(super) fn parts(&mut self, answers: &[Answer]) -> Result<(), ImportError> {
        let mut groups = listed(answers, List::Groups)?;
        let order = |item: &Item<'_>| item.number("order").ok().flatten().unwrap_or(u64::MAX);
        groups.sort_by_key(|(_, group)| order(group));
        let mut headings: BTreeMap<u64, GroupId> = BTreeMap::new();
        let mut members: BTreeMap<u64, u64> = BTreeMap::new();
        let mut hidden = BTreeSet::new();
        for (_, group) in &groups {
            let id = group.id()?;
            for component in group.related("components")? {
                members.insert(component, id);
            }
            if !group.is_public()? {
                hidden.insert(id);
                self.haul.leave(group.spot(), "a group with its components", "visitors did not see it");
                continue;
            }
            headings.insert(id, self.heading(group)?);
        }
        let mut components = listed(answers, List::Components)?;
        let group_of = |item: &Item<'_>| -> Result<Option<u64>, ImportError> {
            let told = item.number("group_id")?.filter(|id| *id > 0);
            let related = item.related("group")?.first().copied();
            Ok(told.or(related).or(members.get(&item.id()?).copied()))
        };
        components.sort_by_key(|(_, component)| order(component));
        for (_, component) in &components {
            let group = group_of(component)?;
            if group.is_some_and(|group| hidden.contains(&group)) {
                continue;
            }
            if component.number("enabled")? == Some(0) {
                self.haul.leave(
                    component.spot(),
                    "a component",
                    "it is switched off, and visitors did not see it",
                );
                continue;
            }
            self.component(component, group.and_then(|group| headings.get(&group).cloned()))?;
        }
        Ok(())
    }

    fn heading(&mut self, group: &Item<'_>) -> Result<GroupId, ImportError> {
        if self.haul.groups.len() >= GROUPS_MAX {
            let what = format!("there are more than {GROUPS_MAX} groups");
            return Err(ImportError::new(group.spot(), what, "import less"));
        }
        let name = group.text("name")?;
        let id = self.names.group(&name);
        let name = if name.trim().is_empty() {
            id.to_string()
        } else {
            named(&mut self.haul, &name, &group.spot())?
        };
        self.haul.groups.push(Group { id: id.clone(), name });
        Ok(id)
    }

    fn component(&mut self, component: &Item<'_>, group: Option<GroupId>) -> Result<(), ImportError> {
        if self.haul.components.len() >= COMPONENTS_MAX {
            let what = format!("there are more than {COMPONENTS_MAX} components");
            return Err(ImportError::new(component.spot(), what, "import less"));
        }
        let name = component.text("name")?;
        let id = self.names.component(&name);
        let name = if name.trim().is_empty() {
            id.to_string()
        } else {
            named(&mut self.haul, &name, &component.spot())?
        };
        let description = component.text("description")?;
        let description = described(&mut self.haul, &description, &component.spot())?;
        if !component.text("link")?.is_empty() {
            self.haul.leave(
                component.spot(),
                format!("the link of `{id}`"),
                "components of Pharos have pages of their own",
            );
        }
        if let (Some(status), Some(since)) = (status(component, "status")?, component.when("updated")?) {
            self.reach(since);
            let stretch = Stretch { from: since, until: UnixMs(i64::MAX), status };
            self.stretches.entry(id.clone()).or_default().push(stretch);
        }
        self.known.insert(component.id()?, id.clone());
        let more = serde_json::Map::new();
        self.haul.components.push(Component { id, name, description, group, checks: Vec::new(), more });
        Ok(())
    }
}
