//! Frames: one server-sent event each, serialised once.

use bytes::Bytes;
use pharos_model::{Event, Origin, Pulse, Snapshot};
use serde::Serialize;

use super::gzip;

/// One server-sent event, ready to be written.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The place in the journal; 0 for what has none.
    pub seq: u64,
    /// The event as it goes over the wire.
    pub plain: Bytes,
    /// The same as a piece of a gzip stream.
    pub gzip: Bytes,
}

/// Where a reader stopped: the `id` of the last event it heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumePoint {
    /// Which life of the journal.
    pub origin: Origin,
    /// The place in it.
    pub seq: u64,
}

impl ResumePoint {
    /// Reads `origin.seq`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (origin, seq) = text.rsplit_once('.')?;
        Some(Self { origin: Origin::new(origin).ok()?, seq: seq.parse().ok()? })
    }
}

impl Frame {
    fn new(seq: u64, text: String) -> Self {
        Self { seq, gzip: gzip::piece(text.as_bytes()), plain: Bytes::from(text) }
    }

    fn event(seq: u64, head: &str, name: &str, data: &impl Serialize) -> Self {
        // Public types have string keys and no custom failures: serialising them cannot fail.
        let json = serde_json::to_string(data).unwrap_or_default();
        Self::new(seq, format!("{head}event: {name}\ndata: {json}\n\n"))
    }

    /// What a stream begins with: the time after which to come back should it break.
    pub fn opening(retry_ms: u64) -> Self {
        let line = Self::new(0, format!("retry: {retry_ms}\n"));
        Self { gzip: [&gzip::HEAD[..], &line.gzip].concat().into(), ..line }
    }

    /// A change.
    pub fn change(origin: &Origin, change: &Event) -> Self {
        Self::event(change.seq, &format!("id: {origin}.{}\n", change.seq), "change", change)
    }

    /// Everything anew.
    pub fn reset(snapshot: &Snapshot) -> Self {
        let head = format!("id: {}.{}\n", snapshot.origin, snapshot.seq);
        Self::event(snapshot.seq, &head, "reset", snapshot)
    }

    /// A sign of life. Has no place in the journal and so no `id`.
    pub fn pulse(pulse: &Pulse) -> Self {
        Self::event(0, "", "pulse", pulse)
    }

    /// The end of the stream, with the time after which to come back.
    pub fn closing(retry_ms: u64) -> Self {
        Self::new(0, format!("retry: {retry_ms}\nevent: closing\ndata: {{}}\n\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::{Change, UnixMs};

    #[test]
    fn a_change_is_one_line_of_data_with_its_place_as_id() {
        let origin = Origin::new("o1").unwrap();
        let change = Event { seq: 7, after: 5, at: UnixMs(9), change: Change::Checkpoint };
        let frame = Frame::change(&origin, &change);
        let expected =
            "id: o1.7\nevent: change\ndata: {\"seq\":7,\"after\":5,\"at\":9,\"change\":\"checkpoint\"}\n\n";
        assert_eq!(std::str::from_utf8(&frame.plain).unwrap(), expected);
    }

    #[test]
    fn a_resume_point_is_an_origin_and_a_number_and_nothing_else() {
        let point = ResumePoint::parse("o1.7").unwrap();
        assert_eq!((point.origin.as_str(), point.seq), ("o1", 7));
        for bad in ["", "7", "o1", "o1.", "o1.x", "O1.7", "o1.-1"] {
            assert_eq!(ResumePoint::parse(bad), None, "{bad}");
        }
    }
}
