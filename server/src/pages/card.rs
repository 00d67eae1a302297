//! The picture that stands for the page, or for an incident, where links are shown.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, VARY};
use pharos_app::Words;
use pharos_card::{Card, DAYS_MAX, can_write, draw};
use pharos_model::{Component, DayColour, Incident, Indicator, Snapshot, Status};

use super::encode::Encoded;

/// How long others may hold a picture: whoever shows links keeps them longer anyway.
const CACHE: &str = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400";

/// The picture of the page's state.
pub fn of_page(snapshot: &Snapshot, words: Words) -> Option<Encoded> {
    let words = written(words);
    let banner = pharos_app::banner(snapshot, words);
    let all: Vec<&Component> = snapshot.listed().collect();
    drawn(snapshot, words, (banner.sentence.to_owned(), banner.detail, banner.status), &all)
}

/// The picture of an incident.
pub fn of_incident(snapshot: &Snapshot, incident: &Incident, words: Words) -> Option<Encoded> {
    let words = written(words);
    let affected: Vec<&Component> =
        incident.components.iter().filter_map(|id| snapshot.component(id)).collect();
    let status = match incident.resolved_at {
        None => pharos_app::look(Indicator::of_impact(incident.impact)),
        // What is over is no alarm.
        Some(_) => Status::Operational,
    };
    let said = (words.incident_title(snapshot, incident), words.incident_summary(incident), status);
    drawn(snapshot, words, said, &affected)
}

/// The words of a language for which there are letters; English for the others.
fn written(words: Words) -> Words {
    if can_write(words.language().name) { words } else { Words::english() }
}

fn drawn(
    snapshot: &Snapshot,
    words: Words,
    (sentence, detail, status): (String, String, Status),
    components: &[&Component],
) -> Option<Encoded> {
    // A line without letters would be an empty place, half a line would be another line.
    let legible = |text: &str| if can_write(text) { text.to_owned() } else { String::new() };
    let whole = snapshot.page.presentation.address();
    let address = whole.split("//").last().unwrap_or_default();
    let name = legible(words.page_name(snapshot));
    let card = Card {
        name: if name.is_empty() { address.to_owned() } else { name },
        sentence: Some(legible(&sentence))
            .filter(|sentence| !sentence.is_empty())
            .unwrap_or_else(|| Words::english().status(status).to_owned()),
        detail: legible(&detail),
        address: address.to_owned(),
        status,
        shape: pharos_app::shape(status),
        days: days(snapshot, components),
    };
    let png = Bytes::from(draw(&card)?);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    Some(Encoded::prepared(StatusCode::OK, &headers, &png, [None, None, None]))
}

/// The worst that any of the components was on each of the last days; `None` where nobody knows of any.
fn days(snapshot: &Snapshot, components: &[&Component]) -> Vec<Option<Status>> {
    if components.is_empty() {
        return Vec::new();
    }
    let first = snapshot.days.len().saturating_sub(DAYS_MAX);
    let worst = |index: usize| {
        let colours = components.iter().filter_map(|component| {
            match component.day_colour(&snapshot.days, index, snapshot.at, snapshot.page.weights) {
                DayColour::Worst(status) => Some(status),
                DayColour::NoData => None,
            }
        });
        colours.max_by_key(|status| status.severity())
    };
    let mut days = vec![None; DAYS_MAX.saturating_sub(snapshot.days.len())];
    days.extend((first..snapshot.days.len()).map(worst));
    days
}
