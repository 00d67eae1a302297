//! A sum at the end of every page of a database of SQLite: written with the page, and held against it whenever it is read.
//!
//! SQLite lets the last bytes of each page be somebody else's. Here they hold a sum over the rest of the page and its number, so that a bit that
//! turned on the disk, and a page that came to lie in the place of another, are found before anything is made of them. What reads and writes the
//! pages for SQLite ([`register`]) stands before the file system; a file without sums it passes through as it is.

mod beside;
mod file;
mod limits;
mod noted;
mod shim;
mod sum;

pub use file::{Walk, begin, is_summed, seal};
pub use noted::{damaged, forget};
pub use shim::{BELOW, DAMAGED, register};
pub use sum::PAGE_BYTES;
