//! The reference of redundancy: what follows from members' states, by looking at every world that is possible.
//!
//! A world says of each member of which nothing is known that it works, or that it does not. What holds in every world is
//! known, and nothing else is.

use pharos_engine::redundancy::{Judged, Standing};
use pharos_engine::simulator::Random;
use pharos_model::{Policy, RedundancyState, Role, Status, UnixMs};

use super::Found;
use super::lens::Lens;

/// The states of a member in the exhaustive part.
const STATES: [Status; 5] = [
    Status::Operational,
    Status::DegradedPerformance,
    Status::MajorOutage,
    Status::Unknown,
    Status::UnderMaintenance,
];
const ROLES: [Option<Role>; 3] = [None, Some(Role::Primary), Some(Role::Standby)];
/// Members of the largest component that is gone through.
pub const MEMBERS_MAX: usize = 5;
/// Members with weights and partial outages, drawn by chance.
const WEIGHTED: u32 = 20_000;
const WEIGHT_MAX: u64 = 4;

/// What was found of members that are no components of others.
#[derive(Debug, Default)]
pub struct Flat {
    /// The comparisons.
    pub found: Found,
    /// Those in which the code says that a service works, and in some world it does not.
    pub became_up: u64,
}

/// What follows from the members, by the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// How the service is.
    pub service: Status,
    /// What is left to lose.
    pub redundancy: Option<RedundancyState>,
    /// Whether there is a world in which it does not work.
    may_fail: bool,
}

/// Every state of up to so many members, for every policy and every role, and some with weights.
pub fn compare_all(members_max: usize, lens: &Lens, random: &mut Random, flat: &mut Flat) {
    for count in 1..=members_max {
        for statuses in every(count, STATES.len()) {
            let member = |(place, state): (usize, &usize)| member(STATES[*state], 1, None, place);
            let members: Vec<Standing> = statuses.iter().enumerate().map(member).collect();
            let quorums = (1..=u32::try_from(count).unwrap_or(1)).map(Policy::Quorum);
            for policy in quorums.chain([Policy::All, Policy::Any]) {
                compare(policy, &members, lens, flat);
            }
        }
        // Later members got their roles later, or earlier: the order of their claims is the other half of the state.
        let backwards = random.chance(500_000);
        for symbols in every(count, STATES.len() * ROLES.len()) {
            let member = |(place, symbol): (usize, &usize)| {
                let since = if backwards { MEMBERS_MAX - place } else { place };
                member(STATES[symbol % STATES.len()], 1, ROLES[symbol / STATES.len()], since)
            };
            let members: Vec<Standing> = symbols.iter().enumerate().map(member).collect();
            compare(Policy::PrimaryStandby, &members, lens, flat);
        }
    }
    for _ in 0..WEIGHTED {
        let count = 1 + random.index(MEMBERS_MAX - 1);
        let members: Vec<Standing> = (0..count)
            .map(|place| {
                let weight = u32::try_from(random.between(1, WEIGHT_MAX)).unwrap_or(1);
                member(*random.pick(&Status::ALL), weight, None, place)
            })
            .collect();
        let total: u32 = members.iter().map(|member| member.weight).sum();
        let needed = u32::try_from(random.between(1, u64::from(total))).unwrap_or(1);
        compare(*random.pick(&[Policy::Quorum(needed), Policy::All, Policy::Any]), &members, lens, flat);
    }
}

fn member(status: Status, weight: u32, role: Option<Role>, since: usize) -> Standing {
    Standing { status, weight, role, role_since: UnixMs(i64::try_from(since).unwrap_or(0)) }
}

/// Every row of `count` numbers below `symbols`, one after the other.
fn every(count: usize, symbols: usize) -> impl Iterator<Item = Vec<usize>> {
    let rows = symbols.pow(u32::try_from(count).unwrap_or(1));
    (0..rows).map(move |mut row| {
        (0..count)
            .map(|_| {
                let symbol = row % symbols;
                row /= symbols;
                symbol
            })
            .collect()
    })
}

fn compare(policy: Policy, members: &[Standing], lens: &Lens, flat: &mut Flat) {
    let Judged { service, redundancy, .. } = lens.judge(policy, members);
    let expected = expected(policy, members);
    if works(service) && expected.may_fail {
        flat.became_up += 1;
    }
    let agrees = service == expected.service && redundancy == expected.redundancy;
    flat.found.note(agrees, || {
        format!("{policy:?} of {members:?} is {service:?} with {redundancy:?}, not {expected:?}")
    });
}

/// What the reference says.
pub fn expected(policy: Policy, members: &[Standing]) -> Expected {
    match policy {
        Policy::All => of_weights(total(members), members),
        Policy::Any => of_weights(1, members),
        Policy::Quorum(needed) => of_weights(needed, members),
        Policy::PrimaryStandby => of_roles(members),
    }
}

fn works(status: Status) -> bool {
    matches!(status, Status::Operational | Status::DegradedPerformance | Status::PartialOutage)
}

fn total(members: &[Standing]) -> u32 {
    members.iter().map(|member| member.weight).sum()
}

/// Every world: a bit for each member, set where it works. `planned_works` says whether those under maintenance do.
fn worlds(members: &[Standing], planned_works: bool) -> Vec<u32> {
    let fits = |world: &u32| {
        members.iter().enumerate().all(|(place, member)| {
            let is_up = world & (1 << place) != 0;
            match member.status {
                Status::Unknown => true,
                Status::UnderMaintenance => is_up == planned_works,
                status => is_up == works(status),
            }
        })
    };
    (0..1_u32 << members.len()).filter(fits).collect()
}

fn weight(members: &[Standing], world: u32) -> u32 {
    let up = members.iter().enumerate().filter(|(place, _)| world & (1 << place) != 0);
    up.map(|(_, member)| member.weight).sum()
}

/// What all worlds agree on.
fn agreed<T: PartialEq + Copy>(mut said: impl Iterator<Item = T>) -> Option<T> {
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

fn of_weights(needed: u32, members: &[Standing]) -> Expected {
    let possible = worlds(members, false);
    let suffices = |world: &u32| weight(members, *world) >= needed;
    let service = match agreed(possible.iter().map(suffices)) {
        Some(true) => best_choice(needed, members),
        None => Status::Unknown,
        Some(false) if worlds(members, true).iter().any(suffices) => Status::UnderMaintenance,
        Some(false) => Status::MajorOutage,
    };
    let survives = |world: u32| {
        let up = (0..members.len()).filter(|place| world & (1 << place) != 0);
        up.map(|place| world & !(1 << place)).all(|without| weight(members, without) >= needed)
    };
    let whole = (1_u32 << members.len()) - 1;
    let left = |world: &u32| match *world {
        world if world == whole => RedundancyState::Full,
        world if survives(world) && weight(members, world) >= needed => RedundancyState::Reduced,
        _ => RedundancyState::None,
    };
    let redundancy =
        survives(whole).then(|| agreed(possible.iter().map(left)).unwrap_or(RedundancyState::Unknown));
    Expected { service, redundancy, may_fail: !possible.iter().all(suffices) }
}

/// Of all choices of members that work and suffice, the one whose worst member is the best.
fn best_choice(needed: u32, members: &[Standing]) -> Status {
    let rank = |status: &Status| Status::ALL.iter().position(|known| known == status);
    let choices = (1..1_u32 << members.len()).filter(|choice| {
        let chosen = members.iter().enumerate().filter(|(place, _)| choice & (1 << place) != 0);
        let all_work = chosen.clone().all(|(_, member)| works(member.status));
        all_work && chosen.map(|(_, member)| member.weight).sum::<u32>() >= needed
    });
    let worst = |choice: u32| {
        let chosen = members.iter().enumerate().filter(|(place, _)| choice & (1 << place) != 0);
        chosen.map(|(_, member)| member.status).max_by_key(rank)
    };
    choices.filter_map(worst).min_by_key(rank).unwrap_or(Status::Unknown)
}

fn of_roles(members: &[Standing]) -> Expected {
    let is_primary = |member: &&Standing| works(member.status) && member.role == Some(Role::Primary);
    let primary = members.iter().rev().filter(is_primary).max_by_key(|member| member.role_since);
    if let Some(primary) = primary {
        let others: Vec<&Standing> = members.iter().filter(|other| !std::ptr::eq(*other, primary)).collect();
        let is_ready = |other: &Standing| works(other.status) && other.role == Some(Role::Standby);
        let is_open = |other: &Standing| {
            other.status == Status::Unknown || (works(other.status) && other.role != Some(Role::Standby))
        };
        let open = others.iter().filter(|other| is_open(other)).count();
        let ready = others.iter().filter(|other| is_ready(other)).count();
        let left = |more: usize| match ready + more {
            0 => RedundancyState::None,
            count if count == others.len() => RedundancyState::Full,
            _ => RedundancyState::Reduced,
        };
        let left = agreed((0..=open).map(left)).unwrap_or(RedundancyState::Unknown);
        let redundancy = (!others.is_empty()).then_some(left);
        return Expected { service: primary.status, redundancy, may_fail: false };
    }
    // Somebody may be the primary: one of whom nothing is known, or who works and does not say what it does.
    let may_be = |member: &Standing| {
        member.status == Status::Unknown || (works(member.status) && member.role.is_none())
    };
    let planned = members.iter().any(|member| member.status == Status::UnderMaintenance);
    let (service, left) = match (members.iter().any(may_be), planned) {
        (true, _) => (Status::Unknown, RedundancyState::Unknown),
        (false, true) => (Status::UnderMaintenance, RedundancyState::None),
        (false, false) => (Status::MajorOutage, RedundancyState::NoPrimary),
    };
    Expected { service, redundancy: Some(left), may_fail: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{MajorOutage as M, Operational as O, Unknown as U};

    fn plain(statuses: &[Status]) -> Vec<Standing> {
        statuses.iter().enumerate().map(|(place, status)| member(*status, 1, None, place)).collect()
    }

    #[test]
    fn the_reference_says_what_the_words_mean() {
        let said = |needed, statuses: &[Status]| of_weights(needed, &plain(statuses)).service;
        assert_eq!(said(2, &[O, O, U]), O);
        assert_eq!(said(2, &[O, U, M]), U);
        assert_eq!(said(2, &[M, U, M]), M);
        assert!(of_weights(2, &plain(&[O, U, M])).may_fail);
    }

    #[test]
    fn every_row_is_there_once() {
        let rows: std::collections::BTreeSet<Vec<usize>> = every(3, 4).collect();
        assert_eq!(rows.len(), 64);
    }
}
