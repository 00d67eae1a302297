//! The operators' guide: what it quotes is what there is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use pharos_test_servers::Postgres;
use pharos_tests::{Setup, binary, wait_for};
use serde_json::Value;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn guide() -> String {
    std::fs::read_to_string(root().join("docs/operating.md")).unwrap()
}

/// The lines of its blocks in a language.
fn blocks(language: &str) -> Vec<String> {
    let (mut lines, mut within) = (Vec::new(), false);
    for line in guide().lines().map(str::trim) {
        match line.strip_prefix("```") {
            Some(tag) => within = !within && tag == language,
            None if within => lines.push(line.to_owned()),
            None => {}
        }
    }
    assert!(!lines.is_empty(), "nothing in {language}");
    lines
}

/// What the guide has between two marks.
fn between(text: &str, begin: &str, is_part: impl Fn(char) -> bool) -> BTreeSet<String> {
    let rest = text.match_indices(begin).map(|(at, _)| &text[at + begin.len()..]);
    rest.map(|rest| rest.chars().take_while(|c| is_part(*c)).collect()).collect()
}

/// All of the server's source, in which a text that is broken over lines is one.
fn source() -> String {
    let (mut text, mut folders) = (String::new(), vec![root().join("server")]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text.split("\\\n").map(str::trim_start).collect()
}

#[test]
fn every_message_that_the_guide_quotes_is_one_that_the_server_has() {
    let source = source();
    for message in blocks("log") {
        // Figures stand in the place of what is filled in.
        for part in message.split(|c: char| c.is_ascii_digit()).filter(|part| part.len() > 3) {
            assert!(source.contains(part), "{message:?}: nobody says {part:?}");
        }
    }
}

#[test]
fn every_command_of_the_guide_has_the_options_it_is_given() {
    let text = blocks("sh").join("\n").replace("\\\n", " ");
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("pharos ")).collect();
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        let name = command.split_whitespace().nth(1).unwrap();
        let output = Command::new(binary()).args([name, "--help"]).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let known = between(&help, "--", is_part);
        let used = between(command, " --", is_part);
        assert!(used.is_subset(&known), "{command}: {used:?}, and there are {known:?}");
    }
}

#[test]
fn every_figure_and_every_part_of_health_that_the_guide_names_is_told_by_a_node() {
    let (server, folder) = (Postgres::primary(), TempDir::new().unwrap());
    let at = |name: &str| folder.path().join(name).display().to_string();
    let places = format!(
        "archive: {{ to: {} }}
copy: {{ to: {} }}
",
        at("archive"),
        at("copy")
    );
    let setup = Setup::new(
        &(places
            + "page: { name: Example }
components: []
"),
    )
    .unwrap();
    let pharos = setup.start_with(&["--database", &server.address(&server.database())]).unwrap();
    let guide = guide();
    let metrics = pharos.get("/metrics").unwrap().text();
    let named = between(&guide, "pharos_", |c| c.is_ascii_lowercase() || c == '_');
    assert!(named.len() > 5, "{named:?}");
    for name in named {
        let family = format!("# TYPE pharos_{} ", name.trim_end_matches("_total"));
        assert!(metrics.contains(&family), "pharos_{name} is no figure: {metrics}");
    }
    let health = wait_for("the copy to be published", || {
        let health: Value = serde_json::from_str(&pharos.get("/health").ok()?.text()).ok()?;
        health.get("copy").is_some().then_some(health)
    });
    // Told only while it is down, which takes a large file of a version without sums.
    let is_told = |part: &String| part != "sums";
    for part in between(&guide, "`\"", |c| c != '"').into_iter().filter(is_told) {
        assert!(health.get(&part).is_some(), "{part} is no part of {health}");
    }
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    let guide = guide();
    let headings: BTreeSet<String> = guide
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| {
            line.trim_start_matches('#').trim().to_lowercase().replace([',', '.'], "").replace(' ', "-")
        })
        .collect();
    for target in between(&guide, "](", |c| c != ')') {
        match target.strip_prefix('#') {
            Some(heading) => assert!(headings.contains(heading), "{target}"),
            None => assert!(root().join("docs").join(&target).exists(), "{target}"),
        }
    }
}
