//! Markup that a browser takes as it stands: what it would repair, it would break.

use pharos_app::{ChartPoint, ComponentDay, ComponentYear, HistoryMonth, Range, Words, pages};
use pharos_model::{CivilDate, ComponentId, Snapshot, Span, Status, Tally, UnixMs};

use crate::{samples, shell};

const VOID: [&str; 5] = ["meta", "link", "br", "input", "!DOCTYPE"];
/// What ends a paragraph that is open.
const BLOCKS: [&str; 14] = [
    "p", "div", "section", "article", "ul", "ol", "dl", "h1", "h2", "h3", "figure", "table", "header",
    "footer",
];

const DAY_MS: i64 = 86_400_000;

fn a_day(incidents: &[pharos_model::Incident]) -> ComponentDay {
    let date = CivilDate::from_ymd(2026, 11, 22);
    let from = UnixMs(i64::from(date.0) * DAY_MS);
    let span = |hour: i64, until: Option<i64>, status| Span {
        starts_at: UnixMs(from.0 + hour * 3_600_000),
        ends_at: until.map(|until| UnixMs(from.0 + until * 3_600_000)),
        status,
        measured: None,
    };
    let spans = vec![
        span(-5, Some(7), Status::Operational),
        span(7, Some(8), Status::MajorOutage),
        span(8, Some(20), Status::Unknown),
        span(20, None, Status::Operational),
    ];
    ComponentDay {
        date,
        from,
        until: UnixMs(from.0 + DAY_MS),
        spans,
        incidents: incidents.to_vec(),
        has_previous: true,
        has_next: true,
    }
}

fn a_year() -> ComponentYear {
    let first = CivilDate::from_ymd(2026, 1, 1).0;
    let day = |number: i32| {
        let mut tally = Tally::default();
        tally.add(Status::ALL[usize::try_from(number).unwrap() % 6], 86_400_000);
        (CivilDate(first + number), tally)
    };
    ComponentYear { year: 2026, days: (0..300).map(day).collect(), has_previous: true, has_next: false }
}

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
    let month = HistoryMonth {
        year: 2026,
        month: 11,
        incidents: good.incidents.clone(),
        previous: None,
        next: None,
        component: None,
    };
    let id = ComponentId::new("public-api").unwrap();
    let point = ChartPoint {
        start: samples::NOW,
        p50_us: Some(7_000),
        p95_us: Some(9_000),
        count: 1,
        failed: 1,
        stages_us: Some([1_000, 500, 2_000, 3_000, 500]),
    };
    let hostile_id = hostile.components[0].definition.id.clone();
    let hostile_incidents = [incident];
    vec![
        ("index", pages::index(&good, (&shell, Words::english()))),
        ("index, hostile", pages::index(&hostile, (&shell, Words::english()))),
        ("index, empty", pages::index(&Snapshot::default(), (&shell, Words::english()))),
        ("history", pages::history(&good, &month, (&shell, Words::english()))),
        ("incident", pages::incident(&good, &good.incidents[0], (&shell, Words::english()))),
        ("incident, hostile", pages::incident(&hostile, &hostile.incidents[0], (&shell, Words::english()))),
        (
            "component",
            pages::component(
                &good,
                &id,
                &good.incidents,
                (Range::Day, &[point], &[]),
                (&shell, Words::english()),
            ),
        ),
        (
            "component, hostile",
            pages::component(
                &hostile,
                &hostile_id,
                &hostile_incidents,
                (Range::Week, &[], &[]),
                (&shell, Words::english()),
            ),
        ),
        ("day", pages::day(&good, &id, &a_day(&good.incidents), (&shell, Words::english()))),
        (
            "day, hostile",
            pages::day(&hostile, &hostile_id, &a_day(&hostile.incidents), (&shell, Words::english())),
        ),
        (
            "day, before the first",
            pages::day(
                &good,
                &id,
                &ComponentDay { spans: Vec::new(), ..a_day(&[]) },
                (&shell, Words::english()),
            ),
        ),
        ("days", pages::days(&good, &id, (&shell, Words::english()))),
        ("days, hostile", pages::days(&hostile, &hostile_id, (&shell, Words::english()))),
        ("calendar", pages::calendar(&good, &id, &a_year(), (&shell, Words::english()))),
        ("calendar, hostile", pages::calendar(&hostile, &hostile_id, &a_year(), (&shell, Words::english()))),
        ("index, large", pages::index(&samples::varied(40), (&shell, Words::english()))),
        ("gallery", pages::gallery(&good, (&shell, Words::english()))),
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
        assert_eq!(scripts, 2, "{page}");
        assert!(html.contains("<script async src=\"/assets/page.0123456789abcdef.js\"></script>"), "{page}");
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
