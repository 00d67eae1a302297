//! Signs that something changed, and what is not yet decided.

use pharos_engine::{CheckId, Input};

use super::Film;

impl Film {
    /// Whether what was last seen of a check contradicts what is held of it.
    pub fn doubts(&self, check: &str) -> bool {
        self.engine.is_in_doubt(&CheckId(check.to_owned()))
    }

    /// What a check looks at gives a sign that something changed.
    pub fn hint(&mut self, check: &str) {
        self.step(Input::Hinted(CheckId(check.to_owned())));
    }
}
