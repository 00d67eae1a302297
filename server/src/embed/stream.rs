//! A stream of summaries: the newest at once and after every change, and signs of life between.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use pharos_app::Words;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::Summaries;
use crate::http::HealthState;
use crate::live::{Frame, Hub};

/// A sign of life.
const PULSE: Bytes = Bytes::from_static(b"event: pulse\ndata: {}\n\n");

/// What a stream is fed from.
#[derive(Clone)]
pub struct Sources {
    /// The newest snapshot, and what tells of changes.
    pub hub: Arc<Hub>,
    /// Snapshots in a few words.
    pub summaries: Arc<Summaries>,
    /// Whether what this node would say may be out of date.
    pub health: Arc<HealthState>,
}

struct Listener<G> {
    sources: Sources,
    words: Words,
    receiver: broadcast::Receiver<Frame>,
    /// The place of the summary that was sent last, and whether nothing could be said; `None` before the first.
    sent: Option<(u64, bool)>,
    shutdown: CancellationToken,
    _guard: G,
}

/// Summaries in the language of `words`, and `null` while this node cannot tell. A listener that lags behind gets the newest and nothing of what it missed, so it
/// holds no memory. `guard` is held as long as the stream lives, which ends with `shutdown`.
pub fn summaries<G: Send + 'static>(
    sources: Sources,
    words: Words,
    (retry_ms, shutdown): (u64, CancellationToken),
    guard: G,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let receiver = sources.hub.subscribe(None).receiver;
    let listener = Listener { sources, words, receiver, sent: None, shutdown, _guard: guard };
    futures_util::stream::unfold(listener, move |mut listener| async move {
        let frame = listener.next(retry_ms).await?;
        Some((Ok(frame), listener))
    })
}

impl<G> Listener<G> {
    async fn next(&mut self, retry_ms: u64) -> Option<Bytes> {
        let Some((seq, was_stale)) = self.sent else {
            return Some([format!("retry: {retry_ms}\n").as_bytes(), &self.newest()].concat().into());
        };
        loop {
            let received = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                received = self.receiver.recv() => received,
            };
            match received {
                Ok(frame) if frame.seq == 0 && self.sources.health.is_stale() == was_stale => {
                    return Some(PULSE);
                }
                Ok(frame) if frame.seq == 0 => return Some(self.newest()),
                // Of several changes in a row the first brings the newest state, and the others nothing new.
                Ok(frame) if frame.seq <= seq => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return Some(self.newest()),
                // Another journal took the place of the one before.
                Err(RecvError::Closed) => {
                    self.receiver = self.sources.hub.subscribe(None).receiver;
                    return Some(self.newest());
                }
            }
        }
    }

    fn newest(&mut self) -> Bytes {
        let Sources { hub, summaries, health } = &self.sources;
        let (snapshot, is_stale) = (hub.snapshot(), health.is_stale());
        self.sent = Some((snapshot.seq, is_stale));
        // What may be out of date is not said: another site would show it as the truth of this moment.
        let made = (!is_stale).then(|| summaries.of(&snapshot, self.words));
        let summary = made.as_ref().map_or(b"null".as_slice(), |made| made.body());
        [b"event: summary\ndata: ".as_slice(), summary, b"\n\n"].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Access;
    use futures_util::StreamExt;
    use pharos_model::{Change, Event, Origin, Pulse, Snapshot, UnixMs};

    fn snapshot(seq: u64) -> Arc<Snapshot> {
        Arc::new(Snapshot { seq, ..Snapshot::empty(Origin::new("o").unwrap()) })
    }

    fn change(seq: u64) -> Event {
        Event { seq, after: seq - 1, at: UnixMs(0), change: Change::Checkpoint }
    }

    fn text(bytes: &Bytes) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn sources() -> Sources {
        Sources { hub: Arc::new(Hub::new(snapshot(1))), summaries: Arc::default(), health: Arc::default() }
    }

    #[tokio::test]
    async fn a_node_that_cannot_record_says_nothing_until_it_can_again() {
        let sources = sources();
        let (hub, health) = (Arc::clone(&sources.hub), Arc::clone(&sources.health));
        health.stepped();
        let stream = summaries(sources, Words::english(), (5, CancellationToken::new()), ());
        let mut stream = std::pin::pin!(stream);
        let mut next = async || text(&stream.next().await.unwrap().unwrap());
        assert!(next().await.contains("\"seq\":1"));
        health.store(Access::Facts, false);
        hub.pulse(&Pulse::default());
        assert_eq!(next().await, "event: summary\ndata: null\n\n");
        hub.pulse(&Pulse::default());
        assert_eq!(next().await, "event: pulse\ndata: {}\n\n");
        health.store(Access::Facts, true);
        hub.pulse(&Pulse::default());
        assert!(next().await.starts_with("event: summary\ndata: {\"seq\":1,"));
    }

    #[tokio::test]
    async fn a_listener_hears_the_newest_at_once_and_several_changes_as_one() {
        let (sources, shutdown) = (sources(), CancellationToken::new());
        sources.health.stepped();
        let hub = Arc::clone(&sources.hub);
        let stream = summaries(sources, Words::english(), (5, shutdown.clone()), ());
        let mut stream = std::pin::pin!(stream);
        let mut next = async || stream.next().await.map(|frame| text(&frame.unwrap()));
        let first = next().await.unwrap();
        assert!(first.starts_with("retry: 5\nevent: summary\ndata: {\"seq\":1,"), "{first}");
        hub.publish(snapshot(4), &[change(2), change(3), change(4)]);
        hub.pulse(&Pulse::default());
        assert!(next().await.unwrap().starts_with("event: summary\ndata: {\"seq\":4,"));
        assert_eq!(next().await.unwrap(), "event: pulse\ndata: {}\n\n");
        shutdown.cancel();
        assert_eq!(next().await, None);
    }
}
