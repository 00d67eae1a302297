//! The accept loop: each connection driven by hyper with a header deadline, bounds, and an orderly end.

use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::CONTENT_SECURITY_POLICY;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address_counts::{AddressCounts, Place};
use super::proxies::{FORWARDED_FOR, Proxies};
use super::site::Site;
use super::stall::StallGuard;
use super::{Peer, headers};
use crate::limits::{
    BUFFER_BYTES_MAX, CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, HEADER_READ_TIMEOUT, HEADERS_MAX,
    TARGET_BYTES_MAX, WRITE_STALL_TIMEOUT,
};

/// Pause after a failed accept: it fails when descriptors run out, and trying at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until shutdown. Open ones are told to end and are tracked by `tasks`.
pub async fn serve(
    listener: TcpListener,
    (site, proxies): (Site, Arc<ArcSwap<Proxies>>),
    shutdown: CancellationToken,
    tasks: TaskTracker,
) {
    let counts = AddressCounts::new(CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX);
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
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
        let is_proxy = proxies.load().has(address.ip());
        let place = if is_proxy { counts.enter_for_many() } else { counts.enter(address.ip()) };
        let Some(place) = place else { continue };
        let face = Face { site: site.clone(), proxies: Arc::clone(&proxies), peer: address.ip() };
        tasks.spawn(drive(stream, face, shutdown.clone(), place));
    }
}

/// What a connection meets, and who is at its other end.
#[derive(Clone)]
struct Face {
    site: Site,
    proxies: Arc<ArcSwap<Proxies>>,
    peer: IpAddr,
}

async fn drive(stream: TcpStream, face: Face, shutdown: CancellationToken, place: Place) {
    let peer = face.peer;
    // Events are small and must leave at once.
    drop(stream.set_nodelay(true));
    let io = TokioIo::new(StallGuard::new(stream, WRITE_STALL_TIMEOUT));
    let service = hyper::service::service_fn(move |request| answer(face.clone(), request));
    let connection = bounded().serve_connection(io, service);
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
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
    face: Face,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let target_bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target_bytes > TARGET_BYTES_MAX {
        return Ok(headers::plain(http::StatusCode::URI_TOO_LONG, "The address is too long.\n"));
    }
    let proxies = face.proxies.load();
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
    let mut response = face.site.answer(request.map(axum::body::Body::new)).await;
    // Pages carry them already.
    if !response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        headers::secure(response.headers_mut());
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::StreamExt;
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// More than may wait for one who does not read.
    const PIECES: usize = 1_000;
    const PIECE: &[u8] = &[b'x'; 1_024];

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_is_not_taken_into_memory() {
        let (near, mut far) = tokio::io::duplex(2 * PIECE.len());
        far.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let taken = Arc::new(AtomicUsize::new(0));
        let service = hyper::service::service_fn(|_: hyper::Request<Incoming>| {
            let taken = Arc::clone(&taken);
            let pieces = futures_util::stream::iter(0..PIECES).map(move |_| {
                taken.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(Bytes::from_static(PIECE))
            });
            async { Ok::<_, Infallible>(axum::response::Response::new(Body::from_stream(pieces))) }
        });
        let driven = bounded().serve_connection(TokioIo::new(near), service);
        // Nothing is left to do but to wait for whoever does not read.
        tokio::time::timeout(HEADER_READ_TIMEOUT / 2, driven).await.unwrap_err();
        let taken_bytes = taken.load(Ordering::SeqCst) * PIECE.len();
        assert!((PIECE.len()..2 * BUFFER_BYTES_MAX).contains(&taken_bytes), "{taken_bytes} bytes were taken");
    }
}
