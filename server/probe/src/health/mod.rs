//! `health`: reads what a service says of its own parts. One file for each format, one line for each in a list.
//!
//! A document that nobody here can read is never called healthy.

mod age;
mod aspnet;
mod django;
mod draft;
mod feed;
mod health_go;
mod health_lib;
pub(crate) mod json;
mod judge;
mod kubernetes;
mod laravel;
mod microprofile;
mod parts;
mod plain;
mod prometheus;
mod reading;
mod rules;
mod simple;
mod spring;
pub(crate) mod statuspage;
mod terminus;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::budget::Budget;
use crate::http::{Request, Version, check_url, fetch};
use crate::limits::{BODY_BYTES_MAX, REDIRECTS_DEFAULT};
use crate::outcome::{Look, Outcome, ReasonKind};
use crate::prober::Prober;
use crate::role::RoleSource;
use judge::judge;
pub(crate) use judge::{Judged, Told, Unread, judge_reading, read_answer};
pub(crate) use parts::check as check_parts;
use reading::{Document, Reading};
pub use rules::{Given, broken_rule};

/// Reads a health document.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// Where it is, `http://` or `https://`.
    #[garde(custom(check_url))]
    #[schemars(example = &"https://api.example.com/health")]
    pub url: String,
    /// Headers of the request.
    #[serde(default)]
    #[garde(length(max = 50), custom(crate::http::check_headers))]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// A token to show, as `Authorization: Bearer`.
    #[garde(skip)]
    #[schemars(with = "Option<String>", example = &"${API_TOKEN}")]
    pub bearer: Option<SecretString>,
    /// The format of the document. Without it, it is recognised.
    #[garde(skip)]
    pub format: Option<Format>,
    /// Parts of the document that speak for components of their own: the path of a part, and the identifier of the
    /// component. A `*` stands for any part of a name, so that parts may come and go: those that match are told together. What
    /// stands below a part belongs to it, and what no path names belongs to the component of this check. A part that the
    /// document tells no more of is unknown. `pharos probe` shows the paths.
    #[serde(default)]
    #[garde(custom(parts::check))]
    #[schemars(example = &BTreeMap::from([("database", "orders-db"), ("shards/*", "search")]))]
    pub parts: BTreeMap<String, String>,
    /// Where the answer says which role it has, for a member of a redundant component.
    #[garde(dive)]
    pub role: Option<RoleSource>,
}

type Recognise = fn(&Document<'_>) -> bool;
type Read = fn(&Document<'_>) -> Option<Reading>;

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $module:ident;)*) => {
        /// A format of health documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum Format {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Format {
            /// All of them, in the order in which they are tried.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in the configuration.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }

        /// In the order in which they are tried.
        const FORMATS: &[(Format, Recognise, Read)] =
            &[$((Format::$name, $module::recognise, $module::read),)*];
    };
}

// Those that say what they are stand before those that are recognised by less.
formats! {
    /// `application/health+json`, the IETF draft.
    HealthJson = "health+json": draft;
    /// A supplier's status page, as `/api/v2/summary.json` of Statuspage has it.
    Statuspage = "statuspage": statuspage;
    /// A supplier's feed of incidents, in Atom or RSS.
    Feed = "feed": feed;
    /// Spring Boot Actuator.
    Spring = "spring": spring;
    /// ASP.NET Core, as its UI client writes it.
    AspNet = "aspnet": aspnet;
    /// MicroProfile Health, and Quarkus.
    MicroProfile = "microprofile": microprofile;
    /// `spatie/laravel-health`.
    Laravel = "laravel": laravel;
    /// `hellofresh/health-go`.
    HealthGo = "health-go": health_go;
    /// `alexliesenfeld/health`.
    HealthLib = "health": health_lib;
    /// NestJS Terminus, and `godaddy/terminus`.
    Terminus = "terminus": terminus;
    /// `django-health-check`.
    Django = "django": django;
    /// `{"status":"UP","database":"UP","cache":"DOWN"}`.
    Simple = "simple": simple;
    /// Kubernetes, as `readyz?verbose` writes it.
    Kubernetes = "kubernetes": kubernetes;
    /// A Prometheus exposition: what `up` and `probe_success` say.
    Prometheus = "prometheus": prometheus;
    /// One word in plain text, such as `OK`.
    Plain = "plain": plain;
}

/// Looks once.
pub async fn look(prober: &Prober, check: &HealthCheck, budget: &Budget, look: &mut Look) {
    let request = Request {
        url: &check.url,
        method: "GET",
        headers: &check.headers,
        body: None,
        bearer: check.bearer.as_ref(),
        basic: None,
        version: Version::Auto,
        redirects: REDIRECTS_DEFAULT,
        decompress: true,
        accept: Some("application/health+json, application/json;q=0.9, */*;q=0.1"),
        body_bytes_max: BODY_BYTES_MAX,
    };
    match fetch(prober, &request, budget, look).await {
        Ok(answer) => {
            let judged = judge(&answer, (check.format, &check.parts), prober.now_s());
            if let Some(role) = &check.role {
                role.read(&answer.headers, &answer.body, &mut look.facts);
            }
            look.facts.mapped = judged.mapped;
            look.failure = judged.failure;
            look.facts.format = judged.format.map(Format::as_str);
            look.facts.parts = judged.parts;
        }
        // That is a bound of ours, and says nothing of the service.
        Err(reason) if reason.kind == ReasonKind::BodyTooLarge => {
            look.failure = Some((Outcome::Unknown, reason));
        }
        Err(reason) => look.down(reason),
    }
}
