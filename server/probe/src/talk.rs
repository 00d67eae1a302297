//! A conversation with a server: within the budget of time, and within a bound of bytes whatever the server claims.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::budget::{Budget, TimeUp};
use crate::limits::TALK_BYTES_MAX;
use crate::outcome::{Look, Reason, ReasonKind};
use crate::prober::Prober;
use crate::tls_client::Offer;
use crate::{address, tcp};

/// A connection, with TLS or without.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {
    /// The connection itself, where nothing is around it yet.
    fn plain(self: Box<Self>) -> Option<TcpStream>;
}

impl Wire for TcpStream {
    fn plain(self: Box<Self>) -> Option<TcpStream> {
        Some(*self)
    }
}

impl Wire for TlsStream<TcpStream> {
    fn plain(self: Box<Self>) -> Option<TcpStream> {
        None
    }
}

/// A conversation under way.
pub struct Talk<'a> {
    /// What is noted of it.
    pub look: &'a mut Look,
    /// What is going on, as a sentence has it: `the login`.
    pub step: &'static str,
    /// Whether the other side has shown a certificate that is valid for its name.
    pub is_verified: bool,
    /// The name of the protocol, as a sentence begins with it.
    who: &'static str,
    budget: &'a Budget,
    wire: BufReader<Box<dyn Wire>>,
    bytes_left: usize,
    /// Whether anything was received.
    is_heard: bool,
}

impl<'a> Talk<'a> {
    /// Connects to `address`.
    ///
    /// # Errors
    /// With why that was not possible.
    pub async fn open(
        who: &'static str,
        prober: &Prober,
        address: &str,
        budget: &'a Budget,
        look: &'a mut Look,
    ) -> Result<Self, Reason> {
        let Some((host, port)) = tcp::split(address) else {
            return Err(Reason::new(ReasonKind::CouldNotLook, "Could not look: the address has no port"));
        };
        let stream = address::connect(prober, host, port, budget, look).await?;
        let wire: BufReader<Box<dyn Wire>> = BufReader::new(Box::new(stream));
        let step = "the greeting";
        let bytes_left = TALK_BYTES_MAX;
        Ok(Self { look, step, is_verified: false, who, budget, wire, bytes_left, is_heard: false })
    }

    /// Goes on over TLS, with a certificate that is checked for the host of `address` or with any.
    ///
    /// # Errors
    /// With why the handshake failed. Whatever came before it in clear text and was not read yet could be anybody's, and ends
    /// the conversation.
    pub async fn secured(self, prober: &Prober, address: &str, is_verified: bool) -> Result<Self, Reason> {
        let stray = self.stray();
        if !self.wire.buffer().is_empty() {
            return Err(stray);
        }
        let host = tcp::split(address).map_or(address, |(host, _)| host);
        let offer = if is_verified { Offer::Nothing } else { Offer::Unverified };
        let plain = self.wire.into_inner().plain().ok_or(stray)?;
        let stream = prober.tls().handshake(plain, (host, offer), self.budget, self.look).await?;
        Ok(Self { wire: BufReader::new(Box::new(stream)), is_verified, ..self })
    }

    /// Sends all of it.
    ///
    /// # Errors
    /// When the connection ends or the time is up before.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        let wire = self.wire.get_mut();
        let sending = async {
            wire.write_all(bytes).await?;
            wire.flush().await
        };
        let (sent, took_us) = self.budget.stage(sending).await;
        self.spend_us(took_us);
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.closed()),
            Err(TimeUp) => Err(self.time_up()),
        }
    }

    /// Receives exactly so many bytes; room is made as they come, not as they are announced.
    ///
    /// # Errors
    /// When they are more than may still come, or the connection ends or the time is up before.
    pub async fn take(&mut self, count: usize) -> Result<Vec<u8>, Reason> {
        self.bytes_left = self.bytes_left.checked_sub(count).ok_or_else(|| self.too_long())?;
        let mut bytes = Vec::new();
        let mut part = (&mut self.wire).take(count as u64);
        let (received, took_us) = self.budget.stage(part.read_to_end(&mut bytes)).await;
        self.spend_us(took_us);
        self.is_heard |= !bytes.is_empty();
        match received {
            Ok(Ok(received)) if received == count => Ok(bytes),
            Ok(_) => Err(self.closed()),
            Err(TimeUp) => Err(self.time_up()),
        }
    }

    /// Receives up to the end of a line, and returns it without that.
    ///
    /// # Errors
    /// When it is longer than what may still come, or the connection ends or the time is up before.
    pub async fn line(&mut self) -> Result<Vec<u8>, Reason> {
        let mut line = Vec::new();
        let mut part = (&mut self.wire).take(self.bytes_left as u64);
        let (received, took_us) = self.budget.stage(part.read_until(b'\n', &mut line)).await;
        self.spend_us(took_us);
        self.is_heard |= !line.is_empty();
        if matches!(received, Err(TimeUp)) {
            return Err(self.time_up());
        }
        self.bytes_left -= line.len();
        match line.pop() {
            Some(b'\n') => {
                line.pop_if(|last| *last == b'\r');
                Ok(line)
            }
            _ if self.bytes_left == 0 => Err(self.too_long()),
            _ => Err(self.closed()),
        }
    }

    /// Runs `work`, which takes the time of a whole thread, within the budget; `None` when it came to grief.
    ///
    /// # Errors
    /// When the time is up before.
    pub async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Reason> {
        let (done, took_us) = self.budget.stage(tokio::task::spawn_blocking(work)).await;
        self.spend_us(took_us);
        done.map(Result::ok).map_err(|TimeUp| self.time_up())
    }

    /// The time that is left, in milliseconds, at least one.
    pub fn left_ms(&self) -> u64 {
        self.budget.left_ms().max(1)
    }

    /// A sentence of this conversation.
    pub fn reason(&self, kind: ReasonKind, sentence: impl AsRef<str>) -> Reason {
        Reason::new(kind, format!("{}: {}", self.who, sentence.as_ref()))
    }

    /// What came makes no sense.
    pub fn stray(&self) -> Reason {
        let (who, step) = (self.who, self.step);
        self.reason(
            ReasonKind::WrongAnswer,
            format!("what came during {step} is not as {who} speaks; check the port"),
        )
    }

    fn closed(&self) -> Reason {
        let sentence = format!("the other side closed the connection during {}", self.step);
        self.reason(ReasonKind::ConnectionClosed, sentence)
    }

    fn time_up(&self) -> Reason {
        let sentence = format!("{} did not end within {}", self.step, self.budget.text());
        self.reason(ReasonKind::ResponseTimeout, sentence)
    }

    fn too_long(&self) -> Reason {
        let kib = TALK_BYTES_MAX / 1024;
        let sentence = format!("the answer during {} is longer than {kib} KiB; check the port", self.step);
        self.reason(ReasonKind::WrongAnswer, sentence)
    }

    /// Up to the first answer it is the wait for that, and then the rest of the conversation.
    fn spend_us(&mut self, took_us: u32) {
        let stages = &mut self.look.stages;
        let stage = if self.is_heard { &mut stages.body_us } else { &mut stages.first_byte_us };
        *stage = Some(stage.unwrap_or(0).saturating_add(took_us));
    }
}
