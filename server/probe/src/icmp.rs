//! `icmp`: asks a host for an echo, as `ping` does.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::address;
use crate::budget::Budget;
use crate::datagram::{self, Question};
use crate::limits::DATAGRAM_TRIES;
use crate::outcome::{Look, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::random::{no_randomness, random};
use crate::source;

/// Asks a host for an echo, as `ping` does, up to three times within the timeout. That a host echoes does not say that
/// any service of it works.
///
/// The system must allow it: with the capability `CAP_NET_RAW`, or a group within the sysctl
/// `net.ipv4.ping_group_range`. Without either the check is unknown.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IcmpCheck {
    /// The host, a name or an address, as in `router.example.com` or `2001:db8::1`.
    #[garde(custom(check_host))]
    #[schemars(example = &"router.example.com")]
    pub host: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_host(host: &str, _: &()) -> garde::Result {
    let is_name = || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if host.parse::<IpAddr>().is_ok() || (!host.is_empty() && host.len() <= 253 && is_name()) {
        return Ok(());
    }
    let host = excerpt(host);
    Err(garde::Error::new(format!("\"{host}\" is not a host, as in router.example.com or 2001:db8::1")))
}

/// Looks once.
pub async fn look(prober: &Prober, check: &IcmpCheck, budget: &Budget, look: &mut Look) {
    if let Err(reason) = ask_all(prober, &check.host, budget, look).await {
        look.down(reason);
    }
}

/// Asks one address after the other until one echoes.
async fn ask_all(prober: &Prober, host: &str, budget: &Budget, look: &mut Look) -> Result<(), Reason> {
    let addresses = address::allowed(prober, host, budget, look).await?;
    let mut last = address::none(host);
    for (tried, address) in addresses.iter().map(IpAddr::to_canonical).enumerate() {
        let others = addresses.len() - tried - 1;
        match ask((address, prober.from()), others, budget).await {
            Ok(took_us) => {
                look.facts.address = Some(SocketAddr::new(address, 0));
                look.stages.first_byte_us = Some(took_us);
                return Ok(());
            }
            Err(reason) => last = reason,
        }
    }
    Err(last)
}

async fn ask(
    (address, from): (IpAddr, Option<IpAddr>),
    others: usize,
    budget: &Budget,
) -> Result<u32, Reason> {
    let (socket, identifier) = open(address, Socket::new)?;
    let socket = connect(socket, address, from).map_err(|error| failure(address, &error))?;
    let identifier = match identifier {
        Identifier::Ours => None,
        Identifier::OfTheSystem => socket.local_addr().ok().map(|local| local.port()),
    };
    let random: [u8; 18] = random().map_err(|error| no_randomness(&error))?;
    let mut echo = Echo::new(address.is_ipv6(), identifier, random);
    match datagram::ask(&socket, &mut echo, others, budget).await {
        Ok(Some(took_us)) => Ok(took_us),
        Ok(None) => {
            let within = if others == 0 { format!(" within {}", budget.text()) } else { String::new() };
            let sentence = format!("Ping: no echo from {address}{within}");
            Err(Reason::new(ReasonKind::ResponseTimeout, sentence))
        }
        Err(error) => Err(failure(address, &error)),
    }
}

/// Who chooses the number by which the system tells apart who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identifier {
    Ours,
    OfTheSystem,
}

/// Opens a socket that may ask for echoes and nothing else, or where the system has none for us, a raw one.
fn open<S>(
    address: IpAddr,
    make: impl Fn(Domain, Type, Option<Protocol>) -> io::Result<S>,
) -> Result<(S, Identifier), Reason> {
    let (domain, protocol) = match address {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    if let Ok(socket) = make(domain, Type::DGRAM, Some(protocol)) {
        return Ok((socket, Identifier::OfTheSystem));
    }
    make(domain, Type::RAW, Some(protocol)).map(|socket| (socket, Identifier::Ours)).map_err(|error| {
        let sentence = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "Could not look: the system lets Pharos ask for no echo; give it the capability CAP_NET_RAW, or let its group in by the sysctl net.ipv4.ping_group_range".to_owned()
            }
            _ => format!("Could not look: no socket to ask {address} for an echo: {error}"),
        };
        Reason::new(ReasonKind::CouldNotLook, sentence)
    })
}

/// Makes it a socket that only hears from `address`. To the library it is one like any other for datagrams.
fn connect(socket: Socket, address: IpAddr, from: Option<IpAddr>) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    if let Some(from) = source::towards(from, address) {
        socket.bind(&from.into())?;
    }
    socket.connect(&SocketAddr::new(address, 0).into())?;
    UdpSocket::from_std(socket.into())
}

fn failure(address: IpAddr, error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Reason::new(ReasonKind::ConnectUnreachable, format!("Ping: there is no way to {address}"))
        }
        io::ErrorKind::PermissionDenied => {
            let sentence = format!(
                "Could not look: this machine does not let a question to {address} out; look at its firewall"
            );
            Reason::new(ReasonKind::CouldNotLook, sentence)
        }
        _ => Reason::new(ReasonKind::ConnectFailed, format!("Ping: {address} could not be asked: {error}")),
    }
}

/// A question for an echo (RFC 792 and RFC 4443).
struct Echo {
    is_v6: bool,
    /// The number that the system puts in, if it does.
    identifier: Option<u16>,
    /// Our own number, and what must come back.
    random: [u8; 18],
    sent: [Option<Instant>; DATAGRAM_TRIES as usize],
}

impl Echo {
    fn new(is_v6: bool, identifier: Option<u16>, random: [u8; 18]) -> Self {
        Self { is_v6, identifier, random, sent: [None; DATAGRAM_TRIES as usize] }
    }

    fn identifier(&self) -> [u8; 2] {
        self.identifier.map_or([self.random[0], self.random[1]], u16::to_be_bytes)
    }
}

impl Question for Echo {
    type Answer = u32;

    fn ask(&mut self, attempt: u16) -> io::Result<Vec<u8>> {
        let kind = if self.is_v6 { 128 } else { 8 };
        let mut packet = vec![kind, 0, 0, 0];
        packet.extend(self.identifier());
        packet.extend(attempt.to_be_bytes());
        packet.extend(&self.random[2..]);
        // With IPv6 the system does this, who knows both addresses.
        if !self.is_v6 {
            let sum = checksum(&packet);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        if let Some(sent) = self.sent.get_mut(usize::from(attempt)) {
            *sent = Some(Instant::now());
        }
        Ok(packet)
    }

    /// How long the echo took, in microseconds.
    fn hear(&mut self, datagram: &[u8]) -> Option<u32> {
        let packet = if self.is_v6 { datagram } else { without_head(datagram)? };
        let (kind, rest) = packet.split_first_chunk::<2>()?;
        let (_sum, rest) = rest.split_first_chunk::<2>()?;
        let (identifier, rest) = rest.split_first_chunk::<2>()?;
        let (attempt, payload) = rest.split_first_chunk::<2>()?;
        let is_echo = *kind == [if self.is_v6 { 129 } else { 0 }, 0];
        let is_ours = *identifier == self.identifier() && *payload == self.random[2..];
        let sent =
            self.sent.get(usize::from(u16::from_be_bytes(*attempt)))?.filter(|_| is_echo && is_ours)?;
        Some(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX))
    }
}

/// A packet without the head of IPv4 that raw sockets leave in front of it.
fn without_head(datagram: &[u8]) -> Option<&[u8]> {
    match datagram.first()? {
        first if first >> 4 == 4 => datagram.get(usize::from(first & 0x0f) * 4..),
        _ => Some(datagram),
    }
}

/// The sum that stands in a packet (RFC 1071).
fn checksum(packet: &[u8]) -> u16 {
    let words =
        packet.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn echo(is_v6: bool) -> (Echo, Vec<u8>) {
        let mut echo = Echo::new(is_v6, None, *b"idwhat comes back.");
        let mut packet = echo.ask(1).unwrap();
        packet[0] = if is_v6 { 129 } else { 0 };
        (echo, packet)
    }

    #[test]
    fn the_echo_of_what_we_asked_is_heard() {
        for is_v6 in [false, true] {
            let (mut echo, packet) = echo(is_v6);
            assert!(echo.hear(&packet).is_some());
        }
        let (mut echo, packet) = echo(false);
        let with_head = [&[0x46; 1][..], &[0; 23], &packet].concat();
        assert!(echo.hear(&with_head).is_some());
    }

    #[test]
    fn what_is_not_the_echo_of_what_we_asked_is_not_heard() {
        for is_v6 in [false, true] {
            let (mut echo, packet) = echo(is_v6);
            // All but the sum, which the system looks at.
            for place in (0..packet.len()).filter(|place| !(2..4).contains(place)) {
                let mut other = packet.clone();
                other[place] ^= 0x08;
                assert_eq!(echo.hear(&other), None, "{place}");
            }
            assert_eq!(echo.hear(&packet[..packet.len() - 1]), None);
            assert_eq!(echo.hear(&[&packet[..], b"x"].concat()), None);
        }
    }

    #[test]
    fn the_answer_to_a_try_that_was_not_made_is_not_heard() {
        let (mut echo, mut packet) = echo(false);
        packet[7] = 2;
        assert_eq!(echo.hear(&packet), None);
        packet[6] = 0xff;
        assert_eq!(echo.hear(&packet), None);
    }

    #[test]
    fn the_sum_of_a_packet_makes_the_whole_nothing() {
        // The example of RFC 1071, section 3.
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        let packet = Echo::new(false, None, *b"idwhat comes back.").ask(0).unwrap();
        assert_eq!(checksum(&packet), 0);
    }

    #[test]
    fn a_system_that_lets_nobody_ask_is_told_how_to() {
        let denied = |_, _, _| Err::<(), _>(io::Error::from(io::ErrorKind::PermissionDenied));
        let reason = open([127, 0, 0, 1].into(), denied).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::CouldNotLook);
        assert!(reason.sentence.contains("CAP_NET_RAW"), "{reason:?}");
        assert!(reason.sentence.contains("net.ipv4.ping_group_range"), "{reason:?}");
    }

    #[test]
    fn a_raw_socket_is_only_opened_where_there_is_no_other() {
        let both = |_, kind: Type, _| Ok(kind);
        assert_eq!(open([127, 0, 0, 1].into(), both).unwrap(), (Type::DGRAM, Identifier::OfTheSystem));
        let raw = |_, kind: Type, _| {
            if kind == Type::RAW { Ok(kind) } else { Err(io::ErrorKind::PermissionDenied.into()) }
        };
        assert_eq!(open([127, 0, 0, 1].into(), raw).unwrap(), (Type::RAW, Identifier::Ours));
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (host, is_good) in [
            ("router.example.com", true),
            ("192.0.2.1", true),
            ("2001:db8::1", true),
            ("router.example.com:80", false),
            ("http://router", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(check_host(host, &()).is_ok(), is_good, "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_datagram_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for is_v6 in [false, true] {
                let (mut echo, _) = echo(is_v6);
                prop_assert_eq!(echo.hear(&bytes), None);
            }
        }
    }
}
