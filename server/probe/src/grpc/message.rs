//! The messages of `grpc.health.v1`: a name asked for, a number answered.

use crate::limits::GRPC_MESSAGE_BYTES_MAX;

/// The question for the health of a service: a message with its name as the first field.
pub fn question(service: &str) -> Vec<u8> {
    let mut field = Vec::new();
    if !service.is_empty() {
        field.push(0x0a);
        let mut length = service.len();
        while length >= 0x80 {
            field.push(0x80 | u8::try_from(length & 0x7f).unwrap_or(0));
            length >>= 7;
        }
        field.push(u8::try_from(length).unwrap_or(0));
        field.extend(service.as_bytes());
    }
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    [&[0], &length.to_be_bytes()[..], &field].concat()
}

/// Reads the status out of an answer with its five bytes before.
///
/// # Errors
/// In words that end a sentence: why it cannot be read.
pub fn serving(answer: &[u8]) -> Result<u64, &'static str> {
    status_of(only_message(answer)?).ok_or(NOT_OF_A_HEALTH_SERVICE)
}

/// What is said of a message of another kind.
pub const NOT_OF_A_HEALTH_SERVICE: &str = "it is not what a health service says";

/// The one message of an answer, without its five bytes before.
fn only_message(answer: &[u8]) -> Result<&[u8], &'static str> {
    let Some(([coding, length @ ..], message)) = answer.split_first_chunk::<5>() else {
        return Err("it has no message");
    };
    if *coding != 0 {
        return Err("it is compressed, which was not asked for");
    }
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err("it is not as long as it says");
    }
    Ok(message)
}

/// Takes the first message out of what has come in of a stream of them; `None` while it is not whole.
///
/// # Errors
/// In words that end a sentence: why the stream cannot be read.
pub fn take_message(buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, &'static str> {
    let Some(([coding, length @ ..], rest)) = buffer.split_first_chunk::<5>() else { return Ok(None) };
    if *coding != 0 {
        return Err("it is compressed, which was not asked for");
    }
    let length = u32::from_be_bytes(*length) as usize;
    if length > GRPC_MESSAGE_BYTES_MAX {
        return Err("a message of it is too long");
    }
    let Some(message) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
    buffer.drain(..5 + length);
    Ok(Some(message))
}

/// Reads the services out of an answer to `List`, each with its status.
///
/// # Errors
/// In words that end a sentence: why it cannot be read.
pub fn statuses(answer: &[u8]) -> Result<Vec<(String, u64)>, &'static str> {
    let mut message = only_message(answer)?;
    let mut found = Vec::new();
    while !message.is_empty() {
        let (number, field) = field(&mut message).ok_or(NOT_OF_A_HEALTH_SERVICE)?;
        if let (1, Field::Bytes(entry)) = (number, field) {
            found.push(entry_of(entry).ok_or(NOT_OF_A_HEALTH_SERVICE)?);
        }
    }
    Ok(found)
}

/// A name and its status.
fn entry_of(mut entry: &[u8]) -> Option<(String, u64)> {
    let (mut name, mut status) = (String::new(), 0);
    while !entry.is_empty() {
        match field(&mut entry)? {
            (1, Field::Bytes(bytes)) => name = String::from_utf8_lossy(bytes).into_owned(),
            (2, Field::Bytes(answer)) => status = status_of(answer)?,
            _ => {}
        }
    }
    Some((name, status))
}

/// What stands in a field, as far as it is looked at.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// Takes a field with its number.
fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let key = varint(message)?;
    let field = match key & 7 {
        0 => Field::Number(varint(message)?),
        1 => skipped(message, 8)?,
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Field::Bytes(bytes)
        }
        5 => skipped(message, 4)?,
        _ => return None,
    };
    Some((key >> 3, field))
}

fn skipped<'a>(message: &mut &'a [u8], count: usize) -> Option<Field<'a>> {
    *message = message.get(count..)?;
    Some(Field::Other)
}

/// The first field of a message, a number; 0 when it is not there. Other fields are passed over.
pub fn status_of(mut message: &[u8]) -> Option<u64> {
    let mut status = 0;
    while !message.is_empty() {
        match field(&mut message)? {
            (1, Field::Number(number)) => status = number,
            (1, _) => return None,
            _ => {}
        }
    }
    Some(status)
}

/// Takes a number of up to ten bytes.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_question_has_the_service_as_its_first_field() {
        assert_eq!(question(""), [0, 0, 0, 0, 0]);
        assert_eq!(question("a.B"), b"\0\0\0\0\x05\x0a\x03a.B");
        let long = question(&"x".repeat(200));
        assert_eq!(long[..8], [0, 0, 0, 0, 203, 0x0a, 0xc8, 0x01]);
    }

    #[test]
    fn an_answer_is_read_whatever_else_stands_in_it() {
        for (answer, status) in [
            (&b"\0\0\0\0\x02\x08\x01"[..], Ok(1)),
            (b"\0\0\0\0\0", Ok(0)),
            (b"\0\0\0\0\x06\x12\x02hi\x08\x02", Ok(2)),
            (b"\0\0\0\0\x03\x08\x81\x01", Ok(129)),
            (b"", Err("it has no message")),
            (b"\x01\0\0\0\x02\x08\x01", Err("it is compressed, which was not asked for")),
            (b"\0\xff\xff\xff\xff\x08\x01", Err("it is not as long as it says")),
            (b"\0\0\0\0\x02\x12\x7f", Err("it is not what a health service says")),
            (b"\0\0\0\0\x03\x0a\x01x", Err("it is not what a health service says")),
        ] {
            assert_eq!(serving(answer), status, "{answer:?}");
        }
    }

    #[test]
    fn services_are_listed_with_their_statuses() {
        let answer = b"\0\0\0\0\x13\x0a\x07\x0a\x01a\x12\x02\x08\x01\x0a\x08\x0a\x02bc\x12\x02\x08\x02";
        assert_eq!(statuses(answer), Ok(vec![("a".to_owned(), 1), ("bc".to_owned(), 2)]));
        assert_eq!(statuses(b"\0\0\0\0\0"), Ok(Vec::new()));
        assert_eq!(statuses(b"\0\0\0\0\x02\x0a\x7f"), Err(NOT_OF_A_HEALTH_SERVICE));
    }

    #[test]
    fn messages_are_taken_one_after_another_as_they_become_whole() {
        let mut buffer = b"\0\0\0\0\x02\x08\x01\0\0\0\0\0\0\0".to_vec();
        assert_eq!(take_message(&mut buffer), Ok(Some(b"\x08\x01".to_vec())));
        assert_eq!(take_message(&mut buffer), Ok(Some(Vec::new())));
        assert_eq!(take_message(&mut buffer), Ok(None));
        assert_eq!(buffer, b"\0\0");
        assert!(take_message(&mut b"\0\xff\xff\xff\xff".to_vec()).is_err());
        assert!(take_message(&mut b"\x01\0\0\0\0".to_vec()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
            let _ = serving(&bytes);
            let whole = [&[0], &length[..], &bytes].concat();
            let _ = serving(&whole);
            let _ = statuses(&whole);
            let _ = take_message(&mut whole.clone());
        }
    }
}
