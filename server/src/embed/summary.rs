//! The summary: a small document with everything that a widget shows, words included.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use pharos_app::Words;
use pharos_model::{Indicator, Origin, Snapshot, Status, UnixMs};
use serde::Serialize;

use crate::http::shared;
use crate::limits::SUMMARY_INCIDENTS_MAX;
use crate::pages::Encoded;

/// The state of the page in a few words.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    seq: u64,
    at: UnixMs,
    name: &'a str,
    /// The page's address on this server, in the language.
    url: String,
    indicator: &'static str,
    /// The status whose shape and colour the indicator has.
    status: &'static str,
    sentence: String,
    detail: String,
    /// Open ones, newest first.
    incidents: Vec<Open>,
    words: Labels,
}

/// An open incident.
#[derive(Debug, Serialize)]
struct Open {
    title: String,
    status: &'static str,
    impact: &'static str,
    url: String,
    began_at: UnixMs,
}

/// What a widget says beside the state.
#[derive(Debug, Serialize)]
struct Labels {
    unavailable: &'static str,
    open: &'static str,
    dismiss: &'static str,
}

/// Summaries of the newest snapshot, by language.
#[derive(Debug, Default)]
pub struct Summaries {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    of: Option<(Origin, u64)>,
    /// There are as many as languages, twice.
    made: HashMap<Words, Arc<Encoded>>,
}

impl Summaries {
    /// The summary of a snapshot, as JSON that every site may read.
    pub fn of(&self, snapshot: &Arc<Snapshot>, words: Words) -> Arc<Encoded> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of = Some((snapshot.origin.clone(), snapshot.seq));
        if state.of != of {
            *state = State { of, made: HashMap::new() };
        }
        Arc::clone(state.made.entry(words).or_insert_with(|| Arc::new(summary(snapshot, words))))
    }
}

/// The summary as it stands in a copy: it tells what was known at a moment, and vouches for nothing.
pub fn of_copy(snapshot: &Snapshot, words: Words, known_at: UnixMs) -> Bytes {
    let mut summary = told(snapshot, words);
    summary.sentence = format!("{}: {}", words.as_of(known_at), summary.sentence);
    summary.indicator = Indicator::Unknown.as_str();
    summary.status = Status::Unknown.as_str();
    written(&summary)
}

/// The summary with its headers. Compressing so little does not pay.
fn summary(snapshot: &Snapshot, words: Words) -> Encoded {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=2"));
    fields.insert(VARY, HeaderValue::from_static("accept-language"));
    shared(&mut fields);
    Encoded::prepared(StatusCode::OK, &fields, &written(&told(snapshot, words)), [None, None, None])
}

fn written(summary: &Summary<'_>) -> Bytes {
    // Names and words: all of it can be written.
    Bytes::from(serde_json::to_vec(summary).unwrap_or_default())
}

fn told(snapshot: &Snapshot, words: Words) -> Summary<'_> {
    let indicator = snapshot.indicator();
    let banner = pharos_app::banner(snapshot, words);
    let open = |incident: &pharos_model::Incident| Open {
        title: words.incident_title(snapshot, incident),
        status: words.incident_status(incident.status),
        impact: words.impact(incident.impact),
        url: words.address(&format!("/incidents/{}", incident.id)),
        began_at: incident.began_at,
    };
    let page = words.page();
    Summary {
        seq: snapshot.seq,
        at: snapshot.at,
        name: words.page_name(snapshot),
        url: words.address("/"),
        indicator: indicator.as_str(),
        status: banner.status.as_str(),
        sentence: banner.sentence.to_owned(),
        detail: banner.detail,
        incidents: snapshot.open_incidents().take(SUMMARY_INCIDENTS_MAX).map(open).collect(),
        words: Labels { unavailable: page.unavailable, open: page.open_page, dismiss: page.dismiss },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_made_once_for_a_place_and_a_language() {
        let summaries = Summaries::default();
        let snapshot = Arc::new(Snapshot { seq: 3, ..Snapshot::default() });
        let first = summaries.of(&snapshot, Words::english());
        assert!(Arc::ptr_eq(&first, &summaries.of(&snapshot, Words::english())));
        let later = Arc::new(Snapshot { seq: 4, ..Snapshot::default() });
        assert_ne!(first.body(), summaries.of(&later, Words::english()).body());
    }

    #[test]
    fn a_copy_calls_nothing_well_and_says_when_it_was() {
        let known_at = UnixMs(1_800_000_000_000);
        let summary: serde_json::Value =
            serde_json::from_slice(&of_copy(&Snapshot::default(), Words::english(), known_at)).unwrap();
        assert_eq!(summary["status"], "unknown");
        assert_eq!(summary["indicator"], "unknown");
        let sentence = summary["sentence"].as_str().unwrap();
        assert!(sentence.starts_with("As of ") && sentence.contains("2027"), "{sentence}");
    }

    #[test]
    fn what_is_not_known_is_not_called_well() {
        let made = Summaries::default().of(&Arc::new(Snapshot::default()), Words::english());
        let summary: serde_json::Value = serde_json::from_slice(made.body()).unwrap();
        assert_eq!(
            (summary["indicator"].as_str(), summary["status"].as_str()),
            (Some("unknown"), Some("unknown"))
        );
    }
}
