//! `ntp`: asks a time server for the time and compares it with this machine's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::UdpSocket;

use crate::budget::Budget;
use crate::datagram::{self, Question};
use crate::duration::HumanDuration;
use crate::outcome::{Look, Outcome, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::random::random;
use crate::{address, source, tcp};

/// Asks a time server for the time and compares it with this machine's.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NtpCheck {
    /// Host and port, as in `time.example.com:123`. Without a port it is 123.
    #[garde(custom(check_address))]
    #[schemars(example = &"time.example.com")]
    pub address: String,
    /// When the two clocks differ by more than this, the service is degraded.
    #[serde(default = "offset_over_default")]
    #[garde(skip)]
    #[schemars(extend("default" = "1s"))]
    pub offset_over: HumanDuration,
}

const PORT: u16 = 123;
/// Seconds from the beginning of NTP's first era, 1900, to 1970.
const FROM_1900_TO_1970_S: i64 = 2_208_988_800;
/// Seconds of one era of NTP.
const ERA_S: i64 = 1 << 32;
/// The stratum of a server that does not know the time itself.
const UNSYNCHRONISED: u8 = 16;

fn offset_over_default() -> HumanDuration {
    HumanDuration::from_ms(1_000)
}

/// Splits `host` or `host:port`.
fn split(address: &str) -> Option<(&str, u16)> {
    if let Some(both) = tcp::split(address) {
        return Some(both);
    }
    let is_bracketed = address.starts_with('[') && address.ends_with(']');
    let is_v6 = address.parse::<Ipv6Addr>().is_ok() || is_bracketed;
    let fits = !address.is_empty() && (is_v6 || !address.contains(':')) && !address.contains(['/', '@', ' ']);
    fits.then_some((address, PORT))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_address(address: &str, _: &()) -> garde::Result {
    if split(address).is_some() {
        return Ok(());
    }
    let address = excerpt(address);
    Err(garde::Error::new(format!(
        "\"{address}\" is not a host, with a port or without, as in time.example.com:123"
    )))
}

/// Looks once.
pub async fn look(prober: &Prober, check: &NtpCheck, budget: &Budget, look: &mut Look) {
    match ask_all(prober, &check.address, budget, look).await {
        Ok(time) => look.failure = judge(&time, check.offset_over),
        Err(reason) => look.down(reason),
    }
}

/// Asks one address after the other until one answers.
async fn ask_all(prober: &Prober, address: &str, budget: &Budget, look: &mut Look) -> Result<Time, Reason> {
    let (host, port) = split(address).ok_or_else(tcp::no_port)?;
    let addresses = address::allowed(prober, host, budget, look).await?;
    let mut last = address::none(host);
    for (tried, ip) in addresses.iter().copied().enumerate() {
        let address = SocketAddr::new(ip, port);
        let mut question = Asked { now_ms: prober.now_ms, sent: Vec::new(), is_odd: false };
        let others = addresses.len() - tried - 1;
        match ask((address, prober.from()), &mut question, others, budget).await {
            Ok(Some(time)) => {
                look.facts.address = Some(address);
                look.stages.first_byte_us = Some(time.took_us);
                return Ok(time);
            }
            Ok(None) if question.is_odd => {
                let sentence = format!("NTP: what {address} answered does not answer our question");
                last = Reason::new(ReasonKind::WrongAnswer, sentence);
            }
            Ok(None) => {
                let within = if others == 0 { format!(" within {}", budget.text()) } else { String::new() };
                let sentence = format!("NTP: no answer from {address}{within}");
                last = Reason::new(ReasonKind::ResponseTimeout, sentence);
            }
            Err(error) => last = address::connect_reason(address, &error),
        }
    }
    Err(last)
}

async fn ask(
    (address, from): (SocketAddr, Option<IpAddr>),
    question: &mut Asked,
    others: usize,
    budget: &Budget,
) -> io::Result<Option<Time>> {
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket =
        UdpSocket::bind(source::towards(from, address.ip()).unwrap_or(SocketAddr::new(any, 0))).await?;
    socket.connect(address).await?;
    datagram::ask(&socket, question, others, budget).await
}

/// A question for the time (RFC 5905), which tells nothing of our own.
struct Asked {
    now_ms: fn() -> i64,
    /// The tries: an answer may come late, when it has been asked again.
    sent: Vec<Sent>,
    /// Whether something came that is no answer to it.
    is_odd: bool,
}

/// One try: what must come back, and when it was made.
struct Sent {
    random: [u8; 8],
    at_ms: i64,
    at: Instant,
}

impl Question for Asked {
    type Answer = Time;

    fn ask(&mut self, _: u16) -> io::Result<Vec<u8>> {
        let random = random()?;
        self.sent.push(Sent { random, at_ms: (self.now_ms)(), at: Instant::now() });
        // Version 4, a client; all else is nothing but the time of sending, in whose place stands what nobody can guess.
        Ok([&[0x23][..], &[0; 39], &random].concat())
    }

    fn hear(&mut self, datagram: &[u8]) -> Option<Time> {
        let time = self.sent.iter().find_map(|sent| Time::read(datagram, sent));
        self.is_odd |= time.is_none();
        time
    }
}

/// What a time server says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Time {
    is_synchronised: bool,
    stratum: u8,
    /// In whose place a server that refuses says why.
    reference: [u8; 4],
    is_told: bool,
    /// How far its clock is ahead of ours.
    offset_ms: i64,
    took_us: u32,
}

impl Time {
    /// Reads an answer; `None` when it does not answer what was sent.
    fn read(datagram: &[u8], sent: &Sent) -> Option<Self> {
        let packet: &[u8; 48] = datagram.first_chunk()?;
        let (leap, version, mode) = (packet[0] >> 6, packet[0] >> 3 & 7, packet[0] & 7);
        if mode != 4 || !(1..=4).contains(&version) || packet[24..32] != sent.random {
            return None;
        }
        let took = sent.at.elapsed();
        let took_ms = i64::try_from(took.as_millis()).ok()?;
        let at = |place: usize| Some(u64::from_be_bytes(*packet[place..].first_chunk()?));
        let (received, answered) = (at(32)?, at(40)?);
        let there_ms = unix_ms(received, sent.at_ms) - sent.at_ms;
        let back_ms = unix_ms(answered, sent.at_ms) - sent.at_ms - took_ms;
        Some(Self {
            is_synchronised: leap != 3 && packet[1] < UNSYNCHRONISED,
            stratum: packet[1],
            reference: [packet[12], packet[13], packet[14], packet[15]],
            is_told: received != 0 && answered != 0,
            offset_ms: i64::midpoint(there_ms, back_ms),
            took_us: u32::try_from(took.as_micros()).unwrap_or(u32::MAX),
        })
    }
}

/// A time of NTP in milliseconds since 1970, in the era that brings it nearest to `about_ms`.
fn unix_ms(ntp: u64, about_ms: i64) -> i64 {
    let near_s = about_ms.div_euclid(1_000);
    let seconds = i64::try_from(ntp >> 32).unwrap_or(0) - FROM_1900_TO_1970_S;
    let ahead_s = (seconds - near_s + ERA_S / 2).rem_euclid(ERA_S) - ERA_S / 2;
    let ms = i64::try_from(((ntp & 0xffff_ffff) * 1_000) >> 32).unwrap_or(0);
    (near_s + ahead_s) * 1_000 + ms
}

/// What is wrong with what a server says.
fn judge(time: &Time, offset_over: HumanDuration) -> Option<(Outcome, Reason)> {
    let down = |kind, sentence: String| Some((Outcome::Down, Reason::new(kind, sentence)));
    if time.stratum == 0 {
        let word = String::from_utf8_lossy(&time.reference).trim_end_matches('\0').to_owned();
        if word == "RATE" {
            let sentence =
                "Could not look: the time server says that it is asked too often (RATE); look less often";
            return down(ReasonKind::CouldNotLook, sentence.to_owned());
        }
        let sentence = format!("NTP: the server does not tell us the time, and says \"{word}\"");
        return down(ReasonKind::WrongAnswer, sentence);
    }
    if !time.is_synchronised {
        let stratum = time.stratum;
        let sentence =
            format!("NTP: the server says that it does not know the time itself, with stratum {stratum}");
        return down(ReasonKind::Unhealthy, sentence);
    }
    if !time.is_told {
        return down(ReasonKind::WrongAnswer, "NTP: there is no time in the answer".to_owned());
    }
    let differs = HumanDuration::from_ms(time.offset_ms.unsigned_abs());
    if differs <= offset_over {
        return None;
    }
    let direction = if time.offset_ms > 0 { "ahead of" } else { "behind" };
    let sentence = format!(
        "NTP: expected the clocks to differ by at most {offset_over}, the server's is {differs} {direction} this machine's; either may be wrong"
    );
    Some((Outcome::Degraded, Reason::new(ReasonKind::ClockDiffers, sentence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_read_in_the_era_that_is_near() {
        // 1 January 1970, and the last second of the first era and the first of the second, in 2036.
        assert_eq!(unix_ms(2_208_988_800 << 32, 0), 0);
        let turn_ms = 2_085_978_496_000;
        assert_eq!(unix_ms(0xffff_ffff_8000_0000, turn_ms), turn_ms - 500);
        assert_eq!(unix_ms(0x0000_0000_8000_0000, turn_ms), turn_ms + 500);
        assert_eq!(unix_ms(0x0000_0001_0000_0000, turn_ms - 1), turn_ms + 1_000);
    }

    #[test]
    fn an_address_may_have_a_port() {
        assert_eq!(split("time.example.com"), Some(("time.example.com", 123)));
        assert_eq!(split("time.example.com:1123"), Some(("time.example.com", 1123)));
        assert_eq!(split("2001:db8::1"), Some(("2001:db8::1", 123)));
        assert_eq!(split("[2001:db8::1]"), Some(("[2001:db8::1]", 123)));
        assert_eq!(split("[2001:db8::1]:1123"), Some(("[2001:db8::1]", 1123)));
        for bad in ["", "time:0", "time:x", "ntp://time", "a@b"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_offset_is_half_of_what_both_ways_differ() {
        let sent = Sent { random: *b"8 random", at_ms: 1_000_000_000, at: Instant::now() };
        let ntp = |ms: i64| {
            let ms = u64::try_from(ms + FROM_1900_TO_1970_S * 1_000).unwrap();
            ((ms / 1_000) << 32 | (((ms % 1_000) << 32) / 1_000 + 1)).to_be_bytes()
        };
        let packet =
            [&[0x24, 2][..], &[0; 22], &sent.random, &ntp(1_000_006_000), &ntp(1_000_004_000)].concat();
        let time = Time::read(&packet, &sent).unwrap();
        assert!((4_500..=5_000).contains(&time.offset_ms), "{time:?}");
        assert_eq!(Time::read(&packet[..47], &sent), None);
    }

    proptest! {
        #[test]
        fn no_datagram_makes_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 48..60), at_ms in 0..i64::MAX / 2
        ) {
            let sent = Sent { random: *b"8 random", at_ms, at: Instant::now() };
            let mut packet = bytes;
            packet[0] = packet[0] & 0xc0 | 0x24;
            packet[24..32].copy_from_slice(&sent.random);
            let time = Time::read(&packet, &sent).unwrap();
            let _ = judge(&time, HumanDuration::from_ms(1_000));
        }
    }
}
