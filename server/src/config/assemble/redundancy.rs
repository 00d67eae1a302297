//! Redundant components: members that are there, a quorum that can be reached, and no circle.

use std::collections::{BTreeMap, BTreeSet};

use pharos_engine::limits::REDUNDANCY_DEPTH_MAX;
use pharos_engine::redundancy::{MemberRule, Rule};
use pharos_engine::{AutoIncident, IncidentPolicy};
use pharos_model::{ComponentDefinition, ComponentId, Policy, Role};

use super::super::document::At;
use super::super::error::Finding;
use super::super::file::{AudienceWord, ComponentEntry, MemberRoleWord, PolicyWord, RedundancySection};
use super::super::limits::{
    COMMON_CAUSE_DEFAULT_PPM, MEMBERS_MAX, OBJECTIVE_MAX_MS, SWITCH_TIME_DEFAULT_MS, SWITCH_TIME_MAX_MS,
    WEIGHT_MAX,
};
use super::Assembly;

impl Assembly {
    /// Takes what redundant components are made of.
    pub fn redundancies(
        &mut self,
        entries: &[ComponentEntry],
        components: &mut [ComponentDefinition],
        at: At<'_>,
    ) {
        for (index, entry) in entries.iter().enumerate() {
            let Some(section) = &entry.redundancy else { continue };
            let Ok(id) = ComponentId::new(&entry.id) else { continue };
            if let Some(rule) = self.redundancy((&id, section), components, at.item(index).key("redundancy"))
            {
                self.redundancy.insert(id, rule);
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            let Ok(id) = ComponentId::new(&entry.id) else { continue };
            if self.redundancy.contains_key(&id) {
                self.no_circle(&id, at.item(index).key("redundancy").key("members"));
            }
        }
        let members: BTreeSet<&ComponentId> =
            self.redundancy.values().flat_map(|rule| &rule.members).map(|member| &member.component).collect();
        for component in components.iter_mut().filter(|component| members.contains(&component.id)) {
            component.is_member = true;
            self.incidents
                .entry(component.id.clone())
                .or_insert_with(|| IncidentPolicy { auto: AutoIncident::Off, ..IncidentPolicy::default() });
        }
    }

    fn redundancy(
        &mut self,
        (id, section): (&ComponentId, &RedundancySection),
        components: &[ComponentDefinition],
        at: At<'_>,
    ) -> Option<Rule> {
        let members = self.members((id, section), components, at);
        let weight: u32 = members.iter().map(|member| member.weight).sum();
        let policy = self.redundancy_policy(section, weight, at)?;
        if policy != Policy::PrimaryStandby && !section.roles.is_empty() {
            self.findings.push(
                Finding::new(at.key("roles").key_place(), "only the policy `primary_standby` knows roles")
                    .hint("remove `roles`, or use that policy"),
            );
        }
        let switch_time_ms = section.switch_time.map_or(SWITCH_TIME_DEFAULT_MS, |given| {
            self.duration(given, (0, SWITCH_TIME_MAX_MS), at.key("switch_time"))
        });
        let mut objective = |given, key| {
            let given: pharos_probe::HumanDuration = given?;
            Some(self.duration(given, (1, OBJECTIVE_MAX_MS), at.key("objectives").key(key)))
        };
        let objectives = section.objectives.as_ref();
        Some(Rule {
            policy,
            members,
            switch_time_ms,
            degraded_without: section.degraded_without.unwrap_or(true),
            rto_objective_ms: objective(objectives.and_then(|objectives| objectives.rto), "rto"),
            rpo_objective_ms: objective(objectives.and_then(|objectives| objectives.rpo), "rpo"),
            common_cause_ppm: section
                .common_cause
                .map_or(COMMON_CAUSE_DEFAULT_PPM, |share| share.basis_points() * 100),
            is_public: section.visible_to != Some(AudienceWord::Operators),
        })
    }

    fn redundancy_policy(&mut self, section: &RedundancySection, weight: u32, at: At<'_>) -> Option<Policy> {
        let policy = match (section.policy, section.quorum) {
            (PolicyWord::All, None) => Policy::All,
            (PolicyWord::Any, None) => Policy::Any,
            (PolicyWord::PrimaryStandby, None) => Policy::PrimaryStandby,
            (PolicyWord::Quorum, Some(needed)) if (1..=weight).contains(&needed) => Policy::Quorum(needed),
            (PolicyWord::Quorum, Some(_)) => {
                let at = at.key("quorum");
                self.findings.push(
                    Finding::new(at.place(), format!("a quorum of {} cannot be reached", at.shown()))
                        .hint(format!("the members count {weight} together: use 1 to {weight}")),
                );
                return None;
            }
            (PolicyWord::Quorum, None) => {
                self.findings.push(
                    Finding::new(
                        at.key("policy").place(),
                        "the policy `quorum` does not say how many must work",
                    )
                    .hint("add `quorum: 2`"),
                );
                return None;
            }
            (_, Some(_)) => {
                self.findings.push(
                    Finding::new(at.key("quorum").key_place(), "only the policy `quorum` knows a number")
                        .hint("write `policy: quorum`, or remove this line"),
                );
                return None;
            }
        };
        Some(policy)
    }

    fn members(
        &mut self,
        (id, section): (&ComponentId, &RedundancySection),
        components: &[ComponentDefinition],
        at: At<'_>,
    ) -> Vec<MemberRule> {
        let at_members = at.key("members");
        let few = (1..=MEMBERS_MAX).contains(&section.members.len());
        if !few {
            let what = format!("`{id}` has {} members", section.members.len());
            self.findings.push(
                Finding::new(at_members.key_place(), what)
                    .hint(format!("name 1 to {MEMBERS_MAX} components")),
            );
        }
        let mut seen = BTreeMap::new();
        let mut members = Vec::new();
        for (index, wanted) in section.members.iter().enumerate() {
            let at = at_members.item(index);
            let Some(component) = components.iter().find(|component| component.id.as_str() == wanted) else {
                self.no_component(wanted, components, at);
                continue;
            };
            if let Some(first) = seen.insert(wanted.clone(), at.place()) {
                self.findings.push(
                    Finding::new(at.place(), format!("`{wanted}` is a member twice"))
                        .related(first, "the first is here")
                        .hint("name it once; `weights` says how much it counts"),
                );
                continue;
            }
            let role = section.roles.get(wanted).map(|role| match role {
                MemberRoleWord::Primary => Role::Primary,
                MemberRoleWord::Standby => Role::Standby,
            });
            let weight = section.weights.get(wanted).copied().unwrap_or(1);
            members.push(MemberRule {
                component: component.id.clone(),
                weight: weight.clamp(1, WEIGHT_MAX),
                role,
            });
        }
        self.of_members(section.weights.keys(), &section.members, at.key("weights"));
        self.of_members(section.roles.keys(), &section.members, at.key("roles"));
        for (member, weight) in &section.weights {
            if !(1..=WEIGHT_MAX).contains(weight) {
                let place = at.key("weights").key(member).place();
                self.findings.push(
                    Finding::new(place, format!("`{member}` cannot count {weight}"))
                        .hint(format!("use 1 to {WEIGHT_MAX}")),
                );
            }
        }
        members
    }

    /// Finds what is said of components that are no members.
    fn of_members<'a>(&mut self, named: impl Iterator<Item = &'a String>, members: &[String], at: At<'_>) {
        for name in named.filter(|name| !members.contains(name)) {
            self.findings.push(
                Finding::new(at.key(name).key_place(), format!("`{name}` is no member of this component"))
                    .hint("name it under `members` too, or remove this line"),
            );
        }
    }

    /// Finds that a component is made of itself, or of too many levels.
    fn no_circle(&mut self, id: &ComponentId, at: At<'_>) {
        let (mut way, mut below) = (vec![id.clone()], BTreeSet::new());
        let (what, hint) = if self.goes_round(&mut way, &mut below) {
            // It is told once, at the first of those that are in it.
            if way.iter().any(|other| other < id) {
                return;
            }
            let names: Vec<&str> = way.iter().map(ComponentId::as_str).collect();
            (
                format!("`{id}` is made of itself: {}", names.join(" → ")),
                "take it out of one of these".to_owned(),
            )
        } else if self.is_too_deep(id) {
            // What goes round below is told of there.
            let goes_round =
                |other: &ComponentId| self.goes_round(&mut vec![other.clone()], &mut BTreeSet::new());
            if below.iter().any(goes_round) {
                return;
            }
            let what = format!("`{id}` has more than {REDUNDANCY_DEPTH_MAX} levels of members");
            (what, "name the members of members directly".to_owned())
        } else {
            return;
        };
        self.findings.push(Finding::new(at.key_place(), what).hint(hint));
    }

    /// Whether the way leads on from its end to its beginning; then it holds how. `below` are those that were looked at.
    fn goes_round(&self, way: &mut Vec<ComponentId>, below: &mut BTreeSet<ComponentId>) -> bool {
        let last = way[way.len() - 1].clone();
        for next in self.members_of(&last) {
            let is_back = *next == way[0];
            if !is_back && !below.insert(next.clone()) {
                continue;
            }
            way.push(next.clone());
            if is_back || self.goes_round(way, below) {
                return true;
            }
            way.pop();
        }
        false
    }

    /// Whether there are too many levels of members below a component, a level at a time.
    fn is_too_deep(&self, id: &ComponentId) -> bool {
        let mut level = BTreeSet::from([id]);
        for _ in 0..=REDUNDANCY_DEPTH_MAX {
            level = level.into_iter().flat_map(|id| self.members_of(id)).collect();
        }
        !level.is_empty()
    }

    fn members_of(&self, id: &ComponentId) -> impl Iterator<Item = &ComponentId> {
        self.redundancy.get(id).into_iter().flat_map(|rule| &rule.members).map(|member| &member.component)
    }
}
