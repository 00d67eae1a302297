//! Every bad file of `bad/*.md` gets exactly the message that stands below it.

use std::fmt::Write as _;

use super::{CANARY, TOKEN, agrees, in_server, parsed};

/// One case: a title, a file, and the message it gets.
struct Case {
    title: String,
    yaml: String,
    message: String,
}

/// Reads a page of cases: what comes before the first, and the cases.
fn cases(page: &str) -> (String, Vec<Case>) {
    let mut parts = page.split("\n## ");
    let introduction = parts.next().unwrap().to_owned();
    let block = |part: &str, language: &str| {
        let (_, rest) = part.split_once(&format!("\n```{language}\n")).unwrap();
        rest.strip_prefix("```").map_or_else(|| rest.split_once("\n```").unwrap().0, |_| "").to_owned()
    };
    let cases = parts
        .map(|part| Case {
            title: part.lines().next().unwrap().to_owned(),
            yaml: block(part, "yaml"),
            message: block(part, "text"),
        })
        .collect();
    (introduction, cases)
}

fn message_for(case: &Case) -> String {
    match parsed(&format!("{}\n", case.yaml)) {
        Ok(_) => "ACCEPTED".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The page with the messages the program gives now.
fn renewed(page: &str) -> String {
    let (mut out, cases) = cases(page);
    for case in &cases {
        let (title, yaml, message) = (&case.title, &case.yaml, message_for(case));
        let newline = if yaml.is_empty() { "" } else { "\n" };
        let _ = write!(out, "\n## {title}\n\n```yaml\n{yaml}{newline}```\n\n```text\n{message}\n```\n");
    }
    out
}

fn pages() -> Vec<(std::path::PathBuf, String)> {
    let folder = in_server("src/config/tests/bad");
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    pages.sort();
    pages
}

#[test]
fn every_bad_file_gets_its_message() {
    for (path, page) in pages() {
        agrees(&path, &renewed(&page));
    }
}

#[test]
fn there_are_enough_bad_files_and_all_are_refused() {
    let all: Vec<Case> = pages().iter().flat_map(|(_, page)| cases(page).1).collect();
    assert!(all.len() >= 60, "{}", all.len());
    for case in &all {
        assert!(parsed(&format!("{}\n", case.yaml)).is_err(), "{} is accepted", case.title);
        assert!(!case.message.is_empty(), "{} has no message", case.title);
    }
}

#[test]
fn no_message_repeats_the_environment() {
    for case in pages().iter().flat_map(|(_, page)| cases(page).1) {
        let error = parsed(&format!("{}\n", case.yaml)).unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains(CANARY) && !shown.contains(TOKEN), "{}: {shown}", case.title);
        }
    }
}

#[test]
fn every_message_has_a_place_and_a_hint() {
    for case in pages().iter().flat_map(|(_, page)| cases(page).1) {
        let error = parsed(&format!("{}\n", case.yaml)).unwrap_err();
        for problem in &error.problems {
            let of_file = case.title.contains("file");
            assert!(problem.line > 0 || of_file, "{}: no place", case.title);
            assert!(!problem.hint.is_empty(), "{}: no hint", case.title);
            assert!(problem.what.chars().all(|c| c != '\n'), "{}: more than one line", case.title);
        }
    }
}
