//! The static copy: every page as a file, so that a plain web server shows it when no node answers.

mod bases;
mod documents;
mod edition;
mod links;
mod list;
mod run;
mod shown;

pub use edition::{Around, Copy, CopyError};
pub use run::{Publishing, run};
pub use shown::Shown;
