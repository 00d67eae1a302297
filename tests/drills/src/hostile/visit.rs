//! What a bad target does with one connection, in words of one act each: sending without end, drop by drop, holding on, or tearing
//! it apart.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The longest that a connection is kept when the other side does not end it: far beyond every time-out of the drill.
pub const HELD_MAX: Duration = Duration::from_secs(20);
/// Time between two drops.
const DROP: Duration = Duration::from_secs(1);
/// Bytes of a request that are read.
const REQUEST_BYTES_MAX: usize = 8 * 1024;

/// A connection to a bad target.
pub struct Visit {
    stream: TcpStream,
    /// The text that must appear nowhere.
    pub canary: String,
    until: Instant,
}

impl Visit {
    /// One that has just begun.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub fn begin(stream: TcpStream, canary: &str) -> Result<Self> {
        stream.set_read_timeout(Some(DROP))?;
        stream.set_write_timeout(Some(HELD_MAX))?;
        Ok(Self { stream, canary: canary.to_owned(), until: Instant::now() + HELD_MAX })
    }

    /// Reads the head of a request, and gives its path.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn request(&mut self) -> Result<String> {
        let mut head = Vec::new();
        let mut piece = [0; 1_024];
        while head.len() < REQUEST_BYTES_MAX && !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            head.extend_from_slice(&piece[..count]);
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        Ok(text.split(' ').nth(1).unwrap_or_default().to_owned())
    }

    /// Sends something.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes)
    }

    /// Answers a request with a head of these fields, each with its end, and a body.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn answer(&mut self, status: u16, fields: &str, body: &[u8]) -> Result<()> {
        self.request()?;
        self.send(format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n{fields}\r\n").as_bytes())?;
        self.send(body)
    }

    /// Sends the same without end.
    ///
    /// # Errors
    /// When the other side has had enough, which is how it ends.
    pub fn flood(&mut self, piece: &str) -> Result<()> {
        let many = piece.repeat(16 * 1024 / piece.len().max(1) + 1);
        while Instant::now() < self.until {
            self.send(many.as_bytes())?;
        }
        Ok(())
    }

    /// Sends a byte a second.
    ///
    /// # Errors
    /// When the other side has had enough, which is how it ends.
    pub fn drip(&mut self, text: &str) -> Result<()> {
        for byte in text.bytes().cycle() {
            self.send(&[byte])?;
            if Instant::now() > self.until || self.is_left()? {
                break;
            }
        }
        Ok(())
    }

    /// Says nothing until the other side leaves.
    ///
    /// # Errors
    /// When it tears the connection apart.
    pub fn hold(&mut self) -> Result<()> {
        while Instant::now() < self.until && !self.is_left()? {}
        Ok(())
    }

    /// Waits for something to come and leaves it unread: the system then resets the connection when it is closed.
    ///
    /// # Errors
    /// When nothing comes.
    pub fn leave_unread(&mut self) -> Result<()> {
        self.stream.peek(&mut [0]).map(drop)
    }

    /// Whether the other side leaves within the time of a drop. What it says meanwhile is ignored.
    fn is_left(&mut self) -> Result<bool> {
        match self.stream.read(&mut [0; 1_024]) {
            Ok(count) => Ok(count == 0),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
