//! What other sites are told: the state of the page in a few words, made once for each place in the journal and language.

mod stream;
mod summary;

pub use stream::{Sources, summaries};
pub use summary::{Summaries, of_copy};
