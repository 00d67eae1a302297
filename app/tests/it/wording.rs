//! What a visitor reads, of every state.

use pharos_app::{HistoryMonth, Shell, Words, pages};
use pharos_model::{Snapshot, Status};

use crate::samples;

/// The text of a document without its tags.
fn text(html: &str) -> String {
    let body = html.split_once("<body>").unwrap().1;
    let mut text = String::new();
    for piece in body.split('<') {
        let words = piece.split_once('>').map_or(piece, |(_, words)| words).trim();
        if !words.is_empty() {
            text.push_str(words);
            text.push('\n');
        }
    }
    text
}

fn index(snapshot: &Snapshot) -> String {
    pages::index(snapshot, (&Shell::default(), Words::english()))
}

#[test]
fn a_status_is_a_word_and_a_shape_and_not_only_a_colour() {
    for (status, word) in [
        (Status::Operational, "Operational"),
        (Status::DegradedPerformance, "Degraded performance"),
        (Status::PartialOutage, "Partial outage"),
        (Status::MajorOutage, "Major outage"),
        (Status::UnderMaintenance, "Under maintenance"),
        (Status::Unknown, "Unknown"),
    ] {
        let html = index(&samples::page(&[("API", status)]));
        assert!(html.contains(&format!("<span class=\"word\">{word}</span>")), "{word}");
        let before = html.split("<span class=\"word\">").next().unwrap();
        assert!(before.ends_with("</path></svg>"), "{word}");
    }
}

#[test]
fn the_title_tells_the_state_first() {
    let html = index(&samples::page(&[("API", Status::MajorOutage)]));
    assert!(html.contains("<title>Major outage · Lighthouse Works</title>"));
    let html = index(&samples::page(&[("API", Status::Operational)]));
    assert!(html.contains("<title>Operational · Lighthouse Works</title>"));
}

#[test]
fn a_page_with_nothing_on_it_says_so() {
    let text = text(&index(&Snapshot::default()));
    assert!(text.contains("There is nothing to show yet\nNo component is configured yet."), "{text}");
}

#[test]
fn a_figure_that_rests_on_too_little_says_on_how_much() {
    let mut snapshot = samples::page(&[("API", Status::Unknown)]);
    snapshot.components[0].since = samples::NOW.minus_ms(7 * 3_600_000);
    let html = index(&snapshot);
    assert!(html.contains("class=\"figure faint\""));
    assert!(text(&html).contains("only 50.18% of this time was watched"), "{}", text(&html));
}

#[test]
fn a_component_nobody_looked_at_has_no_figure() {
    let html = index(&samples::page(&[("API", Status::Unknown)]));
    assert!(text(&html).contains("No data"));
    assert!(!html.contains("0.00%"));
}

#[test]
fn times_are_written_in_utc_for_people_and_for_machines() {
    let snapshot = samples::varied(2);
    let html = pages::incident(
        &snapshot,
        &samples::incident("i1", "public-api", false),
        (&Shell::default(), Words::english()),
    );
    let moment = "<time datetime=\"2026-11-23T13:38:05Z\" title=\"23 Nov 2026, 13:38 UTC\">23 Nov 2026, 13:38 UTC</time>";
    assert!(html.contains(moment));
}

#[test]
fn the_place_in_the_journal_is_in_the_head() {
    assert!(
        index(&samples::page(&[])).contains("<meta name=\"pharos-seq\" content=\"sample.42\" data-laid-out=")
    );
}

#[test]
fn the_formula_names_the_pages_own_weights() {
    let mut snapshot = samples::page(&[]);
    snapshot.page.weights.partial_bp = 5_000;
    let text = text(&index(&snapshot));
    assert!(text.contains("a major outage counts 100 %, a partial outage 50 %"), "{text}");
    assert!(text.contains("Days begin at midnight, Europe/Berlin."), "{text}");
}

#[test]
fn an_open_incident_is_told_with_all_its_updates() {
    let mut snapshot = samples::page(&[("Public API", Status::MajorOutage)]);
    snapshot.incidents = vec![samples::incident("i1", "public-api", true)];
    let text = text(&index(&snapshot));
    for sentence in [
        "Our checks found a major outage. We are looking into it.",
        "A configuration change broke the connection to the database. We are taking it back.",
        "Our checks succeed again. We are watching whether it stays so.",
    ] {
        assert!(text.contains(sentence), "{sentence}");
    }
}

#[test]
fn a_quiet_month_says_so_and_leads_to_its_neighbours() {
    let snapshot = samples::page(&[]);
    let month = HistoryMonth {
        year: 2026,
        month: 11,
        incidents: Vec::new(),
        previous: Some("2026-10".into()),
        next: None,
        component: None,
    };
    let html = pages::history(&snapshot, &month, (&Shell::default(), Words::english()));
    assert!(text(&html).contains("No incidents in this month."));
    assert!(html.contains("href=\"/history/2026-10\"") && text(&html).contains("October 2026"));
}

#[test]
fn without_scripts_the_page_names_none() {
    let html = index(&samples::page(&[("API", Status::Operational)]));
    assert!(!html.contains("<script"));
    assert!(text(&html).contains("As of\n23 Nov 2026, 14:03 UTC"), "{}", text(&html));
}
