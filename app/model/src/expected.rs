//! The availability that is to be expected of redundant members together. For planning: the history never rests on it.

use crate::{Component, Policy, Redundancy, Snapshot};

/// Days over which members are looked at.
const OBSERVED_DAYS: usize = 90;
/// Levels of members that are followed.
const DEPTH_MAX: usize = 8;

/// What is to be expected, and by what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The share of the time in which the service works, 0 to 1.
    pub availability: f64,
    /// Whether it rests on what was promised of every member, rather than on what was seen of some.
    pub is_promised: bool,
}

/// How often members fail: each share of the time, 0 to 1, with how much the member counts.
type Unavailability = (f64, u32);

impl Snapshot {
    /// What is to be expected of a redundant component; `None` where it is not redundant, or too little is known of a member.
    ///
    /// Each member fails as often as was promised of it, or else as it did within 90 days. Of these failures a share strikes all
    /// members together (the beta factor of reliability engineering); for the rest they are independent. The time that a
    /// service takes to move is not in it.
    pub fn expected(&self, component: &Component) -> Option<Expected> {
        self.expected_of(component.redundancy.as_deref()?, DEPTH_MAX)
    }

    fn expected_of(&self, redundancy: &Redundancy, depth: usize) -> Option<Expected> {
        let depth = depth.checked_sub(1)?;
        let mut is_promised = true;
        let mut members: Vec<Unavailability> = Vec::new();
        for member in &redundancy.members {
            let known = self.component(&member.component)?;
            let one = self.member(known, depth)?;
            is_promised &= one.is_promised;
            members.push((1.0 - one.availability, member.weight));
        }
        let lost = unavailable(redundancy.policy, &members, f64::from(redundancy.common_cause_ppm) / 1e6);
        // Members that never failed yet promise nothing.
        (lost > 0.0).then_some(Expected { availability: 1.0 - lost, is_promised })
    }

    fn member(&self, component: &Component, depth: usize) -> Option<Expected> {
        if let Some(ppm) = component.definition.objective_ppm {
            return Some(Expected { availability: f64::from(ppm) / 1e6, is_promised: true });
        }
        if let Some(redundancy) = &component.redundancy {
            return self.expected_of(redundancy, depth);
        }
        let seen = self.uptime(component, OBSERVED_DAYS);
        let uptime_bp = seen.uptime_bp.filter(|_| seen.covered)?;
        Some(Expected { availability: f64::from(uptime_bp) / 1e4, is_promised: false })
    }
}

/// The share of the time in which too few members work.
fn unavailable(policy: Policy, members: &[Unavailability], common_share: f64) -> f64 {
    let least = members.iter().map(|(lost, _)| *lost).fold(1.0, f64::min);
    let common = least * common_share.clamp(0.0, 1.0);
    let alone: Vec<Unavailability> = members.iter().map(|(lost, weight)| (lost - common, *weight)).collect();
    let total: u32 = alone.iter().map(|(_, weight)| *weight).sum();
    let apart = match policy {
        Policy::All => 1.0 - alone.iter().map(|(lost, _)| 1.0 - lost).product::<f64>(),
        Policy::Any | Policy::PrimaryStandby => alone.iter().map(|(lost, _)| *lost).product(),
        Policy::Quorum(needed) => too_few(&alone, total, needed),
    };
    common + (1.0 - common) * apart
}

/// How likely it is that those that work count less than `needed` together.
fn too_few(members: &[Unavailability], total: u32, needed: u32) -> f64 {
    let size = usize::try_from(total).unwrap_or(0) + 1;
    let mut by_weight = vec![0.0; size];
    by_weight[0] = 1.0;
    let mut reached = 0;
    for (lost, weight) in members {
        let weight = usize::try_from(*weight).unwrap_or(0);
        for sum in (0..=reached).rev() {
            let likely = by_weight[sum];
            by_weight[sum] = likely * lost;
            if let Some(more) = by_weight.get_mut(sum + weight).filter(|_| weight > 0) {
                *more += likely * (1.0 - lost);
            }
        }
        reached += weight;
    }
    by_weight.iter().take(usize::try_from(needed).unwrap_or(size)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The availability of so many members of 99 % each, in percent with four decimals.
    fn percent(policy: Policy, count: usize, common: f64) -> String {
        let members = vec![(0.01, 1); count];
        format!("{:.4}", (1.0 - unavailable(policy, &members, common)) * 100.0)
    }

    #[test]
    fn the_figures_of_textbooks_come_out() {
        assert_eq!(percent(Policy::Any, 2, 0.0), "99.9900");
        assert_eq!(percent(Policy::Quorum(2), 3, 0.0), "99.9702");
        assert_eq!(percent(Policy::Quorum(3), 5, 0.0), "99.9990");
        assert_eq!(percent(Policy::All, 2, 0.0), "98.0100");
    }

    #[test]
    fn failures_in_common_take_most_of_what_a_second_member_gives() {
        assert_eq!(percent(Policy::Any, 2, 0.05), "99.9410");
        assert_eq!(percent(Policy::PrimaryStandby, 2, 1.0), "99.0000");
    }

    #[test]
    fn weights_count_in_a_quorum() {
        let members = [(0.01, 2), (0.01, 1), (0.01, 1)];
        // Two of four: without the heavy one both others must work.
        let lost = unavailable(Policy::Quorum(2), &members, 0.0);
        assert!((lost - 0.01 * (1.0 - 0.99 * 0.99)).abs() < 1e-12, "{lost}");
    }

    #[test]
    fn a_quorum_of_one_is_any_and_a_quorum_of_all_is_all() {
        let members = [(0.01, 1), (0.02, 1), (0.05, 1)];
        let lost = |policy| unavailable(policy, &members, 0.1);
        assert!((lost(Policy::Quorum(1)) - lost(Policy::Any)).abs() < 1e-12);
        assert!((lost(Policy::Quorum(3)) - lost(Policy::All)).abs() < 1e-12);
    }
}
