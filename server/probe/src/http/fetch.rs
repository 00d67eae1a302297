//! Fetching: each stage by hand, so that each is timed and each fails in its own words. No connection is used twice.

use std::collections::BTreeMap;
use std::io::Read;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue,
    LOCATION, USER_AGENT,
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use secrecy::{ExposeSecret, SecretString};

use super::connection::{Manner, connect};
use super::failure::{hyper_reason, too_large};
use super::target::{Target, sayable};
use super::{Basic, Version};
use crate::budget::Budget;
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::shown::Shown;

const AGENT: &str = concat!("Pharos/", env!("CARGO_PKG_VERSION"));

/// Headers that hold no secret, and words that a target says too.
const NO_SECRETS: &[&str] =
    &["accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "user-agent"];

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
    /// Bytes of the body that are read, counted after decoding.
    pub body_bytes_max: usize,
}

impl Request<'_> {
    /// What it shows.
    pub fn shown(&self) -> Shown {
        let secret = |name: &str| !NO_SECRETS.contains(&name.to_ascii_lowercase().as_str());
        let headers = self.headers.iter().filter(|(name, _)| secret(name)).map(|(_, value)| value);
        let others = self.bearer.into_iter().chain(self.body).chain(self.basic.map(|basic| &basic.password));
        let pair = self.basic.map(Basic::encoded);
        Shown::of(headers.chain(others).map(ExposeSecret::expose_secret).chain(pair.as_deref()))
    }
}

/// One step of the way to the answer.
struct Hop {
    target: Target,
    /// Whether what was meant for the first host may be shown here.
    trusted: bool,
    /// Whether a redirect turned the request into one that only reads.
    only_reads: bool,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub shown: Shown,
}

impl Answer {
    /// The body as text; what is not text is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as a sentence has it.
    pub fn said(&self) -> String {
        match self.text().trim() {
            "" => "an empty body".to_owned(),
            text => format!("\"{}\"", self.shown.excerpt(text)),
        }
    }
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
    let first = Target::parse(request.url).ok_or_else(|| {
        let sentence =
            "Could not look: the url is not one that can be asked; write http:// or https:// and a host";
        Reason::new(ReasonKind::CouldNotLook, sentence)
    })?;
    let mut hop = Hop { target: first.clone(), trusted: true, only_reads: false };
    loop {
        let answer = ask(prober, request, &hop, budget, look).await?;
        look.facts.status = Some(answer.status);
        look.facts.body_bytes = u64::try_from(answer.body.len()).ok();
        let location = answer.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let Some(location) = location.filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308)) else {
            return Ok(answer);
        };
        if request.redirects == 0 {
            return Ok(answer);
        }
        if look.facts.redirects >= request.redirects {
            let place = answer.shown.excerpt(&sayable(&location));
            let sentence = format!("HTTP: more than {} redirects, the last to {place}", request.redirects);
            return Err(Reason::new(ReasonKind::TooManyRedirects, sentence));
        }
        look.facts.redirects += 1;
        let target = hop.target.follow(&location).ok_or_else(|| {
            let place = answer.shown.excerpt(&sayable(&location));
            let sentence =
                format!("HTTP: a redirect leads to \"{place}\", which is not a web address to follow");
            Reason::new(ReasonKind::BadRedirect, sentence)
        })?;
        let only_reads = hop.only_reads || becomes_get(answer.status, request.method);
        hop = Hop { trusted: target.is_same_origin(&first), target, only_reads };
    }
}

/// Whether a redirect with this status turns the method into one that only reads, as it does in browsers.
fn becomes_get(status: u16, method: &str) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => method != "HEAD",
        _ => false,
    }
}

async fn ask(
    prober: &Prober,
    request: &Request<'_>,
    hop: &Hop,
    budget: &Budget,
    look: &mut Look,
) -> Result<Answer, Reason> {
    let manner =
        Manner { version: request.version, body_bytes_max: request.body_bytes_max, keep_alive: None };
    let (mut sender, _driver) = connect(prober, &hop.target, manner, budget, look).await?;
    let message = message(request, hop, sender.is_second())?;
    let response = sender.send(message, budget, look).await?;
    let (parts, body) = response.into_parts();
    let mut whole = Vec::new();
    let (read, took_us) = budget.stage(read(body, &mut whole, request.body_bytes_max)).await;
    look.stages.body_us = Some(look.stages.body_us.unwrap_or(0).saturating_add(took_us));
    read.map_err(|_| {
        let (within, count) = (budget.text(), whole.len());
        let sentence = format!("HTTP: expected the whole body within {within}, got {count} bytes of it");
        Reason::new(ReasonKind::BodyTimeout, sentence)
    })??;
    let body = decode(&parts.headers, whole, request)?;
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, shown: request.shown() })
}

/// A request as it goes to the target that it is meant for.
pub fn first_message(
    request: &Request<'_>,
    target: &Target,
    two: bool,
) -> Result<http::Request<Full<Bytes>>, Reason> {
    message(request, &Hop { target: target.clone(), trusted: true, only_reads: false }, two)
}

fn message(request: &Request<'_>, hop: &Hop, two: bool) -> Result<http::Request<Full<Bytes>>, Reason> {
    let Target { secure, authority, path, .. } = &hop.target;
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static(request.accept.unwrap_or("*/*")));
    let coding = if request.decompress { "gzip" } else { "identity" };
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding));
    let mut host = authority.to_string();
    // What was meant for one host is not shown to another that it redirects to.
    if hop.trusted {
        own_headers(request, &mut headers)?;
        if let Some(own) = headers.remove(HOST) {
            own.to_str().map_err(|_| unfit())?.clone_into(&mut host);
        }
    }
    let scheme = if *secure { "https" } else { "http" };
    let uri = if two { format!("{scheme}://{host}{path}") } else { path.clone() };
    if !two {
        headers.insert(HOST, HeaderValue::from_str(&host).map_err(|_| unfit())?);
    }
    let body = request.body.filter(|_| hop.trusted && !hop.only_reads);
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.expose_secret().to_owned()));
    let method = if hop.only_reads { "GET" } else { request.method };
    let built = http::Request::builder().method(method).uri(uri).body(Full::new(body));
    let mut message = built.map_err(|_| unfit())?;
    *message.headers_mut() = headers;
    Ok(message)
}

fn unfit() -> Reason {
    let sentence =
        "Could not look: a header, the token or the name holds what no header may hold, such as a line break";
    Reason::new(ReasonKind::CouldNotLook, sentence)
}

/// The headers of the check itself, in place of ours where both name one.
fn own_headers(request: &Request<'_>, headers: &mut HeaderMap) -> Result<(), Reason> {
    let mut put = |name: HeaderName, text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| unfit())?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    for (name, value) in request.headers {
        put(name.parse().map_err(|_| unfit())?, value.expose_secret())?;
    }
    if let Some(token) = request.bearer {
        put(AUTHORIZATION, &format!("Bearer {}", token.expose_secret()))?;
    } else if let Some(basic) = request.basic {
        put(AUTHORIZATION, &format!("Basic {}", basic.encoded()))?;
    }
    Ok(())
}

async fn read(mut body: Incoming, whole: &mut Vec<u8>, bytes_max: usize) -> Result<(), Reason> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| hyper_reason(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        if whole.len() + data.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        whole.extend_from_slice(data);
    }
    Ok(())
}

fn decode(headers: &HeaderMap, body: Vec<u8>, request: &Request<'_>) -> Result<Vec<u8>, Reason> {
    let coding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("identity");
    let coding = coding.trim().to_ascii_lowercase();
    match coding.as_str() {
        "" | "identity" => Ok(body),
        // The answer to HEAD says how a body would be coded.
        _ if body.is_empty() => Ok(body),
        "gzip" | "x-gzip" if request.decompress => gunzip(&body, request.body_bytes_max),
        other => {
            let other = excerpt(other);
            let hint = if other == "gzip" { "; set decompress to true if it may be" } else { "" };
            let sentence = format!("HTTP: the body is coded as {other}, which was not asked for{hint}");
            Err(Reason::new(ReasonKind::BodyUndecodable, sentence))
        }
    }
}

fn gunzip(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, Reason> {
    let mut plain = Vec::new();
    let bound = u64::try_from(bytes_max).unwrap_or(u64::MAX) + 1;
    let unpacked = flate2::read::MultiGzDecoder::new(body).take(bound).read_to_end(&mut plain);
    if plain.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    unpacked
        .map_err(|_| Reason::new(ReasonKind::BodyUndecodable, "HTTP: the body says it is gzip but is not"))?;
    Ok(plain)
}
