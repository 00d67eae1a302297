//! What a person wrote: as it was written, and as it may be shown.

use serde::{Deserialize, Serialize};

use crate::Text;

/// A person's words. The source stays for who edits it; what is shown was made from it and made safe once, before it came into
/// the journal, so that every node and every reader shows the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prose {
    /// As it was written, in Markdown.
    #[cfg(not(target_family = "wasm"))]
    pub source: Text,
    /// As HTML in which nothing can run, load or leave its place.
    pub html: Text,
}

#[cfg(not(target_family = "wasm"))]
impl Prose {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }
}
