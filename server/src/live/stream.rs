//! One listener's stream of frames: the backlog, then what is published, each place in the journal once.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::frame::Frame;
use super::hub::Hub;

/// How a stream goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Plain,
    /// Compressed.
    Gzip,
}

/// What a stream needs between two frames. Kept small: there is one for every listener.
struct Listener<G> {
    hub: Arc<Hub>,
    backlog: VecDeque<Frame>,
    receiver: broadcast::Receiver<Frame>,
    seq: u64,
    shutdown: CancellationToken,
    ended: bool,
    _guard: G,
}

/// The frames for a listener whose backlog ends at the place `seq`. `guard` is held as long as the stream lives.
///
/// A listener that lags behind the bound is sent a reset in place of what it missed, so that it never holds more
/// memory than the others. On shutdown the stream says when to come back, and ends.
pub fn frames<G: Send + 'static>(
    hub: Arc<Hub>,
    (backlog, receiver, seq): (Vec<Frame>, broadcast::Receiver<Frame>, u64),
    shutdown: CancellationToken,
    (retry_ms, coding): (u64, Coding),
    guard: G,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    let mut backlog = VecDeque::from(backlog);
    backlog.push_front(Frame::opening(retry_ms));
    let listener = Listener { hub, backlog, receiver, seq, shutdown, ended: false, _guard: guard };
    futures_util::stream::unfold(listener, move |mut listener| async move {
        let frame = listener.next(retry_ms).await?;
        let bytes = match coding {
            Coding::Plain => frame.plain,
            Coding::Gzip => frame.gzip,
        };
        Some((Ok(bytes), listener))
    })
}

impl<G> Listener<G> {
    async fn next(&mut self, retry_ms: u64) -> Option<Frame> {
        if self.ended {
            return None;
        }
        if let Some(frame) = self.backlog.pop_front() {
            return Some(frame);
        }
        // One allocation less for each of thousands of idle listeners.
        self.backlog = VecDeque::new();
        loop {
            let received = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => {
                    self.ended = true;
                    return Some(Frame::closing(retry_ms));
                }
                received = self.receiver.recv() => received,
            };
            match received {
                Ok(frame) if frame.seq == 0 => return Some(frame),
                Ok(frame) if frame.seq > self.seq => {
                    self.seq = frame.seq;
                    return Some(frame);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_) | RecvError::Closed) => {
                    // A new ear: the old one would go on behind and lag again at the next frame, or hear nothing of a journal that
                    // took the place of the one before.
                    let subscription = self.hub.subscribe(None);
                    self.receiver = subscription.receiver;
                    self.seq = subscription.seq;
                    self.backlog = VecDeque::from(subscription.backlog);
                    return self.backlog.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use pharos_model::{Change, Event, Origin, Pulse, Snapshot, UnixMs};

    fn snapshot(seq: u64) -> Arc<Snapshot> {
        Arc::new(Snapshot { seq, ..Snapshot::empty(Origin::new("o").unwrap()) })
    }

    fn publish(hub: &Hub, seq: u64) {
        let change = Event { seq, after: seq - 1, at: UnixMs(0), change: Change::Checkpoint };
        hub.publish(snapshot(seq), &[change]);
    }

    fn listen(hub: &Arc<Hub>, token: &CancellationToken) -> impl Stream<Item = String> + Unpin + use<> {
        let subscription = hub.subscribe(None);
        let parts = (subscription.backlog, subscription.receiver, subscription.seq);
        let stream = frames(Arc::clone(hub), parts, token.clone(), (2_000, Coding::Plain), ());
        Box::pin(stream.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn a_listener_hears_a_reset_with_a_retry_hint_then_every_change_once() {
        let (hub, token) = (Arc::new(Hub::new(snapshot(3))), CancellationToken::new());
        let mut stream = listen(&hub, &token);
        publish(&hub, 4);
        hub.pulse(&Pulse::default());
        publish(&hub, 5);
        assert_eq!(stream.next().await.unwrap(), "retry: 2000\n");
        assert!(stream.next().await.unwrap().starts_with("id: o.3\nevent: reset\n"));
        assert!(stream.next().await.unwrap().starts_with("id: o.4\nevent: change\n"));
        assert!(stream.next().await.unwrap().starts_with("event: pulse\n"));
        assert!(stream.next().await.unwrap().starts_with("id: o.5\n"));
    }

    #[tokio::test]
    async fn a_listener_that_lags_is_sent_a_reset_and_nothing_it_already_holds() {
        let (hub, token) = (Arc::new(Hub::new(snapshot(1))), CancellationToken::new());
        let mut stream = listen(&hub, &token).skip(2);
        for seq in 2..=200 {
            publish(&hub, seq);
        }
        assert!(stream.next().await.unwrap().starts_with("id: o.200\nevent: reset\n"));
        publish(&hub, 201);
        assert!(stream.next().await.unwrap().starts_with("id: o.201\nevent: change\n"));
    }

    #[tokio::test]
    async fn a_journal_that_takes_the_place_of_another_is_told_from_its_beginning() {
        let (hub, token) = (Arc::new(Hub::new(snapshot(9))), CancellationToken::new());
        let mut stream = listen(&hub, &token).skip(2);
        let other = Snapshot { seq: 4, ..Snapshot::empty(Origin::new("p").unwrap()) };
        hub.begin_anew(Arc::new(other));
        assert!(stream.next().await.unwrap().starts_with("id: p.4\nevent: reset\n"));
        publish(&hub, 5);
        assert!(stream.next().await.unwrap().starts_with("id: o.5\nevent: change\n"));
    }

    #[tokio::test]
    async fn a_stream_ends_at_once_on_shutdown_and_says_when_to_come_back() {
        let (hub, token) = (Arc::new(Hub::new(snapshot(1))), CancellationToken::new());
        let mut stream = listen(&hub, &token).skip(2);
        token.cancel();
        assert_eq!(stream.next().await.unwrap(), "retry: 2000\nevent: closing\ndata: {}\n\n");
        assert_eq!(stream.next().await, None);
    }
}
