//! Messages of PostgreSQL, one by one: how they are written, cut and read.

use crate::database::Refusal;
use crate::outcome::Reason;
use crate::talk::Talk;

/// Codes of a server that takes nobody: too many are there already, it is shutting down, it crashed, it is starting.
pub const NOT_READY: [&str; 4] = ["53300", "57P01", "57P02", "57P03"];

/// What stands before a body: the tag, and the length of all but the tag.
const HEAD_BYTES: usize = 5;
/// The version of the protocol, 3.0.
const VERSION: u32 = 3 << 16;
/// What is asked in place of a version to go on with TLS.
const TLS_WANTED: u32 = 80_877_103;

/// A value of a row, as text, where there is one.
type Value = Option<String>;

/// A message of the server.
pub struct Message {
    /// What it is.
    pub tag: u8,
    /// What is in it.
    pub body: Vec<u8>,
}

/// A message of ours.
pub fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], &with_length(body)[..]].concat()
}

/// Texts as messages have them, each with a zero behind it.
pub fn texts(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| text.bytes().chain([0])).collect()
}

/// The first message: who we are, as names and values.
pub fn hello(parameters: &[&str]) -> Vec<u8> {
    with_length(&[&VERSION.to_be_bytes()[..], &texts(parameters), &[0]].concat())
}

/// The question whether the server goes on with TLS.
pub fn tls_question() -> Vec<u8> {
    with_length(&TLS_WANTED.to_be_bytes())
}

/// One statement without parameters, and no more than one row of its answer, as text.
pub fn statement(text: &str) -> Vec<u8> {
    [
        message(b'P', &[&texts(&["", text])[..], &[0; 2]].concat()),
        message(b'B', &[&texts(&["", ""])[..], &[0; 6]].concat()),
        message(b'E', &[&texts(&[""])[..], &1_u32.to_be_bytes()].concat()),
        message(b'S', &[]),
    ]
    .concat()
}

fn with_length(body: &[u8]) -> Vec<u8> {
    // Everything sent is bounded by the settings, far below what the length can say.
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), body].concat()
}

/// The next message that is about what was asked: neither a notice, nor a notification, nor a setting of the server.
pub async fn next(talk: &mut Talk<'_>) -> Result<Message, Reason> {
    loop {
        let head = talk.take(HEAD_BYTES).await?;
        let length = head[1..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let body_bytes = length.checked_sub(HEAD_BYTES - 1).ok_or_else(|| talk.stray())?;
        let message = Message { tag: head[0], body: talk.take(body_bytes).await? };
        if !matches!(message.tag, b'N' | b'A' | b'S') {
            return Ok(message);
        }
    }
}

/// The answer to a query, up to where the server is ready for the next: its first row, or why there is none.
pub async fn answer(talk: &mut Talk<'_>) -> Result<Result<Option<Vec<Value>>, Refusal>, Reason> {
    let mut row = None;
    let mut refusal: Option<Refusal> = None;
    loop {
        let Message { tag, body } = match (next(talk).await, refusal.take()) {
            // A server that is going says so, and goes.
            (Err(_), Some(refusal)) => return Ok(Err(refusal)),
            (message, before) => {
                refusal = before;
                message?
            }
        };
        match tag {
            b'D' if row.is_none() => row = Some(values(&body).ok_or_else(|| talk.stray())?),
            b'E' => refusal = Some(read_refusal(&body)),
            b'Z' => return Ok(refusal.map_or(Ok(row), Err)),
            // More rows, their columns, the end of a command or of an empty one, and the steps of a statement.
            b'D' | b'T' | b'C' | b'I' | b'1' | b'2' | b's' => {}
            _ => return Err(talk.stray()),
        }
    }
}

fn values(body: &[u8]) -> Option<Vec<Value>> {
    let (count, mut rest) = body.split_first_chunk()?;
    let mut row = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk()?;
        let length = i32::from_be_bytes(*length);
        let (value, after) = after.split_at_checked(usize::try_from(length).unwrap_or(0))?;
        row.push((length >= 0).then(|| String::from_utf8_lossy(value).into_owned()));
        rest = after;
    }
    rest.is_empty().then_some(row)
}

/// What an error says; what cannot be read of it is left out.
pub fn read_refusal(body: &[u8]) -> Refusal {
    let mut refusal = Refusal { code: String::new(), text: String::new() };
    for field in body.split(|byte| *byte == 0) {
        let text = || String::from_utf8_lossy(&field[1..]).into_owned();
        match field.first() {
            Some(b'C') => refusal.code = text(),
            Some(b'M') => refusal.text = text(),
            _ => {}
        }
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_how_long_they_are() {
        assert_eq!(hello(&["user", "x"]), b"\0\0\0\x10\0\x03\0\0user\0x\0\0");
        assert_eq!(tls_question(), b"\0\0\0\x08\x04\xd2\x16\x2f");
        assert_eq!(message(b'Q', &texts(&["x"])), b"Q\0\0\0\x06x\0");
        let expected = b"P\0\0\0\x09\0x\0\0\0B\0\0\0\x0c\0\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\x01S\0\0\0\x04";
        assert_eq!(statement("x"), expected);
    }

    #[test]
    fn a_row_is_read_with_its_nulls_and_only_whole() {
        let row = Some(vec![Some(String::from("ab")), None]);
        assert_eq!(values(b"\0\x02\0\0\0\x02ab\xff\xff\xff\xff"), row);
        for bad in [
            &b"\0\x01\0\0\0\x09ab"[..],
            b"\0\x01\0\0\0\x01ab",
            b"\0\x02\0\0\0\x02ab",
            b"\0\x01\x7f\xff\xff\xff",
            b"\0",
        ] {
            assert_eq!(values(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_error_is_read_as_far_as_it_can_be() {
        let refusal = read_refusal(b"SFATAL\0C57P03\0Mnot\0Xcut");
        assert_eq!(refusal, Refusal { code: String::from("57P03"), text: String::from("not") });
    }
}
