//! Certificates: how long one lasts, and why one is not accepted, in words.

use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::outcome::{Reason, ReasonKind, excerpt};

const DAY_S: i64 = 86_400;

/// When a certificate ends, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// The last second in which it holds.
    pub not_after_s: i64,
}

impl Validity {
    /// Reads a certificate; `None` when it is not one.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let validity = parsed.validity();
        Some(Self { not_after_s: validity.not_after.timestamp() })
    }

    /// Whole days until it ends, rounded down; negative when it has ended.
    pub fn days_left(self, now_s: i64) -> i64 {
        (self.not_after_s - now_s).div_euclid(DAY_S)
    }
}

fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        s if s < 120 => (s, "second"),
        s if s < 7_200 => (s / 60, "minute"),
        s if s < 2 * DAY_S => (s / 3_600, "hour"),
        s => (s / DAY_S, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Why a handshake failed.
pub fn tls_reason(name: &str, error: &Error) -> Reason {
    match error {
        Error::InvalidCertificate(certificate) => certificate_reason(name, certificate),
        Error::InvalidMessage(_) => {
            let sentence = format!("TLS: what {name} answered is not TLS; check the port");
            Reason::new(ReasonKind::TlsFailed, sentence)
        }
        Error::AlertReceived(alert) => {
            let sentence = format!("TLS: {name} refused the handshake with the alert {alert:?}");
            Reason::new(ReasonKind::TlsFailed, sentence)
        }
        other => {
            let why = excerpt(&other.to_string());
            Reason::new(ReasonKind::TlsFailed, format!("TLS: the handshake with {name} failed: {why}"))
        }
    }
}

fn certificate_reason(name: &str, error: &CertificateError) -> Reason {
    match error {
        CertificateError::ExpiredContext { time, not_after } => {
            let ago = span(i64::try_from(time.as_secs().saturating_sub(not_after.as_secs())).unwrap_or(0));
            Reason::new(ReasonKind::CertificateExpired, format!("TLS: the certificate expired {ago} ago"))
        }
        CertificateError::Expired => {
            Reason::new(ReasonKind::CertificateExpired, "TLS: the certificate expired")
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let ahead = span(i64::try_from(not_before.as_secs().saturating_sub(time.as_secs())).unwrap_or(0));
            let sentence = format!("TLS: the certificate is not valid before {ahead} from now");
            Reason::new(ReasonKind::CertificateNotYetValid, sentence)
        }
        CertificateError::NotValidYet => {
            Reason::new(ReasonKind::CertificateNotYetValid, "TLS: the certificate is not valid yet")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = excerpt(&names.join(", "));
            let sentence = format!("TLS: the certificate is not for {name} but for {names}");
            Reason::new(ReasonKind::CertificateWrongName, sentence)
        }
        CertificateError::NotValidForName => {
            Reason::new(ReasonKind::CertificateWrongName, format!("TLS: the certificate is not for {name}"))
        }
        CertificateError::UnknownIssuer => Reason::new(
            ReasonKind::CertificateUntrusted,
            "TLS: the certificate was issued by nobody this machine trusts; send the whole chain, or add the issuer to the system's certificates",
        ),
        other => {
            let sentence = format!("TLS: the certificate is not accepted: {}", excerpt(&other.to_string()));
            Reason::new(ReasonKind::CertificateUntrusted, sentence)
        }
    }
}

/// A name without the kind that the library puts around it, as in `DnsName("example.com")`.
fn bare(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_the_unit_a_person_would_choose() {
        for (seconds, text) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (600, "10 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
