//! Percentages: `30%` or `99.95%` in the file, whole numbers within.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A percentage from 0% to 100%, with at most so many decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent<const DECIMALS: usize = 2> {
    /// In units of the last decimal.
    units: u32,
}

/// A percentage with three decimals, for shares close to all.
pub type FinePercent = Percent<3>;

impl Percent<2> {
    /// Hundredths of a percent, 0 to 10,000.
    pub fn basis_points(self) -> u32 {
        self.units
    }
}

impl FinePercent {
    /// Millionths of the whole, 0 to 1,000,000.
    pub fn ppm(self) -> u32 {
        self.units * 10
    }
}

fn parsed(text: &str, most: usize) -> Option<u32> {
    let (whole, decimals) = match text.strip_suffix('%')?.trim_end().split_once('.') {
        Some((whole, decimals)) => (whole, decimals),
        None => (text.strip_suffix('%')?.trim_end(), "0"),
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > most {
        return None;
    }
    let part = format!("{decimals:0<most$}").parse::<u32>().ok()?;
    let one = 10_u32.pow(u32::try_from(most).ok()?);
    let units = whole.parse::<u32>().ok()? * one + part;
    (units <= 100 * one).then_some(units)
}

fn in_words(decimals: usize) -> &'static str {
    if decimals == 2 { "two" } else { "three" }
}

impl<'de, const DECIMALS: usize> Deserialize<'de> for Percent<DECIMALS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parsed(&text, DECIMALS).map(|units| Self { units }).ok_or_else(|| {
            de::Error::custom(format_args!(
                "\"{text}\" is not a percentage: write 0% to 100%, with at most {} decimals",
                in_words(DECIMALS)
            ))
        })
    }
}

impl<const DECIMALS: usize> JsonSchema for Percent<DECIMALS> {
    fn schema_name() -> Cow<'static, str> {
        format!("Percent{DECIMALS}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "title": "percentage",
            "pattern": format!(r"^(100(\.0{{1,{DECIMALS}}})?|[0-9]{{1,2}}(\.[0-9]{{1,{DECIMALS}}})?) *%$"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_becomes_basis_points() {
        for (text, basis_points) in [("30%", 3_000), ("99.95%", 9_995), ("0.5 %", 50), ("100%", 10_000)] {
            assert_eq!(parsed(text, 2), Some(basis_points), "{text}");
        }
    }

    #[test]
    fn a_fine_percentage_has_a_third_decimal() {
        let fine = |text| parsed(text, 3).map(|units| FinePercent { units }.ppm());
        assert_eq!(
            (fine("99.999%"), fine("99.9%"), fine("100%")),
            (Some(999_990), Some(999_000), Some(1_000_000))
        );
        assert_eq!((fine("99.9999%"), fine("100.001%")), (None, None));
    }

    #[test]
    fn what_is_not_a_percentage_is_refused() {
        for text in ["30", "", "%", "101%", "-1%", "1.234%", ".5%", "1.%", "1e2%", "0.3.1%"] {
            assert_eq!(parsed(text, 2), None, "{text}");
        }
    }
}
