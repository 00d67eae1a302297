//! Why a command is not carried out.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a command is not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// What it names is not there.
    NotFound {
        /// What, as in `incident "2026-11-26-api"`.
        what: String,
    },
    /// It was changed since the operator saw it.
    Changed {
        /// The revision that was seen.
        seen: u32,
        /// The revision it has.
        current: u32,
    },
    /// A value is not good.
    Invalid {
        /// Which, as in `first.next_update_by`.
        field: Cow<'static, str>,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: String,
    },
    /// It may not be changed in this way, whatever the values are.
    NotAllowed {
        /// Why.
        why: String,
        /// What to do.
        hint: String,
    },
    /// There is no room for more.
    Full {
        /// Of what.
        what: Cow<'static, str>,
        /// How many there may be.
        max: usize,
    },
}

impl Refusal {
    pub(crate) fn not_found(kind: &str, id: impl fmt::Display) -> Self {
        Self::NotFound { what: format!("{kind} \"{id}\"") }
    }

    pub(crate) fn invalid(field: &'static str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { field: Cow::Borrowed(field), why: why.into(), hint: hint.into() }
    }

    pub(crate) fn not_allowed(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::NotAllowed { why: why.into(), hint: hint.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what } => write!(f, "there is no {what}"),
            Self::Changed { seen, current } => write!(
                f,
                "it was changed since you saw it: you saw revision {seen}, it is at revision {current}"
            ),
            Self::Invalid { field, why, hint } => write!(f, "`{field}` {why}: {hint}"),
            Self::NotAllowed { why, hint } => write!(f, "{why}: {hint}"),
            Self::Full { what, max } => {
                write!(f, "there are {max} {what} already, which is as many as there may be")
            }
        }
    }
}

impl std::error::Error for Refusal {}
