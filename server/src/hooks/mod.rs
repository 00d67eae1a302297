//! What other systems report by webhook: one file for each kind of sender, one line for each in the list.
//!
//! A kind makes alerts of a body; the rules of the configuration say what an alert means; the core is told that, and never the body.

mod alertmanager;
mod figures;
mod grafana;
mod group;
mod pattern;
mod rule;
mod signature;
mod signed;
mod take;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pharos_model::UnixMs;

use crate::config::Digest;
use crate::limits::UNREAD_CHARS_MAX;

pub use figures::{HookFigures, Last};
pub use pattern::Pattern;
pub use rule::{Matcher, Meaning, Rule, Said};
pub use signature::{Proven, Secret, proven};
pub use take::{Met, Outcome, Taken, take};
pub use template::Template;

/// Every kind of sender.
pub const KINDS: [&Kind; 3] = [&alertmanager::KIND, &grafana::KIND, &signed::KIND];

/// A kind of sender.
pub struct Kind {
    /// Its word in the configuration.
    pub word: &'static str,
    /// Whether it signs what it sends, instead of showing a token.
    pub is_signed: bool,
    /// Makes alerts of a body.
    pub read: fn(&[u8]) -> Result<Reading, Unread>,
    /// Whether its alerts may have a field of this name.
    pub has: fn(&str) -> bool,
    /// The fields its alerts may have, for people.
    pub fields: &'static str,
}

/// Fields of an alert, by names such as `labels.severity`.
pub type Fields = BTreeMap<String, String>;

/// A body, as its kind reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it tells of.
    pub alerts: Vec<Told>,
    /// How many alerts its sender says that it left out.
    pub left_out: u64,
}

/// An alert, as its kind reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What its sender calls it; `None` where the hook says how to name it.
    pub name: Option<String>,
    /// The group in which its sender tells of it.
    pub group: String,
    /// Since when it fires, or when it was said that it does; `None` where its sender does not say.
    pub as_of: Option<UnixMs>,
    /// Whether it is over.
    pub end: End,
    /// Its fields.
    pub fields: Fields,
}

/// Whether an alert is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Its sender does not say so.
    #[default]
    Unsaid,
    /// It is, and nobody says since when.
    Sometime,
    /// It is since then.
    At(UnixMs),
}

/// Why a body is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is no JSON, or not of the shape that this kind sends.
    #[error("this is not what {sender} sends: {why}")]
    Shape {
        /// The kind.
        sender: &'static str,
        /// What is wrong.
        why: String,
    },
    /// It holds more than one may.
    #[error("there are too many {what}: {max} at most")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
}

impl Unread {
    /// It is not of the shape that this kind sends. What is quoted of it is cut.
    pub fn shape(sender: &'static str, why: &str) -> Self {
        let why = why.chars().filter(|c| !c.is_control()).take(UNREAD_CHARS_MAX).collect();
        Self::Shape { sender, why }
    }
}

/// How a sender shows who it is.
pub enum Proof {
    /// By a token, of which only the digest is kept.
    Token(Digest),
    /// By signing with one of these.
    Signature(Vec<Secret>),
}

/// A hook, as the configuration describes it.
pub struct Hook {
    /// Its name, as in its address.
    pub name: String,
    /// What reports by it.
    pub kind: &'static Kind,
    /// How its sender shows who it is.
    pub proof: Proof,
    /// How long what was told last counts, in milliseconds.
    pub counts_ms: u64,
    /// What an alert is called, where its sender gives it no name.
    pub naming: Option<Template>,
    /// What alerts mean: the first that one meets counts.
    pub rules: Vec<Rule>,
}

/// Names the hook and its kind: the rest holds credentials.
impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("name", &self.name)
            .field("kind", &self.kind.word)
            .finish_non_exhaustive()
    }
}

/// All hooks, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Hooks(Arc<Vec<Hook>>);

impl Hooks {
    /// These.
    pub fn new(hooks: Vec<Hook>) -> Self {
        Self(Arc::new(hooks))
    }

    /// The hook of this name.
    pub fn find(&self, name: &str) -> Option<&Hook> {
        self.iter().find(|hook| hook.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Hook> {
        self.0.iter()
    }
}

impl Hook {
    /// Whether this is its token.
    pub fn knows(&self, token: &str) -> bool {
        // Of digests nobody learns by how long it takes to compare them.
        matches!(&self.proof, Proof::Token(digest) if *digest == Digest::of(token.as_bytes()))
    }
}
