//! `grpc`: asks a gRPC server for its health, as `grpc.health.v1` has it.

mod call;
mod list;
mod message;
mod watch;

use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

pub use list::services;
pub use watch::{Heard, Pace, watch};

use crate::budget::Budget;
use crate::http::{Target, check_headers};
use crate::limits::{GRPC_MESSAGE_BYTES_MAX, GRPC_SERVICE_BYTES_MAX};
use crate::outcome::{Look, Outcome, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use call::Answer;
use message::serving;

/// Asks a gRPC server for its health, by the service `grpc.health.v1.Health` that most libraries bring along.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GrpcCheck {
    /// Where the server is, `http://` or `https://`, without a path. With `http://` it must speak HTTP/2 from the beginning.
    #[garde(custom(check_url))]
    #[schemars(example = &"https://orders.example.com:8443")]
    pub url: String,
    /// The service to ask for, as in `shop.v1.Orders`. Without it, the whole server.
    #[serde(default)]
    #[garde(length(bytes, max = GRPC_SERVICE_BYTES_MAX))]
    #[schemars(example = &"shop.v1.Orders")]
    pub service: String,
    /// Headers of the request; gRPC calls them metadata.
    #[serde(default)]
    #[garde(length(max = 50), custom(check_headers))]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// Keep a connection open on which the server tells of changes (`Watch`), and look at once when it does, so that a change
    /// is confirmed within seconds whatever the interval. A server without `Watch` is looked at as without this.
    #[serde(default)]
    #[garde(skip)]
    pub watch: bool,
}

const CHECK: &str = "/grpc.health.v1.Health/Check";

/// What the numbers of `grpc-status` are called.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_url(url: &str, context: &()) -> garde::Result {
    crate::http::check_url(url, context)?;
    match Target::parse(url) {
        Some(target) if target.path != "/" => Err(garde::Error::new(
            "the address of a gRPC server has no path; write only the host and the port",
        )),
        _ => Ok(()),
    }
}

/// Looks once.
pub async fn look(prober: &Prober, check: &GrpcCheck, budget: &Budget, look: &mut Look) {
    match ask(prober, check, budget, look).await {
        Ok(answer) => look.failure = judge(&check.service, &answer),
        Err(reason) => look.down(reason),
    }
}

async fn ask(prober: &Prober, check: &GrpcCheck, budget: &Budget, look: &mut Look) -> Result<Answer, Reason> {
    let question = message::question(&check.service);
    call::whole(prober, check, (CHECK, question, GRPC_MESSAGE_BYTES_MAX), budget, look).await
}

/// What an answer says of a service.
fn judge(service: &str, answer: &Answer) -> Option<(Outcome, Reason)> {
    let what = match service {
        "" => "the server".to_owned(),
        service => format!("the service {}", excerpt(service)),
    };
    let said = |outcome, kind, sentence: String| Some((outcome, Reason::new(kind, sentence)));
    match answer.status.as_deref() {
        Some("0") => {}
        // A server that answers and does not know of it says nothing of how it is.
        Some("5") => {
            return said(
                Outcome::Unknown,
                ReasonKind::WrongAnswer,
                format!("gRPC: {what} is not registered there"),
            );
        }
        Some("12") => {
            let sentence = "gRPC: the server has no health service; register grpc.health.v1.Health in it";
            return said(Outcome::Unknown, ReasonKind::WrongAnswer, sentence.to_owned());
        }
        Some(status) => {
            let name = status.parse().ok().and_then(|code: usize| CODES.get(code)).unwrap_or(&status);
            let words =
                if answer.words.is_empty() { String::new() } else { format!(": \"{}\"", answer.words) };
            let sentence = format!("gRPC: expected the status OK, got {name}{words}");
            return said(Outcome::Down, ReasonKind::WrongAnswer, sentence);
        }
        None => {
            let sentence = "gRPC: the answer ended without a grpc-status".to_owned();
            return said(Outcome::Down, ReasonKind::WrongAnswer, sentence);
        }
    }
    match serving(&answer.message) {
        Ok(1) => None,
        Ok(2) => said(Outcome::Down, ReasonKind::Unhealthy, format!("gRPC: {what} says it is not serving")),
        Ok(0) => said(
            Outcome::Unknown,
            ReasonKind::Unhealthy,
            format!("gRPC: {what} does not know whether it serves"),
        ),
        Ok(3) => {
            said(Outcome::Unknown, ReasonKind::Unhealthy, format!("gRPC: the server does not know {what}"))
        }
        Ok(other) => {
            let sentence = format!("gRPC: expected a status such as SERVING, got the number {other}");
            said(Outcome::Unknown, ReasonKind::FormatUnknown, sentence)
        }
        Err(why) => {
            said(Outcome::Down, ReasonKind::WrongAnswer, format!("gRPC: the answer cannot be read: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_has_no_path() {
        assert!(check_url("https://orders.example.com:8443", &()).is_ok());
        assert!(check_url("http://orders.example.com/", &()).is_ok());
        assert!(check_url("https://orders.example.com/grpc", &()).is_err());
        assert!(check_url("orders.example.com:8443", &()).is_err());
    }
}
