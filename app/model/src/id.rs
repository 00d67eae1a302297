//! Names of things: short, lower-case, safe in a URL, in HTML and in a file name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{ID_CHARS_MAX, INCIDENT_ID_CHARS_MAX};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError {
    /// The offending text, shortened.
    pub text: String,
    /// How long it may be.
    pub chars_max: usize,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is not an identifier: use 1 to {} of a-z, 0-9 and '-', starting with a letter or digit",
            self.text, self.chars_max
        )
    }
}

impl std::error::Error for IdError {}

fn checked(text: &str, chars_max: usize) -> Result<String, IdError> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits =
        !text.is_empty() && text.len() <= chars_max && text.chars().all(inner) && !text.starts_with('-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(IdError { text: text.chars().take(chars_max).collect(), chars_max })
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident, $chars_max:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes `text` as an identifier.
            ///
            /// # Errors
            /// When it is empty, too long, or holds anything but a-z, 0-9 and '-'.
            pub fn new(text: &str) -> Result<Self, IdError> {
                checked(text, $chars_max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

identifiers! {
    /// Names an announcement.
    AnnouncementId, INCIDENT_ID_CHARS_MAX;
    /// Names a component, such as `api`.
    ComponentId, ID_CHARS_MAX;
    /// Names a group of components.
    GroupId, ID_CHARS_MAX;
    /// Names an incident; part of its permanent address.
    IncidentId, INCIDENT_ID_CHARS_MAX;
    /// Names a maintenance.
    MaintenanceId, INCIDENT_ID_CHARS_MAX;
    /// Names one life of a journal: a new random one when it is created, restored, or continued after a loss.
    Origin, ID_CHARS_MAX;
    /// Names a further page.
    PageId, ID_CHARS_MAX;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_safe_everywhere() {
        assert!(ComponentId::new("api-2").is_ok());
        for bad in ["", "-a", "Api", "a b", "a/b", "ä", "<b>", &"a".repeat(65)] {
            assert!(ComponentId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_identifier_is_refused_on_the_wire_too() {
        assert!(serde_json::from_str::<ComponentId>("\"A B\"").is_err());
    }
}
