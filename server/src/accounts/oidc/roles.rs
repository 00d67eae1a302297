//! Which role a person has whom the provider let in.

use pharos_store::Role;
use serde_json::{Map, Value};

/// The rules of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The claim that says to which groups a person belongs: its name, or a path of names with dots. Empty where only `everybody`
    /// counts.
    pub claim: String,
    /// What must be in the claim, for each role.
    pub of: Vec<(Role, Vec<String>)>,
    /// The role of those whom no rule names; without it they stay outside.
    pub everybody: Option<Role>,
}

impl Roles {
    /// The highest role that the claims give; `None` for somebody who stays outside.
    pub fn of(&self, claims: &Map<String, Value>) -> Option<Role> {
        let groups = found(claims, &self.claim).map(words).unwrap_or_default();
        let named = self.of.iter().filter(|(_, names)| names.iter().any(|name| groups.contains(&&**name)));
        named.map(|(role, _)| *role).chain(self.everybody).max_by_key(|role| rank(*role))
    }
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Viewer => 0,
        Role::Responder => 1,
        Role::Admin => 2,
    }
}

/// The claim of this name, or the one at the end of the path.
fn found<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    found(claims.get(first)?.as_object()?, rest)
}

/// The words of a claim: one, or a list of them.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules(claim: &str, everybody: Option<Role>) -> Roles {
        let of = vec![
            (Role::Admin, vec!["leads".to_owned()]),
            (Role::Responder, vec!["ops".into(), "sre".into()]),
        ];
        Roles { claim: claim.to_owned(), of, everybody }
    }

    fn role(rules: &Roles, claims: Value) -> Option<Role> {
        rules.of(claims.as_object().unwrap())
    }

    #[test]
    fn the_highest_role_counts() {
        let rules = rules("groups", None);
        assert_eq!(role(&rules, json!({ "groups": ["sre", "leads", "staff"] })), Some(Role::Admin));
        assert_eq!(role(&rules, json!({ "groups": "ops" })), Some(Role::Responder));
    }

    #[test]
    fn whom_no_rule_names_stays_outside_unless_everybody_may_enter() {
        for claims in [
            json!({}),
            json!({ "groups": [] }),
            json!({ "groups": { "leads": true } }),
            json!({ "groups": 1 }),
        ] {
            assert_eq!(role(&rules("groups", None), claims.clone()), None, "{claims}");
            assert_eq!(role(&rules("groups", Some(Role::Viewer)), claims), Some(Role::Viewer));
        }
    }

    #[test]
    fn everybody_is_not_less_than_what_they_are_given() {
        assert_eq!(
            role(&rules("groups", Some(Role::Viewer)), json!({ "groups": ["ops"] })),
            Some(Role::Responder)
        );
        assert_eq!(
            role(&rules("groups", Some(Role::Admin)), json!({ "groups": ["ops"] })),
            Some(Role::Admin)
        );
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_its_path() {
        let nested = json!({ "realm_access": { "roles": ["leads"] } });
        assert_eq!(role(&rules("realm_access.roles", None), nested), Some(Role::Admin));
        let dotted = json!({ "https://example.com/groups": ["ops"] });
        assert_eq!(role(&rules("https://example.com/groups", None), dotted), Some(Role::Responder));
    }
}
