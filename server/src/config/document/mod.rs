//! A YAML document with the place of every value, and how types of serde are made from it.
//!
//! The YAML reader is that of serde-saphyr; its deserializer stops at the first mistake. Here the text becomes a tree
//! first and types afterwards, so that every mistake of a file can be reported at once with its line and column, and
//! values of the environment can be kept apart from what the file says.

mod deserialize;
mod environment;
mod fault;
mod read;
mod syntax;
mod tree;
mod typed;

pub use deserialize::TEXT_OR_SECTION;
pub use environment::escaped;
pub use fault::choice;
pub use read::read;
pub use tree::{At, Node, quoted};
pub use typed::typed;
