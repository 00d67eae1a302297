//! The kinds of bad targets: how each is watched, and what it does.

use std::io::{Result, Write};
use std::net::SocketAddr;
use std::sync::LazyLock;

use super::visit::Visit;

/// A kind of bad target.
pub struct Kind {
    /// What it is called.
    pub name: &'static str,
    /// The check that watches it, as the file writes it, with `ADDRESS` for where it listens.
    check: &'static str,
    /// What it does with a connection.
    pub act: fn(&mut Visit) -> Result<()>,
}

impl Kind {
    /// The check that watches one that listens there.
    pub fn check(&self, address: SocketAddr) -> String {
        self.check.replace("ADDRESS", &address.to_string())
    }
}

const HTTP: &str = "http: { url: 'http://ADDRESS/' }";
const UNPACKED: &str = "http: { url: 'http://ADDRESS/', decompress: true }";
const TLS: &str = "http: { url: 'https://ADDRESS/' }";
const HEALTH: &str = "health: { url: 'http://ADDRESS/' }";
const JSON: &str = "content-type: application/json\r\n";

/// How deep a document is nested that is too long, and one that is not, within the 256 KiB that are read.
const DEEP: usize = 1_000_000;
const DEEP_WITHIN_BOUND: usize = 120_000;
const HEADERS: usize = 100_000;
/// Bytes of nothing in a bomb, and how often a packed piece of it stands in the body.
const BOMB_BYTES: usize = 1024 * 1024;
const BOMB_PIECES: usize = 200;
/// Keys of a wide document, so that it is within the bound.
const WIDE_KEYS: usize = 5_000;
/// Bytes after the end of a body.
const SURPLUS_BYTES: usize = 1024 * 1024;
/// Characters to which a redirect grows.
const PLACE_CHARS_MAX: usize = 30_000;

/// All of them.
pub const KINDS: &[Kind] = &[
    Kind { name: "gzip-bomb", check: UNPACKED, act: |visit| bomb(visit, "gzip", &GZIP) },
    Kind { name: "br-bomb", check: UNPACKED, act: |visit| bomb(visit, "br", &BROTLI) },
    Kind { name: "zstd-bomb", check: UNPACKED, act: |visit| bomb(visit, "zstd", &ZSTD) },
    Kind { name: "endless-body", check: HTTP, act: endless_body },
    Kind { name: "endless-json", check: HEALTH, act: endless_json },
    Kind { name: "slow-body", check: HTTP, act: slow_body },
    Kind { name: "slow-head", check: HTTP, act: slow_head },
    Kind { name: "many-headers", check: HTTP, act: many_headers },
    Kind { name: "endless-header", check: HTTP, act: endless_header },
    Kind { name: "redirect-loop", check: HTTP, act: redirect_loop },
    Kind { name: "redirect-that-grows", check: HTTP, act: redirect_that_grows },
    Kind { name: "tls-nonsense", check: TLS, act: tls_nonsense },
    Kind { name: "tls-silence", check: TLS, act: Visit::hold },
    Kind { name: "deep-json", check: HEALTH, act: |visit| deep_json(visit, DEEP) },
    Kind { name: "deep-json-whole", check: HEALTH, act: |visit| deep_json(visit, DEEP_WITHIN_BOUND) },
    Kind { name: "wide-json", check: HEALTH, act: wide_json },
    Kind { name: "length-too-long", check: HTTP, act: length_too_long },
    Kind { name: "length-too-short", check: HTTP, act: length_too_short },
    Kind { name: "never-answers", check: HTTP, act: Visit::hold },
    Kind { name: "reset", check: HTTP, act: Visit::leave_unread },
    Kind { name: "reset-in-body", check: HTTP, act: reset_in_body },
    Kind { name: "endless-continue", check: HTTP, act: endless_continue },
    Kind { name: "smtp-endless", check: "smtp: { address: 'ADDRESS', security: none }", act: smtp_endless },
    Kind { name: "redis-deep", check: "redis: { address: 'ADDRESS' }", act: |visit| visit.flood("*1\r\n") },
    Kind { name: "tcp-flood", check: "tcp: { address: 'ADDRESS', expect: never }", act: tcp_flood },
];

static GZIP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = packer.write_all(&vec![0; BOMB_BYTES]).and_then(|()| packer.finish());
    packed.unwrap_or_default().repeat(BOMB_PIECES)
});

static BROTLI: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut packed = Vec::new();
    let mut packer = brotli::CompressorWriter::new(&mut packed, 4096, 1, 22);
    // What cannot be packed is no bomb, which the drill shows.
    let _ = packer.write_all(&vec![0; BOMB_BYTES]);
    drop(packer);
    packed.repeat(BOMB_PIECES)
});

static ZSTD: LazyLock<Vec<u8>> =
    LazyLock::new(|| zstd::bulk::compress(&vec![0; BOMB_BYTES], 3).unwrap_or_default().repeat(BOMB_PIECES));

fn bomb(visit: &mut Visit, coding: &str, packed: &[u8]) -> Result<()> {
    let length = packed.len();
    visit.answer(200, &format!("content-encoding: {coding}\r\ncontent-length: {length}\r\n"), packed)
}

fn endless_body(visit: &mut Visit) -> Result<()> {
    visit.answer(200, "content-type: text/html\r\n", b"")?;
    visit.flood(&format!("<b>{}</b>", visit.canary.clone()))
}

fn endless_json(visit: &mut Visit) -> Result<()> {
    visit.answer(200, JSON, b"{\"status\":\"UP\"")?;
    visit.flood(&format!(",\"{}\":\"DOWN\"", visit.canary.clone()))
}

fn slow_body(visit: &mut Visit) -> Result<()> {
    visit.answer(200, "content-length: 100000\r\n", b"")?;
    visit.drip(&visit.canary.clone())
}

fn slow_head(visit: &mut Visit) -> Result<()> {
    visit.request()?;
    visit.drip(&format!("HTTP/1.1 200 OK\r\nx-{}: 1\r\n", visit.canary.clone()))
}

fn many_headers(visit: &mut Visit) -> Result<()> {
    visit.request()?;
    visit.send(b"HTTP/1.1 200 OK\r\n")?;
    let canary = visit.canary.clone();
    for number in 0..HEADERS {
        visit.send(format!("x-{number}: {canary}\r\n").as_bytes())?;
    }
    visit.send(b"\r\n")
}

fn endless_header(visit: &mut Visit) -> Result<()> {
    visit.request()?;
    visit.send(b"HTTP/1.1 200 OK\r\nx-endless: ")?;
    visit.flood(&visit.canary.clone())
}

fn redirect_loop(visit: &mut Visit) -> Result<()> {
    let place = format!("location: /?{}\r\ncontent-length: 0\r\n", visit.canary);
    visit.answer(302, &place, b"")
}

fn redirect_that_grows(visit: &mut Visit) -> Result<()> {
    let path = visit.request()?;
    let longer = format!("{path}{}/", visit.canary).repeat(2);
    let place: String = longer.chars().take(PLACE_CHARS_MAX).collect();
    visit.send(format!("HTTP/1.1 307 Status\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n").as_bytes())
}

fn tls_nonsense(visit: &mut Visit) -> Result<()> {
    visit.send(format!("HTTP/1.1 400 Bad Request\r\n\r\n{}", visit.canary).as_bytes())?;
    visit.flood("\u{16}\u{3}\u{3}")
}

fn deep_json(visit: &mut Visit, depth: usize) -> Result<()> {
    let document = format!("{}\"{}\"{}", "[".repeat(depth), visit.canary, "]".repeat(depth));
    visit.answer(200, &format!("{JSON}content-length: {}\r\n", document.len()), document.as_bytes())
}

fn wide_json(visit: &mut Visit) -> Result<()> {
    let canary = visit.canary.clone();
    let parts: Vec<String> = (0..WIDE_KEYS).map(|number| format!("\"{canary}-{number}\":\"DOWN\"")).collect();
    let document = format!("{{{}}}", parts.join(","));
    visit.answer(200, &format!("{JSON}content-length: {}\r\n", document.len()), document.as_bytes())
}

fn length_too_long(visit: &mut Visit) -> Result<()> {
    visit.answer(200, "content-length: 100000\r\n", visit.canary.clone().as_bytes())?;
    visit.hold()
}

fn length_too_short(visit: &mut Visit) -> Result<()> {
    visit.answer(500, "content-length: 5\r\n", visit.canary.clone().as_bytes())?;
    visit.send(&vec![b'x'; SURPLUS_BYTES])
}

fn reset_in_body(visit: &mut Visit) -> Result<()> {
    visit.leave_unread()?;
    visit.send(format!("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{}", visit.canary).as_bytes())
}

fn endless_continue(visit: &mut Visit) -> Result<()> {
    visit.request()?;
    visit.flood("HTTP/1.1 100 Continue\r\n\r\n")
}

fn smtp_endless(visit: &mut Visit) -> Result<()> {
    visit.flood(&format!("220-{}\r\n", visit.canary.clone()))
}

fn tcp_flood(visit: &mut Visit) -> Result<()> {
    visit.flood(&visit.canary.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_check() {
        let names: std::collections::BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        for kind in KINDS {
            let check = kind.check("127.0.0.1:7".parse().unwrap());
            assert!(check.contains("127.0.0.1:7") && !check.contains("ADDRESS"), "{check}");
            assert!(pharos_model::ComponentId::new(kind.name).is_ok(), "{}", kind.name);
        }
    }

    #[test]
    fn a_bomb_is_small_and_grows_far_beyond_what_may_be_unpacked() {
        for packed in [&*GZIP, &*BROTLI, &*ZSTD] {
            assert!((1_000..256 * 1024).contains(&packed.len()), "{}", packed.len());
        }
    }
}
