//! Redundant components: what is shown of them when members fail, take over and come back, and what is recorded of it.

use std::collections::BTreeMap;

use pharos_engine::redundancy::{MemberRule, Rule};
use pharos_engine::{AutoIncident, Config, IncidentPolicy, PlannedMaintenance};
use pharos_model::{ComponentId, MaintenanceId, Policy, RedundancyState, Role, Text};

use crate::film::{Film, config, probe};

/// A component's identifier.
pub fn component(id: &str) -> ComponentId {
    ComponentId::new(id).unwrap()
}

/// A rule with these members, of which everybody may know.
pub fn rule(policy: Policy, members: &[&str]) -> Rule {
    let member = |id: &&str| MemberRule { component: component(id), weight: 1, role: None };
    Rule {
        policy,
        members: members.iter().map(member).collect(),
        switch_time_ms: 100_000,
        degraded_without: true,
        rto_objective_ms: Some(61_000),
        rpo_objective_ms: Some(1_000),
        common_cause_ppm: 50_000,
        is_public: true,
    }
}

/// A page with these redundant components over the components of `members`, each of which has a check; members open no
/// incidents.
pub fn page(redundant: &[(&str, Rule)], members: &[&str]) -> Config {
    let checks: Vec<_> = members.iter().map(|id| probe(&format!("{id}/http"))).collect();
    let mut config = config(&checks);
    for (id, rule) in redundant {
        let mut definition = config.definition.components[0].clone();
        definition.id = component(id);
        config.definition.components.push(definition);
        config.redundancy.insert(component(id), rule.clone());
    }
    let off = IncidentPolicy { auto: AutoIncident::Off, resolve_after_ms: 60_000 };
    let named: BTreeMap<_, _> = redundant
        .iter()
        .flat_map(|(_, rule)| &rule.members)
        .map(|member| (member.component.clone(), off.clone()))
        .collect();
    for known in &mut config.definition.components {
        known.is_member = named.contains_key(&known.id);
    }
    Config { incidents: named, ..config }
}

/// A database of two servers, `a` and `b`.
pub fn pair() -> Film {
    Film::of(page(&[("db", rule(Policy::PrimaryStandby, &["a", "b"]))], &["a", "b"]))
}

fn redundancy(film: &Film, id: &str) -> (Option<RedundancyState>, u64) {
    let known = film.fold.redundancy(&component(id)).unwrap();
    (known.state, known.since.since_ms(film.moment(0)) / 1_000)
}

/// On which member a component rests.
pub fn serving(film: &Film, id: &str) -> Option<String> {
    Some(film.fold.redundancy(&component(id))?.serving()?.component.to_string())
}

#[test]
fn a_standby_that_takes_over_in_time_is_no_outage_and_leaves_nothing_to_lose() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX"), ("b/http", "222111")]);
    assert_eq!(film.spans("db"), "U0 O30 D120", "{:?}", film.facts);
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::None), 120));
    assert_eq!(serving(&film, "db").as_deref(), Some("b"));
    assert_eq!(film.count("incident_opened"), 0);
    assert_eq!(film.failovers(), ["failover a>b t0 60-90 t1 120 t2 90-120 lag 400"]);
}

#[test]
fn the_observed_recovery_time_holds_the_truth_within_two_intervals() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX"), ("b/http", "222111")]);
    let rto = film.fold.board.failovers[0].rto().unwrap();
    // The look that showed the takeover took 20 ms.
    assert_eq!((rto.least_ms, rto.most_ms), (0, 60_020));
    assert_eq!(film.fold.board.failovers[0].met_rto(), Some(true));
    assert_eq!(film.fold.board.failovers[0].met_rpo(), Some(true));
}

#[test]
fn a_takeover_is_over_when_redundancy_is_full_again() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX222"), ("b/http", "222111111")]);
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::Full), 210));
    assert_eq!(film.failovers(), ["failover a>b t0 60-90 t1 120 t2 90-120 t3 210 lag 400"]);
    assert_eq!(film.spans("db"), "U0 O30 D120 O210");
}

#[test]
fn the_way_back_from_one_that_did_not_fail_is_called_a_failback() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX2222111"), ("b/http", "2221111112222")]);
    assert!(film.failovers()[1].starts_with("failback b>a"), "{:?}", film.failovers());
}

#[test]
fn the_way_back_from_one_that_failed_is_another_failover() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX2222111"), ("b/http", "222111111XXXX")]);
    assert_eq!(
        film.failovers(),
        [
            "failover a>b t0 60-90 t1 120 t2 90-120 t3 210 lag 400",
            "failover b>a t0 270-300 t1 330 t2 300-330 lag 400"
        ]
    );
}

#[test]
fn a_way_back_that_is_seen_before_the_failure_is_no_failback_either() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX22211111"), ("b/http", "2221111111XXXX")]);
    assert!(film.failovers()[1].starts_with("failover b>a"), "{:?}", film.failovers());
}

#[test]
fn a_new_primary_that_misses_its_standby_and_works_in_part_still_serves() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXXXX"), ("b/http", "222qqqqq")]);
    assert_eq!(serving(&film, "db").as_deref(), Some("b"), "{:?}", film.facts);
    assert_eq!(redundancy(&film, "db").0, Some(RedundancyState::None));
    assert!(film.spans("db").ends_with("P120"), "{}", film.spans("db"));
    assert!(film.failovers()[0].starts_with("failover a>b t0 60-90 t1 120"), "{:?}", film.failovers());
}

#[test]
fn a_service_without_a_primary_for_longer_than_a_switch_may_take_is_out_since_it_failed() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXXXX"), ("b/http", "22222222")]);
    assert_eq!(film.spans("db"), "U0 O30 M90");
    assert_eq!(film.said(), ["190 2026-11-23-db opened"]);
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::NoPrimary), 90));
    film.play(&[("a/http", "XX"), ("b/http", "11")]);
    assert_eq!(film.failovers(), ["failover a>b t0 60-90 t1 120 t2 240-270 lag 400 lost"]);
    let incident = film.fold.board.failovers[0].incident.as_ref();
    assert_eq!(incident.map(pharos_model::IncidentId::as_str), Some("2026-11-23-db"));
    assert_eq!(film.spans("db"), "U0 O30 M90 D270");
}

#[test]
fn a_primary_that_comes_back_by_itself_is_a_recovery() {
    let mut film = pair();
    film.play(&[("a/http", "11XX1111"), ("b/http", "22222222")]);
    assert_eq!(film.failovers(), ["recovery a>a t0 60-90 t1 120 t2 120-150 t3 150"]);
    assert_eq!(film.spans("db"), "U0 O30");
}

#[test]
fn one_bad_look_at_the_primary_changes_nothing() {
    let mut film = pair();
    film.play(&[("a/http", "11X111"), ("b/http", "222222")]);
    assert_eq!(film.spans("db"), "U0 O30");
    assert!(film.failovers().is_empty());
}

#[test]
fn two_primaries_are_a_conflict_until_one_gives_way() {
    let mut film = pair();
    film.play(&[("a/http", "11111"), ("b/http", "22111")]);
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::Conflict), 90));
    assert_eq!(film.spans("db"), "U0 O30 D90");
    film.play(&[("a/http", "12"), ("b/http", "11")]);
    assert_eq!(redundancy(&film, "db").0, Some(RedundancyState::Full));
    assert_eq!(serving(&film, "db").as_deref(), Some("b"));
}

#[test]
fn a_switch_that_is_seen_on_one_side_first_is_no_conflict() {
    for (a, b) in [("11222", "22211"), ("11122", "22111")] {
        let mut film = pair();
        // The second member is looked at just before the first.
        film.play(&[("b/http", b), ("a/http", a)]);
        let conflicts =
            film.facts.iter().filter(|(_, fact)| format!("{fact:?}").contains("Conflict")).count();
        let expected = usize::from(a == "11122");
        assert!(conflicts <= expected, "{a} {b}: {:?}", film.facts);
    }
}

#[test]
fn a_primary_that_returns_from_the_dead_and_still_claims_to_be_it_is_a_conflict() {
    let mut film = pair();
    film.play(&[("a/http", "11XXXX11"), ("b/http", "22211111")]);
    assert_eq!(redundancy(&film, "db").0, Some(RedundancyState::Conflict));
}

#[test]
fn a_switch_during_maintenance_is_a_switchover() {
    let mut config = page(&[("db", rule(Policy::PrimaryStandby, &["a", "b"]))], &["a", "b"]);
    config.maintenances.push(PlannedMaintenance {
        id: MaintenanceId::new("move").unwrap(),
        title: "Move".into(),
        description: Text::default(),
        components: vec![component("a")],
        scheduled_start: pharos_model::UnixMs(1_795_435_200_000 + 70_000),
        scheduled_end: pharos_model::UnixMs(1_795_435_200_000 + 400_000),
    });
    let mut film = Film::of(config);
    film.play(&[("a/http", "11222222"), ("b/http", "22111111")]);
    assert!(film.failovers()[0].starts_with("switchover a>b"), "{:?}", film.failovers());
    assert_eq!(film.count("incident_opened"), 0);
}

#[test]
fn a_lost_standby_is_told_of_and_no_failover() {
    let mut film = pair();
    film.play(&[("a/http", "111111111"), ("b/http", "22XXXX222")]);
    assert_eq!(film.failovers(), ["member_lost b>? t0 60-90 t1 120 t3 210"]);
    assert_eq!(film.spans("db"), "U0 O30 D90 O210");
}

#[test]
fn any_of_two_works_while_one_does() {
    let mut film = Film::of(page(&[("web", rule(Policy::Any, &["a", "b"]))], &["a", "b"]));
    film.play(&[("a/http", "..XXXX..."), ("b/http", "....XX...")]);
    assert_eq!(film.spans("web"), "U0 O30 D90 M150 O210");
    assert_eq!(film.said()[0], "180 2026-11-23-web opened");
}

#[test]
fn all_of_two_need_both() {
    let mut film = Film::of(page(&[("web", rule(Policy::All, &["a", "b"]))], &["a", "b"]));
    film.play(&[("a/http", "......"), ("b/http", "..XXXX")]);
    assert_eq!(film.spans("web"), "U0 O30 M90");
    assert!(film.failovers().is_empty());
}

#[test]
fn redundancy_nests_and_a_change_at_the_bottom_reaches_the_top_in_one_step() {
    let config = page(
        &[
            ("site", rule(Policy::Any, &["north", "south"])),
            ("north", rule(Policy::All, &["a", "b"])),
            ("south", rule(Policy::Quorum(1), &["c"])),
        ],
        &["a", "b", "c"],
    );
    let mut film = Film::of(config);
    film.play(&[("a/http", "..XXX"), ("b/http", "....."), ("c/http", "....X")]);
    assert_eq!(film.spans("north"), "U0 O30 M90");
    assert_eq!(film.spans("site"), "U0 O30 D90");
    film.play(&[("a/http", "X"), ("b/http", "."), ("c/http", "X")]);
    assert_eq!(film.spans("site"), "U0 O30 D90 M150");
}

#[test]
fn time_in_which_nobody_watched_is_unknown_for_a_redundant_component_too() {
    let mut film = pair();
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    film.freeze(300);
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    assert_eq!(film.spans("db"), "U0 O30 U60 O390");
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::Full), 390));
    assert!(film.failovers().is_empty());
}

#[test]
fn a_restart_in_the_middle_of_a_failover_goes_on_where_it_was() {
    let config = page(&[("db", rule(Policy::PrimaryStandby, &["a", "b"]))], &["a", "b"]);
    let mut film = Film::of(config.clone());
    film.play(&[("a/http", "11XX"), ("b/http", "2222")]);
    film.sign_off();
    film.restart_after(2, config);
    film.play(&[("a/http", "X"), ("b/http", "1")]);
    assert_eq!(film.failovers(), ["failover a>b t0 60-90 t1 120 t2 60-152"]);
    assert_eq!(film.count("incident_opened"), 0);
}

#[test]
fn a_short_restart_changes_nothing_that_is_shown_of_a_pair() {
    let config = page(&[("db", rule(Policy::PrimaryStandby, &["a", "b"]))], &["a", "b"]);
    let mut film = Film::of(config.clone());
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    film.sign_off();
    film.restart_after(2, config);
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    assert_eq!(film.spans("db"), "U0 O30");
    assert_eq!(redundancy(&film, "db"), (Some(RedundancyState::Full), 30));
}

#[test]
fn what_is_for_operators_only_is_in_no_public_fact() {
    let private = Rule { is_public: false, ..rule(Policy::PrimaryStandby, &["a", "b"]) };
    let mut film = Film::of(page(&[("db", private)], &["a", "b"]));
    film.play(&[("a/http", "11XXXX"), ("b/http", "222111")]);
    assert_eq!(film.failovers().len(), 1);
    assert!(film.fold.board.failovers.is_empty());
    assert!(film.fold.board.components.iter().all(|known| known.redundancy.is_none()));
    assert_eq!(redundancy(&film, "db").0, Some(RedundancyState::None));
}

#[test]
fn a_component_that_is_redundant_no_more_says_so() {
    let mut film = pair();
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    let mut config = page(&[("db", rule(Policy::PrimaryStandby, &["a", "b"]))], &["a", "b"]);
    config.redundancy.clear();
    film.configure(config);
    assert!(film.fold.redundancy(&component("db")).is_none());
    assert_eq!(film.spans("db"), "U0 O30 U60");
}

#[test]
fn a_lag_without_a_role_does_not_take_the_role_that_is_stated() {
    let mut stated = rule(Policy::PrimaryStandby, &["a", "b"]);
    for (member, role) in stated.members.iter_mut().zip([Role::Primary, Role::Standby]) {
        member.role = Some(role);
    }
    let mut film = Film::of(page(&[("db", stated)], &["a", "b"]));
    film.play(&[("a/http", "...."), ("b/http", "llll")]);
    assert_eq!(film.spans("db"), "U0 O30");
    assert_eq!(redundancy(&film, "db").0, Some(RedundancyState::Full));
}

#[test]
fn a_lag_is_told_in_steps_and_not_at_every_look() {
    let mut film = pair();
    film.play(&[("a/http", "1111111111"), ("b/http", "2222222222")]);
    assert_eq!(film.count("role_held"), 3, "a role each, and one step of lag");
    let known = film.fold.redundancy(&component("db")).unwrap();
    assert_eq!(known.members[1].lag_below_ms, Some(1_000));
}

#[test]
fn among_five_thousand_components_a_change_at_the_bottom_reaches_the_top() {
    let leaves: Vec<String> = (0..4_000).map(|number| format!("leaf-{number}")).collect();
    let leaf_refs: Vec<&str> = leaves.iter().map(String::as_str).collect();
    let name = |prefix: &str, number: usize| format!("{prefix}-{number}");
    let mut redundant: Vec<(String, Rule)> = Vec::new();
    for number in 0..800 {
        redundant.push((name("low", number), rule(Policy::Any, &leaf_refs[number * 5..number * 5 + 5])));
    }
    for number in 0..160 {
        let below: Vec<String> = (number * 5..number * 5 + 5).map(|low| name("low", low)).collect();
        let below: Vec<&str> = below.iter().map(String::as_str).collect();
        redundant.push((name("mid", number), rule(Policy::All, &below)));
    }
    for number in 0..32 {
        let below: Vec<String> = (number * 5..number * 5 + 5).map(|mid| name("mid", mid)).collect();
        let below: Vec<&str> = below.iter().map(String::as_str).collect();
        redundant.push((name("top", number), rule(Policy::Quorum(4), &below)));
    }
    let redundant: Vec<(&str, Rule)> =
        redundant.iter().map(|(id, rule)| (id.as_str(), rule.clone())).collect();
    let mut film = Film::of(page(&redundant, &leaf_refs));
    for leaf in &leaf_refs {
        film.look(&format!("{leaf}/http"), '.');
    }
    let before = film.facts.len();
    film.pass(30);
    for leaf in &leaf_refs[..5] {
        film.look(&format!("{leaf}/http"), 'X');
    }
    film.pass(30);
    for leaf in &leaf_refs[..5] {
        film.look(&format!("{leaf}/http"), 'X');
    }
    let status = |id: &str| film.fold.board.component(&component(id)).unwrap().status;
    assert_eq!(status("low-0"), pharos_model::Status::MajorOutage);
    assert_eq!(status("mid-0"), pharos_model::Status::MajorOutage);
    assert_eq!(status("top-0"), pharos_model::Status::DegradedPerformance, "nothing more may fail");
    assert!(film.facts.len() > before);
}
