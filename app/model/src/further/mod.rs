//! Further pages: each a view of the components of the main one, with an address and words of its own.

#[cfg(test)]
mod tests;
mod told;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use told::{Before, Told};

use crate::{
    Component, ComponentId, Failover, Group, GroupId, Incident, IncidentId, IncidentUpdate, Maintenance,
    Page, PageId, Redundancy, Snapshot, Transition, UnixMs, code,
};

/// A further page, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FurtherPage {
    /// Its identifier.
    pub id: PageId,
    /// The name of the host that it has to itself, in small letters; empty where it is below a path of the main page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// Its own words and rules.
    pub page: Page,
    /// The components that it shows, with the members of those that are redundant.
    pub components: BTreeSet<ComponentId>,
    /// Those of them that are members of what it does not show, and so speak for themselves here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub alone: BTreeSet<ComponentId>,
    /// The groups of which it shows every component.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
}

/// A further page at its own place in the journal: entries that do not concern it are none of its.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageView {
    /// What it is.
    pub definition: FurtherPage,
    /// The last entry that it heard of.
    pub seq: u64,
    /// The time of that entry.
    pub at: UnixMs,
    /// When it last changed what stands on it beside its living parts.
    pub laid_out_at: UnixMs,
}

impl FurtherPage {
    /// Whether it shows a component of the main page.
    pub fn shows(&self, id: &ComponentId, board: &Snapshot) -> bool {
        self.components.contains(id)
            || !self.groups.is_empty() && board.component(id).is_some_and(|component| self.has(component))
    }

    fn has(&self, component: &Component) -> bool {
        let group = component.definition.group.as_ref();
        self.components.contains(&component.definition.id)
            || group.is_some_and(|group| self.groups.contains(group))
    }

    /// What it tells of an incident; nothing of one that concerns none of its components. The name of an incident may hold that of
    /// a component, so that it has another one here.
    pub fn incident(&self, known: &Incident, board: &Snapshot) -> Option<Incident> {
        let mut seen = known.clone();
        seen.components.retain(|id| self.shows(id, board));
        seen.root = seen.root.filter(|id| self.shows(id, board));
        seen.id = alias(&known.id);
        // What is found of no component by name is found of the first.
        let has_first = known.components.first() == seen.components.first();
        seen.updates.retain_mut(|update| self.tells(update, has_first, board));
        (!seen.components.is_empty()).then_some(seen)
    }

    /// Takes out of an update what concerns other components; tells whether it says anything then.
    fn tells(&self, update: &mut IncidentUpdate, has_first: bool, board: &Snapshot) -> bool {
        let is_found = match &mut update.transition {
            Transition::Detected(_) | Transition::Changed(_) | Transition::Relapsed(_) => true,
            Transition::Merged(into) => {
                *into = alias(into);
                false
            }
            // Nobody knows whether the other one concerned this page.
            Transition::Joined(_) => return false,
            _ => false,
        };
        let is_named = !update.components.is_empty();
        update.components.retain(|affected| self.shows(&affected.component, board));
        !is_found || if is_named { !update.components.is_empty() } else { has_first }
    }

    /// What it tells of maintenance; nothing of what concerns none of its components.
    pub fn maintenance(&self, known: &Maintenance, board: &Snapshot) -> Option<Maintenance> {
        let mut seen = known.clone();
        seen.components.retain(|id| self.shows(id, board));
        (!seen.components.is_empty()).then_some(seen)
    }

    fn failover(&self, known: &Failover, board: &Snapshot) -> Option<Failover> {
        let is_shown = self.shows(&known.component, board) && self.shows(&known.from, board);
        let to = known.to.clone().filter(|id| self.shows(id, board));
        is_shown.then(|| Failover { to, incident: known.incident.as_ref().map(alias), ..known.clone() })
    }

    fn redundancy(&self, known: &Redundancy, board: &Snapshot) -> Redundancy {
        let mut seen = known.clone();
        seen.members.retain(|member| self.shows(&member.component, board));
        seen
    }

    fn component(&self, known: &Component, board: &Snapshot) -> Option<Component> {
        if !self.has(known) {
            return None;
        }
        let mut seen = known.clone();
        seen.definition.is_member &= !self.alone.contains(&known.definition.id);
        seen.definition.depends_on.retain(|id| self.shows(id, board));
        seen.redundancy = seen.redundancy.map(|redundancy| Box::new(self.redundancy(&redundancy, board)));
        Some(seen)
    }
}

impl PageView {
    /// The pages that are configured now, as of an entry: one that is as it was before stays where it is.
    pub fn laid_out(known: &[Self], wanted: &[FurtherPage], (seq, at): (u64, UnixMs)) -> Vec<Self> {
        let view = |definition: &FurtherPage| {
            let same = known.iter().find(|view| view.definition == *definition).cloned();
            same.unwrap_or_else(|| Self { definition: definition.clone(), seq, at, laid_out_at: at })
        };
        wanted.iter().map(view).collect()
    }

    /// What this page shows of everything: its components, and what concerns them. What names no component is told on the main
    /// page alone.
    pub fn seen(&self, board: &Snapshot) -> Snapshot {
        let page = &self.definition;
        let components: Vec<Component> =
            board.components.iter().filter_map(|known| page.component(known, board)).collect();
        let is_used = |group: &&Group| {
            components.iter().any(|component| component.definition.group.as_ref() == Some(&group.id))
        };
        Snapshot {
            origin: board.origin.clone(),
            seq: self.seq,
            at: self.at,
            laid_out_at: self.laid_out_at,
            page: page.page.clone(),
            groups: board.groups.iter().filter(is_used).cloned().collect(),
            components,
            days: board.days.clone(),
            incidents: board.incidents.iter().filter_map(|known| page.incident(known, board)).collect(),
            maintenances: board
                .maintenances
                .iter()
                .filter_map(|known| page.maintenance(known, board))
                .collect(),
            announcements: Vec::new(),
            failovers: board.failovers.iter().filter_map(|known| page.failover(known, board)).collect(),
            drills: Vec::new(),
        }
    }
}

/// The name of an incident on further pages.
fn alias(id: &IncidentId) -> IncidentId {
    // A code fits everywhere where a name does.
    IncidentId::new(&code("incident", id.as_str())).unwrap_or_default()
}
