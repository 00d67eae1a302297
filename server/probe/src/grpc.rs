//! `grpc`: asks a gRPC server for its health, as `grpc.health.v1` has it.

use std::collections::BTreeMap;

use bytes::Bytes;
use garde::Validate;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::budget::Budget;
use crate::http::{Request, Target, Version, check_headers, connect, first_message, hyper_reason};
use crate::limits::{GRPC_MESSAGE_BYTES_MAX, GRPC_SERVICE_BYTES_MAX};
use crate::outcome::{Look, Outcome, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::shown::Shown;

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
}

const PATH: &str = "/grpc.health.v1.Health/Check";

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

/// What was answered.
#[derive(Debug, Default)]
struct Answer {
    /// The status of the call, as it stands behind the message or in its place.
    status: Option<String>,
    /// What the server says of the status.
    words: String,
    message: Vec<u8>,
}

async fn ask(prober: &Prober, check: &GrpcCheck, budget: &Budget, look: &mut Look) -> Result<Answer, Reason> {
    let target = Target::parse(&check.url).ok_or_else(|| {
        let sentence =
            "Could not look: the url is not one that can be asked; write http:// or https:// and a host";
        Reason::new(ReasonKind::CouldNotLook, sentence)
    })?;
    let target = Target { path: PATH.to_owned(), ..target };
    let connected = connect(prober, &target, Version::Http2, budget, look).await;
    let (sender, _driver) = connected.map_err(|reason| match reason.kind {
        ReasonKind::WrongVersion => {
            let sentence = "gRPC: expected HTTP version 2, which the server does not offer; check the port";
            Reason::new(ReasonKind::WrongVersion, sentence)
        }
        _ => reason,
    })?;
    let request = Request {
        url: &check.url,
        method: "POST",
        headers: &check.headers,
        body: None,
        bearer: None,
        basic: None,
        version: Version::Http2,
        redirects: 0,
        decompress: false,
        accept: None,
    };
    let mut message = first_message(&request, &target, true)?;
    message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    message.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
    *message.body_mut() = Full::new(Bytes::from(question(&check.service)));
    let response = sender.send(message, budget, look).await?;
    look.facts.status = Some(response.status().as_u16());
    let (head, body) = response.into_parts();
    let shown = request.shown();
    judge_head(head.status.as_u16(), &head.headers, &shown)?;
    let mut answer = Answer::default();
    let (read, took_us) = budget.stage(read(body, &mut answer.message)).await;
    look.stages.body_us = Some(took_us);
    let trailers = read.map_err(|_| {
        let sentence = format!("gRPC: the answer did not end within {}", budget.text());
        Reason::new(ReasonKind::BodyTimeout, sentence)
    })??;
    // An answer without a message has its status where others have their head.
    let fields = trailers.filter(|trailers| trailers.contains_key(STATUS)).unwrap_or(head.headers);
    let text = |name| fields.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    answer.status = text(STATUS).map(|status| shown.excerpt(&status));
    answer.words = text("grpc-message").map(|words| shown.excerpt(&words)).unwrap_or_default();
    Ok(answer)
}

const STATUS: &str = "grpc-status";

/// Whether what answers is a gRPC server.
fn judge_head(status: u16, headers: &HeaderMap, shown: &Shown) -> Result<(), Reason> {
    if status != 200 {
        let sentence = format!("gRPC: expected HTTP status 200, got {status}");
        return Err(Reason::new(ReasonKind::WrongStatus, sentence));
    }
    let media_type = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let media_type = media_type.unwrap_or_default();
    if !media_type.starts_with("application/grpc") {
        let got = shown.excerpt(&media_type);
        let sentence = format!("gRPC: expected the content type application/grpc, got \"{got}\"");
        return Err(Reason::new(ReasonKind::WrongHeader, sentence));
    }
    Ok(())
}

/// Reads a message, and what stands behind it.
async fn read(mut body: Incoming, message: &mut Vec<u8>) -> Result<Option<HeaderMap>, Reason> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| hyper_reason(&error))?;
        let frame = match frame.into_trailers() {
            Ok(trailers) => return Ok(Some(trailers)),
            Err(frame) => frame,
        };
        let Some(data) = frame.data_ref() else { continue };
        if message.len() + data.len() > GRPC_MESSAGE_BYTES_MAX {
            let sentence = format!("gRPC: the answer is longer than {GRPC_MESSAGE_BYTES_MAX} bytes");
            return Err(Reason::new(ReasonKind::BodyTooLarge, sentence));
        }
        message.extend_from_slice(data);
    }
    Ok(None)
}

/// The question for the health of a service: a message with its name as the first field.
fn question(service: &str) -> Vec<u8> {
    let mut field = Vec::new();
    if !service.is_empty() {
        field.push(0x0a);
        let mut length = service.len();
        while length >= 0x80 {
            field.push(0x80 | u8::try_from(length & 0x7f).unwrap_or(0));
            length >>= 7;
        }
        field.push(u8::try_from(length).unwrap_or(0));
        field.extend(service.as_bytes());
    }
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    [&[0], &length.to_be_bytes()[..], &field].concat()
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
        Some("5") => {
            return said(
                Outcome::Down,
                ReasonKind::WrongAnswer,
                format!("gRPC: {what} is not registered there"),
            );
        }
        Some("12") => {
            let sentence = "gRPC: the server has no health service; register grpc.health.v1.Health in it";
            return said(Outcome::Down, ReasonKind::WrongAnswer, sentence.to_owned());
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

/// Reads the status out of an answer with its five bytes before.
fn serving(answer: &[u8]) -> Result<u64, &'static str> {
    let Some(([coding, length @ ..], message)) = answer.split_first_chunk::<5>() else {
        return Err("it has no message");
    };
    if *coding != 0 {
        return Err("it is compressed, which was not asked for");
    }
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err("it is not as long as it says");
    }
    status_of(message).ok_or("it is not what a health service says")
}

/// The first field of a message, a number; 0 when it is not there. Other fields are passed over.
fn status_of(mut message: &[u8]) -> Option<u64> {
    let mut status = 0;
    while !message.is_empty() {
        let key = varint(&mut message)?;
        match (key >> 3, key & 7) {
            (1, 0) => status = varint(&mut message)?,
            (1, _) => return None,
            (_, 0) => {
                varint(&mut message)?;
            }
            (_, 1) => message = message.get(8..)?,
            (_, 2) => {
                let length = varint(&mut message)?;
                message = message.get(usize::try_from(length).ok()?..)?;
            }
            (_, 5) => message = message.get(4..)?,
            _ => return None,
        }
    }
    Some(status)
}

/// Takes a number of up to ten bytes.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_question_has_the_service_as_its_first_field() {
        assert_eq!(question(""), [0, 0, 0, 0, 0]);
        assert_eq!(question("a.B"), b"\0\0\0\0\x05\x0a\x03a.B");
        let long = question(&"x".repeat(200));
        assert_eq!(long[..8], [0, 0, 0, 0, 203, 0x0a, 0xc8, 0x01]);
    }

    #[test]
    fn an_answer_is_read_whatever_else_stands_in_it() {
        for (answer, status) in [
            (&b"\0\0\0\0\x02\x08\x01"[..], Ok(1)),
            (b"\0\0\0\0\0", Ok(0)),
            (b"\0\0\0\0\x06\x12\x02hi\x08\x02", Ok(2)),
            (b"\0\0\0\0\x03\x08\x81\x01", Ok(129)),
            (b"", Err("it has no message")),
            (b"\x01\0\0\0\x02\x08\x01", Err("it is compressed, which was not asked for")),
            (b"\0\xff\xff\xff\xff\x08\x01", Err("it is not as long as it says")),
            (b"\0\0\0\0\x02\x12\x7f", Err("it is not what a health service says")),
            (b"\0\0\0\0\x03\x0a\x01x", Err("it is not what a health service says")),
        ] {
            assert_eq!(serving(answer), status, "{answer:?}");
        }
    }

    #[test]
    fn the_address_of_a_server_has_no_path() {
        assert!(check_url("https://orders.example.com:8443", &()).is_ok());
        assert!(check_url("http://orders.example.com/", &()).is_ok());
        assert!(check_url("https://orders.example.com/grpc", &()).is_err());
        assert!(check_url("orders.example.com:8443", &()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
            let _ = serving(&bytes);
            let _ = serving(&[&[0], &length[..], &bytes].concat());
        }
    }
}
