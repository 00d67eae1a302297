//! What a kind of check finds wrong with its own settings, given a place in the file.

use garde::Report;

use super::super::document::At;
use super::super::error::Finding;
use super::super::schema;
use super::super::snippet::is_secret_way;
use super::Assembly;

impl Assembly {
    /// Takes over what the settings of `kind`, which stand at `at`, were refused for.
    pub fn settings_refused(&mut self, report: &Report, kind: &str, at: At<'_>) {
        for (path, error) in report.iter() {
            let path = path.to_string();
            let found = at.follow(&path);
            let steps = steps(kind, &path);
            let subject = found.name().or(steps.iter().rev().find(|step| *step != "[]").map(String::as_str));
            let subject = subject.unwrap_or(kind);
            let message = in_one_line(error.message());
            let what = if repeats(&message, found, is_secret_way(&steps)) {
                format!("`{subject}`: what {} stands for is not accepted", found.shown())
            } else if message.starts_with("lower than") || message.starts_with("greater than") {
                format!("`{subject}`: {} is {message}", found.shown())
            } else {
                format!("`{subject}`: {message}")
            };
            let hint = schema::explained(&in_a_check(steps)).unwrap_or_default();
            self.findings.push(Finding::new(found.place(), what).hint(hint));
        }
    }
}

/// Some messages come with a drawing of their own.
fn in_one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a message may repeat what the environment put in, or what is `secret`.
fn repeats(message: &str, at: At<'_>, secret: bool) -> bool {
    let mut values = Vec::new();
    at.node().values(&mut values);
    let hidden = values.iter().filter(|value| secret || value.written.is_some());
    hidden.into_iter().any(|value| {
        let start: String = value.text.chars().take(8).collect();
        at.is_scalar() || message.contains(&start)
    })
}

/// The keys of a path such as `expect.status[0]`, under the key of the kind.
fn steps(kind: &str, path: &str) -> Vec<String> {
    let mut steps = vec![kind.to_owned()];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (key, index) = part.split_once('[').map_or((part, None), |(key, index)| (key, Some(index)));
        if !key.is_empty() {
            steps.push(key.to_owned());
        }
        if index.is_some() {
            steps.push("[]".to_owned());
        }
    }
    steps
}

fn in_a_check(steps: Vec<String>) -> Vec<String> {
    ["components", "[]", "checks", "[]"].into_iter().map(str::to_owned).chain(steps).collect()
}
