//! Health documents that were tampered with: whatever is made of them keeps the rules.
//!
//! Each round is made from a number alone. A failure prints it, and `PHAROS_SEED=number` runs that round and no other;
//! `PHAROS_ROUNDS=number` runs more of them.

use std::path::Path;
use std::time::{Duration, Instant};

use pharos_probe::health::{Format, Given, broken_rule};

/// Rounds of one run of all tests.
const ROUNDS: u64 = 40_000;
/// Changes in one round.
const CHANGES_MAX: usize = 6;
/// Bytes of a document, as of an answer.
const BYTES_MAX: usize = 256 * 1024;
/// The longest that reading may take, on a machine that has other things to do.
const READING_MAX: Duration = Duration::from_secs(5);

/// Numbers that look random and follow from one (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One below `end`; 0 where that is 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap().max(1);
        usize::try_from(self.next() % end).unwrap()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// An answer of the samples.
struct Sample {
    status: u16,
    media_type: String,
    body: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/health/samples");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let page = std::fs::read_to_string(path).unwrap();
        for part in page.split("```http\n").skip(1) {
            let (sample, _) = part.split_once("\n```").unwrap();
            let (head, body) = sample.split_once("\n\n").unwrap_or((sample.trim_end(), ""));
            let (status, media_type) = head.split_once(' ').unwrap();
            found.push(Sample {
                status: status.parse().unwrap(),
                media_type: media_type.to_owned(),
                body: body.as_bytes().to_vec(),
            });
        }
    }
    assert!(found.len() > 100, "{} samples", found.len());
    found
}

/// What is put in: numbers that are no numbers, halves of characters, ends that come too early, and what turns text around.
const STRANGE: [&str; 28] = [
    "é",
    "💥",
    "&amp;é💥",
    "<é💥",
    "1e999",
    "-1e-999",
    "184467440737095516160000000000000000000000",
    "\"\\ud800\"",
    "\\udfff\\ud800",
    "\0",
    "\\u0000",
    "\u{202e}",
    "\u{2066}up\u{2069}",
    "\u{feff}",
    "&#0;",
    "&#x110000;",
    "&lol;",
    "<!DOCTYPE a [<!ENTITY lol \"lol\">]>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml?>",
    "\"status\":\"UP\",",
    "/../",
    "%2F%00",
    "\n[+]a ok\n",
    "up{job=\"",
];

/// Changes a document in one way.
fn change(body: &mut Vec<u8>, numbers: &mut Numbers, others: &[Sample]) {
    let at = numbers.below(body.len() + 1);
    let end = (at + numbers.below(60)).min(body.len());
    match numbers.below(9) {
        0 => {
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        1 => body.truncate(at),
        2 => drop(body.drain(at..end)),
        // What stands twice: keys, entries, lines.
        3 => {
            let copy = body[at..end].to_vec();
            body.splice(end..end, copy);
        }
        4 => {
            let strange = numbers.one_of(&STRANGE).bytes();
            let end = if numbers.below(3) == 0 { end } else { at };
            body.splice(at..end, strange);
        }
        5 => nest(body, numbers),
        6 => swap_words(body, numbers, others),
        7 => double_a_key(body, numbers),
        _ => {
            let other = &numbers.one_of(others).body;
            let from = numbers.below(other.len() + 1);
            body.splice(at..end, other[from..].iter().copied());
        }
    }
    body.truncate(BYTES_MAX);
}

/// Puts the whole, or what stands at some place, deep into others.
fn nest(body: &mut Vec<u8>, numbers: &mut Numbers) {
    let around = [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"components\":", "}"),
        ("<a>", "</a>"),
        ("<div><p>", "</p></div>"),
    ];
    let (open, close) = *numbers.one_of(&around);
    let depth = *numbers.one_of(&[1, 2, 15, 16, 17, 200, 5_000]);
    let at = if numbers.below(2) == 0 { 0 } else { numbers.below(body.len() + 1) };
    let mut nested = body[..at].to_vec();
    nested.extend(open.repeat(depth).bytes());
    nested.extend(&body[at..]);
    nested.extend(close.repeat(depth).bytes());
    *body = nested;
}

/// Puts a word of another document in place of one of this.
fn swap_words(body: &mut Vec<u8>, numbers: &mut Numbers, others: &[Sample]) {
    let words = |bytes: &[u8]| -> Vec<std::ops::Range<usize>> {
        let mut found = Vec::new();
        let mut start = None;
        for (at, byte) in bytes.iter().chain(b" ").enumerate() {
            match (byte.is_ascii_alphanumeric() || *byte == b'_', start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    found.push(from..at);
                    start = None;
                }
                _ => {}
            }
        }
        found
    };
    let other = &numbers.one_of(others).body;
    let (here, there) = (words(body), words(other));
    if here.is_empty() || there.is_empty() {
        return;
    }
    let (here, there) = (numbers.one_of(&here).clone(), numbers.one_of(&there).clone());
    body.splice(here, other[there].iter().copied());
}

/// Has a key of JSON stand twice.
fn double_a_key(body: &mut Vec<u8>, numbers: &mut Numbers) {
    let keys: Vec<usize> =
        body.windows(2).enumerate().filter(|(_, two)| two == b"\":").map(|(at, _)| at).collect();
    if keys.is_empty() {
        return;
    }
    let end = *numbers.one_of(&keys);
    let start = body[..end].iter().rposition(|byte| *byte == b'"').unwrap_or(end);
    let entry = [&body[start..end], b"\":\"UP\","].concat();
    body.splice(start..start, entry);
}

/// One round, made from its number alone.
fn round(seed: u64, samples: &[Sample]) -> Result<(), String> {
    let mut numbers = Numbers(seed);
    let sample = numbers.one_of(samples);
    let mut body = sample.body.clone();
    // Few changes more often than many: what is broken all over is refused at its beginning.
    let most = numbers.below(CHANGES_MAX);
    for _ in 0..=numbers.below(most + 1) {
        change(&mut body, &mut numbers, samples);
    }
    let media_type = match numbers.below(8) {
        0 => numbers.one_of(samples).media_type.clone(),
        _ => sample.media_type.clone(),
    };
    let format = match numbers.below(4) {
        0 => Some(*numbers.one_of(Format::ALL)),
        _ => None,
    };
    let status = *numbers.one_of(&[200, 200, sample.status, 503]);
    let given = Given { status, media_type: &media_type, body: &body, format, now_s: 1_700_000_000 };
    let begun = Instant::now();
    let broken = std::panic::catch_unwind(|| broken_rule(&given));
    let broken = broken.unwrap_or_else(|_| Some("reading it panics".to_owned()));
    let broken =
        broken.or_else(|| (begun.elapsed() > READING_MAX).then(|| "reading it takes too long".to_owned()));
    broken.map_or(Ok(()), |broken| {
        let text = String::from_utf8_lossy(&body);
        let text: String = text.chars().take(2_000).collect();
        Err(format!("PHAROS_SEED={seed}: {broken}\nstatus {status}, {media_type}, {format:?}\n{text}"))
    })
}

#[test]
fn whatever_is_done_to_a_document_what_is_made_of_it_keeps_the_rules() {
    let samples = samples();
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("PHAROS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PHAROS_ROUNDS").unwrap_or(ROUNDS),
    };
    for seed in seeds {
        if let Err(broken) = round(seed, &samples) {
            panic!("{broken}");
        }
    }
}

#[test]
fn a_round_is_the_same_whenever_it_is_run() {
    let samples = samples();
    let made = |seed: u64| {
        let mut numbers = Numbers(seed);
        let mut body = numbers.one_of(&samples).body.clone();
        for _ in 0..=numbers.below(CHANGES_MAX) {
            change(&mut body, &mut numbers, &samples);
        }
        body
    };
    let all: Vec<_> = (0..50).map(made).collect();
    assert_eq!(all, (0..50).map(made).collect::<Vec<_>>());
    assert_ne!(all[0], all[1]);
}
