//! What a probe comes back with.

use crate::limits::{EXCERPT_CHARS_MAX, SENTENCE_CHARS_MAX};

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is as expected.
    Good,
    /// It works, but not as well as it should.
    Degraded,
    /// Some of it does not work.
    Partial,
    /// It does not work.
    Down,
    /// It says of itself that it is under maintenance.
    Maintenance,
    /// We could not look, or could make nothing of what we saw.
    Unknown,
}

impl Outcome {
    /// How bad it is, for "which of these should be told": an outage is worse than not knowing, not knowing is worse than working.
    pub fn severity(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Maintenance => 1,
            Self::Unknown => 2,
            Self::Degraded => 3,
            Self::Partial => 4,
            Self::Down => 5,
        }
    }
}

macro_rules! reason_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What kind of failure it was.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ReasonKind {
            $($(#[$doc])* $name,)*
        }

        impl ReasonKind {
            /// The word for it, for programs; it never changes.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

reason_kinds! {
    /// The name does not exist.
    DnsNoSuchName = "dns_no_such_name",
    /// The name has no record of the kind asked for.
    DnsNoRecord = "dns_no_record",
    /// The resolver refused or failed.
    DnsFailed = "dns_failed",
    /// The resolver did not answer in time.
    DnsTimeout = "dns_timeout",
    /// The answer is not the expected one.
    DnsWrongAnswer = "dns_wrong_answer",
    /// The address is one that is not looked at.
    AddressForbidden = "address_forbidden",
    /// Nobody listens.
    ConnectRefused = "connect_refused",
    /// No answer to the connection in time.
    ConnectTimeout = "connect_timeout",
    /// There is no way to it.
    ConnectUnreachable = "connect_unreachable",
    /// The connection could not be made for another reason.
    ConnectFailed = "connect_failed",
    /// The handshake did not end in time.
    TlsTimeout = "tls_timeout",
    /// The handshake failed.
    TlsFailed = "tls_failed",
    /// The certificate is past its time.
    CertificateExpired = "certificate_expired",
    /// The certificate is not valid yet.
    CertificateNotYetValid = "certificate_not_yet_valid",
    /// The certificate is for another name.
    CertificateWrongName = "certificate_wrong_name",
    /// Nobody we trust issued the certificate.
    CertificateUntrusted = "certificate_untrusted",
    /// The certificate ends soon.
    CertificateExpiresSoon = "certificate_expires_soon",
    /// The other side closed the connection.
    ConnectionClosed = "connection_closed",
    /// The request could not be sent, or no answer came in time.
    ResponseTimeout = "response_timeout",
    /// The body did not come in time.
    BodyTimeout = "body_timeout",
    /// What came is not HTTP.
    NotHttp = "not_http",
    /// Not the version of HTTP that was asked for.
    WrongVersion = "wrong_version",
    /// The head of the answer is too long.
    HeadTooLarge = "head_too_large",
    /// The body is too long.
    BodyTooLarge = "body_too_large",
    /// The body could not be decoded.
    BodyUndecodable = "body_undecodable",
    /// The status is not the expected one.
    WrongStatus = "wrong_status",
    /// A header is not as expected.
    WrongHeader = "wrong_header",
    /// The body is not as expected.
    WrongBody = "wrong_body",
    /// A value of the body is not as expected.
    WrongValue = "wrong_value",
    /// There were too many redirects.
    TooManyRedirects = "too_many_redirects",
    /// A redirect led nowhere.
    BadRedirect = "bad_redirect",
    /// What a TCP target said is not as expected.
    WrongAnswer = "wrong_answer",
    /// The server did not let us in.
    LoginFailed = "login_failed",
    /// The server is up, but serves nobody yet or any more.
    NotReady = "not_ready",
    /// The server could not answer a query or a command.
    QueryFailed = "query_failed",
    /// A health document says that something is not well.
    Unhealthy = "unhealthy",
    /// A health document cannot be read.
    BadDocument = "bad_document",
    /// A health document tells no more of a part.
    PartGone = "part_gone",
    /// A health document in no form that is known.
    FormatUnknown = "format_unknown",
    /// A job says of itself that it failed.
    JobFailed = "job_failed",
    /// The registration of a domain ends soon.
    DomainExpiresSoon = "domain_expires_soon",
    /// A domain is no longer registered.
    DomainExpired = "domain_expired",
    /// A clock and this machine's do not agree.
    ClockDiffers = "clock_differs",
    /// We could not look.
    CouldNotLook = "could_not_look",
}

/// Why a probe did not come back good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of failure it was.
    pub kind: ReasonKind,
    /// One sentence for an operator: what was expected and what was seen. Bounded, without credentials.
    pub sentence: String,
}

impl Reason {
    /// A reason; the sentence is cut to its bound and freed of characters that are not seen but change what is.
    pub fn new(kind: ReasonKind, sentence: impl AsRef<str>) -> Self {
        Self { kind, sentence: plain(sentence.as_ref()).take(SENTENCE_CHARS_MAX).collect() }
    }
}

/// The characters of a text, with spaces in place of those that are not seen but change what is.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c })
}

/// Whether a character turns the direction in which those after it are shown.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A foreign text, short enough to stand in a sentence, and freed of characters that are not seen but change what is.
pub fn excerpt(text: &str) -> String {
    let mut rest = plain(text);
    let mut short: String = rest.by_ref().take(EXCERPT_CHARS_MAX).collect();
    if rest.next().is_some() {
        short.push('…');
    }
    short
}

/// How long each stage took, in microseconds; `None` for a stage that was not reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// Looking up the name.
    pub dns_us: Option<u32>,
    /// Opening the connection.
    pub connect_us: Option<u32>,
    /// The TLS handshake.
    pub tls_us: Option<u32>,
    /// From the request to the first byte of the answer.
    pub first_byte_us: Option<u32>,
    /// The body.
    pub body_us: Option<u32>,
    /// The whole.
    pub total_us: Option<u32>,
}

/// A part of a service, as its health document tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands: the names on the way to it, with `/` between.
    pub path: String,
    /// The service's own word.
    pub word: String,
    /// What the word means.
    pub outcome: Outcome,
}

impl Part {
    /// Whether it does not work, or not all of it.
    pub fn is_bad(&self) -> bool {
        matches!(self.outcome, Outcome::Down | Outcome::Partial)
    }
}

/// What a health document says of the parts that speak for a component of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The path or the pattern by which the configuration names them.
    pub pattern: String,
    /// How they are; unknown when the document tells of none.
    pub outcome: Outcome,
    /// Why they are not well.
    pub reason: Option<Reason>,
}

/// What a member of a redundant component says that it does in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It serves, and takes what is written.
    Primary,
    /// It follows, and is ready to take over.
    Standby,
}

/// What else was seen, for operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The address that answered.
    pub address: Option<std::net::SocketAddr>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The version of the protocol, as in `HTTP/2.0`.
    pub protocol: Option<&'static str>,
    /// Redirects followed.
    pub redirects: u8,
    /// Whole days until the certificate ends; negative when it has ended.
    pub certificate_days_left: Option<i64>,
    /// When the certificate ends, in seconds since 1970.
    pub certificate_ends_s: Option<i64>,
    /// The version of TLS, as in `TLS 1.3`.
    pub tls_version: Option<&'static str>,
    /// Bytes of the body, decoded.
    pub body_bytes: Option<u64>,
    /// The format in which a health document was read.
    pub format: Option<&'static str>,
    /// Parts of a health document, as far as they were read, but for those that speak for a component of their own.
    pub parts: Vec<Part>,
    /// What it says of those, once it was read.
    pub mapped: Vec<Mapped>,
    /// The role that it says it has, where it says one.
    pub role: Option<Role>,
    /// How far it lags behind the one that it follows, in milliseconds; `None` where it does not say.
    pub lag_ms: Option<u64>,
}

/// What a probe comes back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// What was seen.
    pub outcome: Outcome,
    /// Why, when it is not good.
    pub reason: Option<Reason>,
    /// How long each stage took.
    pub stages: Stages,
    /// What else was seen.
    pub facts: Facts,
    /// How long the probe waited for its turn, in microseconds. Not part of the stages.
    pub queued_us: u64,
}

/// What a kind of check works out: all but the waiting.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Why it is not good, and how bad that is.
    pub failure: Option<(Outcome, Reason)>,
    /// How long each stage took.
    pub stages: Stages,
    /// What else was seen.
    pub facts: Facts,
}

impl Look {
    /// Ends the look as down.
    pub fn down(&mut self, reason: Reason) {
        self.failure = Some((Outcome::Down, reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_bounded_and_holds_no_control_characters() {
        let reason = Reason::new(ReasonKind::WrongBody, format!("a\r\nb{}", "x".repeat(1_000)));
        assert_eq!(reason.sentence.chars().count(), SENTENCE_CHARS_MAX);
        assert!(reason.sentence.starts_with("a  b"));
    }

    #[test]
    fn a_target_cannot_turn_a_sentence_around() {
        let reason = Reason::new(ReasonKind::WrongBody, "got \u{202e}live\u{2066}");
        assert_eq!(reason.sentence, "got  live ");
    }
}
