//! The archive, as a file describes it.

use pharos_probe::HumanDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::place::S3Section;

/// What is kept outside of the database, so that everything can be restored when that is gone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveSection {
    /// Where: a folder on another disk or machine than the database, or `s3://BUCKET/PREFIX`. With several nodes it must be one that all
    /// of them reach.
    #[schemars(example = &"/srv/backup/pharos")]
    pub to: String,
    /// How the service that speaks S3 is reached.
    pub s3: Option<S3Section>,
    /// For whom it is encrypted: the public keys of age, each as in `age1…`. Without any it is not. Users, their password hashes and second
    /// factors are in it, so a place that others can read should be given one.
    #[serde(default)]
    #[schemars(length(max = 16), example = &["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"])]
    pub encrypt_to: Vec<String>,
    /// The file with the key that opens it. Pharos needs it for drills only; without it an encrypted archive is written and never tried.
    #[schemars(example = &"/etc/pharos/archive.key")]
    pub identity_file: Option<String>,
    /// How often the archive is restored on trial, and what is promised of that.
    pub drill: Option<DrillSection>,
}

/// How often the archive is restored on trial.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillSection {
    /// How often: 1m to 90d.
    #[schemars(extend("default" = "1d"), example = &"6h")]
    pub every: Option<HumanDuration>,
    /// Within which time a restore is to be done. The page holds every drill against it.
    #[schemars(example = &"2m")]
    pub rto: Option<HumanDuration>,
    /// How much may be lost at most. The page holds every drill against it.
    #[schemars(example = &"10s")]
    pub rpo: Option<HumanDuration>,
    /// The folder in which it is tried: as much room as the database takes. Without it the system's own folder for what is temporary.
    #[schemars(example = &"/var/tmp")]
    pub scratch: Option<String>,
}
