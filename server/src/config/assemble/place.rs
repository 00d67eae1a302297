//! Places outside of the database.

use pharos_bucket::{Access, BucketError, Place};

use super::super::document::At;
use super::super::error::Finding;
use super::super::place::{CopySection, S3Section};
use super::Assembly;

impl Assembly {
    /// Takes where the copy of the page is kept.
    pub fn copy(&mut self, section: &CopySection, at: At<'_>) -> Option<Place> {
        self.place(&section.to, section.s3.as_ref(), at)
    }

    /// Takes a folder or a bucket, whose section is at `at` and names it under `to`.
    pub fn place(&mut self, to: &str, s3: Option<&S3Section>, at: At<'_>) -> Option<Place> {
        let access = s3.map(|s3| Access {
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            access_key_id: Some(s3.access_key_id.clone()),
            secret_access_key: Some(s3.secret_access_key.clone()),
            session_token: s3.session_token.clone(),
        });
        let (setting, why) = match Place::parse(to, access.unwrap_or_default()) {
            Ok(place) => return Some(place),
            Err(BucketError::Address { setting, why, .. }) => (setting, why),
            Err(error) => (None, error.to_string()),
        };
        let place = match setting {
            Some(setting) if s3.is_some() => at.key("s3").key(setting).place(),
            _ => at.key("to").place(),
        };
        let hint = "write under `to` the path of a folder, or `s3://BUCKET/PREFIX` with the keys of its service under `s3`";
        self.findings.push(Finding::new(place, format!("this is no place for objects: {why}")).hint(hint));
        None
    }
}
