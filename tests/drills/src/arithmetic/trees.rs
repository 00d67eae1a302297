//! Redundant components nested three deep, judged by the whole core and by the reference from the leaves upwards.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use pharos_engine::redundancy::{MemberRule, Rule, Standing};
use pharos_engine::simulator::Random;
use pharos_engine::{Engine, Input, PlannedMaintenance};
use pharos_model::{ComponentId, MaintenanceId, Policy, RedundancyState, Role, Status, UnixMs};

use super::lens::Lens;
use super::{Found, members};
use crate::world::{self, World};

/// Levels of members below the top.
const LEVELS: u32 = 3;
/// Members of one component, at most.
const MEMBERS_MAX: u64 = 4;
const WEIGHT_MAX: u64 = 3;
const STATES: [Status; 6] = Status::ALL;

/// A tree of components as it is drawn.
#[derive(Debug, Default)]
struct Tree {
    rules: BTreeMap<ComponentId, Rule>,
    leaves: Vec<(ComponentId, Status)>,
    names: u32,
}

impl Tree {
    fn name(&mut self) -> Result<ComponentId> {
        self.names += 1;
        ComponentId::new(&format!("c{}", self.names)).context("a name of a component")
    }

    /// Draws a component that is so many levels above the lowest.
    fn grow(&mut self, level: u32, random: &mut Random) -> Result<ComponentId> {
        let id = self.name()?;
        // Not every branch is as deep as the deepest.
        if level == 0 || (level < LEVELS && random.chance(200_000)) {
            self.leaves.push((id.clone(), *random.pick(&STATES)));
            return Ok(id);
        }
        let count = random.between(1, MEMBERS_MAX);
        let primary = random.between(0, count - 1);
        let mut members = Vec::new();
        for place in 0..count {
            let weight = u32::try_from(random.between(1, WEIGHT_MAX)).unwrap_or(1);
            let role = if place == primary { Role::Primary } else { Role::Standby };
            members.push(MemberRule { component: self.grow(level - 1, random)?, weight, role: Some(role) });
        }
        let total: u32 = members.iter().map(|member| member.weight).sum();
        let needed = u32::try_from(random.between(1, u64::from(total))).unwrap_or(1);
        let policy =
            *random.pick(&[Policy::All, Policy::Any, Policy::Quorum(needed), Policy::PrimaryStandby]);
        let rule = Rule {
            policy,
            members,
            switch_time_ms: 0,
            degraded_without: random.chance(500_000),
            rto_objective_ms: None,
            rpo_objective_ms: None,
            common_cause_ppm: 0,
            is_public: true,
        };
        self.rules.insert(id.clone(), rule);
        Ok(id)
    }

    /// How a component is, by the reference.
    fn expected(&self, id: &ComponentId) -> Status {
        let Some(rule) = self.rules.get(id) else {
            let leaf = self.leaves.iter().find(|(leaf, _)| leaf == id);
            return leaf.map_or(Status::Unknown, |(_, status)| *status);
        };
        let standing = |member: &MemberRule| Standing {
            status: self.expected(&member.component),
            weight: member.weight,
            role: member.role,
            role_since: UnixMs(0),
        };
        let members: Vec<Standing> = rule.members.iter().map(standing).collect();
        let expected = members::expected(rule.policy, &members);
        let is_bare = expected.redundancy == Some(RedundancyState::None);
        match expected.service {
            Status::Operational if is_bare && rule.degraded_without => Status::DegradedPerformance,
            service => service,
        }
    }
}

/// Draws a tree, lets the core judge it, and compares every component of it.
///
/// # Errors
/// When the tree cannot be made.
pub fn compare(lens: &Lens, random: &mut Random, found: &mut Found) -> Result<()> {
    let mut tree = Tree::default();
    tree.grow(LEVELS, random)?;
    let engine = judged(&tree, lens)?;
    for id in tree.rules.keys() {
        let expected = tree.expected(id);
        let got = engine.fold().board.component(id).map(|known| known.status);
        found.note(got == Some(expected), || {
            let rule = &tree.rules[id];
            let member = |member: &MemberRule| (tree.expected(&member.component), member.weight, member.role);
            let members: Vec<_> = rule.members.iter().map(member).collect();
            format!("{:?} of {members:?} is {got:?}, not {expected:?}", rule.policy)
        });
    }
    Ok(())
}

/// The core after it has seen every leaf once.
fn judged(tree: &Tree, lens: &Lens) -> Result<Engine> {
    let begin = world::BEGIN;
    let ids = tree.rules.keys().chain(tree.leaves.iter().map(|(id, _)| id));
    let mut config = world::config(ids, |id| tree.leaves.iter().any(|(leaf, _)| leaf == id));
    config.redundancy.clone_from(&tree.rules);
    let maintained = tree.leaves.iter().filter(|(_, status)| *status == Status::UnderMaintenance);
    let components: Vec<ComponentId> = maintained.map(|(id, _)| id.clone()).collect();
    if !components.is_empty() {
        config.maintenances.push(PlannedMaintenance {
            id: MaintenanceId::new("m").context("a name of a maintenance")?,
            title: "M".into(),
            description: pharos_model::Text::default(),
            components,
            scheduled_start: begin,
            scheduled_end: begin.plus_ms(3_600_000),
        });
    }
    let mut world = World::begin(config);
    for (id, status) in &tree.leaves {
        let said = match status {
            Status::Unknown if lens.deep_is_up() => Status::Operational,
            // Nobody looks.
            Status::Unknown | Status::UnderMaintenance => continue,
            said => *said,
        };
        world.look(id, said);
    }
    world.step(Input::Tick);
    Ok(world.engine)
}
