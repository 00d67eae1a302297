//! Every feed in every state.

use std::sync::Arc;

use pharos_app::{LANGUAGES, Words};
use pharos_model::{ComponentId, UnixMs};

use super::super::samples;
use super::*;

#[test]
fn every_feed_of_every_state_is_as_it_was_agreed() {
    for (name, snapshot) in samples::states() {
        let view = samples::view(&snapshot);
        let formats: [fn(&View) -> Written; 3] = [atom::write, rss::write, json::write];
        // A line for each element of XML; what stands in JSON stays.
        let lines = |body: String| if body.starts_with('<') { body.replace("><", ">\n<") } else { body };
        let feeds = formats.map(|write| lines(write(&view).body));
        insta::assert_snapshot!(name, feeds.join("\n\n"));
    }
}

#[test]
fn a_feed_was_changed_when_what_it_tells_was_and_not_when_it_is_asked_for() {
    let snapshot = samples::resolved();
    let at = |snapshot: &pharos_model::Snapshot| atom::write(&samples::view(snapshot));
    let mut later = snapshot.clone();
    later.at = later.at.plus_ms(3_600_000);
    later.seq += 1;
    assert_eq!(at(&snapshot), at(&later));
    let last = snapshot.incidents[0].updates.last().map(|update| update.at);
    assert_eq!(at(&snapshot).changed_at, last);
}

#[test]
fn what_is_planned_was_told_of_in_the_past() {
    let snapshot = samples::scheduled();
    let entry = entry::entries(&samples::view(&snapshot)).remove(0);
    assert!(entry.published <= entry.updated && entry.updated <= snapshot.at);
    assert!(entry.window.is_some_and(|(start, _)| start > snapshot.at));
}

#[test]
fn work_is_told_of_since_it_was_announced_and_again_when_it_was_moved_whatever_else_changes() {
    let mut snapshot = samples::scheduled();
    let (announced, moved) = (snapshot.at.minus_ms(7_200_000), snapshot.at.minus_ms(3_600_000));
    let known = &mut snapshot.maintenances[0];
    (known.announced_at, known.changed_at) = (Some(announced), Some(moved));
    for laid_out_at in [announced, moved, snapshot.at] {
        snapshot.laid_out_at = laid_out_at;
        let view = samples::view(&snapshot);
        let entry = entry::entries(&view).remove(0);
        assert_eq!((entry.published, entry.updated), (announced, moved));
        assert_eq!(rss::write(&view).changed_at, Some(moved));
    }
}

#[test]
fn an_incident_whose_title_was_edited_was_changed_then() {
    let mut snapshot = samples::outage();
    let edited = snapshot.at.minus_ms(1);
    snapshot.incidents[1].edited_at = Some(edited);
    let view = samples::view(&snapshot);
    assert_eq!(entry::entries(&view)[0].updated, edited);
}

#[test]
fn what_is_open_is_told_of_however_much_began_after_it() {
    let mut snapshot = samples::outage();
    let known = snapshot.incidents.remove(0);
    let mut view = samples::view(&snapshot);
    view.incidents = vec![known];
    let mut names: Vec<String> = entry::entries(&view).into_iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["incident/2026-11-23-api-1", "incident/2026-11-23-slow"]);
}

#[test]
fn every_language_has_a_feed_of_its_own_with_the_same_entries() {
    let snapshot = Arc::new(samples::outage());
    let mut titles: Vec<String> = Vec::new();
    for language in LANGUAGES {
        let view = View { words: Words::new(language, true), ..samples::view(&snapshot) };
        let feed = atom::write(&view).body;
        assert!(feed.contains(&format!("xml:lang=\"{}\"", language.tag)));
        assert!(feed.contains("tag:status.example.com,2026:incident/2026-11-23-slow"));
        titles.push(Feed::of(&view).title);
    }
    titles.sort_unstable();
    titles.dedup();
    assert!(titles.len() > LANGUAGES.len() / 2);
}

#[test]
fn a_feed_of_a_component_is_about_that_component() {
    let view = samples::component_view(&samples::outage(), "api");
    let feed = Feed::of(&view);
    assert_eq!(feed.title, "Public API, History · Lighthouse & Works");
    assert_eq!(feed.address("history.rss"), "https://status.example.com/components/api/history.rss");
    assert!(view.concerns(&[ComponentId::new("api").unwrap()]) && !view.concerns(&[]));
}

#[test]
fn no_title_is_empty_and_no_feed_is_longer_than_its_bound() {
    let mut snapshot = samples::outage();
    let known = snapshot.incidents[0].clone();
    snapshot.incidents = (0..40)
        .map(|number| {
            let mut incident = known.clone();
            incident.id = pharos_model::IncidentId::new(&format!("i{number}")).unwrap();
            incident.updates[0].at = UnixMs(incident.updates[0].at.0 + number);
            incident
        })
        .collect();
    let entries = entry::entries(&samples::view(&snapshot));
    assert_eq!(entries.len(), ENTRIES_MAX);
    assert!(entries.iter().all(|entry| !entry.title.is_empty()));
}
