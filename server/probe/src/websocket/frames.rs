//! The frames of WebSocket (RFC 6455, section 5), as a client reads and writes them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::limits::WEBSOCKET_BYTES_MAX;
use crate::random::random;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What stands in place of a length that follows in two bytes.
const IN_TWO_BYTES: u8 = 126;
/// What stands in place of a length that follows in eight bytes.
const IN_EIGHT_BYTES: u8 = 127;

/// The payload that a frame of control has at most.
const CONTROL_BYTES_MAX: u64 = 125;

/// That all went well, as the end of a conversation has it.
const NORMAL: [u8; 2] = 1000_u16.to_be_bytes();

/// A connection that speaks in frames. Reads up to a bound, whatever the frames are.
pub struct Frames<S> {
    stream: S,
    left: u64,
}

/// Why there is no next message.
#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    /// The connection was lost.
    Lost,
    /// The other side ended the conversation, with these words.
    Ended(String),
    /// More came than is read.
    TooLong,
    /// What came is not what the protocol allows.
    Wrong(&'static str),
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

/// What stands before a payload.
struct Head {
    is_last: bool,
    opcode: u8,
    length: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    /// Over a connection on which both sides have agreed to speak so.
    pub fn new(stream: S) -> Self {
        Self { stream, left: WEBSOCKET_BYTES_MAX }
    }

    /// Sends a text.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        self.write(TEXT, text.as_bytes()).await
    }

    /// Says that we leave.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn close(&mut self) -> io::Result<()> {
        self.write(CLOSE, &NORMAL).await?;
        self.stream.shutdown().await
    }

    /// The next whole message.
    ///
    /// # Errors
    /// With why there is none.
    pub async fn message(&mut self) -> Result<Vec<u8>, Broken> {
        let mut whole = Vec::new();
        let mut has_begun = false;
        loop {
            let Head { is_last, opcode, length } = self.head().await?;
            match opcode {
                TEXT | BINARY if has_begun => return Err(Broken::Wrong("a message begins within another")),
                CONTINUATION if !has_begun => {
                    return Err(Broken::Wrong("a message goes on that never began"));
                }
                TEXT | BINARY | CONTINUATION => {
                    has_begun = true;
                    self.read(length, &mut whole).await?;
                    if is_last {
                        return Ok(whole);
                    }
                }
                PING | PONG | CLOSE if !is_last || length > CONTROL_BYTES_MAX => {
                    return Err(Broken::Wrong("a frame of control is longer than it may be"));
                }
                PING => {
                    let mut payload = Vec::new();
                    self.read(length, &mut payload).await?;
                    self.write(PONG, &payload).await?;
                }
                PONG => self.read(length, &mut Vec::new()).await?,
                CLOSE => {
                    let mut payload = Vec::new();
                    self.read(length, &mut payload).await?;
                    return Err(Broken::Ended(farewell(&payload)));
                }
                _ => return Err(Broken::Wrong("a frame is of a kind that does not exist")),
            }
        }
    }

    async fn head(&mut self) -> Result<Head, Broken> {
        let [first, second] = self.bytes().await?;
        if first & 0x70 != 0 {
            return Err(Broken::Wrong("a frame uses an extension that was not agreed on"));
        }
        if second & 0x80 != 0 {
            return Err(Broken::Wrong("a frame is masked, as only ours may be"));
        }
        let length = match second {
            IN_TWO_BYTES => u16::from_be_bytes(self.bytes().await?).into(),
            IN_EIGHT_BYTES => u64::from_be_bytes(self.bytes().await?),
            short => short.into(),
        };
        Ok(Head { is_last: first & 0x80 != 0, opcode: first & 0x0f, length })
    }

    async fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let mut bytes = [0; N];
        self.left = self.left.checked_sub(N as u64).ok_or(Broken::TooLong)?;
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    /// Reads a payload; room is made for what comes, not for what is announced.
    async fn read(&mut self, length: u64, payload: &mut Vec<u8>) -> Result<(), Broken> {
        self.left = self.left.checked_sub(length).ok_or(Broken::TooLong)?;
        let count = (&mut self.stream).take(length).read_to_end(payload).await?;
        if count as u64 == length { Ok(()) } else { Err(Broken::Lost) }
    }

    async fn write(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.stream.write_all(&frame(opcode, payload, random()?)).await?;
        self.stream.flush().await
    }
}

/// A whole frame, masked.
fn frame(opcode: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..IN_TWO_BYTES), _) => frame.push(0x80 | short),
        (_, Ok(middle)) => {
            frame.push(0x80 | IN_TWO_BYTES);
            frame.extend(middle.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | IN_EIGHT_BYTES);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// What the end of a conversation says: a number, and words.
fn farewell(payload: &[u8]) -> String {
    match payload {
        [high, low, words @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            format!("{code} {}", String::from_utf8_lossy(words)).trim_end().to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    async fn read(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        Frames::new(ours).message().await
    }

    #[tokio::test]
    async fn a_message_is_put_together_from_its_frames() {
        assert_eq!(read(b"\x81\x05Hello").await, Ok(b"Hello".to_vec()));
        assert_eq!(read(b"\x82\x01x").await, Ok(b"x".to_vec()));
        let parts = b"\x01\x03Hel\x89\x00\x8a\x01x\x80\x02lo";
        assert_eq!(read(parts).await, Ok(b"Hello".to_vec()));
        let long = [&b"\x81\x7e\x01\x00"[..], &[b'x'; 256]].concat();
        assert_eq!(read(&long).await, Ok(vec![b'x'; 256]));
    }

    #[tokio::test]
    async fn what_the_protocol_does_not_allow_is_told() {
        for (bytes, why) in [
            (&b"\xc1\x00"[..], "a frame uses an extension that was not agreed on"),
            (b"\x81\x80\0\0\0\0", "a frame is masked, as only ours may be"),
            (b"\x80\x00", "a message goes on that never began"),
            (b"\x01\x00\x81\x00", "a message begins within another"),
            (b"\x09\x00", "a frame of control is longer than it may be"),
            (b"\x89\x7e\x00\x80", "a frame of control is longer than it may be"),
            (b"\x83\x00", "a frame is of a kind that does not exist"),
        ] {
            assert_eq!(read(bytes).await, Err(Broken::Wrong(why)));
        }
    }

    #[tokio::test]
    async fn a_length_that_is_only_claimed_is_not_believed() {
        assert_eq!(read(b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff").await, Err(Broken::TooLong));
        assert_eq!(read(b"\x81\x7d").await, Err(Broken::Lost));
    }

    #[tokio::test]
    async fn frames_without_end_are_read_up_to_a_bound() {
        for endless in [&b"\x8a\x00"[..], b"\x00\x00"] {
            let bytes = [&b"\x01\x00"[..], &endless.repeat(100_000)].concat();
            assert_eq!(read(&bytes).await, Err(Broken::TooLong));
        }
    }

    #[tokio::test]
    async fn the_end_of_a_conversation_has_a_number_and_words() {
        assert_eq!(read(b"\x88\x06\x03\xf3busy").await, Err(Broken::Ended("1011 busy".to_owned())));
        assert_eq!(read(b"\x88\x00").await, Err(Broken::Ended(String::new())));
    }

    #[test]
    fn what_we_send_is_masked() {
        // The example of RFC 6455, section 5.7.
        let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(frame(TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d]), hello);
        assert_eq!(frame(TEXT, &[b'x'; 256], [0; 4])[..8], *b"\x81\xfe\x01\x00\0\0\0\0");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(read(&bytes));
        }
    }
}
