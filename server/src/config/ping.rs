//! The sign of life, as a file describes it.

use pharos_probe::HumanDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// A sign of life that is sent elsewhere while all is well, so that somebody notices when it stops.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PingSection {
    /// The address to ask for: that of a dead man's switch, or of a heartbeat of another Pharos.
    #[schemars(with = "String", example = &"${PING_URL}")]
    pub url: SecretString,
    /// How often: 10s to 1h.
    #[schemars(extend("default" = "1m"), example = &"30s")]
    pub every: Option<HumanDuration>,
}
