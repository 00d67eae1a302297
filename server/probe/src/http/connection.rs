//! A connection that speaks HTTP: for one request, and for no other.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::Version;
use super::alive::{KeepAlive, ask_when_silent};
use super::bounded::Bounded;
use super::driver::{Driver, Helpers};
use super::failure::hyper_reason;
use super::target::Target;
use crate::address;
use crate::budget::Budget;
use crate::limits::{BODY_BYTES_MAX, CONNECTION_BYTES_TIMES, HEAD_BYTES_MAX, HEADERS_MAX};
use crate::outcome::{Look, Reason, ReasonKind};
use crate::prober::Prober;
use crate::tls_client::Offer;

/// What sends the one request.
pub enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    /// Whether it speaks version 2.
    pub fn is_second(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// Sends the request and waits for the head of the answer, timed.
    ///
    /// # Errors
    /// With why there is none.
    pub async fn send(
        &mut self,
        message: http::Request<Full<Bytes>>,
        budget: &Budget,
        look: &mut Look,
    ) -> Result<http::Response<Incoming>, Reason> {
        look.facts.protocol = Some(if self.is_second() { "HTTP/2.0" } else { "HTTP/1.1" });
        let sending = async {
            match self {
                Self::Http1(sender) => sender.send_request(message).await,
                Self::Http2(sender) => sender.send_request(message).await,
            }
        };
        let (sent, took_us) = budget.stage(sending).await;
        look.stages.first_byte_us = Some(look.stages.first_byte_us.unwrap_or(0).saturating_add(took_us));
        sent.map_err(|_| no_answer(budget))?.map_err(|error| hyper_reason(&error))
    }
}

/// How a connection is to be.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The version to speak.
    pub version: Version,
    /// Bytes of a body that will be read.
    pub body_bytes_max: usize,
    /// For one of version 2 that is to last.
    pub keep_alive: Option<KeepAlive>,
}

/// Connects to a target, and speaks the version that was agreed on.
///
/// # Errors
/// With why that was not possible.
pub async fn connect(
    prober: &Prober,
    target: &Target,
    manner: Manner,
    budget: &Budget,
    look: &mut Look,
) -> Result<(Sender, Driver), Reason> {
    let second = manner.version == Version::Http2;
    let offer = if manner.version == Version::Http1 { Offer::Http1 } else { Offer::Http };
    let reached = reach(prober, target, offer, budget, look).await?;
    if manner.keep_alive.is_some() {
        ask_when_silent(reached.tcp());
    }
    match reached {
        Reached::Plain(stream) => open(stream, (second, manner), budget).await,
        Reached::Secure(stream) => {
            let agreed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            if second && !agreed {
                let sentence =
                    "HTTP: expected version 2, which the server does not offer; set version to auto";
                return Err(Reason::new(ReasonKind::WrongVersion, sentence));
            }
            open(*stream, (agreed, manner), budget).await
        }
    }
}

/// Connects to a target with version 1.1, so that another protocol can take over.
///
/// # Errors
/// With why that was not possible.
pub async fn connect_upgradable(
    prober: &Prober,
    target: &Target,
    budget: &Budget,
    look: &mut Look,
) -> Result<(Sender, Driver), Reason> {
    match reach(prober, target, Offer::Http1, budget, look).await? {
        Reached::Plain(stream) => open_upgradable(stream).await,
        Reached::Secure(stream) => open_upgradable(*stream).await,
    }
}

enum Reached {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

impl Reached {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        }
    }
}

async fn reach(
    prober: &Prober,
    target: &Target,
    offer: Offer,
    budget: &Budget,
    look: &mut Look,
) -> Result<Reached, Reason> {
    // A redirect from a secure place to one that is not must not keep the first one's.
    look.facts.certificate_days_left = None;
    look.facts.certificate_ends_s = None;
    look.facts.tls_version = None;
    let stream = address::connect(prober, target.host(), target.port, budget, look).await?;
    if !target.secure {
        return Ok(Reached::Plain(stream));
    }
    let stream = prober.tls().handshake(stream, (target.host(), offer), budget, look).await?;
    Ok(Reached::Secure(Box::new(stream)))
}

fn no_answer(budget: &Budget) -> Reason {
    Reason::new(ReasonKind::ResponseTimeout, format!("HTTP: no answer within {}", budget.text()))
}

async fn open<S>(
    stream: S,
    (two, manner): (bool, Manner),
    budget: &Budget,
) -> Result<(Sender, Driver), Reason>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(Bounded::new(stream, manner.body_bytes_max * CONNECTION_BYTES_TIMES));
    if two {
        let (helpers, helped) = Helpers::new();
        let mut builder = http2::Builder::new(helpers);
        let window = u32::try_from(BODY_BYTES_MAX).unwrap_or(u32::MAX);
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(window)
            .initial_connection_window_size(window)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
        if let Some(KeepAlive { every, patience }) = manner.keep_alive {
            builder.keep_alive_interval(every).keep_alive_timeout(patience);
        }
        let (opened, _) = budget.stage(builder.handshake(io)).await;
        let opened = opened.map_err(|_| no_answer(budget))?;
        let (sender, connection) = opened.map_err(|error| hyper_reason(&error))?;
        return Ok((Sender::Http2(sender), Driver::helped(connection, helped)));
    }
    let (sender, connection) = first_version().handshake(io).await.map_err(|error| hyper_reason(&error))?;
    Ok((Sender::Http1(sender), Driver::of(connection)))
}

async fn open_upgradable<S>(stream: S) -> Result<(Sender, Driver), Reason>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let opened = first_version().handshake(TokioIo::new(stream)).await;
    let (sender, connection) = opened.map_err(|error| hyper_reason(&error))?;
    Ok((Sender::Http1(sender), Driver::of(connection.with_upgrades())))
}

fn first_version() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    builder
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_nothing_more_does_not_keep_the_connection_of_a_probe_that_is_over() {
        let (near, mut far) = tokio::io::duplex(1_024);
        let (budget, mut look) = (Budget::start(100), Look::default());
        let manner = Manner { version: Version::Http2, body_bytes_max: BODY_BYTES_MAX, keep_alive: None };
        let (mut sender, driver) = open(near, (true, manner), &budget).await.unwrap();
        let message = http::Request::post("http://slow.test/").body(Full::new(vec![b'x'; 10_000].into()));
        let failure = sender.send(message.unwrap(), &budget, &mut look).await.unwrap_err();
        assert_eq!(failure.kind, ReasonKind::ResponseTimeout);
        drop((sender, driver));
        let closed = async {
            let mut turns = tokio::time::interval(Duration::from_millis(10));
            while far.write(&[]).await.is_ok() {
                turns.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the connection is kept");
    }
}
