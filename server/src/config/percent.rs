//! Percentages: `30%` or `99.95%` in the file, basis points within.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A percentage from 0% to 100%, with at most two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent {
    basis_points: u32,
}

impl Percent {
    /// Hundredths of a percent, 0 to 10,000.
    pub fn basis_points(self) -> u32 {
        self.basis_points
    }
}

fn parsed(text: &str) -> Option<u32> {
    let (whole, decimals) = match text.strip_suffix('%')?.trim_end().split_once('.') {
        Some((whole, decimals)) => (whole, decimals),
        None => (text.strip_suffix('%')?.trim_end(), "0"),
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let hundredths = format!("{decimals:0<2}").parse::<u32>().ok()?;
    let basis_points = whole.parse::<u32>().ok()? * 100 + hundredths;
    (basis_points <= 10_000).then_some(basis_points)
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parsed(&text).map(|basis_points| Self { basis_points }).ok_or_else(|| {
            de::Error::custom(format_args!(
                "\"{text}\" is not a percentage: write 0% to 100%, with at most two decimals"
            ))
        })
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "title": "percentage",
            "pattern": r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?) *%$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_becomes_basis_points() {
        for (text, basis_points) in [("30%", 3_000), ("99.95%", 9_995), ("0.5 %", 50), ("100%", 10_000)] {
            assert_eq!(parsed(text), Some(basis_points), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_percentage_is_refused() {
        for text in ["30", "", "%", "101%", "-1%", "1.234%", ".5%", "1.%", "1e2%", "0.3.1%"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
