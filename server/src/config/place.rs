//! Places outside of the database, as a file names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pharos_bucket::{Bucket, BucketError, Durability, Folder};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// How a service that speaks S3 is reached.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3Section {
    /// Its address: scheme and host. Without it that of Amazon in `region`.
    #[schemars(example = &"https://minio.example.net:9000")]
    pub endpoint: Option<String>,
    /// Its region.
    #[schemars(extend("default" = "us-east-1"), example = &"eu-central-1")]
    pub region: Option<String>,
    /// The identifier of the key.
    #[schemars(example = &"${S3_KEY_ID}")]
    pub access_key_id: String,
    /// The key.
    #[schemars(with = "String", example = &"${S3_KEY}")]
    pub secret_access_key: SecretString,
    /// What goes with a key that was lent.
    #[schemars(with = "Option<String>", example = &"${S3_SESSION}")]
    pub session_token: Option<SecretString>,
}

/// A place that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOf {
    /// Where it is.
    pub to: PathBuf,
}

impl PlaceOf {
    /// A folder.
    pub fn folder(path: &Path) -> Self {
        Self { to: path.to_owned() }
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open(&self, durability: Durability) -> Result<Arc<dyn Bucket>, BucketError> {
        Ok(Arc::new(Folder::open(&self.to, durability)?))
    }
}
