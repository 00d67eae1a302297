//! The house rules themselves: each takes one file and says what is wrong with it.

use std::fmt;
use std::path::Path;

use crate::limits;

/// A text file of the tree.
pub struct SourceFile {
    /// Path from the repository's root, with forward slashes.
    pub name: String,
    /// The whole content.
    pub text: String,
}

/// One broken rule in one place.
#[derive(Debug)]
pub struct Finding {
    place: String,
    what: String,
    /// A warning is shown and does not fail.
    pub is_warning: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// Needles are put together from halves, so that this file does not find itself.
const IGNORED_TEST: &str = concat!("#[", "ignore");
const LEFT_OUT_IN_BROWSER_TESTS: [&str; 4] =
    [concat!(".sk", "ip("), concat!(".fix", "me("), concat!(".on", "ly("), concat!("waitFor", "Timeout(")];
const HOME_FOLDERS: [&str; 3] = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/")];
/// Leptos 0.8 writes the children of these elements without escaping on the server.
const UNESCAPED_ELEMENTS: [&str; 4] = ["textarea", "noscript", "style", "script"];
/// TLS comes from rustls with ring; a second provider doubles the build and the attack surface.
const OTHER_TLS: [&str; 7] =
    ["aws-lc-rs", "aws-lc-sys", "aws-lc-fips-sys", "openssl", "openssl-sys", "native-tls", "boring"];

/// Everything the rules find in one file of the tree that stands at `root`.
pub fn check(file: &SourceFile, root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    match file.name.as_str() {
        "Cargo.lock" => one_tls_provider(file, &mut findings),
        name if name.ends_with("package-lock.json") => no_registry_in_lock(file, &mut findings),
        name if has_extension(name, "rs") => {
            opens_with_a_sentence(file, &mut findings);
            not_too_long(file, &mut findings);
            no_ignored_test(file, &mut findings);
            no_allowed_lint(file, &mut findings);
            no_dynamic_text_unescaped(file, &mut findings);
        }
        name if has_extension(name, "mjs") || has_extension(name, "js") => {
            not_too_long(file, &mut findings);
            no_browser_test_left_out(file, &mut findings);
        }
        name if has_extension(name, "css") => not_too_long(file, &mut findings),
        _ => {}
    }
    no_path_of_a_machine(file, root, &mut findings);
    findings
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

fn error(file: &SourceFile, line_index: usize, what: impl Into<String>) -> Finding {
    Finding { place: format!("{}:{}", file.name, line_index + 1), what: what.into(), is_warning: false }
}

fn opens_with_a_sentence(file: &SourceFile, findings: &mut Vec<Finding>) {
    let is_build_script = file.name.ends_with("/build.rs");
    if !is_build_script && !file.text.starts_with("//! ") {
        findings.push(error(file, 0, "open the file with a `//!` sentence that says what it is for"));
    }
}

fn not_too_long(file: &SourceFile, findings: &mut Vec<Finding>) {
    let lines = file.text.lines().count();
    if lines > limits::FILE_LINES_WARN {
        findings.push(Finding {
            place: file.name.clone(),
            what: format!("{lines} lines; above {} it is hardly one idea: split it", limits::FILE_LINES_WARN),
            is_warning: lines <= limits::FILE_LINES_MAX,
        });
    }
}

fn no_ignored_test(file: &SourceFile, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with(IGNORED_TEST) {
            findings.push(error(file, index, "a test that does not run says nothing: mend it or remove it"));
        }
    }
}

fn no_browser_test_left_out(file: &SourceFile, findings: &mut Vec<Finding>) {
    if !file.name.starts_with("tests/") {
        return;
    }
    for (index, line) in file.text.lines().enumerate() {
        for needle in LEFT_OUT_IN_BROWSER_TESTS {
            if line.contains(needle) {
                findings.push(error(
                    file,
                    index,
                    format!("`{needle}…)`: every test runs, and waits for a condition (tag a test @wasm or @plain to bind it to one project)"),
                ));
            }
        }
    }
}

fn no_allowed_lint(file: &SourceFile, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        let is_attribute = line.starts_with("#[") || line.starts_with("#![");
        let names_allow = line.match_indices("allow(").any(|(at, _)| {
            line[..at].chars().next_back().is_some_and(|before| matches!(before, '[' | ' ' | '(' | ','))
        });
        if is_attribute && names_allow {
            findings.push(error(file, index, "write `expect(lint, reason = \"…\")` instead of `allow`"));
        }
    }
}

/// Looks for `<style>…{…}…</style>` and its like. In `view!` dynamic text stands in braces; text in quotes is fixed.
fn no_dynamic_text_unescaped(file: &SourceFile, findings: &mut Vec<Finding>) {
    for element in UNESCAPED_ELEMENTS {
        let opening = format!("<{element}");
        for (at, _) in file.text.match_indices(&opening) {
            let line_start = file.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            if file.text[line_start..at].trim_start().starts_with("//") {
                continue;
            }
            let after_name = &file.text[at + opening.len()..];
            if children(after_name, element).is_some_and(|children| children.contains('{')) {
                let line_index = file.text[..at].matches('\n').count();
                findings.push(error(
                    file,
                    line_index,
                    format!(
                        "the children of <{element}> are written without escaping: no dynamic text there"
                    ),
                ));
            }
        }
    }
}

/// The text between the end of an opening tag and its closing tag. `None` when it has no children or is no such tag.
fn children<'a>(after_name: &'a str, element: &str) -> Option<&'a str> {
    if after_name.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_') {
        return None;
    }
    let (mut depth, mut previous) = (0_u32, ' ');
    for (at, current) in after_name.char_indices() {
        match current {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '>' if depth == 0 && previous == '/' => return None,
            '>' if depth == 0 => {
                let inside = &after_name[at + 1..];
                return inside.find(&format!("</{element}>")).map(|end| &inside[..end]);
            }
            _ => {}
        }
        previous = current;
    }
    None
}

fn one_tls_provider(file: &SourceFile, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        let name = line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"'));
        if let Some(name) = name.filter(|name| OTHER_TLS.contains(name)) {
            findings.push(error(file, index, format!("`{name}`: rustls with ring is the only TLS here")));
        }
    }
}

fn no_registry_in_lock(file: &SourceFile, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("\"resolved\"") {
            findings.push(error(
                file,
                index,
                "the lock file names a registry: set omit-lockfile-registry-resolved",
            ));
        }
    }
}

/// Nobody else has this machine's folders.
fn no_path_of_a_machine(file: &SourceFile, root: &Path, findings: &mut Vec<Finding>) {
    let root = root.to_string_lossy();
    // A clone at `/src` would find itself everywhere.
    let has_telling_root = root.matches('/').count() > 1;
    let needles = HOME_FOLDERS.iter().copied().chain(has_telling_root.then_some(root.as_ref()));
    for needle in needles {
        for (at, _) in file.text.match_indices(needle) {
            let stands_alone = !file.text[..at].ends_with(|before: char| {
                before.is_alphanumeric() || matches!(before, '.' | '-' | '_' | '}')
            });
            if stands_alone {
                let line_index = file.text[..at].matches('\n').count();
                findings.push(error(file, line_index, format!("`{needle}` is a path of one machine")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<String> {
        let file = SourceFile { name: name.to_owned(), text: text.to_owned() };
        check(&file, Path::new("/srv/clone")).iter().map(ToString::to_string).collect()
    }

    /// Asserts that exactly one rule speaks up, at this place.
    fn found_once(name: &str, text: &str, place: &str) {
        let findings = found(name, text);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].starts_with(place), "{findings:?}");
    }

    #[test]
    fn a_plain_file_is_tidy() {
        assert_eq!(
            found("a/src/lib.rs", "//! Says what it is for.\nfn allow(a: u8) {}\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_module_without_its_sentence_is_found() {
        found_once("a/src/lib.rs", "fn a() {}\n", "a/src/lib.rs:1");
        assert_eq!(found("server/build.rs", "fn main() {}\n"), Vec::<String>::new());
    }

    #[test]
    fn long_files_are_warned_about_and_longer_ones_refused() {
        let text = |lines: usize| format!("//! A.\n{}", "// b\n".repeat(lines - 1));
        let file = |lines: usize| SourceFile { name: "a.rs".to_owned(), text: text(lines) };
        let verdicts = |lines: usize| -> Vec<bool> {
            check(&file(lines), Path::new("/srv/clone")).iter().map(|finding| finding.is_warning).collect()
        };
        assert_eq!(verdicts(limits::FILE_LINES_WARN), Vec::<bool>::new());
        assert_eq!(verdicts(limits::FILE_LINES_MAX), vec![true]);
        assert_eq!(verdicts(limits::FILE_LINES_MAX + 1), vec![false]);
    }

    #[test]
    fn a_test_that_does_not_run_is_found() {
        found_once("a.rs", &format!("//! A.\n    {IGNORED_TEST}]\n"), "a.rs:2");
        found_once(
            "tests/browser/a.spec.mjs",
            &format!("\ntest{}'x')\n", LEFT_OUT_IN_BROWSER_TESTS[0]),
            "tests/browser/a.spec.mjs:2",
        );
    }

    #[test]
    fn an_allowed_lint_is_found() {
        for attribute in ["#[allow(dead_code)]", "#![allow(unused)]", "#[cfg_attr(test, allow(unused))]"] {
            found_once("a.rs", &format!("//! A.\n{attribute}\n"), "a.rs:2");
        }
    }

    #[test]
    fn dynamic_text_in_an_element_that_is_not_escaped_is_found() {
        for element in UNESCAPED_ELEMENTS {
            for children in ["{text}", "\n  {move || text.get()}\n"] {
                let markup =
                    format!("//! A.\nview! {{ <{element} class={{a > b}}>{children}</{element}> }}\n");
                found_once("app/src/a.rs", &markup, "app/src/a.rs:2");
            }
        }
    }

    #[test]
    fn fixed_text_and_attributes_are_fine() {
        for markup in [
            "<noscript>\"Live updates need scripts.\"</noscript>",
            "<script type=\"module\" src={src}></script>",
            "<style inner_html=CSS />{after}<style></style>",
            "<StyleGuide>{a}</StyleGuide>",
        ] {
            assert_eq!(
                found("app/src/a.rs", &format!("//! A.\nview! {{ {markup} }}\n")),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn a_second_tls_provider_is_found() {
        found_once("Cargo.lock", "[[package]]\nname = \"openssl-sys\"\n", "Cargo.lock:2");
        assert_eq!(found("Cargo.lock", "name = \"openssl-probe\"\n"), Vec::<String>::new());
    }

    #[test]
    fn a_registry_in_the_lock_file_is_found() {
        found_once(
            "tests/browser/package-lock.json",
            "{\n  \"resolved\": \"https://r/a.tgz\"\n}\n",
            "tests/browser/package-lock.json:2",
        );
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        found_once("README.md", "see /srv/clone/target\n", "README.md:1");
        found_once("README.md", &format!("\nin {}me/pharos\n", HOME_FOLDERS[0]), "README.md:2");
        assert_eq!(
            found("README.md", &format!("https://example.org{}a\n", HOME_FOLDERS[0])),
            Vec::<String>::new()
        );
    }
}
