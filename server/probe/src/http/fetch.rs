//! Fetching: each stage by hand, so that each is timed and each fails in its own words. No connection is used twice.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Instant;

use base64::Engine;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HOST, HeaderMap, HeaderValue, LOCATION,
    USER_AGENT,
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

use super::target::Target;
use super::{Basic, Version};
use crate::address;
use crate::budget::Budget;
use crate::limits::{BODY_BYTES_MAX, HEAD_BYTES_MAX, HEADERS_MAX};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::tls_client::Offer;

const AGENT: &str = concat!("Pharos/", env!("CARGO_PKG_VERSION"));

/// What to ask.
pub struct Request<'a> {
    pub url: &'a str,
    pub method: &'a str,
    pub headers: &'a BTreeMap<String, SecretString>,
    pub body: Option<&'a SecretString>,
    pub bearer: Option<&'a SecretString>,
    pub basic: Option<&'a Basic>,
    pub version: Version,
    pub redirects: u8,
    pub decompress: bool,
    pub accept: Option<&'static str>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; what is not text is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// Ends the task that drives a connection when the probe is over, however it ends.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Sender {
    Http1(hyper::client::conn::http1::SendRequest<Full<Bytes>>),
    Http2(hyper::client::conn::http2::SendRequest<Full<Bytes>>),
}

/// Asks, follows redirects, and reads the body.
///
/// # Errors
/// With why there is no whole answer.
pub async fn fetch(
    prober: &Prober,
    request: &Request<'_>,
    budget: &Budget,
    look: &mut Look,
) -> Result<Answer, Reason> {
    let first = Target::parse(request.url)
        .ok_or_else(|| Reason::new(ReasonKind::CouldNotLook, "Could not look: the address cannot be read"))?;
    let mut target = first.clone();
    loop {
        let answer = ask(prober, request, (&target, target.is_same_origin(&first)), budget, look).await?;
        look.facts.status = Some(answer.status);
        let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(location) = location.filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308)) else {
            return Ok(answer);
        };
        if request.redirects == 0 {
            return Ok(answer);
        }
        if look.facts.redirects >= request.redirects {
            let sentence = format!("HTTP: more than {} redirects", request.redirects);
            return Err(Reason::new(ReasonKind::TooManyRedirects, sentence));
        }
        look.facts.redirects += 1;
        target = target.follow(location).ok_or_else(|| {
            Reason::new(ReasonKind::BadRedirect, format!("HTTP: a redirect leads to {}", excerpt(location)))
        })?;
    }
}

async fn ask(
    prober: &Prober,
    request: &Request<'_>,
    (target, trusted): (&Target, bool),
    budget: &Budget,
    look: &mut Look,
) -> Result<Answer, Reason> {
    let stream = address::connect(prober, target.host(), target.port, budget, look).await?;
    let (sender, driver) = if target.secure {
        let offer = if request.version == Version::Http1 { Offer::Http1 } else { Offer::Http };
        let stream = prober.tls().handshake(stream, (target.host(), offer), budget, look).await?;
        let agreed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        open(stream, agreed || request.version == Version::Http2, budget).await?
    } else {
        open(stream, request.version == Version::Http2, budget).await?
    };
    let _driver = driver;
    let two = matches!(sender, Sender::Http2(_));
    look.facts.protocol = Some(if two { "HTTP/2.0" } else { "HTTP/1.1" });
    let message = message(request, target, trusted, two)?;
    let (sent, took_us) = budget.stage(send(sender, message)).await;
    look.stages.first_byte_us = Some(look.stages.first_byte_us.unwrap_or(0).saturating_add(took_us));
    let response = match sent {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(hyper_reason(&error)),
        Err(_) => {
            return Err(Reason::new(
                ReasonKind::ResponseTimeout,
                format!("HTTP: no answer within {}", budget.text()),
            ));
        }
    };
    let (parts, body) = response.into_parts();
    let begun = Instant::now();
    let (read, took_us) = budget.stage(read(body)).await;
    look.stages.body_us = Some(look.stages.body_us.unwrap_or(0).saturating_add(took_us));
    let Ok(body) = read else {
        let waited_ms = begun.elapsed().as_millis();
        let sentence =
            format!("HTTP: the body was not whole within {} ({waited_ms} ms of it)", budget.text());
        return Err(Reason::new(ReasonKind::BodyTimeout, sentence));
    };
    let body = body?;
    let body = decode(&parts.headers, body, request.decompress)?;
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
}

async fn open<S>(stream: S, two: bool, budget: &Budget) -> Result<(Sender, Driver), Reason>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    if two {
        let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
        let (opened, _) = budget.stage(builder.handshake(io)).await;
        let opened = opened.map_err(|_| {
            Reason::new(ReasonKind::ResponseTimeout, format!("HTTP: no answer within {}", budget.text()))
        })?;
        let (sender, connection) = opened.map_err(|error| hyper_reason(&error))?;
        let driver = tokio::spawn(async move {
            // How it ends, the request is told.
            let _ended = connection.await;
        });
        return Ok((Sender::Http2(sender), Driver(driver)));
    }
    let mut builder = hyper::client::conn::http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let (sender, connection) = builder.handshake(io).await.map_err(|error| hyper_reason(&error))?;
    let driver = tokio::spawn(async move {
        let _ended = connection.await;
    });
    Ok((Sender::Http1(sender), Driver(driver)))
}

async fn send(
    sender: Sender,
    message: http::Request<Full<Bytes>>,
) -> Result<http::Response<Incoming>, hyper::Error> {
    match sender {
        Sender::Http1(mut sender) => sender.send_request(message).await,
        Sender::Http2(mut sender) => sender.send_request(message).await,
    }
}

fn message(
    request: &Request<'_>,
    target: &Target,
    trusted: bool,
    two: bool,
) -> Result<http::Request<Full<Bytes>>, Reason> {
    let unfit = |_| Reason::new(ReasonKind::CouldNotLook, "Could not look: the request cannot be written");
    let scheme = if target.secure { "https" } else { "http" };
    let uri =
        if two { format!("{scheme}://{}{}", target.authority, target.path) } else { target.path.clone() };
    let mut builder = http::Request::builder().method(request.method).uri(uri).header(USER_AGENT, AGENT);
    if !two {
        builder = builder.header(HOST, target.authority.as_str());
    }
    builder = builder.header(ACCEPT, request.accept.unwrap_or("*/*"));
    builder = builder.header(ACCEPT_ENCODING, if request.decompress { "gzip" } else { "identity" });
    // What was meant for one host is not shown to another that it redirects to.
    if trusted {
        for (name, value) in request.headers {
            builder = builder.header(name, value.expose_secret());
        }
        if let Some(value) = authorization(request) {
            builder = builder.header(AUTHORIZATION, value);
        }
    }
    let body = request
        .body
        .filter(|_| trusted)
        .map_or_else(Bytes::new, |body| Bytes::from(body.expose_secret().to_owned()));
    builder.body(Full::new(body)).map_err(unfit)
}

fn authorization(request: &Request<'_>) -> Option<HeaderValue> {
    let text = if let Some(token) = request.bearer {
        format!("Bearer {}", token.expose_secret())
    } else {
        let basic = request.basic?;
        let pair = format!("{}:{}", basic.user, basic.password.expose_secret());
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    };
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

async fn read(mut body: Incoming) -> Result<Vec<u8>, Reason> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| hyper_reason(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        if whole.len() + data.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        whole.extend_from_slice(data);
    }
    Ok(whole)
}

fn too_large() -> Reason {
    Reason::new(
        ReasonKind::BodyTooLarge,
        format!("HTTP: the body is longer than {} KiB", BODY_BYTES_MAX / 1024),
    )
}

fn decode(headers: &HeaderMap, body: Vec<u8>, allowed: bool) -> Result<Vec<u8>, Reason> {
    let coding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("identity");
    match coding.trim() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" if allowed => gunzip(&body),
        other => {
            let sentence = format!("HTTP: the body is coded as {}, which was not asked for", excerpt(other));
            Err(Reason::new(ReasonKind::BodyUndecodable, sentence))
        }
    }
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut plain = Vec::new();
    let bound = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    let unpacked = flate2::read::MultiGzDecoder::new(body).take(bound).read_to_end(&mut plain);
    if plain.len() > BODY_BYTES_MAX {
        return Err(too_large());
    }
    unpacked
        .map_err(|_| Reason::new(ReasonKind::BodyUndecodable, "HTTP: the body says it is gzip but is not"))?;
    Ok(plain)
}

fn hyper_reason(error: &hyper::Error) -> Reason {
    if error.is_parse_too_large() {
        let sentence = format!(
            "HTTP: the head of the answer is longer than {} KiB or has more than {HEADERS_MAX} fields",
            HEAD_BYTES_MAX / 1024
        );
        return Reason::new(ReasonKind::HeadTooLarge, sentence);
    }
    if error.is_parse() {
        return Reason::new(ReasonKind::NotHttp, "HTTP: what came is not HTTP");
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Reason::new(
            ReasonKind::ConnectionClosed,
            "HTTP: the connection was closed before the answer was whole",
        );
    }
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    if io.is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset) {
        let sentence = "HTTP: the other side reset the connection before the answer was whole";
        return Reason::new(ReasonKind::ConnectionClosed, sentence);
    }
    let source = source.map(ToString::to_string).unwrap_or_default();
    let sentence = format!("HTTP: the connection was lost before the answer was whole: {}", excerpt(&source));
    Reason::new(ReasonKind::ConnectionClosed, sentence)
}
