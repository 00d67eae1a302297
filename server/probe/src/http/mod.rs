//! `http`: asks a web server and judges its answer.

mod alive;
mod bounded;
mod connection;
mod driver;
mod expect;
mod failure;
mod fetch;
mod target;
mod value;

use std::collections::BTreeMap;

use base64::Engine;
use garde::Validate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub(crate) use alive::KeepAlive;
pub(crate) use connection::{Manner, Sender, connect, connect_upgradable};
pub(crate) use driver::Driver;
pub(crate) use expect::check_headers;
pub use expect::{Expect, HeaderExpectation};
pub(crate) use failure::{asks_for_calm, hyper_reason};
pub(crate) use fetch::{Answer, Request, fetch, first_message};
pub(crate) use target::{Target, check_url};
pub use value::{Comparison, JsonExpectation};

use crate::budget::Budget;
use crate::limits::{BODY_BYTES_MAX, REDIRECTS_DEFAULT, REDIRECTS_MAX};
use crate::outcome::Look;
use crate::prober::Prober;
use crate::role::RoleSource;

/// Asks a web server and judges its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HttpCheck {
    /// Where to look, `http://` or `https://`. Without a name and a password: use `basic` or `bearer`.
    #[garde(custom(check_url))]
    #[schemars(example = &"https://example.com/")]
    pub url: String,
    /// The method of the request.
    #[serde(default)]
    #[garde(skip)]
    pub method: Method,
    /// Headers of the request.
    #[serde(default)]
    #[garde(length(max = 50), custom(check_headers))]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// The body of the request.
    #[garde(skip)]
    #[schemars(with = "Option<String>")]
    pub body: Option<SecretString>,
    /// A token to show, as `Authorization: Bearer`.
    #[garde(skip)]
    #[schemars(with = "Option<String>", example = &"${API_TOKEN}")]
    pub bearer: Option<SecretString>,
    /// A name and a password to show, as `Authorization: Basic`.
    #[garde(skip)]
    pub basic: Option<Basic>,
    /// Which version of HTTP to speak.
    #[serde(default)]
    #[garde(skip)]
    pub version: Version,
    /// How many redirects to follow, 0 to 10. Credentials are never sent to another host.
    #[serde(default = "redirects_default")]
    #[garde(range(max = REDIRECTS_MAX))]
    pub redirects: u8,
    /// Accept a compressed answer. What is unpacked counts towards the bound of 256 KiB.
    #[serde(default)]
    #[garde(skip)]
    pub decompress: bool,
    /// What the answer must be.
    #[serde(default)]
    #[garde(dive)]
    pub expect: Expect,
    /// Where the answer says which role it has, for a member of a redundant component.
    #[garde(dive)]
    pub role: Option<RoleSource>,
}

fn redirects_default() -> u8 {
    REDIRECTS_DEFAULT
}

/// A method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Reads the head only.
    Head,
    /// Sends.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
    /// Asks what is possible.
    Options,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Version {
    /// What the server likes best; 1.1 without TLS.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 1.1.
    #[serde(rename = "1.1")]
    Http1,
    /// 2, without TLS too.
    #[serde(rename = "2")]
    Http2,
}

/// A name and a password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// The name.
    pub user: String,
    /// The password.
    #[schemars(with = "String", example = &"${API_PASSWORD}")]
    pub password: SecretString,
}

impl Basic {
    /// Both as they go into the request.
    pub(crate) fn encoded(&self) -> String {
        let pair = format!("{}:{}", self.user, self.password.expose_secret());
        base64::engine::general_purpose::STANDARD.encode(pair)
    }
}

/// Looks once.
pub async fn look(prober: &Prober, check: &HttpCheck, budget: &Budget, look: &mut Look) {
    let request = Request {
        url: &check.url,
        method: check.method.name(),
        headers: &check.headers,
        body: check.body.as_ref(),
        bearer: check.bearer.as_ref(),
        basic: check.basic.as_ref(),
        version: check.version,
        redirects: check.redirects,
        decompress: check.decompress,
        accept: None,
        body_bytes_max: BODY_BYTES_MAX,
    };
    match fetch(prober, &request, budget, look).await {
        Ok(answer) => {
            look.failure = check.expect.judge(&answer, look.facts.certificate_days_left);
            if let Some(role) = &check.role {
                role.read(&answer.headers, &answer.body, &mut look.facts);
            }
        }
        Err(reason) => look.down(reason),
    }
}
