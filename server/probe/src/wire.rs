//! A conversation: a connection, plain or secure, that is read line by line and never further than a bound.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::limits::{CONVERSATION_BYTES_MAX, LINE_BYTES_MAX};

/// A connection and what came over it.
pub struct Wire {
    stream: Stream,
    came: Vec<u8>,
    taken: usize,
}

enum Stream {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Why there is no next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The other side closed the connection, or it was lost.
    Closed,
    /// The line, or all that came, is longer than is read.
    TooLong,
}

impl Wire {
    /// Over a bare connection.
    pub fn plain(stream: TcpStream) -> Self {
        Self { stream: Stream::Plain(stream), came: Vec::new(), taken: 0 }
    }

    /// Over TLS.
    pub fn secure(stream: TlsStream<TcpStream>) -> Self {
        Self { stream: Stream::Secure(Box::new(stream)), came: Vec::new(), taken: 0 }
    }

    /// The bare connection, if it is one of which nothing has come that was not read.
    pub fn into_plain(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Plain(stream) if self.taken == self.came.len() => Some(stream),
            _ => None,
        }
    }

    /// The next line, without its end; what is not text is replaced.
    ///
    /// # Errors
    /// When the connection ends, or more comes than is read.
    pub async fn line(&mut self) -> Result<String, Broken> {
        let mut searched = self.taken;
        loop {
            if let Some(at) = self.came[searched..].iter().position(|byte| *byte == b'\n') {
                let end = searched + at;
                let line = String::from_utf8_lossy(&self.came[self.taken..end]);
                let line = line.strip_suffix('\r').unwrap_or(&line).to_owned();
                self.taken = end + 1;
                return Ok(line);
            }
            searched = self.came.len();
            if searched - self.taken >= LINE_BYTES_MAX || searched >= CONVERSATION_BYTES_MAX {
                return Err(Broken::TooLong);
            }
            let mut chunk = [0; 1024];
            let count = match &mut self.stream {
                Stream::Plain(stream) => stream.read(&mut chunk).await,
                Stream::Secure(stream) => stream.read(&mut chunk).await,
            };
            let Ok(count @ 1..) = count else { return Err(Broken::Closed) };
            self.came.extend_from_slice(&chunk[..count]);
        }
    }

    /// What came and was not read as a line.
    pub fn rest(&self) -> String {
        String::from_utf8_lossy(&self.came[self.taken..]).into_owned()
    }

    /// Sends all of `text`.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(text.as_bytes()).await,
            Stream::Secure(stream) => {
                stream.write_all(text.as_bytes()).await?;
                stream.flush().await
            }
        }
    }

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    /// When the connection has ended already.
    pub async fn close(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Secure(stream) => stream.shutdown().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A connection to a server that says `text` until nobody listens any more.
    async fn repeating(text: &'static str) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut other, _) = listener.accept().await.unwrap();
        tokio::spawn(async move { while other.write_all(text.as_bytes()).await.is_ok() {} });
        Wire::plain(stream)
    }

    #[tokio::test]
    async fn a_line_without_end_is_read_up_to_its_bound() {
        let mut wire = repeating("x").await;
        assert_eq!(wire.line().await, Err(Broken::TooLong));
        assert!((LINE_BYTES_MAX..LINE_BYTES_MAX + 1024).contains(&wire.rest().len()));
    }

    #[tokio::test]
    async fn lines_without_end_are_read_up_to_the_bound_of_the_whole() {
        let mut wire = repeating("a line\n").await;
        let mut bytes = 0;
        let broken = loop {
            match wire.line().await {
                Ok(line) => bytes += line.len() + 1,
                Err(broken) => break broken,
            }
            assert!(bytes <= CONVERSATION_BYTES_MAX + 1024);
        };
        assert_eq!(broken, Broken::TooLong);
    }
}
