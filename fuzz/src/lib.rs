//! What an input of the fuzzer says: its first byte how the answer is read, the rest is its body.

use pharos_probe::health::{Format, Given};

const MEDIA_TYPES: [&str; 4] =
    ["application/json", "text/plain; version=0.0.4", "application/atom+xml", "application/health+json"];
/// Every format, and none: then it is recognised.
const FORMATS: usize = Format::ALL.len() + 1;

/// Reads an input.
pub fn given(data: &[u8]) -> Option<Given<'_>> {
    let (how, body) = data.split_first()?;
    let how = usize::from(*how);
    let format = Format::ALL.get(how % FORMATS).copied();
    let media_type = MEDIA_TYPES[how / FORMATS % MEDIA_TYPES.len()];
    Some(Given { status: 200, media_type, body, format, now_s: 1_700_000_000 })
}

/// Makes the input that has `body` recognised, with the media type that is most like this one.
pub fn input(media_type: &str, body: &[u8]) -> Vec<u8> {
    let is_like = |known: &str| media_type.contains(known);
    let nearest = match media_type {
        _ if is_like("health+json") => 3,
        _ if is_like("xml") => 2,
        _ if is_like("text") => 1,
        _ => 0,
    };
    let how = nearest * FORMATS + Format::ALL.len();
    [&[u8::try_from(how).unwrap_or_default()], body].concat()
}
