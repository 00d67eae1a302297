//! The path below which the page is, where it shares its host with others.

use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::BASE_PATH_CHARS_MAX;
use super::Assembly;
use crate::http::OF_THE_NODE;

impl Assembly {
    /// Takes the path; an empty one for the top of the host.
    pub(super) fn base_path(&mut self, text: &str, at: At<'_>) -> String {
        let path = text.strip_suffix('/').unwrap_or(text);
        let hint = match Fault::of(path) {
            None => return path.to_owned(),
            Some(Fault::Start) => "begin with a slash, such as `/status`".to_owned(),
            Some(Fault::Signs) => {
                "between slashes use letters without accents, digits, `-` and `_`, such as `/status`"
                    .to_owned()
            }
            Some(Fault::Length) => format!("use at most {BASE_PATH_CHARS_MAX} characters"),
            Some(Fault::OfTheNode) => format!("`{path}` tells of the node; take another, such as `/status`"),
        };
        let finding = Finding::new(at.place(), format!("the page cannot be below {}", at.shown()));
        self.findings.push(finding.hint(hint));
        String::new()
    }
}

/// Why the page cannot be below a path.
enum Fault {
    Start,
    Signs,
    Length,
    OfTheNode,
}

impl Fault {
    fn of(path: &str) -> Option<Self> {
        let is_plain = |step: &str| {
            !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        // The top of the host, where it is anyway.
        if path.is_empty() {
            return None;
        }
        let Some(steps) = path.strip_prefix('/') else { return Some(Self::Start) };
        if path.len() > BASE_PATH_CHARS_MAX {
            Some(Self::Length)
        } else if !steps.split('/').all(is_plain) {
            Some(Self::Signs)
        } else {
            OF_THE_NODE.contains(&path).then_some(Self::OfTheNode)
        }
    }
}
