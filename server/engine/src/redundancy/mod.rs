//! Redundant components: judged by their members at every moment, and what happened to them kept as a record.

mod judge;
mod record;
mod roles;

use std::collections::BTreeMap;

use pharos_model::{Change, ComponentId, Member, Policy, Redundancy, RedundancyState, Role, Status, UnixMs};

use crate::engine::{Engine, Output};
use crate::history::History;
use crate::{Config, Fact};

pub use judge::{Judged, Standing, judge};
pub use roles::{Held, Memory};

/// What a redundant component is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How many of its members it needs.
    pub policy: Policy,
    /// Its members.
    pub members: Vec<MemberRule>,
    /// How long a service may be without a primary while it moves, in milliseconds: only after that is it out.
    pub switch_time_ms: u64,
    /// Whether it is degraded when nothing more may fail.
    pub degraded_without: bool,
    /// Within which time the service is to be good again, in milliseconds.
    pub rto_objective_ms: Option<u64>,
    /// How much data may be at risk, in milliseconds.
    pub rpo_objective_ms: Option<u64>,
    /// What share of their failures its members have in common, in millionths.
    pub common_cause_ppm: u32,
    /// Whether everybody may see its members and its failovers.
    pub is_public: bool,
}

/// A member of a redundant component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRule {
    /// Which component it is.
    pub component: ComponentId,
    /// How much it counts in a quorum; at least 1.
    pub weight: u32,
    /// What it does, where it does not say so itself.
    pub role: Option<Role>,
}

/// Who belongs to whom.
#[derive(Clone, Debug, Default)]
pub struct Kin {
    parents: BTreeMap<ComponentId, Vec<ComponentId>>,
    /// How many levels of members a component has below itself.
    ranks: BTreeMap<ComponentId, usize>,
}

impl Kin {
    /// By what a configuration says. It holds no circle.
    pub fn of(config: &Config) -> Self {
        let mut kin = Self::default();
        for (parent, rule) in &config.redundancy {
            for member in &rule.members {
                kin.parents.entry(member.component.clone()).or_default().push(parent.clone());
            }
        }
        // A level more is found in each round; there are no more levels than components.
        for _ in 0..=config.redundancy.len() {
            let mut settled = true;
            for (parent, rule) in &config.redundancy {
                let below = rule.members.iter().map(|member| kin.rank(&member.component)).max();
                let rank = below.unwrap_or(0) + 1;
                settled &= kin.ranks.insert(parent.clone(), rank) == Some(rank);
            }
            if settled {
                break;
            }
        }
        kin
    }

    /// How many levels of members a component has below itself.
    pub fn rank(&self, component: &ComponentId) -> usize {
        self.ranks.get(component).copied().unwrap_or(0)
    }

    /// The components of which it is a member.
    pub fn parents(&self, component: &ComponentId) -> &[ComponentId] {
        self.parents.get(component).map_or(&[], Vec::as_slice)
    }

    /// Whether it is a member of another.
    pub fn is_member(&self, component: &ComponentId) -> bool {
        self.parents.contains_key(component)
    }
}

impl Engine {
    /// Begins to remember what is shown of members: from what is known now.
    pub(crate) fn remember_members(&mut self) {
        let mut known = std::mem::take(&mut self.members);
        for component in &self.fold.board.components {
            let id = &component.definition.id;
            if self.kin.is_member(id) {
                let fresh = || {
                    let shown = History::new(component.since, component.status);
                    Memory::new(shown).known(self.fold.roles.get(id))
                };
                self.members.insert(id.clone(), known.remove(id).unwrap_or_else(fresh));
            }
        }
    }

    /// Forgets what was shown of members: nobody watched since `from`.
    pub(crate) fn forget_members(&mut self, from: UnixMs) {
        for memory in self.members.values_mut() {
            *memory = Memory::new(History::new(from, Status::Unknown));
        }
    }

    /// How a component is by its members, from `from` to `until`: each moment at which that may change.
    pub(crate) fn course_of_members(
        &self,
        rule: &Rule,
        from: UnixMs,
        until: UnixMs,
    ) -> Vec<(UnixMs, Judged)> {
        let memories = || rule.members.iter().filter_map(|member| self.members.get(&member.component));
        let mut moments: Vec<UnixMs> = memories().flat_map(Memory::moments).collect();
        let conflict = self.conflict_since(rule);
        moments.extend(conflict);
        moments.retain(|at| *at > from && *at <= until);
        moments.push(from);
        moments.sort_unstable();
        moments.dedup();
        moments.into_iter().map(|at| (at, self.judged(rule, at, conflict))).collect()
    }

    fn judged(&self, rule: &Rule, at: UnixMs, conflict: Option<UnixMs>) -> Judged {
        let standing = |member: &MemberRule| {
            let memory = self.members.get(&member.component);
            let (role_since, said) =
                memory.and_then(|memory| memory.role_at(at)).unwrap_or((UnixMs(0), None));
            let detects =
                memory.is_some_and(Memory::detects) || self.fold.roles.contains_key(&member.component);
            Standing {
                status: memory.and_then(|memory| memory.shown.at(at)).unwrap_or_default(),
                weight: member.weight,
                role: if detects { said } else { member.role },
                role_since,
            }
        };
        let members: Vec<Standing> = rule.members.iter().map(standing).collect();
        let mut judged = judge(rule.policy, &members);
        if conflict.is_some_and(|since| since <= at) {
            judged.redundancy = Some(RedundancyState::Conflict);
            judged.service = judged.service.worse(Status::DegradedPerformance);
        }
        let is_bare = judged.redundancy == Some(RedundancyState::None);
        if rule.degraded_without && is_bare && judged.service == Status::Operational {
            judged.service = Status::DegradedPerformance;
        }
        judged
    }

    /// The same in terms of what is shown: a service that is without a primary for no longer than a switch may take is as it was.
    pub(crate) fn service_of_members(
        &self,
        (component, rule): (&ComponentId, &Rule),
        from: UnixMs,
        until: UnixMs,
    ) -> Vec<(UnixMs, Status)> {
        let course = self.course_of_members(rule, from, until);
        let is_without = |judged: &Judged| judged.redundancy == Some(RedundancyState::NoPrimary);
        let known = self.fold.redundancy(component);
        let before = self.fold.board.component(component).map_or(Status::Unknown, |known| {
            known.stated.as_ref().map_or(known.status, |stated| stated.measured)
        });
        let mut shown: Vec<(UnixMs, Status)> = Vec::with_capacity(course.len());
        for (index, (at, judged)) in course.iter().enumerate() {
            if !is_without(judged) {
                shown.push((*at, judged.service));
                continue;
            }
            let first = course[..index]
                .iter()
                .rposition(|(_, judged)| !is_without(judged))
                .map_or(0, |last| last + 1);
            let began = match known {
                // It began before the window.
                Some(known) if first == 0 && known.state == Some(RedundancyState::NoPrimary) => known.since,
                _ => course[first].0,
            };
            let ended =
                course[index..].iter().find(|(_, judged)| !is_without(judged)).map_or(until, |(at, _)| *at);
            let earlier =
                first.checked_sub(1).and_then(|last| shown.get(last)).map_or(before, |(_, status)| *status);
            let moves = ended.since_ms(began) < rule.switch_time_ms;
            // What was unknown or in maintenance before stays no better for having no primary.
            shown.push((*at, if moves { earlier } else { judged.service }));
        }
        shown
    }

    /// Components whose switch has taken too long by now are out, from the moment at which it began.
    pub(crate) fn end_switches(&self, touched: &mut crate::engine::Touched, at: UnixMs) {
        for (component, rule) in &self.config.redundancy {
            let Some(known) = self.fold.redundancy(component) else { continue };
            let is_out =
                self.fold.board.component(component).is_some_and(|known| known.status == Status::MajorOutage);
            let too_long = at.since_ms(known.since) >= rule.switch_time_ms;
            if known.state == Some(RedundancyState::NoPrimary) && too_long && !is_out {
                let from = touched.entry(component.clone()).or_insert(known.since);
                *from = known.since.min(*from);
            }
        }
    }

    /// Tells what there is to tell of a component's redundancy now, and follows its failovers.
    pub(crate) fn settle_redundancy(&mut self, component: &ComponentId, from: UnixMs, out: &mut Output) {
        let known = self.fold.redundancy(component).cloned();
        let Some(rule) = self.config.redundancy.get(component).cloned() else {
            if known.is_some() {
                self.tell_redundancy(component, None, true, out);
            }
            return;
        };
        let course = self.course_of_members(&rule, from, out.at);
        let Some((_, last)) = course.last().copied() else { return };
        let is_as_last = |judged: &Judged| judged.redundancy == last.redundancy;
        let first = course.iter().rposition(|(_, judged)| !is_as_last(judged)).map_or(0, |place| place + 1);
        let since = match &known {
            Some(known) if known.state == last.redundancy && first == 0 => known.since,
            _ => course[first].0,
        };
        let members =
            rule.members.iter().enumerate().map(|(index, member)| self.told(&rule, (index, member), &last));
        let redundancy = Redundancy {
            policy: rule.policy,
            state: last.redundancy,
            since,
            common_cause_ppm: rule.common_cause_ppm,
            bare_since: None,
            longest_bare: None,
            members: members.collect(),
        };
        let redundancy = redundancy.after(known.as_ref());
        let primary = self.fold.primaries.get(component).cloned();
        if known.as_ref() != Some(&redundancy) {
            self.tell_redundancy(component, Some(Box::new(redundancy)), rule.is_public, out);
        }
        self.follow_record(component, &rule, primary, out);
    }

    fn told(&self, rule: &Rule, (index, member): (usize, &MemberRule), judged: &Judged) -> Member {
        let id = &member.component;
        let status = self.fold.board.component(id).map_or(Status::Unknown, |known| known.status);
        let works =
            matches!(status, Status::Operational | Status::DegradedPerformance | Status::PartialOutage);
        let held = self.fold.roles.get(id);
        let said = held.map_or(member.role, |held| held.role);
        Member {
            component: id.clone(),
            status,
            weight: member.weight,
            role: said.filter(|_| works),
            serves: if rule.policy == Policy::PrimaryStandby { judged.serving == Some(index) } else { works },
            lag_below_ms: held.and_then(|held| held.lag_below_ms).filter(|_| works),
        }
    }

    fn tell_redundancy(
        &mut self,
        component: &ComponentId,
        redundancy: Option<Box<Redundancy>>,
        is_public: bool,
        out: &mut Output,
    ) {
        let is_shown = self.fold.board.component(component).is_some_and(|known| known.redundancy.is_some());
        let component = component.clone();
        if is_shown && !is_public {
            let taken_back = Change::RedundancyChanged { component: component.clone(), redundancy: None };
            self.record(out, Fact::Public(taken_back));
        }
        let fact = if is_public {
            Fact::Public(Change::RedundancyChanged { component, redundancy })
        } else {
            Fact::RedundancyNoted { component, redundancy }
        };
        self.record(out, fact);
    }
}
