//! Takes HTTP/1.1 chunked transfer coding apart, as it arrives.

/// A decoder in the middle of a body.
#[derive(Debug)]
pub struct Chunked {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Within the digits of a size.
    Size(usize),
    /// Behind the digits, before the end of their line.
    AfterSize(usize),
    /// Within a chunk of which so many bytes are to come.
    Data(usize),
    /// Behind a chunk, before the end of its line.
    AfterData,
    /// Behind the last chunk.
    Ended,
}

impl Default for Chunked {
    fn default() -> Self {
        Self { state: State::Size(0) }
    }
}

impl Chunked {
    /// Adds what is data in `bytes` to `out`.
    ///
    /// # Errors
    /// When a chunk has no size.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> anyhow::Result<()> {
        while let Some((&first, rest)) = bytes.split_first() {
            match self.state {
                State::Size(size) => {
                    bytes = rest;
                    self.state = match char::from(first).to_digit(16) {
                        Some(digit) => State::Size(size.saturating_mul(16).saturating_add(digit as usize)),
                        None if first == b'\r' || first == b';' => State::AfterSize(size),
                        None => {
                            anyhow::bail!("{:?} stands where the size of a chunk is due", char::from(first))
                        }
                    };
                }
                State::AfterSize(size) => {
                    bytes = rest;
                    if first == b'\n' {
                        self.state = if size == 0 { State::Ended } else { State::Data(size) };
                    }
                }
                State::Data(left) => {
                    let (data, rest) = bytes.split_at(left.min(bytes.len()));
                    out.extend_from_slice(data);
                    bytes = rest;
                    self.state =
                        if data.len() == left { State::AfterData } else { State::Data(left - data.len()) };
                }
                State::AfterData => {
                    bytes = rest;
                    if first == b'\n' {
                        self.state = State::Size(0);
                    }
                }
                State::Ended => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether the last chunk has been seen.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &[u8] = b"6\r\nid: 1\n\r\n10;x=y\r\ndata: 0123456789\r\n0\r\n\r\n";

    #[test]
    fn the_data_is_the_same_however_the_bytes_arrive() {
        for step in 1..WIRE.len() {
            let (mut chunked, mut out) = (Chunked::default(), Vec::new());
            for piece in WIRE.chunks(step) {
                chunked.feed(piece, &mut out).unwrap();
            }
            assert_eq!(out, b"id: 1\ndata: 0123456789", "in steps of {step}");
            assert!(chunked.is_ended());
        }
    }

    #[test]
    fn a_body_that_is_not_chunked_is_refused() {
        assert!(Chunked::default().feed(b"id: 1\n", &mut Vec::new()).is_err());
    }
}
