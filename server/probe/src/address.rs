//! From a name to a connection: every address is judged before it is used, and the one used is the one judged.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use tokio::net::TcpStream;

use crate::budget::Budget;
use crate::limits::ADDRESSES_MAX;
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::source;

/// Whether an address is one that no check may look at: those that only this machine's own surroundings answer
/// and that hand out secrets, such as a cloud's metadata service.
pub fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_forbidden_v4(v4),
        IpAddr::V6(v6) => {
            let own = v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast();
            own || v6 == METADATA_V6 || within(v6).is_some_and(is_forbidden_v4)
        }
    }
}

fn is_forbidden_v4(v4: Ipv4Addr) -> bool {
    let own = v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast();
    own || METADATA_V4.contains(&v4)
}

/// Where clouds serve their metadata beside the link-local address that most of them use.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// The address under which one cloud serves its metadata over IPv6.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The IPv4 address that a translator (RFC 6052) or 6to4 (RFC 3056) reads from this one.
fn within(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = v6.segments();
    let ([0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..]) = parts else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

/// Says why a name could not be looked up.
pub fn dns_reason(name: &str, error: &NetError) -> Reason {
    match error {
        NetError::Timeout => {
            Reason::new(ReasonKind::DnsTimeout, format!("DNS: no answer for {name} in time"))
        }
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => {
                Reason::new(ReasonKind::DnsNoSuchName, format!("DNS: no such name {name}"))
            }
            ResponseCode::NoError => {
                Reason::new(ReasonKind::DnsNoRecord, format!("DNS: {name} has no record of this type"))
            }
            code => {
                Reason::new(ReasonKind::DnsFailed, format!("DNS: the resolver answered {code} for {name}"))
            }
        },
        NetError::Io(_) | NetError::NoConnections => {
            let sentence =
                format!("DNS: the resolver cannot be reached to look up {name}; check its address");
            Reason::new(ReasonKind::DnsFailed, sentence)
        }
        other => {
            let why = excerpt(&other.to_string());
            Reason::new(ReasonKind::DnsFailed, format!("DNS: {name} could not be looked up: {why}"))
        }
    }
}

/// Looks up a host and connects to the first of its addresses that answers.
///
/// # Errors
/// With why that was not possible; the stages reached are noted in `look`.
pub async fn connect(
    prober: &Prober,
    host: &str,
    port: u16,
    budget: &Budget,
    look: &mut Look,
) -> Result<TcpStream, Reason> {
    let addresses = allowed(prober, host, budget, look).await?;
    let addresses: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    connect_first((&addresses, prober.from()), budget, look)
        .await
        .map_err(|last| last.unwrap_or_else(|| none(host)))
}

/// Looks up a host, and refuses one of which any address is one that no check may look at.
///
/// # Errors
/// With why there are no addresses; the time it took is noted in `look`.
pub async fn allowed(
    prober: &Prober,
    host: &str,
    budget: &Budget,
    look: &mut Look,
) -> Result<Vec<IpAddr>, Reason> {
    let mut addresses = resolve(prober, host, budget, look).await?;
    if let Some(forbidden) = addresses.iter().find(|address| is_forbidden(**address)) {
        let sentence = format!("Address: {host} is {forbidden}, which no check may look at");
        return Err(Reason::new(ReasonKind::AddressForbidden, sentence));
    }
    addresses.truncate(ADDRESSES_MAX);
    Ok(addresses)
}

/// Says that a host has no address.
pub fn none(host: &str) -> Reason {
    Reason::new(ReasonKind::DnsNoRecord, format!("DNS: {host} has no address"))
}

/// Connects to the first that answers; else tells why the last did not.
async fn connect_first(
    (addresses, from): (&[SocketAddr], Option<IpAddr>),
    budget: &Budget,
    look: &mut Look,
) -> Result<TcpStream, Option<Reason>> {
    let mut last = None;
    for (tried, address) in addresses.iter().copied().enumerate() {
        let (connected, took_us) =
            budget.share(addresses.len() - tried, source::connect(from, address)).await;
        look.stages.connect_us = Some(look.stages.connect_us.unwrap_or(0).saturating_add(took_us));
        match connected {
            Ok(Ok(stream)) => {
                look.facts.address = Some(address);
                // Only a hint to the system; the probe works without.
                let _set = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = Some(connect_reason(address, &error)),
            Err(_) => {
                let waited =
                    if addresses.len() == 1 { budget.text() } else { format!("{} ms", took_us / 1_000) };
                let sentence = format!("Connect: {address} did not answer within {waited}");
                last = Some(Reason::new(ReasonKind::ConnectTimeout, sentence));
            }
        }
    }
    Err(last)
}

async fn resolve(
    prober: &Prober,
    host: &str,
    budget: &Budget,
    look: &mut Look,
) -> Result<Vec<IpAddr>, Reason> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    let (found, took_us) = budget.stage(prober.resolver().lookup_ip(host)).await;
    look.stages.dns_us = Some(look.stages.dns_us.unwrap_or(0).saturating_add(took_us));
    match found {
        Ok(Ok(found)) => Ok(found.iter().collect()),
        Ok(Err(error)) => Err(dns_reason(host, &error)),
        Err(_) => {
            let sentence = format!("DNS: no answer for {host} within {}", budget.text());
            Err(Reason::new(ReasonKind::DnsTimeout, sentence))
        }
    }
}

/// Says why an address could not be reached.
pub fn connect_reason(address: SocketAddr, error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            Reason::new(ReasonKind::ConnectRefused, format!("Connect: nobody listens on {address}"))
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Reason::new(ReasonKind::ConnectUnreachable, format!("Connect: there is no way to {address}"))
        }
        io::ErrorKind::TimedOut => {
            Reason::new(ReasonKind::ConnectTimeout, format!("Connect: {address} did not answer"))
        }
        _ if is_ours(error) => {
            let sentence =
                format!("Could not look: this machine cannot open a connection: {error}; look at its limits");
            Reason::new(ReasonKind::CouldNotLook, sentence)
        }
        _ => {
            let sentence = format!("Connect: no connection to {address} could be made: {error}");
            Reason::new(ReasonKind::ConnectFailed, sentence)
        }
    }
}

/// Whether the failure is this machine's own: no descriptors, no memory, no free port.
fn is_ours(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    let exhausted = matches!(error.raw_os_error(), Some(EMFILE | ENFILE));
    exhausted || matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    /// Connections that a server is tried with before the test gives up filling its queue.
    const FILLING_MAX: usize = 64;

    #[tokio::test]
    async fn an_address_that_hangs_leaves_time_for_the_next() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let hanging = socket.listen(1).unwrap();
        let hangs = hanging.local_addr().unwrap();
        let mut waiting = Vec::new();
        let patience = std::time::Duration::from_millis(100);
        while let Ok(connected) = tokio::time::timeout(patience, TcpStream::connect(hangs)).await {
            waiting.push(connected.unwrap());
            assert!(waiting.len() < FILLING_MAX, "the queue does not fill");
        }
        let answering = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = answering.local_addr().unwrap();
        let mut look = Look::default();
        let budget = Budget::start(600);
        let connected = connect_first((&[hangs, answers], None), &budget, &mut look).await;
        assert!(budget.total_us() < 600_000, "nothing was left for the rest of the probe");
        assert_eq!(connected.unwrap().peer_addr().unwrap(), answers);
        assert_eq!(look.facts.address, Some(answers));
    }

    #[test]
    fn addresses_that_hand_out_secrets_are_forbidden_in_every_spelling() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "fd00:ec2::254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
        ] {
            assert!(is_forbidden(text.parse().unwrap()), "{text}");
        }
        for text in ["127.0.0.1", "10.0.0.1", "192.0.2.1", "::1", "2001:db8::1", "64:ff9b::192.0.2.1"] {
            assert!(!is_forbidden(text.parse().unwrap()), "{text}");
        }
    }
}
