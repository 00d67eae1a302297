//! Places outside of the database.

use super::super::document::At;
use super::super::error::Finding;
use super::super::place::{PlaceOf, S3Section};
use super::Assembly;

impl Assembly {
    /// Takes a folder or a bucket, whose section is at `at` and names it under `to`.
    pub fn place(&mut self, to: &str, _s3: Option<&S3Section>, at: At<'_>) -> PlaceOf {
        if to.trim().is_empty() {
            let finding = Finding::new(at.key("to").place(), "`to` is blank");
            self.findings.push(finding.hint("write the path of a folder, or `s3://BUCKET/PREFIX`"));
        }
        PlaceOf::folder(to.as_ref())
    }
}
