//! Components and groups in Statuspage's shape.

use pharos_model::{Component, ComponentId, Group, Status, UnixMs};

use super::shapes::ComponentShape;
use super::{Maker, code};

/// The status that stands for one of ours where Statuspage's five words are all there are. What nobody looked at is shown as
/// degraded: a reader must not take it for well, and it is no outage that anybody saw.
pub fn word_of(status: Status) -> Status {
    match status {
        Status::Unknown => Status::DegradedPerformance,
        known => known,
    }
}

/// The code of a component.
pub fn component_code(id: &ComponentId) -> String {
    code("component", id.as_str())
}

fn group_code(group: &Group) -> String {
    code("group", group.id.as_str())
}

impl Maker<'_> {
    /// All components and groups that have any, by their positions: children have theirs within their group, and so stand among
    /// the others.
    pub fn components(&self) -> Vec<ComponentShape> {
        let snapshot = &self.view.snapshot;
        let mut shapes = Vec::new();
        let mut position = 0;
        for group in &snapshot.groups {
            let children: Vec<&Component> = snapshot
                .listed()
                .filter(|component| component.definition.group.as_ref() == Some(&group.id))
                .collect();
            if children.is_empty() {
                continue;
            }
            position += 1;
            shapes.push(self.group(group, &children, position));
            for (place, child) in children.into_iter().enumerate() {
                shapes.push(self.component(child, (Some(group), place + 1)));
            }
        }
        for component in snapshot.listed().filter(|component| self.group_of(component).is_none()) {
            position += 1;
            shapes.push(self.component(component, (None, position)));
        }
        // Ties stay as they are: a group stands before its first child.
        shapes.sort_by_key(|shape| shape.position);
        shapes
    }

    fn group_of(&self, component: &Component) -> Option<&Group> {
        let id = component.definition.group.as_ref()?;
        self.view.snapshot.groups.iter().find(|group| group.id == *id)
    }

    fn group(&self, group: &Group, children: &[&Component], position: usize) -> ComponentShape {
        let words = children.iter().map(|child| word_of(child.status));
        let worst = words.reduce(Status::worse).unwrap_or(Status::Operational);
        let began = children.iter().map(|child| child.began).min().unwrap_or_default();
        let since = children.iter().map(|child| child.since).max().unwrap_or_default();
        ComponentShape {
            id: group_code(group),
            name: group.name.of(self.view.words.tag()).to_owned(),
            status: worst.as_str(),
            created_at: self.clock.iso(began),
            updated_at: self.clock.iso(since),
            position,
            description: None,
            showcase: false,
            start_date: None,
            group_id: None,
            page_id: self.page_id.clone(),
            group: true,
            only_show_if_degraded: false,
            components: Some(children.iter().map(|child| component_code(&child.definition.id)).collect()),
        }
    }

    fn component(&self, component: &Component, (group, position): (Option<&Group>, usize)) -> ComponentShape {
        let definition = &component.definition;
        let description = self.view.words.about(definition);
        ComponentShape {
            id: component_code(&definition.id),
            name: definition.name.of(self.view.words.tag()).to_owned(),
            status: word_of(component.status).as_str(),
            created_at: self.clock.iso(component.began),
            updated_at: self.clock.iso(component.since.max(component.began)),
            position,
            description: Some(description).filter(|text| !text.is_empty()),
            showcase: true,
            start_date: Some(self.clock.date(component.began)),
            group_id: group.map(group_code),
            page_id: self.page_id.clone(),
            group: false,
            only_show_if_degraded: false,
            components: None,
        }
    }

    /// Those of these components that are on the page, whole. Above a member stands the component that speaks for it.
    pub fn affected(&self, ids: &[ComponentId]) -> Vec<ComponentShape> {
        let mut told: Vec<&Component> = Vec::new();
        for component in ids.iter().filter_map(|id| self.speaking_for(id)) {
            if told.iter().all(|known| known.definition.id != component.definition.id) {
                told.push(component);
            }
        }
        told.into_iter().map(|component| self.component(component, self.place(component))).collect()
    }

    /// The listed component that speaks for one: itself, or that of which it is a member, however far up.
    fn speaking_for(&self, id: &ComponentId) -> Option<&Component> {
        let components = &self.view.snapshot.components;
        let mut found = self.view.snapshot.component(id)?;
        for _ in components {
            if !found.definition.is_member {
                return Some(found);
            }
            let own = &found.definition.id;
            found = components.iter().find(|above| {
                let mut members = above.redundancy.iter().flat_map(|redundancy| &redundancy.members);
                members.any(|member| member.component == *own)
            })?;
        }
        None
    }

    fn place<'a>(&'a self, component: &Component) -> (Option<&'a Group>, usize) {
        let snapshot = &self.view.snapshot;
        let group = self.group_of(component);
        let is_beside =
            |other: &&Component| self.group_of(other).map(|group| &group.id) == group.map(|group| &group.id);
        let before = snapshot.listed().filter(is_beside);
        let place = before.take_while(|other| other.definition.id != component.definition.id).count();
        let groups = snapshot.groups.iter().filter(|group| {
            snapshot.listed().any(|component| component.definition.group.as_ref() == Some(&group.id))
        });
        let ahead = if group.is_none() { groups.count() } else { 0 };
        (group, ahead + place + 1)
    }

    /// As incidents name it: a child with its group.
    pub fn full_name(&self, id: &ComponentId) -> String {
        let name = self.view.name_of(id);
        let group = self.view.snapshot.component(id).and_then(|component| self.group_of(component));
        match group {
            Some(group) => [group.name.of(self.view.words.tag()), " - ", name].concat(),
            None => name.to_owned(),
        }
    }

    /// A moment, where there is one.
    pub fn moment(&self, at: Option<UnixMs>) -> Option<String> {
        at.map(|at| self.clock.iso(at))
    }
}
