//! A place for objects, as the file names it: what `copy` and others that are kept outside of the database share.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// A place for objects: a folder, or a bucket of a service that speaks S3.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceSection {
    /// Where: the path of a folder, or a bucket and what the names in it begin with, as in `s3://bucket/prefix`. The folder is made
    /// where there is none.
    #[schemars(example = &"/var/lib/pharos/copy", example = &"s3://example-status/page")]
    pub to: String,
    /// Where the service answers: scheme and host. Without it that is AWS, in the region.
    #[schemars(example = &"https://minio.example.com:9000")]
    pub endpoint: Option<String>,
    /// The region of the bucket.
    #[schemars(extend("default" = "us-east-1"), example = &"eu-central-1")]
    pub region: Option<String>,
    /// The public half of the keys to the bucket.
    #[schemars(with = "Option<String>", example = &"${COPY_KEY_ID}")]
    pub access_key_id: Option<SecretString>,
    /// The secret half.
    #[schemars(with = "Option<String>", example = &"${COPY_KEY}")]
    pub secret_access_key: Option<SecretString>,
    /// What goes with keys that hold for a while only.
    #[schemars(with = "Option<String>", example = &"${COPY_TOKEN}")]
    pub session_token: Option<SecretString>,
}
