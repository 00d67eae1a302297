//! The accept loop: each connection driven by hyper with a header deadline, bounds, and an orderly end.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address_counts::{AddressCounts, Place};
use crate::limits::{
    BUFFER_BYTES_MAX, CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, FIRST_REQUEST_TIMEOUT,
    HEADER_READ_TIMEOUT, HEADERS_MAX, LAST_CONNECTIONS, TARGET_BYTES_MAX, WRITE_STALL_TIMEOUT,
};
use crate::proxies::{FORWARDED_FOR, Proxies};
use crate::stall::StallGuard;

/// Pause after a failed accept: it fails when descriptors run out, and trying at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until shutdown. Open ones are told to end and are tracked by `tasks`.
pub async fn serve(listener: TcpListener, door: Door, shutdown: CancellationToken, tasks: TaskTracker) {
    let counts = AddressCounts::new(CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX);
    // Whoever came before a balancer could hear that this node ends is let in; what a closed door leaves waiting is refused rudely.
    let closing = async {
        shutdown.cancelled().await;
        tokio::time::sleep(LAST_CONNECTIONS).await;
    };
    tokio::pin!(closing);
    loop {
        let accepted = tokio::select! {
            biased;
            () = closing.as_mut() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Dropping the stream closes it: a flood is not worth an answer.
        let is_proxy = door.proxies.load().has(address.ip());
        let place = if is_proxy { counts.enter_for_many() } else { counts.enter(address.ip()) };
        let Some(place) = place else { continue };
        let face = Face { door: door.clone(), peer: address.ip() };
        tasks.spawn(drive(stream, face, shutdown.clone(), place));
    }
}

/// An answer that is still made.
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What whoever comes meets.
#[derive(Clone)]
pub struct Door {
    /// Answers.
    pub answers: Arc<dyn Fn(Request<Body>) -> Answering + Send + Sync>,
    /// Who is believed when they say for whom they ask.
    pub proxies: Arc<ArcSwap<Proxies>>,
    /// Adds what every answer carries, where it does not carry it yet.
    pub secure: fn(&mut HeaderMap),
}

/// Who asks: the other end of the connection, or whom a proxy names that is believed.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The same, and who is at its other end.
struct Face {
    door: Door,
    peer: IpAddr,
}

async fn drive(stream: TcpStream, face: Face, shutdown: CancellationToken, place: Place) {
    let peer = face.peer;
    // Events are small and must leave at once.
    drop(stream.set_nodelay(true));
    let io = TokioIo::new(StallGuard::new(stream, WRITE_STALL_TIMEOUT));
    // Counted for this connection alone: what all connections share is counted once for each, and not with each request.
    let face = Arc::new(face);
    let asked = Arc::new(Notify::new());
    let asks = Arc::clone(&asked);
    let service = hyper::service::service_fn(move |request| {
        // Kept until somebody waits for it.
        asks.notify_one();
        answer(Arc::clone(&face), request)
    });
    let connection = bounded().serve_connection(io, service);
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = shutdown.cancelled() => tokio::select! {
            result = connection.as_mut() => result,
            // The first question on one that has just come may be on its way.
            _ = tokio::time::timeout(FIRST_REQUEST_TIMEOUT, asked.notified()) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        },
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
    drop(place);
}

/// How a connection is driven. Not with `pipeline_flush`: it copies answers and sets no bound on what waits to be written, so that
/// whoever does not read a stream would have the node hold all of it.
fn bounded() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    builder.max_headers(HEADERS_MAX).max_buf_size(BUFFER_BYTES_MAX);
    builder
}

async fn answer(
    face: Arc<Face>,
    mut request: Request<Incoming>,
) -> Result<Response, std::convert::Infallible> {
    let target_bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target_bytes > TARGET_BYTES_MAX {
        return Ok(too_long(face.door.secure));
    }
    let proxies = face.door.proxies.load();
    let asker = proxies.asker(face.peer, request.headers());
    if !proxies.has(face.peer) && request.headers().contains_key(FORWARDED_FOR) {
        static TOLD: Once = Once::new();
        TOLD.call_once(|| {
            tracing::warn!(
                peer = %face.peer,
                "somebody says for whom they ask and is not believed: if that is your proxy, name it under `proxies`"
            );
        });
    }
    request.extensions_mut().insert(Peer(asker));
    let mut response = (face.door.answers)(request.map(Body::new)).await;
    // Pages carry them already.
    if !response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        (face.door.secure)(response.headers_mut());
    }
    Ok(response)
}

fn too_long(secure: fn(&mut HeaderMap)) -> Response {
    let mut response = Response::new(Body::from("The address is too long.\n"));
    *response.status_mut() = http::StatusCode::URI_TOO_LONG;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// More than may wait for one who does not read.
    const PIECES: usize = 1_000;
    const PIECE: &[u8] = &[b'x'; 1_024];

    /// A door, and somebody who stands before it.
    struct Scene {
        client: TcpStream,
        shutdown: CancellationToken,
        tasks: TaskTracker,
    }

    impl Scene {
        async fn new(is_ending: bool) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
            if is_ending {
                shutdown.cancel();
            }
            let proxies = Arc::new(ArcSwap::from_pointee(Proxies::default()));
            let answers =
                Arc::new(|_| -> Answering { Box::pin(async { Response::new(Body::from("answered")) }) });
            let door = Door { answers, proxies, secure: |_| {} };
            tasks.spawn(serve(listener, door, shutdown.clone(), tasks.clone()));
            Self { client, shutdown, tasks }
        }

        async fn answer(mut self) -> bool {
            self.client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut said = String::new();
            self.client.read_to_string(&mut said).await.unwrap();
            self.tasks.close();
            self.tasks.wait().await;
            said.starts_with("HTTP/1.1 200") && said.ends_with("answered")
        }
    }

    #[tokio::test]
    async fn who_waits_at_the_door_when_the_node_is_told_to_end_is_answered() {
        assert!(Scene::new(true).await.answer().await);
    }

    #[tokio::test]
    async fn who_was_let_in_and_has_not_asked_yet_when_the_node_is_told_to_end_is_answered() {
        let scene = Scene::new(false).await;
        // The door, and the connection.
        while scene.tasks.len() < 2 {
            tokio::task::yield_now().await;
        }
        scene.shutdown.cancel();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(scene.answer().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_is_not_taken_into_memory() {
        let (near, mut far) = tokio::io::duplex(2 * PIECE.len());
        far.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let taken = Arc::new(AtomicUsize::new(0));
        let service = hyper::service::service_fn(|_: Request<Incoming>| {
            let taken = Arc::clone(&taken);
            let pieces = futures_util::stream::iter(0..PIECES).map(move |_| {
                taken.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(Bytes::from_static(PIECE))
            });
            async { Ok::<_, Infallible>(Response::new(Body::from_stream(pieces))) }
        });
        let driven = bounded().serve_connection(TokioIo::new(near), service);
        // Nothing is left to do but to wait for whoever does not read.
        tokio::time::timeout(HEADER_READ_TIMEOUT / 2, driven).await.unwrap_err();
        let taken_bytes = taken.load(Ordering::SeqCst) * PIECE.len();
        assert!((PIECE.len()..2 * BUFFER_BYTES_MAX).contains(&taken_bytes), "{taken_bytes} bytes were taken");
    }
}
