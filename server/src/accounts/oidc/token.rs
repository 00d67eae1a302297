//! The token in which a provider says who somebody is: nothing of it is believed before all of it was checked.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::signature;

/// How far two clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
/// How old a token may be that was made for this sign-in, in seconds.
const AGE_S_MAX: i64 = 600;

/// What a token must say.
#[derive(Debug)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a str,
    /// For which sign-in.
    pub nonce: &'a str,
    /// What time it is, in seconds of the Unix epoch.
    pub now_s: i64,
}

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No key of the provider has signed it, as far as is known: its keys may be others by now.
    #[error("no known key of the provider has signed the token")]
    UnknownKey,
    /// Anything else.
    #[error("the token is not good: {0}")]
    Bad(String),
}

fn bad(why: impl ToString) -> TokenError {
    TokenError::Bad(why.to_string())
}

/// Somebody whom the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who it is for good: the issuer and its name for the person, in one.
    pub subject: String,
    /// What the person is called, as far as it is said; not proof of anything.
    pub name: String,
    /// All that is said.
    pub claims: Map<String, Value>,
}

impl Identity {
    /// With what the provider says of the same person elsewhere; what the signed token says goes first.
    ///
    /// # Errors
    /// When it is said of somebody else.
    pub fn with(self, more: Map<String, Value>) -> Result<Self, TokenError> {
        let of = more.get("sub").and_then(Value::as_str).unwrap_or_default();
        if self.subject.split_once(' ').is_none_or(|(_, sub)| sub != of) {
            return Err(bad("what the provider says besides is of somebody else"));
        }
        let mut claims = more;
        claims.extend(self.claims);
        let name = called(&claims).map_or(self.name, str::to_owned);
        Ok(Self { name, claims, ..self })
    }
}

/// What the claims call a person.
fn called(claims: &Map<String, Value>) -> Option<&str> {
    let said = |name: &str| claims.get(name).and_then(Value::as_str).filter(|name| !name.is_empty());
    said("preferred_username").or_else(|| said("email"))
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    aud: OneOrMany,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn is_only(&self, client: &str) -> bool {
        match self {
            Self::One(one) => one == client,
            Self::Many(many) => many.iter().all(|one| one == client),
        }
    }
}

/// Who the token says somebody is.
///
/// # Errors
/// When its signature, its times, or for whom it was made is not as it must be.
pub fn verified(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Identity, TokenError> {
    signature::install();
    let header = decode_header(token).map_err(bad)?;
    if !signature::ALGORITHMS.contains(&header.alg) {
        return Err(bad("it is signed in a way that is not taken"));
    }
    let claims = signed(token, keys, &header, expected)?;
    let now = expected.now_s;
    if claims.exp.saturating_add(SKEW_S) <= now {
        return Err(bad("it has expired; if that cannot be, a clock is wrong"));
    }
    let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if begins.saturating_sub(SKEW_S) > now {
        return Err(bad("it is of a time to come; a clock is wrong"));
    }
    if now.saturating_sub(claims.iat) > AGE_S_MAX {
        return Err(bad("it was made long ago"));
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(bad("it was made for another sign-in"));
    }
    let is_theirs = claims
        .azp
        .as_deref()
        .map_or_else(|| claims.aud.is_only(expected.client), |party| party == expected.client);
    if !is_theirs {
        return Err(bad("it was made for another client"));
    }
    if claims.sub.is_empty()
        || claims.sub.len() > 255
        || !claims.sub.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    {
        return Err(bad("it names nobody"));
    }
    let name = called(&claims.rest).unwrap_or(&claims.sub).to_owned();
    Ok(Identity { subject: format!("{} {}", expected.issuer, claims.sub), name, claims: claims.rest })
}

/// What the token says, once a key of the provider's was found that has signed it.
fn signed(token: &str, keys: &[Jwk], header: &Header, expected: &Expected<'_>) -> Result<Claims, TokenError> {
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // By the clock that everything here goes by.
    validation.validate_exp = false;
    let is_candidate = |key: &&Jwk| {
        let common = &key.common;
        let is_meant = header.kid.is_none() || common.key_id == header.kid;
        is_meant && common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
    };
    for key in keys.iter().filter(is_candidate) {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        match decode::<Claims>(token, &key, &validation) {
            Ok(data) => return Ok(data.claims),
            Err(error) => match error.kind() {
                // Of another kind, or not by this one.
                jsonwebtoken::errors::ErrorKind::InvalidSignature
                | jsonwebtoken::errors::ErrorKind::InvalidAlgorithm
                | jsonwebtoken::errors::ErrorKind::InvalidKeyFormat => {}
                _ => return Err(bad(error)),
            },
        }
    }
    Err(TokenError::UnknownKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    const ISSUER: &str = "https://id.example.com";
    const NOW_S: i64 = 1_795_000_000;

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A provider with one key.
    struct Maker(EcdsaKeyPair);

    impl Maker {
        fn new() -> Self {
            let random = SystemRandom::new();
            let way = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(way, document.as_ref(), &random).unwrap())
        }

        fn key(&self, more: Value) -> Jwk {
            let point = self.0.public_key().as_ref();
            let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
            let mut key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "one" });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(key).unwrap()
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let message = [encoded(header), encoded(claims)].join(".");
            let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            [message, URL_SAFE_NO_PAD.encode(signature)].join(".")
        }

        /// A good token, but for `change`.
        fn token(&self, change: &Value) -> String {
            let mut claims = json!({
                "iss": ISSUER, "sub": "248289761001", "aud": "pharos", "exp": NOW_S + 300, "iat": NOW_S - 1,
                "nonce": "n-0S6", "preferred_username": "anna", "groups": ["sre"],
            });
            let fields = claims.as_object_mut().unwrap();
            for (name, value) in change.as_object().unwrap() {
                fields.insert(name.clone(), value.clone());
            }
            fields.retain(|_, value| !value.is_null());
            self.sign(&json!({ "alg": "ES256", "kid": "one" }), &claims)
        }
    }

    fn read(token: &str, keys: &[Jwk]) -> Result<Identity, TokenError> {
        verified(token, keys, &Expected { issuer: ISSUER, client: "pharos", nonce: "n-0S6", now_s: NOW_S })
    }

    #[test]
    fn a_good_token_says_who_somebody_is() {
        let maker = Maker::new();
        let identity = read(&maker.token(&json!({})), &[maker.key(json!({}))]).unwrap();
        assert_eq!(identity.subject, "https://id.example.com 248289761001");
        assert_eq!(identity.name, "anna");
        assert_eq!(identity.claims["groups"], json!(["sre"]));
    }

    #[test]
    fn what_is_not_as_it_must_be_is_not_believed() {
        let maker = Maker::new();
        let keys = [maker.key(json!({}))];
        for change in [
            json!({ "iss": "https://evil.example" }),
            json!({ "iss": "https://id.example.com/" }),
            json!({ "iss": null }),
            json!({ "aud": "another" }),
            json!({ "aud": null }),
            json!({ "aud": ["pharos", "another"] }),
            json!({ "aud": ["pharos", "another"], "azp": "another" }),
            json!({ "azp": "another" }),
            json!({ "exp": NOW_S - 61 }),
            json!({ "exp": null }),
            json!({ "exp": "soon" }),
            json!({ "iat": NOW_S + 61 }),
            json!({ "iat": NOW_S - 601 }),
            json!({ "iat": null }),
            json!({ "nbf": NOW_S + 61 }),
            json!({ "nonce": "another" }),
            json!({ "nonce": null }),
            json!({ "nonce": "" }),
            json!({ "sub": null }),
            json!({ "sub": "" }),
            json!({ "sub": "x".repeat(256) }),
        ] {
            assert!(read(&maker.token(&change), &keys).is_err(), "{change}");
        }
    }

    #[test]
    fn what_is_said_besides_is_of_the_same_person_and_less_than_what_is_signed() {
        let maker = Maker::new();
        let read = || read(&maker.token(&json!({})), &[maker.key(json!({}))]).unwrap();
        let more = |value: Value| read().with(value.as_object().unwrap().clone());
        let told = more(json!({ "sub": "248289761001", "groups": ["leads"], "team": "x", "email": "a@b.c" }))
            .unwrap();
        assert_eq!((&told.claims["groups"], &told.claims["team"]), (&json!(["sre"]), &json!("x")));
        assert_eq!(told.name, "anna");
        assert!(more(json!({ "sub": "another" })).is_err());
        assert!(more(json!({})).is_err());
    }

    #[test]
    fn clocks_may_differ_a_little_and_a_token_may_be_for_several_if_it_was_made_for_us() {
        let maker = Maker::new();
        let keys = [maker.key(json!({}))];
        for change in [
            json!({ "exp": NOW_S - 30 }),
            json!({ "iat": NOW_S + 30 }),
            json!({ "aud": ["pharos"] }),
            json!({ "aud": ["pharos", "another"], "azp": "pharos" }),
            json!({ "preferred_username": null }),
        ] {
            assert!(read(&maker.token(&change), &keys).is_ok(), "{change}");
        }
    }

    #[test]
    fn a_signature_by_another_or_by_nobody_is_not_believed() {
        let (maker, other) = (Maker::new(), Maker::new());
        let good = maker.token(&json!({}));
        let keys = [maker.key(json!({}))];
        assert!(matches!(read(&other.token(&json!({})), &keys), Err(TokenError::UnknownKey)));
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let claims = encoded(
            &json!({ "iss": ISSUER, "sub": "1", "aud": "pharos", "exp": NOW_S + 300, "iat": NOW_S, "nonce": "n-0S6" }),
        );
        let none = encoded(&json!({ "alg": "none" }));
        for token in [
            format!("{header}.{claims}.{signature}"),
            format!("{none}.{claims}."),
            format!("{message}."),
            message.to_owned(),
            format!("{good}.{signature}"),
            String::new(),
            "..".to_owned(),
        ] {
            assert!(read(&token, &keys).is_err(), "{token}");
        }
    }

    #[test]
    fn a_public_key_does_not_serve_as_a_shared_secret() {
        let maker = Maker::new();
        let keys = [maker.key(json!({}))];
        let token = maker.sign(&json!({ "alg": "HS256", "kid": "one" }), &json!({ "sub": "1" }));
        assert!(matches!(read(&token, &keys), Err(TokenError::Bad(_))));
    }

    #[test]
    fn a_key_that_is_not_for_signatures_or_has_another_name_signs_nothing() {
        let maker = Maker::new();
        let token = maker.token(&json!({}));
        assert!(read(&token, &[maker.key(json!({ "use": "enc" }))]).is_err());
        assert!(read(&token, &[maker.key(json!({ "kid": "two" }))]).is_err());
        assert!(read(&token, &[]).is_err());
        assert!(
            read(&token, &[maker.key(json!({ "kid": "two" })), maker.key(json!({ "use": "sig" }))]).is_ok()
        );
    }
}
