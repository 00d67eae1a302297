//! Places outside of the database, as a file names them.

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
    #[schemars(with = "String", example = &"${S3_KEY_ID}")]
    pub access_key_id: SecretString,
    /// The key.
    #[schemars(with = "String", example = &"${S3_KEY}")]
    pub secret_access_key: SecretString,
    /// What goes with a key that was lent.
    #[schemars(with = "Option<String>", example = &"${S3_SESSION}")]
    pub session_token: Option<SecretString>,
}

/// A copy of the page that needs no server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopySection {
    /// Where: the path of a folder, or a bucket and what the names in it begin with, as in `s3://bucket/prefix`. The folder is made
    /// where there is none.
    #[schemars(example = &"/var/lib/pharos/copy")]
    pub to: String,
    /// How the service that speaks S3 is reached.
    pub s3: Option<S3Section>,
}
