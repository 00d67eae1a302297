//! How a component is by how its members are, and what it has left to lose. A pure function of what is known now.
//!
//! Not knowing never becomes working by majority: it is outvoted only where the answer does not depend on it.

use pharos_model::{Policy, RedundancyState, Role, Status, UnixMs};

/// A member, as it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it is.
    pub status: Status,
    /// How much it counts in a quorum.
    pub weight: u32,
    /// What it says that it does.
    pub role: Option<Role>,
    /// Since when it says so.
    pub role_since: UnixMs,
}

impl Standing {
    /// Whether it serves, if perhaps not at its best.
    fn works(&self) -> bool {
        matches!(self.status, Status::Operational | Status::DegradedPerformance | Status::PartialOutage)
    }

    fn claims(&self) -> bool {
        self.works() && self.role == Some(Role::Primary)
    }
}

/// What follows from the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How the service is.
    pub service: Status,
    /// What is left to lose; `None` where there is nothing by design.
    pub redundancy: Option<RedundancyState>,
    /// The member on which the service rests, where it is one.
    pub serving: Option<usize>,
}

/// Judges a component by its members.
pub fn judge(policy: Policy, members: &[Standing]) -> Judged {
    match policy {
        Policy::All => by_weight(total(members, |_| true), members),
        Policy::Any => by_weight(1, members),
        Policy::Quorum(needed) => by_weight(u64::from(needed), members),
        Policy::PrimaryStandby => by_role(members),
    }
}

fn total(members: &[Standing], wanted: impl Fn(&Standing) -> bool) -> u64 {
    members.iter().filter(|member| wanted(member)).map(|member| u64::from(member.weight)).sum()
}

/// Enough of the members must work.
fn by_weight(needed: u64, members: &[Standing]) -> Judged {
    let of = |status: Status| total(members, |member| member.status == status);
    let (working, unknown, maintained) =
        (total(members, Standing::works), of(Status::Unknown), of(Status::UnderMaintenance));
    let service = if working >= needed {
        as_good_as_the_last_needed(needed, members)
    } else if working + unknown >= needed {
        Status::Unknown
    } else if working + unknown + maintained >= needed {
        Status::UnderMaintenance
    } else {
        Status::MajorOutage
    };
    let all = total(members, |_| true);
    let heaviest = members.iter().map(|member| u64::from(member.weight)).max().unwrap_or(0);
    let has_none_by_design = all.saturating_sub(heaviest) < needed;
    let redundancy = (!has_none_by_design).then(|| {
        let worst = left(needed, members, false);
        let best = left(needed, members, true);
        if worst == best { worst } else { RedundancyState::Unknown }
    });
    Judged { service, redundancy, serving: None }
}

/// The status of the worst of those members that are needed, the best of them being taken first.
fn as_good_as_the_last_needed(needed: u64, members: &[Standing]) -> Status {
    let mut working: Vec<&Standing> = members.iter().filter(|member| member.works()).collect();
    working.sort_by_key(|member| member.status.severity());
    let mut weight = 0;
    for member in working {
        weight += u64::from(member.weight);
        if weight >= needed {
            return member.status;
        }
    }
    Status::Unknown
}

/// What is left to lose when the members of which nothing is known work, or do not.
fn left(needed: u64, members: &[Standing], unknown_works: bool) -> RedundancyState {
    let works = |member: &Standing| member.works() || (unknown_works && member.status == Status::Unknown);
    if members.iter().all(works) {
        return RedundancyState::Full;
    }
    let working = total(members, works);
    let heaviest = members.iter().filter(|member| works(member)).map(|member| u64::from(member.weight)).max();
    if working.saturating_sub(heaviest.unwrap_or(0)) >= needed {
        RedundancyState::Reduced
    } else {
        RedundancyState::None
    }
}

/// The one that says that it is the primary must work.
fn by_role(members: &[Standing]) -> Judged {
    let claims = members.iter().enumerate().filter(|(_, member)| member.claims());
    // While a service moves, the one that has the role since last is the one that has it.
    let Some((serving, primary)) = claims.max_by_key(|(_, member)| member.role_since) else {
        return without_primary(members);
    };
    let others: Vec<&Standing> =
        members.iter().enumerate().filter(|(index, _)| *index != serving).map(|(_, member)| member).collect();
    let ready = others.iter().filter(|member| member.works() && member.role == Some(Role::Standby)).count();
    let perhaps = others
        .iter()
        .filter(|member| {
            member.status == Status::Unknown || (member.works() && member.role != Some(Role::Standby))
        })
        .count();
    let left = |count: usize| match count {
        0 => RedundancyState::None,
        count if count == others.len() => RedundancyState::Full,
        _ => RedundancyState::Reduced,
    };
    let (worst, best) = (left(ready), left(ready + perhaps));
    let state = if worst == best { worst } else { RedundancyState::Unknown };
    Judged {
        service: primary.status,
        redundancy: (!others.is_empty()).then_some(state),
        serving: Some(serving),
    }
}

fn without_primary(members: &[Standing]) -> Judged {
    let any = |wanted: fn(&Standing) -> bool| members.iter().any(wanted);
    let (service, redundancy) = if any(|member| member.status == Status::Unknown)
        || any(|member| member.works() && member.role.is_none())
    {
        (Status::Unknown, RedundancyState::Unknown)
    } else if any(|member| member.status == Status::UnderMaintenance) {
        (Status::UnderMaintenance, RedundancyState::None)
    } else {
        (Status::MajorOutage, RedundancyState::NoPrimary)
    };
    Judged { service, redundancy: Some(redundancy), serving: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RedundancyState::{Full, NoPrimary, None as Nothing, Reduced, Unknown as Unsure};
    use Status::{
        DegradedPerformance as D, MajorOutage as M, Operational as O, UnderMaintenance as W, Unknown as U,
    };

    const ALL: [Status; 5] = [O, D, M, U, W];

    fn member(status: Status, role: Option<Role>) -> Standing {
        Standing { status, weight: 1, role, role_since: UnixMs(0) }
    }

    fn plain(statuses: &[Status]) -> Vec<Standing> {
        statuses.iter().map(|status| member(*status, None)).collect()
    }

    /// Every way in which `count` members can be.
    fn every(count: usize) -> Vec<Vec<Status>> {
        (0..count).fold(vec![Vec::new()], |found, _| {
            let more = |start: &Vec<Status>| {
                ALL.map(|status| start.iter().copied().chain([status]).collect::<Vec<_>>())
            };
            found.iter().flat_map(more).collect()
        })
    }

    /// Two members in every state, by hand: the rows are the first, the columns the second, each up, degraded, down,
    /// unknown, in maintenance.
    #[test]
    fn two_members_are_judged_as_the_table_says() {
        let any = [[O, O, O, O, O], [O, D, D, D, D], [O, D, M, U, W], [O, D, U, U, U], [O, D, W, U, W]];
        let all = [[O, D, M, U, W], [D, D, M, U, W], [M, M, M, M, M], [U, U, M, U, W], [W, W, M, W, W]];
        for (policy, table) in
            [(Policy::Any, any), (Policy::All, all), (Policy::Quorum(1), any), (Policy::Quorum(2), all)]
        {
            for (row, first) in ALL.into_iter().enumerate() {
                for (column, second) in ALL.into_iter().enumerate() {
                    let judged = judge(policy, &plain(&[first, second]));
                    assert_eq!(judged.service, table[row][column], "{policy:?} {first:?} {second:?}");
                }
            }
        }
    }

    #[test]
    fn a_pair_has_full_redundancy_or_none_left_and_two_of_two_never_had_any() {
        let left = [
            [Full, Full, Nothing, Unsure, Nothing],
            [Full, Full, Nothing, Unsure, Nothing],
            [Nothing, Nothing, Nothing, Nothing, Nothing],
            [Unsure, Unsure, Nothing, Unsure, Nothing],
            [Nothing, Nothing, Nothing, Nothing, Nothing],
        ];
        for (row, first) in ALL.into_iter().enumerate() {
            for (column, second) in ALL.into_iter().enumerate() {
                let members = plain(&[first, second]);
                let got = judge(Policy::Any, &members).redundancy;
                assert_eq!(got, Some(left[row][column]), "{first:?} {second:?}");
                assert_eq!(judge(Policy::All, &members).redundancy, None);
            }
        }
    }

    /// Up to five members in every state, against the plain meaning of the words: whatever those of which nothing is known are,
    /// the answer stays the same, or it is that nothing is known.
    #[test]
    fn what_is_known_does_not_depend_on_what_is_not() {
        for count in 1..=5_usize {
            for statuses in every(count) {
                for needed in 1..=u32::try_from(count).unwrap() {
                    let judged = judge(Policy::Quorum(needed), &plain(&statuses)).service;
                    let works = |status: &Status| matches!(status, O | D);
                    let sure = statuses.iter().filter(|status| works(status)).count();
                    let open = statuses.iter().filter(|status| **status == U).count();
                    let planned = statuses.iter().filter(|status| **status == W).count();
                    let needed = usize::try_from(needed).unwrap();
                    let expected_to_work = sure >= needed;
                    assert_eq!(expected_to_work, works(&judged), "{needed} of {statuses:?}: {judged:?}");
                    assert_eq!(
                        !expected_to_work && sure + open >= needed,
                        judged == U,
                        "{needed} of {statuses:?}"
                    );
                    let never = sure + open + planned < needed;
                    assert_eq!(never, judged == M, "{needed} of {statuses:?}: {judged:?}");
                    let fine = statuses.iter().filter(|status| **status == O).count();
                    assert_eq!(fine >= needed, judged == O, "{needed} of {statuses:?}: {judged:?}");
                }
            }
        }
    }

    /// The same for a primary with standbys: in every state of up to three members and every role that they may claim.
    #[test]
    fn a_primary_that_works_carries_the_service_and_nothing_else_does() {
        let roles = [None, Some(Role::Primary), Some(Role::Standby)];
        for count in 1..=3_u32 {
            for statuses in every(usize::try_from(count).unwrap()) {
                for mut number in 0..3_usize.pow(count) {
                    let members: Vec<Standing> = statuses
                        .iter()
                        .map(|status| {
                            let role = roles[number % 3];
                            number /= 3;
                            member(*status, role)
                        })
                        .collect();
                    let judged = judge(Policy::PrimaryStandby, &members);
                    let works = |member: &&Standing| matches!(member.status, O | D);
                    let primaries =
                        members.iter().filter(works).filter(|member| member.role == Some(Role::Primary));
                    let has_primary = primaries.count() > 0;
                    assert_eq!(has_primary, matches!(judged.service, O | D), "{members:?}: {judged:?}");
                    assert_eq!(has_primary, judged.serving.is_some(), "{members:?}");
                    let may_be = members.iter().any(|member| {
                        member.status == U || (matches!(member.status, O | D) && member.role.is_none())
                    });
                    assert_eq!(!has_primary && may_be, judged.service == U, "{members:?}: {judged:?}");
                    let lost = !has_primary && !may_be && members.iter().all(|member| member.status != W);
                    assert_eq!(lost, judged.service == M, "{members:?}: {judged:?}");
                    assert_eq!(lost, judged.redundancy == Some(NoPrimary), "{members:?}: {judged:?}");
                }
            }
        }
    }

    #[test]
    fn a_pair_that_failed_over_works_and_has_nothing_left() {
        let (primary, standby) = (Some(Role::Primary), Some(Role::Standby));
        let judged = |members: &[Standing]| judge(Policy::PrimaryStandby, members);
        let whole = judged(&[member(O, primary), member(O, standby)]);
        assert_eq!(whole, Judged { service: O, redundancy: Some(Full), serving: Some(0) });
        let failed_over = judged(&[member(M, primary), member(O, primary)]);
        assert_eq!(failed_over, Judged { service: O, redundancy: Some(Nothing), serving: Some(1) });
        let three = judged(&[member(O, primary), member(O, standby), member(M, standby)]);
        assert_eq!(three.redundancy, Some(Reduced));
        let unsure = judged(&[member(O, primary), member(U, standby)]);
        assert_eq!(unsure, Judged { service: O, redundancy: Some(Unsure), serving: Some(0) });
    }

    #[test]
    fn while_the_service_moves_the_later_claim_counts() {
        let old = Standing { role_since: UnixMs(5), ..member(O, Some(Role::Primary)) };
        let new = Standing { role_since: UnixMs(9), ..member(D, Some(Role::Primary)) };
        assert_eq!(judge(Policy::PrimaryStandby, &[old, new]).serving, Some(1));
        assert_eq!(judge(Policy::PrimaryStandby, &[new, old]).serving, Some(0));
    }

    #[test]
    fn a_heavy_member_counts_for_several() {
        let members = [
            Standing { weight: 2, ..member(O, None) },
            Standing { weight: 1, ..member(M, None) },
            Standing { weight: 1, ..member(O, None) },
        ];
        assert_eq!(judge(Policy::Quorum(3), &members).service, O);
        assert_eq!(
            judge(Policy::Quorum(3), &members).redundancy,
            None,
            "nothing may fail beside the heavy one"
        );
        assert_eq!(judge(Policy::Quorum(2), &members).redundancy, Some(Nothing));
        let without_heavy = [Standing { status: M, ..members[0] }, members[1], members[2]];
        assert_eq!(judge(Policy::Quorum(2), &without_heavy).service, M);
    }

    #[test]
    fn a_member_that_works_in_part_carries_the_service_in_part() {
        let p = Status::PartialOutage;
        assert_eq!(judge(Policy::All, &plain(&[O, p])).service, p);
        assert_eq!(judge(Policy::Any, &plain(&[O, p])).service, O);
        assert_eq!(judge(Policy::Quorum(2), &plain(&[p, M, O])).service, p);
    }
}
