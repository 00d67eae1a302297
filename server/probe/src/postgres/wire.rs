//! Messages of PostgreSQL, one by one: they are cut here, since the crate that reads them makes room for as many bytes as a
//! server claims.

use bytes::{Bytes, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message};

use crate::database::Refusal;
use crate::outcome::Reason;
use crate::talk::Talk;

/// Codes of a server that takes nobody: too many are there already, it is shutting down, it crashed, it is starting.
pub const NOT_READY: [&str; 4] = ["53300", "57P01", "57P02", "57P03"];

/// The tag, and the length that counts itself.
const HEAD_BYTES: usize = 5;

/// The values of a row, as text.
pub type Row = Vec<Option<String>>;

/// The next message that is about what was asked.
pub async fn next(talk: &mut Talk<'_>) -> Result<Message, Reason> {
    loop {
        let message = any(talk).await?;
        let is_aside = matches!(
            message,
            Message::NoticeResponse(_) | Message::NotificationResponse(_) | Message::ParameterStatus(_)
        );
        if !is_aside {
            return Ok(message);
        }
    }
}

async fn any(talk: &mut Talk<'_>) -> Result<Message, Reason> {
    let head = talk.take(HEAD_BYTES).await?;
    let length = head[1..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let body = match length.checked_sub(HEAD_BYTES - 1) {
        Some(body_bytes) => talk.take(body_bytes).await?,
        None => return Err(talk.stray()),
    };
    let mut whole = BytesMut::from(Bytes::from(head));
    whole.extend_from_slice(&body);
    Message::parse(&mut whole).ok().flatten().ok_or_else(|| talk.stray())
}

/// The answer to a query, up to where the server is ready for the next: its first row, or why there is none.
pub async fn answer(talk: &mut Talk<'_>) -> Result<Result<Option<Row>, Refusal>, Reason> {
    let mut row = None;
    let mut refusal: Option<Refusal> = None;
    loop {
        let message = match (next(talk).await, refusal.take()) {
            // A server that is going says so, and goes.
            (Err(_), Some(refusal)) => return Ok(Err(refusal)),
            (message, before) => {
                refusal = before;
                message?
            }
        };
        match message {
            Message::DataRow(body) if row.is_none() => row = Some(values(&body).ok_or_else(|| talk.stray())?),
            Message::ErrorResponse(body) => refusal = Some(read_refusal(&body)),
            Message::ReadyForQuery(_) => return Ok(refusal.map_or(Ok(row), Err)),
            Message::DataRow(_)
            | Message::RowDescription(_)
            | Message::CommandComplete(_)
            | Message::EmptyQueryResponse
            | Message::ParseComplete
            | Message::BindComplete
            | Message::PortalSuspended => {}
            _ => return Err(talk.stray()),
        }
    }
}

fn values(body: &DataRowBody) -> Option<Row> {
    let mut ranges = body.ranges();
    let mut row = Row::new();
    while let Some(range) = ranges.next().ok()? {
        row.push(range.map(|range| String::from_utf8_lossy(&body.buffer()[range]).into_owned()));
    }
    Some(row)
}

/// What an error says; what cannot be read of it is left out.
pub fn read_refusal(body: &ErrorResponseBody) -> Refusal {
    let mut refusal = Refusal { code: String::new(), text: String::new() };
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let text = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => refusal.code = text(),
            b'M' => refusal.text = text(),
            _ => {}
        }
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> Message {
        Message::parse(&mut BytesMut::from(bytes)).unwrap().unwrap()
    }

    #[test]
    fn a_row_is_read_with_its_nulls() {
        let Message::DataRow(body) = message(b"D\0\0\0\x10\0\x02\0\0\0\x02ab\xff\xff\xff\xff") else {
            panic!()
        };
        assert_eq!(values(&body), Some(vec![Some(String::from("ab")), None]));
    }

    #[test]
    fn a_row_that_claims_more_than_it_has_is_not_read() {
        let Message::DataRow(body) = message(b"D\0\0\0\x0c\0\x01\0\0\0\x09ab") else { panic!() };
        assert_eq!(values(&body), None);
    }

    #[test]
    fn an_error_is_read_as_far_as_it_can_be() {
        let Message::ErrorResponse(body) = message(b"E\0\0\0\x14C57P03\0Mnot\0Xcut") else { panic!() };
        assert_eq!(read_refusal(&body), Refusal { code: String::from("57P03"), text: String::from("not") });
    }
}
