//! Badges in every state, style and language.

use pharos_app::{LANGUAGES, Words};

use super::super::look::Look;
use super::super::samples;
use super::*;

#[test]
fn every_badge_of_every_state_is_as_it_was_agreed() {
    let mut all = String::new();
    for (name, snapshot) in samples::states() {
        let view = samples::view(&snapshot);
        for wire in WIRES.iter().filter(|wire| wire.of == Of::Page) {
            all.extend([name, " ", wire.pattern, "\n", &(wire.write)(&view).unwrap().body, "\n"]);
        }
    }
    let view = samples::component_view(&samples::outage(), "api");
    for wire in WIRES.iter().filter(|wire| wire.of == Of::Component) {
        all.extend([wire.pattern, "\n", &(wire.write)(&view).unwrap().body, "\n"]);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_style_on_every_ground_is_a_picture_of_its_own() {
    let badge = state(&samples::view(&samples::outage())).unwrap();
    let mut pictures: Vec<String> = Vec::new();
    for style in ["flat", "flat-square", "for-the-badge"] {
        for theme in ["auto", "light", "dark"] {
            pictures.push(svg::draw(&badge, Look::asked(Some(style), Some(theme))));
        }
    }
    assert!(pictures.iter().all(|svg| svg.contains("<title>") && svg.contains("role=\"img\"")));
    pictures.sort_unstable();
    pictures.dedup();
    assert_eq!(pictures.len(), 9);
}

#[test]
fn no_badge_is_without_a_word_in_any_language() {
    for (_, snapshot) in samples::states() {
        for language in LANGUAGES {
            let words = Words::new(language, true);
            let view = View { words, ..samples::component_view(&snapshot, "api") };
            let empty = View { spans: Vec::new(), latency: Vec::new(), ..view.clone() };
            for badge in [state(&view), uptime(&view, 30), latency(&view), uptime(&empty, 7), latency(&empty)]
            {
                let badge = badge.unwrap();
                assert!(!badge.message.trim().is_empty() && !badge.label.trim().is_empty(), "{badge:?}");
            }
        }
    }
}

#[test]
fn an_uptime_that_rests_on_too_little_is_not_green() {
    let view = samples::component_view(&samples::operational(), "api");
    assert_eq!(uptime(&view, 30).unwrap().status, Some(Status::Operational));
    let unwatched = View { spans: view.spans[2..].to_vec(), ..view };
    assert_eq!(uptime(&unwatched, 30).unwrap().status, Some(Status::Unknown));
}

#[test]
fn what_is_written_on_a_badge_cannot_leave_its_place() {
    let mut snapshot = samples::operational();
    snapshot.page.name = "</text><script>".into();
    let view = samples::view(&snapshot);
    let svg = drawn(&view, state(&view).unwrap()).body;
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
}
