//! A place for objects.

use pharos_bucket::{Access, BucketError, Place};

use super::super::document::At;
use super::super::error::Finding;
use super::super::place::PlaceSection;
use super::Assembly;

impl Assembly {
    /// Takes a place for objects.
    pub fn place(&mut self, section: &PlaceSection, at: At<'_>) -> Option<Place> {
        let access = Access {
            endpoint: section.endpoint.clone(),
            region: section.region.clone(),
            access_key_id: section.access_key_id.clone(),
            secret_access_key: section.secret_access_key.clone(),
            session_token: section.session_token.clone(),
        };
        let (setting, why) = match Place::parse(&section.to, access) {
            Ok(place) => return Some(place),
            Err(BucketError::Address { setting, why, .. }) => (setting.unwrap_or("to"), why),
            Err(error) => ("to", error.to_string()),
        };
        let finding = Finding::new(at.key(setting).place(), format!("this is no place for objects: {why}"));
        let hint = "write under `to` the path of a folder and nothing beside it, or `s3://BUCKET/PREFIX` with `access_key_id` and \
                    `secret_access_key`";
        self.findings.push(finding.hint(hint));
        None
    }
}
