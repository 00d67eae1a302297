//! The bounds of a file: too large, too many, too deep, not readable.

use std::fmt::Write as _;

use super::parsed;
use crate::config::limits::{CHECKS_PER_COMPONENT_MAX, FILE_BYTES_MAX, PROBLEMS_MAX, REFERENCES_MAX};
use crate::config::load;

const PAGE: &str = "page:\n  name: Example\n";
const COMPONENT: &str =
    "components:\n  - id: api\n    name: API\n    checks:\n      - tcp: { address: \"192.0.2.1:53\" }\n";

fn refused(text: &str) -> String {
    parsed(text).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let text = format!("{PAGE}{COMPONENT}# {}", "x".repeat(FILE_BYTES_MAX));
    assert!(refused(&text).starts_with("pharos.yaml: the file is larger than 1024 KiB\nhint: "));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    assert!(load(file.path()).unwrap_err().to_string().contains("larger than 1024 KiB"));
}

#[test]
fn too_many_components_are_refused() {
    let mut text = format!("{PAGE}components:\n");
    for number in 0..=pharos_model::limits::COMPONENTS_MAX {
        let _ = writeln!(
            text,
            "  - {{id: c{number}, name: C, checks: [{{push: {{token: {number:04}abcdefghijklmnopqrstuv, period: 1h}}}}]}}"
        );
    }
    let error = refused(&text);
    assert!(error.starts_with("pharos.yaml:3:1: there are 5001 components\n"), "{error}");
}

#[test]
fn too_many_groups_are_refused() {
    let mut text = format!("{PAGE}groups:\n");
    for number in 0..=pharos_model::limits::GROUPS_MAX {
        let _ = writeln!(text, "  - {{ id: g{number}, name: G }}");
    }
    let error = refused(&(text + COMPONENT));
    assert!(error.starts_with("pharos.yaml:3:1: there are 501 groups\n"), "{error}");
}

#[test]
fn too_many_checks_of_one_component_are_refused() {
    let mut text = format!("{PAGE}{COMPONENT}");
    for number in 0..CHECKS_PER_COMPONENT_MAX {
        let _ = writeln!(text, "      - {{ name: n{number}, tcp: {{ address: \"192.0.2.1:53\" }} }}");
    }
    let error = refused(&text);
    assert!(error.starts_with("pharos.yaml:6:5: the component `api` has 51 checks\n"), "{error}");
}

#[test]
fn too_many_reference_targets_are_refused() {
    let targets = "  - tcp: { address: \"192.0.2.1:53\" }\n".repeat(REFERENCES_MAX + 1);
    let error = refused(&format!("{PAGE}reference:\n{targets}{COMPONENT}"));
    assert!(error.starts_with("pharos.yaml:3:1: there are 21 reference targets\n"), "{error}");
}

#[test]
fn the_list_of_problems_is_bounded_and_counted() {
    let mut text = format!("{PAGE}{COMPONENT}");
    for number in 0..30 {
        let _ = writeln!(
            text,
            "      - {{ name: n{number}, tcp: {{ address: \"192.0.2.1:53\" }}, interval: 2d }}"
        );
    }
    let error = parsed(&text).unwrap_err();
    assert_eq!((error.problems.len(), error.unlisted), (PROBLEMS_MAX, 10));
    assert!(error.to_string().ends_with("\n\nAt least 10 more problems are not listed."));
}

#[test]
fn a_file_full_of_mistakes_is_refused_in_a_moment() {
    let text = format!(
        "{PAGE}components:\n{}",
        "  - { nonsense: 1, id: , checks: [ 1, { x: y } ] }\n".repeat(10_000)
    );
    let error = parsed(&text).unwrap_err();
    assert_eq!(error.problems.len(), PROBLEMS_MAX);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pharos.yaml");
    let error = load(&path).unwrap_err().to_string();
    let expected = format!("{}: the file cannot be read: No such file or directory", path.display());
    assert!(error.starts_with(&expected) && error.contains("\nhint: check the path"), "{error}");
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("hint: name the file in it"), "{error}");
}

#[test]
fn a_file_that_is_not_utf_8_is_refused_with_its_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"page:\n  name: Caf\xe9\n").unwrap();
    let error = load(file.path()).unwrap_err().to_string();
    assert!(error.contains("line 2 holds bytes that are not UTF-8\nhint: save the file in UTF-8"), "{error}");
}
