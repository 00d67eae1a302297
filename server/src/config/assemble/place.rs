//! Places outside of the database.

use pharos_bucket::{Access, Place};

use super::super::document::At;
use super::super::error::Finding;
use super::super::place::S3Section;
use super::Assembly;

impl Assembly {
    /// Takes a folder or a bucket, whose section is at `at` and names it under `to`.
    pub fn place(&mut self, to: &str, s3: Option<&S3Section>, at: At<'_>) -> Option<Place> {
        let access = s3.map(|s3| Access {
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            access_key_id: Some(s3.access_key_id.clone()),
            secret_access_key: Some(s3.secret_access_key.clone()),
            session_token: s3.session_token.clone(),
        });
        match Place::parse(to, access.unwrap_or_default()) {
            Ok(place) => Some(place),
            Err(error) => {
                let hint = "write the path of a folder, or `s3://BUCKET/PREFIX` with the keys of its service under `s3`";
                self.findings.push(Finding::new(at.key("to").place(), error.to_string()).hint(hint));
                None
            }
        }
    }
}
