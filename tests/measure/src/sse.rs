//! Reads server-sent events as they arrive: no more of them than measurements and drills need.

use crate::limits::FRAME_BYTES_MAX;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The `id` field; empty without one.
    pub id: String,
    /// The `event` field.
    pub event: String,
    /// The `data` field.
    pub data: Vec<u8>,
}

impl Frame {
    /// The number after the last dot of the `id`; `None` without one.
    pub fn seq(&self) -> Option<u64> {
        self.id.rsplit('.').next().and_then(|number| number.parse().ok())
    }
}

/// A reader in the middle of a stream.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    frame: Frame,
}

impl Reader {
    /// Takes bytes and hands out every event that they complete.
    ///
    /// # Errors
    /// When an event is larger than its bound.
    pub fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(Frame)) -> anyhow::Result<()> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            anyhow::ensure!(
                self.line.len() + piece.len() <= FRAME_BYTES_MAX,
                "an event is larger than {FRAME_BYTES_MAX} bytes"
            );
            self.line.extend_from_slice(piece);
            if self.line.last() == Some(&b'\n') {
                let mut line = std::mem::take(&mut self.line);
                line.pop();
                self.field(&line, &mut take);
                // A long line must not cost every listener its memory for good.
                if line.capacity() <= 4 * 1024 {
                    line.clear();
                    self.line = line;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, line: &[u8], take: &mut impl FnMut(Frame)) {
        if line.is_empty() {
            if !self.frame.event.is_empty() {
                take(std::mem::take(&mut self.frame));
            }
        } else if let Some(id) = line.strip_prefix(b"id: ") {
            self.frame.id = String::from_utf8_lossy(id).into_owned();
        } else if let Some(event) = line.strip_prefix(b"event: ") {
            self.frame.event = String::from_utf8_lossy(event).into_owned();
        } else if let Some(data) = line.strip_prefix(b"data: ") {
            self.frame.data = data.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &str = "retry: 2000\nid: a1.7\nevent: reset\ndata: {}\n\nevent: pulse\ndata: {\"at\":1}\n\n";

    #[test]
    fn events_are_the_same_however_the_bytes_arrive() {
        for step in 1..WIRE.len() {
            let (mut reader, mut frames) = (Reader::default(), Vec::new());
            for piece in WIRE.as_bytes().chunks(step) {
                reader.feed(piece, |frame| frames.push(frame)).unwrap();
            }
            let seen: Vec<_> = frames.iter().map(|frame| (frame.seq(), frame.event.as_str())).collect();
            assert_eq!(seen, [(Some(7), "reset"), (None, "pulse")], "in steps of {step}");
            assert_eq!(frames[1].data, b"{\"at\":1}");
        }
    }
}
