//! What is found in every state.

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
