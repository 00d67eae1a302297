//! A configuration that was accepted, in the shape the parts of the server take it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use pharos_engine::{CheckId, Config};
use pharos_front::Proxies;
use pharos_probe::Spec;
use sha2::{Digest as _, Sha256};

use super::brand::Brand;
use super::error::Problem;
use super::vantages::Vantages;
use crate::accounts::Settings;
use crate::archiving::Settings as Archiving;
use crate::hooks::Hooks;

/// A fingerprint of what a file holds: equal for equal contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The beginning of it in hexadecimal digits: enough to tell contents apart by their names.
    pub fn short(self) -> String {
        self.0.iter().take(8).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }
}

/// An accepted configuration.
#[derive(Clone)]
pub struct Loaded {
    /// What the core is told.
    pub engine: Config,
    /// What to run for each check that looks, the reference targets included.
    pub probes: BTreeMap<CheckId, Probe>,
    /// The checks that are reported by somebody else.
    pub heartbeats: Heartbeats,
    /// The other places from which checks are looked at.
    pub vantages: Vantages,
    /// How other systems report.
    pub hooks: Hooks,
    /// The operator's own files that the page shows.
    pub brand: Brand,
    /// Through whom operators sign in beside their passwords.
    pub provider: Option<Settings>,
    /// Where the copy of the page is kept.
    pub copy: Option<pharos_bucket::Place>,
    /// The proxies that are believed.
    pub proxies: Proxies,
    /// What is kept outside of the database.
    pub archive: Option<Archiving>,
    /// To whom a sign of life is sent.
    pub ping: Option<crate::ping::Settings>,
    /// What is odd but not wrong, such as a group without components.
    pub warnings: Vec<Problem>,
    /// The files that it names.
    pub beside: Vec<PathBuf>,
    /// The name of the file, as the operator gave it.
    pub file: String,
    /// The text of the file, with the names of variables and without their values.
    pub source: Arc<str>,
    /// What the file held, and those it names.
    pub digest: Digest,
}

/// Says how much there is, and nothing of it: settings hold credentials.
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("file", &self.file)
            .field("components", &self.engine.definition.components.len())
            .field("probes", &self.probes.len())
            .field("heartbeats", &self.heartbeats.len())
            .field("warnings", &self.warnings.len())
            .finish_non_exhaustive()
    }
}

/// A probe to be run whenever the core asks for its check.
#[derive(Clone)]
pub struct Probe {
    /// What it does.
    pub spec: Spec,
    /// The longest it may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Names the kind of a probe's check only: settings hold credentials.
impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("timeout_ms", &self.timeout_ms).finish_non_exhaustive()
    }
}

/// A check that is reported by somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushCheck {
    /// The check.
    pub check: CheckId,
    /// Time between two reports, in milliseconds.
    pub period_ms: u64,
    /// How much later than that is not yet a failure, in milliseconds.
    pub grace_ms: u64,
}

/// The heartbeats by their tokens, of which only digests are kept.
///
/// A token is looked up by its SHA-256, so the time a lookup takes tells nothing about the tokens there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heartbeats {
    by_token: BTreeMap<Digest, PushCheck>,
}

impl Heartbeats {
    /// Adds a heartbeat, or gives back the check that already has this token.
    pub(super) fn add(&mut self, token: &str, push: PushCheck) -> Result<(), CheckId> {
        let digest = Digest::of(token.as_bytes());
        if let Some(other) = self.by_token.get(&digest) {
            return Err(other.check.clone());
        }
        self.by_token.insert(digest, push);
        Ok(())
    }

    /// Takes others, too, but for those whose token is taken already: gives the check of one of those.
    pub(super) fn join(&mut self, other: Self) -> Result<(), CheckId> {
        let mut taken = Ok(());
        for (digest, push) in other.by_token {
            match self.by_token.entry(digest) {
                Entry::Occupied(_) => taken = Err(push.check),
                Entry::Vacant(place) => drop(place.insert(push)),
            }
        }
        taken
    }

    /// The heartbeat whose token this is.
    pub fn find(&self, token: &str) -> Option<&PushCheck> {
        self.by_token.get(&Digest::of(token.as_bytes()))
    }

    /// All of them, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &PushCheck> {
        self.by_token.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_token.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(check: &str) -> PushCheck {
        PushCheck { check: CheckId(check.to_owned()), period_ms: 1_000, grace_ms: 0 }
    }

    #[test]
    fn a_heartbeat_is_found_by_its_token_and_nothing_else() {
        let mut heartbeats = Heartbeats::default();
        heartbeats.add("abc", push("job/push")).unwrap();
        assert_eq!(heartbeats.find("abc").map(|push| push.check.0.as_str()), Some("job/push"));
        assert!(heartbeats.find("abd").is_none() && heartbeats.find("").is_none());
    }

    #[test]
    fn a_token_serves_one_check_only() {
        let mut heartbeats = Heartbeats::default();
        heartbeats.add("abc", push("a/push")).unwrap();
        assert_eq!(heartbeats.add("abc", push("b/push")), Err(CheckId("a/push".to_owned())));
    }

    #[test]
    fn no_token_is_kept() {
        let mut heartbeats = Heartbeats::default();
        heartbeats.add("canary-token", push("a/push")).unwrap();
        assert!(!format!("{heartbeats:?}").contains("canary-token"));
    }
}
