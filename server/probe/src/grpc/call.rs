//! One call of a gRPC server: the question in one message, the answer in messages, and the status behind them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::GrpcCheck;
use crate::budget::Budget;
use crate::http::{
    Driver, KeepAlive, Manner, Request, Sender, Target, Version, connect, first_message, hyper_reason,
};
use crate::limits::BODY_BYTES_MAX;
use crate::outcome::{Look, Reason, ReasonKind};
use crate::prober::Prober;
use crate::shown::Shown;

/// What was answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status of the call, as it stands behind the message or in its place.
    pub status: Option<String>,
    /// What the server says of the status.
    pub words: String,
    /// The message with its five bytes before.
    pub message: Vec<u8>,
}

/// An answer that has begun.
pub struct Begun {
    /// The head, which holds the status too where there is no message.
    pub head: HeaderMap,
    /// What follows.
    pub body: Incoming,
    /// What was shown to the server.
    pub shown: Shown,
    /// The connection.
    pub driver: Driver,
    /// Held so that the driver is told how the connection ends.
    _sender: Sender,
}

/// Where the status of a call stands.
pub const STATUS: &str = "grpc-status";

/// Calls the method at `path`, and waits for the head of the answer. The connection ends when that is dropped.
///
/// # Errors
/// With why there is none.
pub async fn begin(
    prober: &Prober,
    check: &GrpcCheck,
    (path, question, keep_alive): (&str, Vec<u8>, Option<KeepAlive>),
    budget: &Budget,
    look: &mut Look,
) -> Result<Begun, Reason> {
    let target = Target::parse(&check.url).ok_or_else(|| {
        let sentence =
            "Could not look: the url is not one that can be asked; write http:// or https:// and a host";
        Reason::new(ReasonKind::CouldNotLook, sentence)
    })?;
    let target = Target { path: path.to_owned(), ..target };
    let manner = Manner { version: Version::Http2, body_bytes_max: BODY_BYTES_MAX, keep_alive };
    let connected = connect(prober, &target, manner, budget, look).await;
    let (mut sender, driver) = connected.map_err(|reason| match reason.kind {
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
        body_bytes_max: BODY_BYTES_MAX,
    };
    let mut message = first_message(&request, &target, true)?;
    message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    message.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
    *message.body_mut() = Full::new(Bytes::from(question));
    let response = sender.send(message, budget, look).await?;
    look.facts.status = Some(response.status().as_u16());
    let (head, body) = response.into_parts();
    let shown = request.shown();
    judge_head(head.status.as_u16(), &head.headers, &shown)?;
    Ok(Begun { head: head.headers, body, shown, driver, _sender: sender })
}

/// Calls the method at `path`, and waits for all of an answer of at most so many bytes.
///
/// # Errors
/// With why there is no whole answer.
pub async fn whole(
    prober: &Prober,
    check: &GrpcCheck,
    (path, question, bytes_max): (&str, Vec<u8>, usize),
    budget: &Budget,
    look: &mut Look,
) -> Result<Answer, Reason> {
    let mut begun = begin(prober, check, (path, question, None), budget, look).await?;
    let mut answer = Answer::default();
    let (read, took_us) = budget.stage(read(&mut begun.body, &mut answer.message, bytes_max)).await;
    look.stages.body_us = Some(took_us);
    let trailers = read.map_err(|_| {
        let sentence = format!("gRPC: the answer did not end within {}", budget.text());
        Reason::new(ReasonKind::BodyTimeout, sentence)
    })??;
    // An answer without a message has its status where others have their head.
    let fields = trailers.filter(|trailers| trailers.contains_key(STATUS)).unwrap_or(begun.head);
    answer.status = text(&fields, STATUS, &begun.shown);
    answer.words = text(&fields, "grpc-message", &begun.shown).unwrap_or_default();
    Ok(answer)
}

/// A field as a sentence has it.
pub fn text(fields: &HeaderMap, name: &str, shown: &Shown) -> Option<String> {
    fields.get(name).map(|value| shown.excerpt(&String::from_utf8_lossy(value.as_bytes())))
}

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
async fn read(
    body: &mut Incoming,
    message: &mut Vec<u8>,
    bytes_max: usize,
) -> Result<Option<HeaderMap>, Reason> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| hyper_reason(&error))?;
        let frame = match frame.into_trailers() {
            Ok(trailers) => return Ok(Some(trailers)),
            Err(frame) => frame,
        };
        let Some(data) = frame.data_ref() else { continue };
        if message.len() + data.len() > bytes_max {
            let sentence = format!("gRPC: the answer is longer than {bytes_max} bytes");
            return Err(Reason::new(ReasonKind::BodyTooLarge, sentence));
        }
        message.extend_from_slice(data);
    }
    Ok(None)
}
