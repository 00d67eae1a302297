//! Certificates that are good, and those that are not.

use std::net::SocketAddr;
use std::sync::Arc;

use pharos_probe::{Outcome, ProbeResult, Prober, ProberOptions, ReasonKind, Spec};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{TIMEOUT_MS, assert_reason, now_ms, silent};

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A TLS server with a certificate for `name` that holds from one year to another.
    async fn server(&self, name: &str, years: (i32, i32)) -> SocketAddr {
        serve(self.acceptor(name, years, &[])).await
    }

    /// What accepts TLS with such a certificate and speaks one of these protocols.
    pub fn acceptor(&self, name: &str, years: (i32, i32), protocols: &[&str]) -> TlsAcceptor {
        let (certificate, key) = self.certificate(name, years);
        acceptor(certificate.der().clone(), &key, protocols)
    }

    /// Such a certificate and its key, as they stand in files.
    pub fn pem(&self, name: &str, years: (i32, i32)) -> (String, String) {
        let (certificate, key) = self.certificate(name, years);
        (certificate.pem(), key.serialize_pem())
    }

    fn certificate(&self, name: &str, years: (i32, i32)) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// Such a certificate for `name` and its key, as files have them.
    pub fn files(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2050, 1, 1));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    pub async fn probe(&self, spec: &Spec) -> ProbeResult {
        let mut options = ProberOptions::new(now_ms);
        options.extra_roots = vec![self.0.as_ref().der().clone()];
        Prober::new(&options).unwrap().probe(spec, TIMEOUT_MS * 10).await
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair, protocols: &[&str]) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(acceptor: TlsAcceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            });
        }
    });
    address
}

fn tls(address: SocketAddr) -> Spec {
    let value = json!({ "address": address.to_string(), "server_name": "api.example.test" });
    Spec::Tls(serde_json::from_value(value).unwrap())
}

#[tokio::test]
async fn a_good_certificate_is_good_and_its_days_are_counted() {
    let authority = Authority::new();
    let address = authority.server("api.example.test", (2020, 2050)).await;
    let result = authority.probe(&tls(address)).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    // From 23 November 2026 to 1 January 2050.
    assert_eq!(result.facts.certificate_days_left, Some(8_440));
    assert_eq!(result.facts.certificate_ends_s, Some(2_524_608_000));
    assert_eq!(result.facts.tls_version, Some("TLS 1.3"));
    assert!(result.stages.tls_us.is_some());
}

#[tokio::test]
async fn an_expired_certificate_says_for_how_long() {
    let authority = Authority::new();
    let address = authority.server("api.example.test", (2019, 2021)).await;
    let result = authority.probe(&tls(address)).await;
    let reason = result.reason.unwrap();
    assert_eq!((result.outcome, reason.kind), (Outcome::Down, ReasonKind::CertificateExpired));
    assert!(
        reason.sentence.starts_with("TLS: the certificate expired ")
            && reason.sentence.ends_with(" days ago")
    );
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new();
    let address = authority.server("api.example.test", (2090, 2099)).await;
    let result = authority.probe(&tls(address)).await;
    assert_eq!(result.reason.unwrap().kind, ReasonKind::CertificateNotYetValid);
}

#[tokio::test]
async fn a_certificate_for_another_name_says_for_which() {
    let authority = Authority::new();
    let address = authority.server("other.example.test", (2020, 2050)).await;
    let result = authority.probe(&tls(address)).await;
    let reason = result.reason.unwrap();
    assert_eq!((result.outcome, reason.kind), (Outcome::Down, ReasonKind::CertificateWrongName));
    let sentence = "TLS: the certificate is not for api.example.test but for other.example.test";
    assert_eq!(reason.sentence, sentence);
}

#[tokio::test]
async fn a_certificate_by_nobody_we_trust_is_refused() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let address = stranger.server("api.example.test", (2020, 2050)).await;
    let result = trusted.probe(&tls(address)).await;
    let reason = result.reason.unwrap();
    assert_eq!((result.outcome, reason.kind), (Outcome::Down, ReasonKind::CertificateUntrusted));
}

#[tokio::test]
async fn a_handshake_that_does_not_end() {
    let authority = Authority::new();
    let address = silent().await;
    let mut options = ProberOptions::new(now_ms);
    options.extra_roots = vec![authority.0.as_ref().der().clone()];
    let result = Prober::new(&options).unwrap().probe(&tls(address), TIMEOUT_MS).await;
    let sentence = "TLS: the handshake with api.example.test did not end within 300 ms";
    assert_reason(&result, Outcome::Down, ReasonKind::TlsTimeout, sentence);
}
