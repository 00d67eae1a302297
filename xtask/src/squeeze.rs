//! Scripts without comments and indentation: what a reader of the source needs and a browser does not.

use anyhow::{Result, ensure};

/// The script without lines that are only comments, without indentation and empty lines. Nothing within a line is touched,
/// so what it does stays as it is.
///
/// # Errors
/// When a text goes over several lines: indentation is part of it.
pub fn squeeze(name: &str, script: &str) -> Result<String> {
    let mut squeezed = String::with_capacity(script.len());
    let mut in_comment = false;
    for (number, line) in script.lines().enumerate() {
        let line = line.trim();
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
            continue;
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        ensure!(
            line.matches('`').count() % 2 == 0,
            "{name}:{}: a text goes over several lines; write it in one, the build takes indentation away",
            number + 1
        );
        squeezed.extend([line, "\n"]);
    }
    Ok(squeezed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let script =
            "// What it is.\nfunction a() {\n  /**\n   * More.\n   */\n\n  return 'https://x'; // kept\n}\n";
        assert_eq!(squeeze("a.js", script).unwrap(), "function a() {\nreturn 'https://x'; // kept\n}\n");
    }

    #[test]
    fn a_text_of_several_lines_is_refused_with_its_place() {
        let error = squeeze("a.js", "a();\nb(`one\n  two`);\n").unwrap_err().to_string();
        assert!(error.starts_with("a.js:2: "), "{error}");
    }
}
