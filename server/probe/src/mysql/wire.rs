//! Packets of MySQL: how they are cut, and what is in them.

use crate::database::Refusal;
use crate::limits::COLUMNS_MAX;
use crate::outcome::Reason;
use crate::talk::Talk;

/// Codes of a server that takes nobody: too many are there already, it is shutting down, it was taken offline.
pub const NOT_READY: [&str; 3] = ["1040", "1053", "3032"];

/// A command that carries a statement.
const COM_QUERY: u8 = 3;
/// A command that ends the conversation.
const COM_QUIT: u8 = 1;

/// What packets begin with that are not what was asked for.
pub const OK: u8 = 0x00;
/// As above.
pub const END: u8 = 0xfe;
/// As above.
pub const ERROR: u8 = 0xff;
/// A server that wants a file of the client's.
const FILE_WANTED: u8 = 0xfb;
/// In a row, a value that is not there.
const NULL: u8 = 0xfb;
/// Bytes of the longest packet that ends a list. A longer one that begins alike is a row with a huge value.
const END_BYTES_MAX: usize = 8;

/// A packet and its number in the exchange.
pub struct Packet {
    /// The one after it has the next.
    pub number: u8,
    /// What is in it.
    pub body: Vec<u8>,
}

/// The next packet.
pub async fn next(talk: &mut Talk<'_>) -> Result<Packet, Reason> {
    let head = talk.take(4).await?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    Ok(Packet { number: head[3], body: talk.take(length).await? })
}

/// Sends a packet.
pub async fn send(talk: &mut Talk<'_>, number: u8, body: &[u8]) -> Result<(), Reason> {
    let length = u32::try_from(body.len()).map_err(|_| talk.stray())?.to_le_bytes();
    let mut packet = vec![length[0], length[1], length[2], number];
    packet.extend_from_slice(body);
    talk.send(&packet).await
}

/// Says goodbye; nothing is answered.
pub async fn quit(talk: &mut Talk<'_>) -> Result<(), Reason> {
    send(talk, 0, &[COM_QUIT]).await
}

/// A value of a row, as text, where there is one.
type Value = Option<String>;

/// The answer to a statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What its columns are called.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// The first value of the first row.
    pub fn first(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }
}

/// Gives a statement and reads its answer to the end.
pub async fn query(talk: &mut Talk<'_>, statement: &str) -> Result<Result<Table, Refusal>, Reason> {
    send(talk, 0, &[&[COM_QUERY], statement.as_bytes()].concat()).await?;
    let head = next(talk).await?.body;
    let mut table = Table::default();
    match head.first() {
        Some(&OK) => return Ok(Ok(table)),
        Some(&ERROR) => return Ok(Err(refusal(&head))),
        Some(&FILE_WANTED) | None => return Err(talk.stray()),
        Some(_) => {}
    }
    let mut head = Reader(&head);
    let count = head.length().filter(|count| (1..=COLUMNS_MAX).contains(count) && head.0.is_empty());
    for _ in 0..count.ok_or_else(|| talk.stray())? {
        let column = next(talk).await?.body;
        table.columns.push(column_name(&column).ok_or_else(|| talk.stray())?);
    }
    if !is_end(&next(talk).await?.body) {
        return Err(talk.stray());
    }
    loop {
        let row = next(talk).await?.body;
        if is_end(&row) {
            return Ok(Ok(table));
        }
        if row.first() == Some(&ERROR) {
            return Ok(Err(refusal(&row)));
        }
        table.rows.push(values(&row, table.columns.len()).ok_or_else(|| talk.stray())?);
    }
}

fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&END) && packet.len() <= END_BYTES_MAX
}

/// A column's name comes after its catalog, its schema and two names of its table.
fn column_name(packet: &[u8]) -> Option<String> {
    let mut reader = Reader(packet);
    for _ in 0..4 {
        reader.value()?;
    }
    reader.value()?
}

fn values(packet: &[u8], count: usize) -> Option<Vec<Value>> {
    let mut reader = Reader(packet);
    let mut row = Vec::new();
    for _ in 0..count {
        row.push(reader.value()?);
    }
    reader.0.is_empty().then_some(row)
}

/// What an error says; what cannot be read of it is left out.
pub fn refusal(packet: &[u8]) -> Refusal {
    let mut reader = Reader(packet.get(1..).unwrap_or_default());
    let code = reader.u16().map(|code| code.to_string()).unwrap_or_default();
    // A state of five characters stands before the text, except before the login.
    if reader.0.first() == Some(&b'#') {
        reader.bytes(6);
    }
    Refusal { code, text: String::from_utf8_lossy(reader.0).into_owned() }
}

/// Reads a packet from its front.
pub struct Reader<'p>(pub &'p [u8]);

impl<'p> Reader<'p> {
    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'p [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    /// Bytes up to a zero, which is passed over.
    pub fn up_to_zero(&mut self) -> Option<&'p [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (front, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        Some(front)
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    /// A number of two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.number(2).and_then(|number| u16::try_from(number).ok())
    }

    /// A number of so many bytes, the lowest first.
    fn number(&mut self, count: usize) -> Option<u64> {
        Some(self.bytes(count)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number that says by its first byte how long it is.
    fn length(&mut self) -> Option<u64> {
        match self.u8()? {
            small @ ..=0xfa => Some(u64::from(small)),
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            _ => None,
        }
    }

    /// A value with its length before it, or the mark of one that is not there.
    fn value(&mut self) -> Option<Value> {
        if self.0.first() == Some(&NULL) {
            self.bytes(1)?;
            return Some(None);
        }
        let length = usize::try_from(self.length()?).ok()?;
        Some(Some(String::from_utf8_lossy(self.bytes(length)?).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_says_by_its_first_byte_how_long_it_is() {
        for (bytes, expected) in [
            (&b"\xfa"[..], Some(250)),
            (b"\xfc\x01\x02", Some(0x0201)),
            (b"\xfd\x01\x02\x03", Some(0x03_0201)),
            (b"\xfe\x01\0\0\0\0\0\0\0", Some(1)),
            (b"\xfb", None),
            (b"\xff", None),
            (b"\xfc\x01", None),
            (b"", None),
        ] {
            assert_eq!(Reader(bytes).length(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_row_is_read_with_its_nulls_and_only_whole() {
        let row = Some(vec![Some(String::from("ab")), None]);
        assert_eq!(values(b"\x02ab\xfb", 2), row);
        for bad in [&b"\x02ab"[..], b"\x02ab\xfbx", b"\x09ab\xfb", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xffab"]
        {
            assert_eq!(values(bad, 2), None, "{bad:?}");
        }
    }

    #[test]
    fn an_error_is_read_with_its_state_and_without() {
        let refused = |code: &str, text: &str| Refusal { code: code.into(), text: text.into() };
        assert_eq!(refusal(b"\xff\x15\x04#28000no"), refused("1045", "no"));
        assert_eq!(refusal(b"\xff\x10\x04Too many connections"), refused("1040", "Too many connections"));
        assert_eq!(refusal(b"\xff"), refused("", ""));
    }
}
