//! The provider: what it says of itself, the way to it, and what it answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use pharos_model::UnixMs;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::super::Secret;
use super::asking::{Asking, read, sent};
use super::roles::Roles;
use super::token::{Expected, Identity, TokenError, verified};

/// Keys that are looked at.
const KEYS_MAX: usize = 64;
/// How long what the provider says of itself is believed.
const KNOWN_MS: u64 = 60 * 60 * 1_000;
/// How soon its keys are asked for again when one is unknown.
const KEYS_AGAIN_MS: u64 = 10_000;

/// What the configuration says of a provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What operators call it.
    pub name: String,
    /// Its identifier, which is its address.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves that we are that.
    pub client_secret: SecretString,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Who may do what.
    pub roles: Roles,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider cannot be asked.
    #[error("{name} cannot be asked: {why}")]
    Unreachable {
        /// The provider.
        name: String,
        /// What went wrong.
        why: String,
    },
    /// The provider says no.
    #[error("{name} let nobody in: {why}")]
    Refused {
        /// The provider.
        name: String,
        /// Its reason.
        why: String,
    },
    /// The browser did not come from where it was sent to.
    #[error("this sign-in was not begun in this browser, or too long ago")]
    Unasked,
    /// What the provider says of the person is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system has no randomness to give.
    #[error("the system has no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

/// Somebody on the way to the provider.
#[derive(Debug)]
pub struct Left {
    /// Where to.
    pub location: String,
    /// What their browser must bring back.
    pub kept: String,
}

/// What the browser brings back in the address.
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// What the browser keeps on the way.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
}

/// What the provider says of itself.
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Clone, Debug)]
struct Known {
    metadata: Metadata,
    keys: Vec<Jwk>,
    /// When both were read.
    at: UnixMs,
    /// When the keys were read.
    keys_at: UnixMs,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

/// A provider through which operators sign in.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    http: Asking,
    known: Mutex<Option<Known>>,
    now: fn() -> UnixMs,
}

impl Provider {
    /// The provider of these settings.
    ///
    /// # Errors
    /// When connections cannot be made at all.
    pub fn new(settings: Settings, now: fn() -> UnixMs) -> Result<Self, reqwest::Error> {
        let http = Asking::new()?;
        Ok(Self { settings, http, known: Mutex::default(), now })
    }

    /// What operators call it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Who may do what.
    pub fn roles(&self) -> &Roles {
        &self.settings.roles
    }

    fn unreachable(&self, why: impl ToString) -> OidcError {
        OidcError::Unreachable { name: self.settings.name.clone(), why: why.to_string() }
    }

    fn refused(&self, why: &str) -> OidcError {
        let why = why.chars().filter(|c| !c.is_control()).take(200).collect();
        OidcError::Refused { name: self.settings.name.clone(), why }
    }

    /// Sends somebody there, who is to come back to `here` and then go on to `next`.
    ///
    /// # Errors
    /// When the provider does not answer, or not as one.
    pub async fn leave(&self, here: &str, next: &str) -> Result<Left, OidcError> {
        let known = self.known(false).await?;
        let draw = || Secret::draw().map(|secret| secret.expose().to_owned());
        let kept = Kept { state: draw()?, nonce: draw()?, verifier: draw()?, next: next.to_owned() };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
        let mut location = url::Url::parse(&known.metadata.authorization_endpoint)
            .map_err(|error| self.unreachable(error))?;
        location
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", here)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &kept.state)
            .append_pair("nonce", &kept.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let kept = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&kept).unwrap_or_default());
        Ok(Left { location: location.into(), kept })
    }

    /// Takes up somebody who comes back to `here`: who they are, and where they wanted to go.
    ///
    /// # Errors
    /// When they did not leave from here, the provider let nobody in, or what it says is not believed.
    pub async fn arrive(
        &self,
        here: &str,
        kept: &str,
        answer: &Answer,
    ) -> Result<(Identity, String), OidcError> {
        let kept = URL_SAFE_NO_PAD.decode(kept).ok();
        let kept: Kept =
            kept.and_then(|kept| serde_json::from_slice(&kept).ok()).ok_or(OidcError::Unasked)?;
        if kept.state.is_empty() || answer.state.as_deref() != Some(&kept.state) {
            return Err(OidcError::Unasked);
        }
        if answer.iss.as_deref().is_some_and(|issuer| issuer != self.settings.issuer) {
            return Err(OidcError::Unasked);
        }
        if let Some(error) = &answer.error {
            let why = answer.error_description.as_ref().unwrap_or(error);
            return Err(self.refused(why));
        }
        let code = answer.code.as_deref().ok_or(OidcError::Unasked)?;
        let known = self.known(false).await?;
        let tokens = self.tokens(&known.metadata, here, code, &kept.verifier).await?;
        let identity = match self.identity(&tokens.id_token, &known.keys, &kept.nonce) {
            // Keys change.
            Err(TokenError::UnknownKey) => {
                let known = self.known(true).await?;
                self.identity(&tokens.id_token, &known.keys, &kept.nonce)
            }
            told => told,
        }?;
        Ok((self.told_more(&known.metadata, &tokens, identity).await?, kept.next))
    }

    fn identity(&self, token: &str, keys: &[Jwk], nonce: &str) -> Result<Identity, TokenError> {
        let (issuer, client) = (self.settings.issuer.as_str(), self.settings.client_id.as_str());
        let now_s = (self.now)().0.div_euclid(1_000);
        verified(token, keys, &Expected { issuer, client, nonce, now_s })
    }

    /// Many providers say in the token who somebody is, and only here what they are called and to which groups they belong.
    async fn told_more(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        identity: Identity,
    ) -> Result<Identity, OidcError> {
        let (Some(address), Some(token)) = (&metadata.userinfo_endpoint, &tokens.access_token) else {
            return Ok(identity);
        };
        let more: Map<String, Value> = read(self.http.get(address).bearer_auth(token), address)
            .await
            .map_err(|why| self.unreachable(why))?;
        Ok(identity.with(more)?)
    }

    /// What the provider gives for the code.
    async fn tokens(
        &self,
        metadata: &Metadata,
        here: &str,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, OidcError> {
        let (id, secret) = (&*self.settings.client_id, self.settings.client_secret.expose_secret());
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let is_basic = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", here),
            ("code_verifier", verifier),
        ];
        let mut request = self.http.post(&metadata.token_endpoint);
        if is_basic {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(id), Some(encoded(secret)));
        } else {
            fields.extend([("client_id", id), ("client_secret", secret)]);
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = request
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(http::header::ACCEPT, "application/json")
            .body(body);
        let (status, bytes) = sent(request).await.map_err(|why| self.unreachable(why))?;
        if !status.is_success() {
            let said: BTreeMap<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
            let why = ["error_description", "error"].iter().find_map(|name| said.get(*name)?.as_str());
            return Err(self.refused(why.unwrap_or(status.as_str())));
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| self.unreachable(format!("what it gives for a code is no token: {error}")))
    }

    /// What the provider says of itself: as it is known, or asked for again when that is old or its keys are missing one.
    async fn known(&self, is_key_missing: bool) -> Result<Known, OidcError> {
        let mut place = self.known.lock().await;
        let now = (self.now)();
        if let Some(known) = &*place
            && now.since_ms(known.at) < KNOWN_MS
            && !(is_key_missing && now.since_ms(known.keys_at) >= KEYS_AGAIN_MS)
        {
            return Ok(known.clone());
        }
        let metadata = self.metadata().await?;
        let keys: Keys = read(self.http.get(&metadata.jwks_uri), &metadata.jwks_uri)
            .await
            .map_err(|why| self.unreachable(why))?;
        // A key of a kind that is not known yet is none that we could use.
        let keys = keys.keys.into_iter().take(KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok());
        let known = Known { metadata, keys: keys.collect(), at: now, keys_at: now };
        *place = Some(known.clone());
        Ok(known)
    }

    async fn metadata(&self) -> Result<Metadata, OidcError> {
        let issuer = &self.settings.issuer;
        let address = [issuer.trim_end_matches('/'), "/.well-known/openid-configuration"].concat();
        let metadata: Metadata =
            read(self.http.get(&address), &address).await.map_err(|why| self.unreachable(why))?;
        if metadata.issuer != *issuer {
            let why =
                format!("it calls itself {:?}, and the configuration calls it {issuer:?}", metadata.issuer);
            return Err(self.unreachable(why));
        }
        let addresses = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        for address in addresses.into_iter().chain(&metadata.userinfo_endpoint) {
            if !is_safe(address, issuer) {
                return Err(self.unreachable(format!("it names {address:?}, which is not behind https")));
            }
        }
        Ok(metadata)
    }
}

/// Whether secrets may go to this address: https, or this machine where the issuer is on it too.
fn is_safe(address: &str, issuer: &str) -> bool {
    address.starts_with("https://") || (is_here(address) && is_here(issuer))
}

/// Whether an address is on this machine.
pub fn is_here(address: &str) -> bool {
    let Ok(address) = url::Url::parse(address) else { return false };
    let is_loopback = match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    address.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_nowhere_where_they_could_be_read_on_the_way() {
        assert!(is_safe("https://id.example.com/token", "https://id.example.com"));
        assert!(is_safe("http://127.0.0.1:9000/token", "http://localhost:9000"));
        assert!(!is_safe("http://id.example.com/token", "https://id.example.com"));
        assert!(!is_safe("http://127.0.0.1/token", "https://id.example.com"));
        assert!(!is_safe("http://127.0.0.1@evil.example/token", "http://localhost"));
        assert!(!is_safe("file:///etc/passwd", "http://localhost"));
    }
}
