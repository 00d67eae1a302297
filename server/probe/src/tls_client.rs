//! The TLS client: one configuration for all probes, without resumption, so that every handshake is a whole one.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::any_certificate::AnyCertificate;
use crate::budget::Budget;
use crate::certificate::{Validity, tls_reason};
use crate::outcome::{Look, Reason, ReasonKind, excerpt};

/// TLS as probes speak it.
#[derive(Clone)]
pub struct TlsClient {
    http: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
    plain: Arc<ClientConfig>,
    unverified: Arc<ClientConfig>,
    now_ms: fn() -> i64,
}

/// What to offer in the handshake.
#[derive(Clone, Copy, Debug)]
pub enum Offer {
    /// HTTP/2 and HTTP/1.1.
    Http,
    /// HTTP/1.1 only.
    Http1,
    /// No protocol.
    Nothing,
    /// No protocol, and to take any certificate.
    Unverified,
}

impl TlsClient {
    /// A client that trusts what the system trusts and `extra`.
    ///
    /// # Errors
    /// When the system's certificates cannot be read or an extra one is not a certificate.
    pub fn new(extra: &[CertificateDer<'static>], now_ms: fn() -> i64) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra.iter().cloned(), Arc::clone(&provider))?;
        let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let mut config =
            versions.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        config.resumption = Resumption::disabled();
        let mut unverified = config.clone();
        unverified.dangerous().set_certificate_verifier(Arc::new(AnyCertificate(provider)));
        let offering = |protocols: &[&[u8]]| {
            let mut config = config.clone();
            config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
            Arc::new(config)
        };
        Ok(Self {
            http: offering(&[b"h2", b"http/1.1"]),
            http1: offering(&[b"http/1.1"]),
            plain: offering(&[]),
            unverified: Arc::new(unverified),
            now_ms,
        })
    }

    /// Makes a handshake over `stream`, timed, and notes how long the certificate lasts.
    ///
    /// # Errors
    /// With why it failed.
    pub async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        (name, offer): (&str, Offer),
        budget: &Budget,
        look: &mut Look,
    ) -> Result<TlsStream<S>, Reason> {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let server_name = ServerName::try_from(bare.to_owned()).map_err(|_| {
            Reason::new(
                ReasonKind::TlsFailed,
                format!("TLS: {} is not a name that a certificate can have; set server_name", excerpt(name)),
            )
        })?;
        let config = match offer {
            Offer::Http => &self.http,
            Offer::Http1 => &self.http1,
            Offer::Nothing => &self.plain,
            Offer::Unverified => &self.unverified,
        };
        let connector = TlsConnector::from(Arc::clone(config));
        let (shaken, took_us) = budget.stage(connector.connect(server_name, stream)).await;
        look.stages.tls_us = Some(look.stages.tls_us.unwrap_or(0).saturating_add(took_us));
        match shaken {
            Ok(Ok(stream)) => {
                let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                let now_s = (self.now_ms)().div_euclid(1_000);
                let validity = certificate.and_then(Validity::of);
                look.facts.certificate_days_left = validity.map(|validity| validity.days_left(now_s));
                look.facts.certificate_ends_s = validity.map(|validity| validity.not_after_s);
                look.facts.tls_version = match stream.get_ref().1.protocol_version() {
                    Some(rustls::ProtocolVersion::TLSv1_3) => Some("TLS 1.3"),
                    Some(rustls::ProtocolVersion::TLSv1_2) => Some("TLS 1.2"),
                    _ => None,
                };
                Ok(stream)
            }
            Ok(Err(error)) => Err(handshake_reason(name, &error)),
            Err(_) => {
                let sentence = format!("TLS: the handshake with {name} did not end within {}", budget.text());
                Err(Reason::new(ReasonKind::TlsTimeout, sentence))
            }
        }
    }
}

fn handshake_reason(name: &str, error: &std::io::Error) -> Reason {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(tls) => tls_reason(name, tls),
        None => Reason::new(
            ReasonKind::ConnectionClosed,
            format!("TLS: {name} closed the connection during the handshake"),
        ),
    }
}
