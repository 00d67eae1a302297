//! Every document of `samples/*.md` is read as it stands below it, and nothing at all makes a reader stumble.

use std::fmt::Write as _;
use std::path::PathBuf;

use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use proptest::prelude::*;

use serde_json::Value;

use super::*;
use crate::http::Answer;
use crate::outcome::{Outcome, Part, ReasonKind, excerpt};
use crate::shown::Shown;

/// What time it is in the samples.
const NOW_S: i64 = 1_700_000_000;

fn answer(status: u16, media_type: &str, body: &[u8]) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
    Answer { status, headers, body: body.to_vec(), shown: Shown::default() }
}

fn judged(answer: &Answer, format: Option<Format>) -> Judged {
    judge(answer, (format, &BTreeMap::new()), NOW_S)
}

/// What is made of an answer, in lines.
fn told(judged: &Judged) -> String {
    let mut told = match &judged.failure {
        None => "good".to_owned(),
        Some((outcome, reason)) => format!("{outcome:?}: {}", reason.sentence).replacen("Health: ", "", 1),
    };
    if let Some(format) = judged.format {
        let _ = write!(told, "\nread as {}", format.as_str());
    }
    for Part { path, word, outcome } in &judged.parts {
        let _ = write!(told, "\n- {path}: {word:?}, {outcome:?}");
    }
    told
}

/// A page of samples with what is made of them now.
fn renewed(page: &str) -> String {
    let mut parts = page.split("\n## ");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let title = part.lines().next().unwrap();
        let (_, rest) = part.split_once("```http\n").unwrap();
        let (sample, _) = rest.split_once("\n```").unwrap();
        let (head, body) = sample.split_once("\n\n").unwrap_or((sample.trim_end(), ""));
        let (status, media_type) = head.split_once(' ').unwrap();
        let judged = judged(&answer(status.parse().unwrap(), media_type, body.as_bytes()), None);
        let _ = write!(out, "\n## {title}\n\n```http\n{sample}\n```\n\n```text\n{}\n```\n", told(&judged));
    }
    out
}

fn pages() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/health/samples");
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    pages.sort();
    pages
}

#[test]
fn every_sample_is_read_as_it_says() {
    for (path, page) in pages() {
        let now = renewed(&page);
        if std::env::var_os("PHAROS_BLESS").is_some() {
            std::fs::write(&path, &now).unwrap();
            continue;
        }
        assert_eq!(page, now, "{}: run with PHAROS_BLESS=1 and read what changed", path.display());
    }
}

#[test]
fn every_format_has_a_sample_that_is_well_and_one_that_is_not() {
    let all: String = pages().into_iter().map(|(_, page)| page).collect();
    for (format, ..) in FORMATS {
        let read = format!("\nread as {}\n", format.as_str());
        let verdicts: Vec<&str> =
            all.match_indices(&read).map(|(at, _)| all[..at].lines().last().unwrap()).collect();
        assert!(verdicts.contains(&"good"), "{format:?}: {verdicts:?}");
        assert!(verdicts.iter().any(|verdict| *verdict != "good"), "{format:?}: {verdicts:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_document() {
    for body in ["\u{feff}{\"status\":\"ok\"}", "\u{feff}OK"] {
        let judged = judged(&answer(200, "text/plain", body.as_bytes()), None);
        assert!(judged.failure.is_none(), "{judged:?}");
    }
}

#[test]
fn a_document_beyond_its_bounds_is_refused() {
    let deep = format!("{}{}", r#"{"a":"#.repeat(17), "1") + &"}".repeat(17);
    let many = format!(r#"{{"status":"UP","a":[{}1]}}"#, "1,".repeat(1_000));
    for (body, why) in [(&deep, "it is deeper than 16 levels"), (&many, "it has more than 1000 values")] {
        let judged = judged(&answer(200, "application/json", body.as_bytes()), None);
        let said = format!("Unknown: the document cannot be read: {why}, got \"{}\"", excerpt(body));
        assert_eq!(told(&judged), said);
    }
}

#[test]
fn maintenance_of_the_whole_does_not_hide_what_is_bad_in_it() {
    for (status, said) in [
        ("DOWN", "Partial: db is down"),
        ("DEGRADED", "Degraded: db is DEGRADED"),
        ("UP", "Maintenance: the service says it is out of service"),
    ] {
        let body = format!(r#"{{"status":"OUT_OF_SERVICE","components":{{"db":{{"status":"{status}"}}}}}}"#);
        let judged = judged(&answer(200, "application/json", body.as_bytes()), None);
        assert_eq!(told(&judged).lines().next(), Some(said));
    }
}

#[test]
fn a_check_with_a_component_of_its_own_does_not_take_the_whole_down() {
    let body = br#"{"status":"DOWN","checks":[{"name":"db","status":"DOWN"},{"name":"mq","status":"UP"}]}"#;
    let answer = answer(503, "application/json", body);
    let patterns = BTreeMap::from([("db".to_owned(), "orders".to_owned())]);
    let judged = judge(&answer, (None, &patterns), NOW_S);
    assert_eq!(told(&judged).lines().next(), Some("Partial: some of the service is down"));
    assert_eq!(judged.mapped[0].outcome, Outcome::Down);
}

#[test]
fn a_part_without_a_name_that_is_seen_is_told_of_nonetheless() {
    let body = "{\"status\":\"UP\",\"\":\"DOWN\",\"\\u0000a\\n\":\"DOWN\"}";
    let judged = judged(&answer(200, "application/json", body.as_bytes()), None);
    assert_eq!(told(&judged).lines().next(), Some("Partial: ?, a are down"));
}

#[test]
fn what_a_cache_kept_for_long_says_nothing_of_now() {
    for status in [200, 503] {
        let mut answer = answer(status, "application/json", br#"{"status":"UP","db":"DOWN"}"#);
        answer.headers.insert("age", HeaderValue::from_static("3000"));
        let said = "Unknown: a cache answered with what is 50 minutes old and says nothing of now";
        assert_eq!(told(&judged(&answer, None)), said);
    }
}

#[test]
fn a_format_that_is_stated_is_the_only_one_that_is_tried() {
    let spring = br#"{"status":"UP","components":{"db":{"status":"UP"}}}"#;
    let other = judged(&answer(200, "application/json", spring), Some(Format::Kubernetes));
    assert_eq!(other.failure.unwrap().1.kind, ReasonKind::FormatUnknown);
    let judged = judged(&answer(200, "application/json", spring), Some(Format::Simple));
    assert_eq!((judged.format, judged.failure.is_none()), (Some(Format::Simple), true));
}

/// Documents of the words that formats look for, put together at random.
fn strange() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "status",
        "components",
        "details",
        "checks",
        "entries",
        "checkResults",
        "failures",
        "error",
        "info",
        "page",
        "indicator",
        "name",
        "incidents",
        "group_id",
        "finishedAt",
        "db",
        "a/b",
        "",
    ]);
    let word = prop::sample::select(vec![
        "UP",
        "DOWN",
        "ok",
        "up",
        "error",
        "working",
        "Healthy",
        "none",
        "UNKNOWN",
        "purple",
        "OUT_OF_SERVICE",
    ]);
    let leaf = prop_oneof![
        word.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn holds(judged: &Judged, status: u16) {
    assert!(
        judged.failure.is_some() || (judged.format.is_some() && (200..300).contains(&status)),
        "{judged:?}"
    );
    for part in &judged.parts {
        assert!(!part.path.contains(char::is_control) || part.path.chars().count() < 2_000, "{part:?}");
    }
}

proptest! {
    #[test]
    fn no_document_makes_a_reader_stumble_or_is_good_without_a_format(document in strange(), status in 200..600_u16) {
        holds(&judged(&answer(status, "application/json", document.to_string().as_bytes()), None), status);
        for (format, ..) in FORMATS {
            holds(&judged(&answer(status, "text/plain", document.to_string().as_bytes()), Some(*format)), status);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_stumble(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(\\[[+-]\\]|up|# HELP |\\{|\"|=|,| |1|0|\n|é){0,40}") {
        for body in [&bytes[..], text.as_bytes()] {
            for (format, ..) in FORMATS {
                holds(&judged(&answer(200, "text/plain; version=0.0.4", body), Some(*format)), 200);
            }
            holds(&judged(&answer(200, "text/plain", body), None), 200);
        }
    }
}
