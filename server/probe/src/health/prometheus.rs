//! A Prometheus exposition: what `up` and `probe_success` say.

use super::reading::{Document, Reading, joined, part_at};
use crate::outcome::{Outcome, Part};

/// The metrics that say whether something works: 1 or 0.
const METRICS: [&str; 2] = ["up", "probe_success"];
/// The labels by which their samples are told apart, in the order of a path.
const LABELS: [&str; 3] = ["job", "instance", "target"];

/// Its media type, its comments, or nothing but samples.
pub fn recognise(document: &Document<'_>) -> bool {
    let media = document.is("application/openmetrics-text")
        || (document.is("text/plain") && document.media_type.contains("version=0.0.4"));
    let comments = ["# HELP ", "# TYPE "].iter().any(|start| document.text.starts_with(start));
    let mut lines = document.text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A text may begin with the same word, but does not end with a number.
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    let is_sample = |line: &str| sample(line).is_some() && line.split(' ').next_back().is_some_and(is_number);
    if media || comments {
        return lines.any(|line| sample(line).is_some());
    }
    !document.text.is_empty() && lines.all(is_sample)
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let parts: Vec<Part> = document.text.lines().filter_map(sample).collect();
    (!parts.is_empty()).then(|| Reading::of_parts(parts))
}

/// A sample of one of the metrics.
fn sample(line: &str) -> Option<Part> {
    let name_end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(name_end);
    let metric = METRICS.iter().find(|metric| **metric == name)?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => rest.rsplit_once('}')?,
        None => ("", rest),
    };
    let value: f64 = rest.split_whitespace().next()?.parse().ok()?;
    let outcome = if value >= 1.0 {
        Outcome::Good
    } else if value <= 0.0 {
        Outcome::Down
    } else {
        Outcome::Unknown
    };
    let named = LABELS.iter().filter_map(|label| label_of(labels, label));
    let path = named.fold(String::new(), |path, value| joined(&path, value));
    let word = rest.split_whitespace().next()?;
    Some(match path.rsplit_once('/') {
        _ if path.is_empty() => part_at("", metric, (word, outcome)),
        _ => Part { path, word: word.to_owned(), outcome },
    })
}

/// The value of a label, without quotes; those within it stay as they were written.
fn label_of<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}=\"");
    let at = labels.match_indices(&start).find(|(at, _)| *at == 0 || labels[..*at].ends_with([',', ' ']))?.0;
    labels[at + start.len()..].split('"').next()
}
