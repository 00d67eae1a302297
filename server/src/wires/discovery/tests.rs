//! What is found in every state.

use pharos_model::{Between, ComponentId, Drill, Failover, FailoverKind};

use super::super::samples;
use super::*;

#[test]
fn every_text_of_every_state_is_as_it_was_agreed() {
    for (name, snapshot) in samples::states() {
        let view = samples::view(&snapshot);
        let of_page = WIRES.iter().filter(|wire| wire.of == Of::Page);
        let mut all: Vec<String> = of_page
            .filter_map(|wire| Some([wire.pattern, "\n", &(wire.write)(&view)?.body].concat()))
            .collect();
        all.push(markdown::component(&samples::component_view(&snapshot, "api")).unwrap().body);
        insta::assert_snapshot!(name, all.join("\n"));
    }
}

#[test]
fn a_page_without_an_address_has_no_site_map_and_does_not_point_to_one() {
    let mut snapshot = samples::operational();
    snapshot.page.presentation.url.clear();
    let view = samples::view(&snapshot);
    assert!(sitemap::write(&view).is_none());
    assert!(!robots::write(&view).body.contains("Sitemap"));
}

#[test]
fn robots_are_kept_off_what_a_page_has_and_told_of_nothing_that_it_has_not() {
    let snapshot = samples::operational();
    let further = View { is_further: true, ..samples::view(&snapshot) };
    let paths = |view: &View| {
        let body = robots::write(view).body;
        body.lines().filter_map(|line| Some(line.strip_prefix("Disallow: ")?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(paths(&further), ["/events"]);
    assert_eq!(paths(&samples::view(&snapshot)), ["/events", "/push/", "/agent/", "/metrics", "/mcp"]);
}

#[test]
fn whom_to_tell_of_weaknesses_is_said_where_the_operator_named_somebody() {
    let mut snapshot = samples::operational();
    assert!(security::write(&samples::view(&snapshot)).is_none());
    snapshot.page.presentation.security_contact = "mailto:security@example.com".to_owned();
    let text = security::write(&samples::view(&snapshot)).unwrap().body;
    assert!(text.starts_with("Contact: mailto:security@example.com\nExpires: 2027-05-2"), "{text}");
}

#[test]
fn what_people_wrote_becomes_no_markup() {
    let mut snapshot = samples::operational();
    snapshot.components[0].definition.name = "# [x](javascript:y) *z*".into();
    let text = markdown::index(&samples::view(&snapshot)).body;
    assert!(text.contains("\\# \\[x\\](javascript:y) \\*z\\*"), "{text}");
}

#[test]
fn models_are_told_of_their_door_unless_it_is_closed() {
    let mut snapshot = samples::operational();
    snapshot.page.presentation.is_mcp_off = true;
    assert!(!markdown::overview(&samples::view(&snapshot)).body.contains("/mcp"));
}

#[test]
fn failovers_and_restores_on_trial_are_told_as_text_with_what_was_promised() {
    let mut snapshot = samples::operational();
    let id = |id: &str| ComponentId::new(id).unwrap();
    let at = |seconds: u64| snapshot.at.minus_ms(3_600_000).plus_ms(seconds * 1_000);
    let failover = Failover {
        number: 1,
        component: id("search"),
        kind: FailoverKind::Failover,
        from: id("api"),
        to: Some(id("web")),
        failed: Between { after: at(0), by: at(10) },
        confirmed_at: at(20),
        restored: Some(Between { after: at(20), by: at(30) }),
        redundant_at: None,
        lag_ms: Some(400),
        rto_objective_ms: Some(60_000),
        rpo_objective_ms: Some(300),
        service_lost: false,
        incident: None,
    };
    let drill = Drill {
        began_at: at(0),
        passed: true,
        took_ms: 1_500,
        at_risk_ms: None,
        entries: 7,
        observations: 8,
        rto_objective_ms: None,
        rpo_objective_ms: None,
    };
    snapshot.drills = vec![drill.clone(), Drill { passed: false, ..drill }];
    snapshot.failovers = vec![failover];
    let text = resilience::write(&samples::view(&snapshot)).body;
    for told in [
        "**Search: Failover**, Public API → Website. Recovery time: 10 seconds to 30 seconds (objective 1 minute: kept). \
         Data at risk: 400 ms (objective 300 ms: missed). Time without full redundancy: it lasts",
        "**Passed: what was restored is what is here**. Recovery time: 1 second. Data at risk: not reported\n",
        "**Failed**\n",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}
