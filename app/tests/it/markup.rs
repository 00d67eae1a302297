//! Markup that a browser takes as it stands: what it would repair, it would break.

use pharos_app::{ChartPoint, HistoryMonth, Words, pages};
use pharos_model::{ComponentId, Snapshot, Status};

use crate::{samples, shell};

const VOID: [&str; 4] = ["meta", "link", "br", "!DOCTYPE"];
/// What ends a paragraph that is open.
const BLOCKS: [&str; 14] = [
    "p", "div", "section", "article", "ul", "ol", "dl", "h1", "h2", "h3", "figure", "table", "header",
    "footer",
];

/// Every kind of page, ordinary and hostile.
fn every_page() -> Vec<(&'static str, String)> {
    let shell = shell();
    let mut hostile = samples::page(&[("<script>alert(\"1\")</script>", Status::PartialOutage)]);
    hostile.components[0].definition.description = "</p><img src=x onerror='alert(1)'>".into();
    hostile.page.name = "</title><script>alert(2)</script>".into();
    hostile.page.notice = "<!-- <script>alert(3)</script>".into();
    let mut incident = samples::incident("i1", "script-alert--1----script", true);
    incident.title = "</a><script>alert(4)</script>".into();
    hostile.incidents = vec![incident.clone()];
    let good = samples::varied(5);
    let month =
        HistoryMonth { year: 2026, month: 11, incidents: good.incidents.clone(), previous: None, next: None };
    let id = ComponentId::new("public-api").unwrap();
    let point =
        ChartPoint { start: samples::NOW, p50_us: Some(7_000), p95_us: Some(9_000), count: 1, failed: 1 };
    let hostile_id = hostile.components[0].definition.id.clone();
    let hostile_incidents = [incident];
    vec![
        ("index", pages::index(&good, (&shell, Words::english()))),
        ("index, hostile", pages::index(&hostile, (&shell, Words::english()))),
        ("index, empty", pages::index(&Snapshot::default(), (&shell, Words::english()))),
        ("history", pages::history(&good, &month, (&shell, Words::english()))),
        ("incident", pages::incident(&good, &good.incidents[0], (&shell, Words::english()))),
        ("incident, hostile", pages::incident(&hostile, &hostile.incidents[0], (&shell, Words::english()))),
        ("component", pages::component(&good, &id, &good.incidents, &[point], (&shell, Words::english()))),
        (
            "component, hostile",
            pages::component(&hostile, &hostile_id, &hostile_incidents, &[], (&shell, Words::english())),
        ),
        ("not found", pages::not_found(&good, (&shell, Words::english()))),
    ]
}

/// The names of the tags of a document in order, closing ones with their slash; what stands in `<style>` is skipped.
fn tags(html: &str) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!>").or_else(|| after.strip_prefix("!--")) {
            rest = comment;
            continue;
        }
        let mut quoted = false;
        let end = after.find(|c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, next) = after.split_at(end.unwrap());
        let name = tag.split([' ', '\n']).next().unwrap_or_default().to_owned();
        rest = if name == "style" { &next[next.find("</style").unwrap()..] } else { next };
        tags.push((name, tag.to_owned()));
    }
    tags
}

#[test]
fn every_element_is_closed_where_it_was_opened() {
    for (page, html) in every_page() {
        let mut open: Vec<String> = Vec::new();
        for (name, tag) in tags(&html) {
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "{page}");
            } else if !VOID.contains(&name.as_str()) {
                let in_paragraph = open.iter().any(|name| name == "p");
                assert!(!(in_paragraph && BLOCKS.contains(&name.as_str())), "{page}: {tag} in a paragraph");
                open.push(name);
            }
        }
        assert_eq!(open, [""; 0], "{page}");
    }
}

#[test]
fn lists_hold_nothing_but_their_items() {
    for (page, html) in every_page() {
        let mut open: Vec<String> = Vec::new();
        for (name, tag) in tags(&html) {
            if name.starts_with('/') {
                open.pop();
            } else if !VOID.contains(&name.as_str()) {
                let in_list = open.last().is_some_and(|parent| ["ul", "ol"].contains(&parent.as_str()));
                assert!(!in_list || name == "li", "{page}: {tag} in a list");
                open.push(name);
            }
        }
    }
}

#[test]
fn headings_never_skip_a_level_and_there_is_one_first() {
    for (page, html) in every_page() {
        let levels: Vec<u32> =
            tags(&html).into_iter().filter_map(|(name, _)| name.strip_prefix('h')?.parse().ok()).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{page}");
        assert_eq!(levels[0], 1, "{page}");
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{page}: {levels:?}");
        }
    }
}

#[test]
fn an_identifier_is_given_once() {
    for (page, html) in every_page() {
        let mut seen = Vec::new();
        for (_, tag) in tags(&html) {
            let Some((_, after)) = tag.split_once(" id=\"") else { continue };
            let id = after.split('"').next().unwrap().to_owned();
            assert!(!seen.contains(&id), "{page}: {id}");
            seen.push(id);
        }
    }
}

#[test]
fn what_others_write_stays_text() {
    for (page, html) in every_page() {
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, 1, "{page}");
        assert!(
            html.contains("<script type=\"module\" src=\"/assets/boot.0123456789abcdef.js\"></script>"),
            "{page}"
        );
        assert!(!html.contains("<img"), "{page}");
    }
}

#[test]
fn nothing_is_styled_or_scripted_in_line() {
    for (page, html) in every_page() {
        for (_, tag) in tags(&html) {
            for forbidden in [" style=", " onclick=", " onload="] {
                assert!(!tag.contains(forbidden), "{page}: {tag}");
            }
        }
    }
}
