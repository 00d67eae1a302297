//! Lengths of time as people write them: `500ms`, `30s`, `5m`, `1h30m`, `7d`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A length of time, read from text such as `1h30m`; milliseconds inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration {
    ms: u64,
}

impl HumanDuration {
    /// A length in milliseconds.
    pub fn from_ms(ms: u64) -> Self {
        Self { ms }
    }

    /// The length in milliseconds.
    pub fn as_ms(self) -> u64 {
        self.ms
    }

    /// Reads a number and a unit, or several, as in `1h30m`.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut rest, mut ms) = (text, 0_u64);
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
            let number: u64 = rest[..digits].parse().ok()?;
            let tail = &rest[digits..];
            let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let factor = match &tail[..letters] {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            ms = ms.checked_add(number.checked_mul(factor)?)?;
            rest = &tail[letters..];
        }
        (!text.is_empty()).then_some(Self { ms })
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, ms) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
            if self.ms >= ms && self.ms.is_multiple_of(ms) {
                return write!(f, "{}{unit}", self.ms / ms);
            }
        }
        write!(f, "{}ms", self.ms)
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "\"{text}\" is not a duration: write a number and a unit, such as 500ms, 30s, 5m, 1h or 1d"
            ))
        })
    }
}

impl JsonSchema for HumanDuration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": "duration", "pattern": "^([0-9]+(ms|s|m|h|d))+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, ms) in
            [("500ms", 500), ("30s", 30_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("0s", 0)]
        {
            assert_eq!(HumanDuration::parse(text), Some(HumanDuration { ms }), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "5", "s", "5 s", "-5s", "1.5s", "5sec", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(HumanDuration::parse(text), None, "{text}");
        }
    }
}
