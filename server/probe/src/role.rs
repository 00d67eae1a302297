//! What a web server's answer says of the role that it has in a redundant component, and of how far it lags.

use garde::Validate;
use http::{HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::health::json;
use crate::outcome::{Facts, Role};

/// Where an answer says which role a member of a redundant component has.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(custom(check))]
pub struct RoleSource {
    /// The header that says it.
    #[garde(skip)]
    #[schemars(example = &"X-Role")]
    pub header: Option<String>,
    /// The field of a JSON document that says it, as a JSON pointer.
    #[garde(skip)]
    #[schemars(example = &"/replication/role")]
    pub field: Option<String>,
    /// Words for the primary, in any case, beside `primary`, `master`, `leader`, `active`, `writer` and `true`.
    #[serde(default)]
    #[garde(length(max = 20))]
    pub primary: Vec<String>,
    /// Words for a standby, in any case, beside `standby`, `replica`, `secondary`, `slave`, `follower`, `passive`, `reader`
    /// and `false`.
    #[serde(default)]
    #[garde(length(max = 20))]
    pub standby: Vec<String>,
    /// The field of a JSON document that says how far it lags behind the primary, as a JSON pointer.
    #[garde(skip)]
    #[schemars(example = &"/replication/lag")]
    pub lag_field: Option<String>,
    /// In which unit it says that.
    #[serde(default)]
    #[garde(skip)]
    pub lag_unit: LagUnit,
}

/// The unit of a lag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LagUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

const PRIMARY: [&str; 6] = ["primary", "master", "leader", "active", "writer", "true"];
const STANDBY: [&str; 8] =
    ["standby", "replica", "secondary", "slave", "follower", "passive", "reader", "false"];

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check(source: &RoleSource, _: &()) -> garde::Result {
    if let Some(name) = source.header.as_ref().filter(|name| HeaderName::try_from(name.as_str()).is_err()) {
        return Err(garde::Error::new(format!("\"{name}\" is not the name of a header")));
    }
    let pointers = source.field.iter().chain(&source.lag_field);
    if let Some(bad) = pointers.into_iter().find(|pointer| !pointer.starts_with('/') || pointer.len() > 300) {
        return Err(garde::Error::new(format!("\"{bad}\" is not a JSON pointer, as in /replication/role")));
    }
    if source.header.is_some() == source.field.is_some() {
        return Err(garde::Error::new("name either the header or the field that says the role"));
    }
    Ok(())
}

impl RoleSource {
    /// Notes what an answer says.
    pub(crate) fn read(&self, headers: &HeaderMap, body: &[u8], facts: &mut Facts) {
        let document = if self.field.is_some() || self.lag_field.is_some() {
            json::parse(body).unwrap_or(Value::Null)
        } else {
            Value::Null
        };
        let header = || headers.get(self.header.as_deref()?)?.to_str().ok().map(str::to_owned);
        let field = || match document.pointer(self.field.as_deref()?)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(is_primary) => Some(is_primary.to_string()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        facts.role = header().or_else(field).and_then(|word| self.meaning(&word));
        facts.lag_ms = self.lag_field.as_deref().and_then(|pointer| self.lag(document.pointer(pointer)?));
    }

    fn meaning(&self, word: &str) -> Option<Role> {
        let word = word.trim().to_lowercase();
        let is_in = |own: &[String], usual: &[&str]| {
            own.iter().any(|own| own.to_lowercase() == word) || usual.contains(&&*word)
        };
        match (is_in(&self.primary, &[]), is_in(&self.standby, &[])) {
            (true, _) => Some(Role::Primary),
            (_, true) => Some(Role::Standby),
            _ if is_in(&[], &PRIMARY) => Some(Role::Primary),
            _ if is_in(&[], &STANDBY) => Some(Role::Standby),
            _ => None,
        }
    }

    /// A lag in milliseconds. What is negative or no number is none.
    fn lag(&self, value: &Value) -> Option<u64> {
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        let ms = if self.lag_unit == LagUnit::Seconds { number * 1_000.0 } else { number };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
        (0.0..1e15).contains(&ms).then(|| ms.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        source: &str,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> (Option<Role>, Option<u64>) {
        let source: RoleSource = serde_json::from_str(source).unwrap();
        assert!(source.validate().is_ok());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let mut facts = Facts::default();
        source.read(&map, body.as_bytes(), &mut facts);
        (facts.role, facts.lag_ms)
    }

    #[test]
    fn a_role_is_read_from_a_header_or_from_a_field() {
        let header = r#"{"header":"X-Role"}"#;
        assert_eq!(read(header, &[("x-role", "Leader")], ""), (Some(Role::Primary), None));
        assert_eq!(read(header, &[("x-role", "dunno")], ""), (None, None));
        assert_eq!(read(header, &[], ""), (None, None));
        let field = r#"{"field":"/node/is_leader","lag_field":"/node/lag"}"#;
        assert_eq!(
            read(field, &[], r#"{"node":{"is_leader":true,"lag":0}}"#),
            (Some(Role::Primary), Some(0))
        );
        assert_eq!(
            read(field, &[], r#"{"node":{"is_leader":false,"lag":1.25}}"#),
            (Some(Role::Standby), Some(1_250))
        );
        assert_eq!(read(field, &[], "<html>"), (None, None));
    }

    #[test]
    fn words_of_the_operator_come_before_the_usual_ones() {
        let source =
            r#"{"field":"/role","primary":["Replica"],"lag_unit":"milliseconds","lag_field":"/lag"}"#;
        assert_eq!(read(source, &[], r#"{"role":"REPLICA","lag":"40"}"#), (Some(Role::Primary), Some(40)));
    }

    #[test]
    fn a_lag_that_makes_no_sense_is_none() {
        let source = r#"{"field":"/role","lag_field":"/lag"}"#;
        for lag in ["-1", "null", "\"soon\"", "1e300", "[]"] {
            assert_eq!(read(source, &[], &format!(r#"{{"role":"standby","lag":{lag}}}"#)).1, None, "{lag}");
        }
    }

    #[test]
    fn a_source_names_one_place() {
        for bad in ["{}", r#"{"header":"a","field":"/b"}"#, r#"{"field":"b"}"#, r#"{"header":"a b"}"#] {
            let source: RoleSource = serde_json::from_str(bad).unwrap();
            assert!(source.validate().is_err(), "{bad}");
        }
    }
}
