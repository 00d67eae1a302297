//! The prober: what all probes share, and the one place that knows every kind.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hickory_resolver::TokioResolver;
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::limits::{CONCURRENT_PROBES_DEFAULT, DNS_ATTEMPT};
use crate::outcome::{Look, Outcome, ProbeResult, Reason, ReasonKind};
use crate::tls_client::TlsClient;
use crate::{
    dns, domain, grpc, health, http, icmp, mysql, ntp, postgres, redis, smtp, ssh, supplier, tcp, tls,
    websocket,
};

/// What to probe. One line for each kind.
#[derive(Clone, Debug)]
pub enum Spec {
    /// A web server.
    Http(http::HttpCheck),
    /// A TCP service.
    Tcp(tcp::TcpCheck),
    /// A certificate.
    Tls(tls::TlsCheck),
    /// A name.
    Dns(dns::DnsCheck),
    /// A health document.
    Health(health::HealthCheck),
    /// A supplier's own status page.
    Supplier(supplier::SupplierCheck),
    /// A mail server.
    Smtp(smtp::SmtpCheck),
    /// An SSH server.
    Ssh(ssh::SshCheck),
    /// A WebSocket.
    WebSocket(websocket::WebSocketCheck),
    /// A gRPC server.
    Grpc(grpc::GrpcCheck),
    /// A host that echoes.
    Icmp(icmp::IcmpCheck),
    /// A time server.
    Ntp(ntp::NtpCheck),
    /// A domain.
    Domain(domain::DomainCheck),
    /// A PostgreSQL server.
    Postgres(postgres::PostgresCheck),
    /// A Redis or Valkey server.
    Redis(redis::RedisCheck),
    /// A MySQL or MariaDB server.
    Mysql(mysql::MysqlCheck),
}

impl Spec {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Tls(_) => "tls",
            Self::Dns(_) => "dns",
            Self::Health(_) => "health",
            Self::Supplier(_) => "supplier",
            Self::Smtp(_) => "smtp",
            Self::Ssh(_) => "ssh",
            Self::WebSocket(_) => "websocket",
            Self::Grpc(_) => "grpc",
            Self::Icmp(_) => "icmp",
            Self::Ntp(_) => "ntp",
            Self::Domain(_) => "domain",
            Self::Postgres(_) => "postgres",
            Self::Redis(_) => "redis",
            Self::Mysql(_) => "mysql",
        }
    }

    /// What it looks at, for operators: without credentials, and without a query, where secrets often are.
    pub fn target(&self) -> String {
        let without_query = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
        match self {
            Self::Http(check) => without_query(&check.url),
            Self::Health(check) => without_query(&check.url),
            Self::Supplier(check) => without_query(&check.url),
            Self::Tcp(check) => check.address.clone(),
            Self::Tls(check) => check.address.clone(),
            Self::Dns(check) => check.name.clone(),
            Self::Smtp(check) => check.address.clone(),
            Self::Ssh(check) => check.address.clone(),
            Self::WebSocket(check) => without_query(&check.url),
            Self::Grpc(check) => without_query(&check.url),
            Self::Icmp(check) => check.host.clone(),
            Self::Ntp(check) => check.address.clone(),
            Self::Domain(check) => check.name.clone(),
            Self::Postgres(check) => check.address.clone(),
            Self::Redis(check) => check.address.clone(),
            Self::Mysql(check) => check.address.clone(),
        }
    }
}

/// What all probes share.
pub struct ProberOptions {
    /// Probes under way at once; the others wait for their turn.
    pub concurrent_probes_max: usize,
    /// Certificates to trust beside the system's, in DER.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The address of this machine from which to look at targets of its family; `None` leaves it to the system.
    pub from: Option<IpAddr>,
    /// Tells the time in milliseconds since 1970.
    pub now_ms: fn() -> i64,
}

impl ProberOptions {
    /// The usual options with a clock.
    pub fn new(now_ms: fn() -> i64) -> Self {
        Self { concurrent_probes_max: CONCURRENT_PROBES_DEFAULT, extra_roots: Vec::new(), from: None, now_ms }
    }
}

/// Why no probes can be made.
#[derive(Debug, thiserror::Error)]
pub enum ProberError {
    /// The system's resolver settings cannot be read.
    #[error("the system's name resolution cannot be set up: {0}; check /etc/resolv.conf")]
    Resolver(#[from] hickory_resolver::net::NetError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}; check the system's certificates")]
    Tls(#[from] rustls::Error),
}

/// Makes probes.
pub struct Prober {
    resolver: TokioResolver,
    tls: TlsClient,
    turns: Arc<Semaphore>,
    from: Option<IpAddr>,
    /// Tells the time in milliseconds since 1970.
    pub(crate) now_ms: fn() -> i64,
}

impl Prober {
    /// Sets up what all probes share.
    ///
    /// # Errors
    /// When name resolution or TLS cannot be set up on this machine.
    pub fn new(options: &ProberOptions) -> Result<Self, ProberError> {
        let mut resolver = TokioResolver::builder_tokio()?;
        resolver.options_mut().timeout = DNS_ATTEMPT;
        // A probe looks anew each time: what was true a minute ago is not what is asked for.
        resolver.options_mut().cache_size = 0;
        Ok(Self {
            resolver: resolver.build()?,
            tls: TlsClient::new(&options.extra_roots, options.now_ms)?,
            turns: Arc::new(Semaphore::new(options.concurrent_probes_max.max(1))),
            from: options.from,
            now_ms: options.now_ms,
        })
    }

    /// Looks, within `timeout_ms`. The budget starts when the probe's turn comes; waiting for it is told apart.
    pub async fn probe(&self, spec: &Spec, timeout_ms: u64) -> ProbeResult {
        let waiting = Instant::now();
        let turn = self.turns.acquire().await;
        let queued_us = u64::try_from(waiting.elapsed().as_micros()).unwrap_or(u64::MAX);
        let budget = Budget::start(timeout_ms);
        let mut look = Look::default();
        if turn.is_ok() {
            match spec {
                Spec::Http(check) => http::look(self, check, &budget, &mut look).await,
                Spec::Tcp(check) => tcp::look(self, check, &budget, &mut look).await,
                Spec::Tls(check) => tls::look(self, check, &budget, &mut look).await,
                Spec::Dns(check) => dns::look(self, check, &budget, &mut look).await,
                Spec::Health(check) => health::look(self, check, &budget, &mut look).await,
                Spec::Supplier(check) => supplier::look(self, check, &budget, &mut look).await,
                Spec::Smtp(check) => smtp::look(self, check, &budget, &mut look).await,
                Spec::Ssh(check) => ssh::look(self, check, &budget, &mut look).await,
                Spec::WebSocket(check) => websocket::look(self, check, &budget, &mut look).await,
                Spec::Grpc(check) => grpc::look(self, check, &budget, &mut look).await,
                Spec::Icmp(check) => icmp::look(self, check, &budget, &mut look).await,
                Spec::Ntp(check) => ntp::look(self, check, &budget, &mut look).await,
                Spec::Domain(check) => domain::look(self, check, &budget, &mut look).await,
                Spec::Postgres(check) => postgres::look(self, check, &budget, &mut look).await,
                Spec::Redis(check) => redis::look(self, check, &budget, &mut look).await,
                Spec::Mysql(check) => mysql::look(self, check, &budget, &mut look).await,
            }
        } else {
            look.down(Reason::new(ReasonKind::CouldNotLook, "Could not look: probing has ended"));
        }
        look.stages.total_us = Some(budget.total_us());
        let Look { failure, stages, facts } = look;
        let (outcome, reason) = match failure {
            None => (Outcome::Good, None),
            Some((_, reason)) if reason.kind == ReasonKind::CouldNotLook => (Outcome::Unknown, Some(reason)),
            Some((outcome, reason)) => (outcome, Some(reason)),
        };
        ProbeResult { outcome, reason, stages, facts, queued_us }
    }

    pub(crate) fn resolver(&self) -> &TokioResolver {
        &self.resolver
    }

    /// From where to look.
    pub(crate) fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// The time in seconds since 1970.
    pub(crate) fn now_s(&self) -> i64 {
        (self.now_ms)().div_euclid(1_000)
    }

    pub(crate) fn tls(&self) -> &TlsClient {
        &self.tls
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    use tokio::net::{TcpListener, UdpSocket};

    /// A prober with a resolver of its own, which answers with `::1` to whoever asks for an IPv6 address and to nothing
    /// else, or never at all.
    async fn resolving(answers: bool) -> Prober {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((count, from)) = socket.recv_from(&mut question).await {
                // The question ends after its name, its type and its class.
                let name = 12 + question[12..count].iter().position(|byte| *byte == 0).unwrap();
                let asks_for_ipv6 = question[name + 2] == 28;
                let mut answer = question[..name + 5].to_vec();
                (answer[2], answer[3]) = (0x81, 0x80);
                answer[4..12].copy_from_slice(&[0, 1, 0, u8::from(asks_for_ipv6), 0, 0, 0, 0]);
                if asks_for_ipv6 {
                    answer.extend([0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16]);
                    answer.extend(std::net::Ipv6Addr::LOCALHOST.octets());
                }
                if answers {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        let mut prober = Prober::new(&ProberOptions::new(|| 0)).unwrap();
        prober.resolver = dns::resolver_at(address).unwrap();
        prober
    }

    fn spec(port: u16) -> Spec {
        let check = format!(r#"{{"address":"api.example.test:{port}"}}"#);
        Spec::Tcp(serde_json::from_str(&check).unwrap())
    }

    #[test]
    fn what_is_looked_at_is_told_without_its_query() {
        let check = r#"{"url":"wss://chat.example.test/live?token=canary"}"#;
        let spec = Spec::WebSocket(serde_json::from_str(check).unwrap());
        assert_eq!((spec.kind(), &*spec.target()), ("websocket", "wss://chat.example.test/live"));
        let spec = Spec::Grpc(serde_json::from_str(r#"{"url":"http://orders.test/?key=canary"}"#).unwrap());
        assert_eq!((spec.kind(), &*spec.target()), ("grpc", "http://orders.test/"));
    }

    #[tokio::test]
    async fn a_name_that_no_resolver_answers_for_ends_in_a_reason() {
        let result = resolving(false).await.probe(&spec(80), 300).await;
        let reason = result.reason.unwrap();
        assert_eq!((result.outcome, reason.kind), (Outcome::Down, ReasonKind::DnsTimeout));
        assert_eq!(reason.sentence, "DNS: no answer for api.example.test within 300 ms");
        assert!(result.stages.connect_us.is_none());
    }

    #[tokio::test]
    async fn a_name_with_nothing_but_an_ipv6_address_is_reached() {
        let listener =
            TcpListener::bind("[::1]:0").await.expect("this test needs a machine with the address ::1");
        let address: SocketAddr = listener.local_addr().unwrap();
        let result = resolving(true).await.probe(&spec(address.port()), 1_000).await;
        assert_eq!((result.reason, result.facts.address), (None, Some(address)));
    }
}
