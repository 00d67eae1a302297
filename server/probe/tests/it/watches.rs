//! gRPC servers that tell of changes: each a server of our own that speaks HTTP/2.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pharos_probe::grpc::{GrpcCheck, Heard, Pace, services, watch};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use crate::{prober, silence, told};

/// A pace at which nothing takes long.
pub fn quick() -> Pace {
    Pace {
        connect_ms: 2_000,
        ping_every: Duration::from_millis(100),
        ping_every_max: Duration::from_secs(1),
        ping_patience: Duration::from_millis(200),
        pause_min: Duration::from_millis(20),
        pause_max: Duration::from_millis(80),
        absent_pause_max: Duration::from_millis(80),
        lasting_min: Duration::ZERO,
        news_pause: Duration::from_millis(50),
    }
}

/// A body whose pieces are sent as they come in.
struct Pieces(Receiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

type Answer = Response<BoxBody<Bytes, std::convert::Infallible>>;

pub fn grpc(body: BoxBody<Bytes, std::convert::Infallible>) -> Answer {
    Response::builder().header("content-type", "application/grpc").body(body).unwrap()
}

/// A server that answers each call of `Watch` with the pieces that the test sends to the call.
struct Server {
    address: SocketAddr,
    calls: Receiver<Sender<Bytes>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn start_on(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let (begun, calls) = mpsc::channel(16);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, begun.clone()));
            }
        });
        Self { address, calls, task }
    }

    /// The next call.
    async fn called(&mut self) -> Sender<Bytes> {
        told(&mut self.calls).await
    }
}

async fn serve(stream: TcpStream, begun: Sender<Sender<Bytes>>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let begun = begun.clone();
        async move {
            assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Watch");
            let question = request.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(question, &b"\0\0\0\0\x06\x0a\x04shop"[..]);
            let (sender, pieces) = mpsc::channel(16);
            begun.send(sender).await.unwrap();
            Ok::<_, std::convert::Infallible>(grpc(Pieces(pieces).boxed()))
        }
    });
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

pub fn message(status: u8) -> Bytes {
    Bytes::copy_from_slice(&[0, 0, 0, 0, 2, 8, status])
}

/// Watches the service `shop` at an address, in a task.
fn watching(address: SocketAddr) -> (Receiver<Heard>, JoinHandle<()>) {
    watching_at(address, quick())
}

/// Does the same at a pace.
pub fn watching_at(address: SocketAddr, pace: Pace) -> (Receiver<Heard>, JoinHandle<()>) {
    let (news, heard) = mpsc::channel(16);
    let check = json!({ "url": format!("http://{address}"), "service": "shop", "watch": true });
    let check: GrpcCheck = serde_json::from_value(check).unwrap();
    let task = tokio::spawn(async move { watch(&prober(), &check, &pace, news).await });
    (heard, task)
}

#[tokio::test]
async fn each_change_is_told_and_what_is_repeated_is_not() {
    let mut server = Server::start().await;
    let (mut heard, _task) = watching(server.address);
    let call = server.called().await;
    for (status, expected) in
        [(1, Heard::Serving), (2, Heard::NotServing), (3, Heard::ServiceUnknown), (0, Heard::Unsure)]
    {
        call.send(message(status)).await.unwrap();
        call.send(message(status)).await.unwrap();
        assert_eq!(told(&mut heard).await, expected);
    }
    // Messages come in any pieces.
    call.send(Bytes::from_static(&[0, 0, 0])).await.unwrap();
    call.send(Bytes::from_static(&[0, 2, 8, 1])).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
}

#[tokio::test]
async fn what_changes_and_changes_back_at_once_ends_with_how_it_is() {
    let mut server = Server::start().await;
    let (mut heard, _task) = watching(server.address);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
    for status in [2, 1, 2, 1, 2] {
        call.send(message(status)).await.unwrap();
    }
    assert_eq!(told(&mut heard).await, Heard::NotServing);
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_told_of_and_asked_again() {
    let mut server = Server::start().await;
    let address = server.address;
    let (mut heard, _task) = watching(address);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
    server.task.abort();
    assert_eq!(told(&mut heard).await, Heard::Lost);
    let listener = loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            break listener;
        }
    };
    // However often it is asked in vain, that is no news.
    for _ in 0..3 {
        drop(listener.accept().await.unwrap());
    }
    assert!(heard.try_recv().is_err());
    let mut again = Server::start_on(listener);
    let call = again.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
}

#[tokio::test]
async fn a_call_that_the_server_ends_is_made_again() {
    let mut server = Server::start().await;
    let (mut heard, _task) = watching(server.address);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
    drop(call);
    assert_eq!(told(&mut heard).await, Heard::Lost);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
}

#[tokio::test]
async fn pauses_do_not_grow_for_good_behind_a_server_that_ends_its_connections_in_their_time() {
    let mut server = Server::start().await;
    let (mut heard, _task) =
        watching_at(server.address, Pace { pause_max: Duration::from_hours(1), ..quick() });
    // A pause that doubled each time would take a minute by now.
    for _ in 0..12 {
        let call = server.called().await;
        call.send(message(1)).await.unwrap();
        assert_eq!(told(&mut heard).await, Heard::Serving);
        drop(call);
        assert_eq!(told(&mut heard).await, Heard::Lost);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_its_connections_at_once_is_asked_after_longer_and_longer_pauses() {
    let mut server = Server::start().await;
    let pace = Pace { pause_max: Duration::from_hours(1), lasting_min: Duration::from_secs(10), ..quick() };
    let (mut heard, _task) = watching_at(server.address, pace);
    let begun = tokio::time::Instant::now();
    for _ in 0..15 {
        let call = server.calls.recv().await.unwrap();
        call.send(message(1)).await.unwrap();
        assert_eq!(heard.recv().await, Some(Heard::Serving));
        drop(call);
        assert_eq!(heard.recv().await, Some(Heard::Lost));
    }
    assert!(begun.elapsed() > Duration::from_mins(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_connection_that_dies_in_silence_is_noticed_by_its_pings() {
    let mut server = Server::start().await;
    let real = server.address;
    // Between both stands one who passes on everything until it is told to hold still, and holds the connection open.
    let (cut, is_cut) = tokio::sync::watch::channel(false);
    let address = crate::greeting(move |mut near| {
        let mut is_cut = is_cut.clone();
        async move {
            let mut far = TcpStream::connect(real).await.unwrap();
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                () = async { drop(is_cut.wait_for(|is_cut| *is_cut).await) } => silence().await,
            }
        }
    })
    .await;
    let (mut heard, _task) = watching(address);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
    cut.send(true).unwrap();
    assert_eq!(told(&mut heard).await, Heard::Lost);
}

#[tokio::test]
async fn a_server_that_says_what_no_health_service_says_is_not_listened_to() {
    let endless = Bytes::from_static(&[0, 255, 255, 255, 255]);
    for nonsense in [endless, Bytes::from_static(b"\x01\0\0\0\0"), Bytes::from_static(b"\0\0\0\0\x01\x0f")] {
        let mut server = Server::start().await;
        let (mut heard, _task) = watching(server.address);
        let call = server.called().await;
        call.send(message(1)).await.unwrap();
        assert_eq!(told(&mut heard).await, Heard::Serving);
        call.send(nonsense).await.unwrap();
        assert_eq!(told(&mut heard).await, Heard::Lost);
    }
}

#[tokio::test]
async fn a_server_that_says_too_much_is_not_listened_to() {
    let mut server = Server::start().await;
    let (mut heard, _task) = watching(server.address);
    let call = server.called().await;
    call.send(message(1)).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Serving);
    let many: Vec<u8> = message(1).iter().copied().cycle().take(7 * 1_100).collect();
    call.send(many.into()).await.unwrap();
    assert_eq!(told(&mut heard).await, Heard::Lost);
}

#[tokio::test]
async fn a_watch_that_nobody_listens_to_ends() {
    let mut server = Server::start().await;
    let (heard, task) = watching(server.address);
    let call = server.called().await;
    drop(heard);
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap(), ());
    tokio::time::timeout(Duration::from_secs(5), call.closed()).await.unwrap();
}

#[tokio::test]
async fn services_are_listed_where_the_server_lists_them() {
    for (body, status, expected) in [
        (
            &b"\0\0\0\0\x0d\x0a\x0b\x0a\x05a.b/c\x12\x02\x08\x02"[..],
            "0",
            Some(vec![("a.b/c", "NOT_SERVING")]),
        ),
        (b"", "12", None),
    ] {
        let address = crate::greeting(move |stream| async move {
            let service = service_fn(move |request: Request<Incoming>| async move {
                assert_eq!(request.uri().path(), "/grpc.health.v1.Health/List");
                let trailers = async move {
                    let status = hyper::header::HeaderValue::from_static(status);
                    Some(Ok(hyper::HeaderMap::from_iter([("grpc-status".parse().unwrap(), status)])))
                };
                Ok::<_, std::convert::Infallible>(grpc(
                    Full::new(Bytes::from_static(body)).with_trailers(trailers).boxed(),
                ))
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
        })
        .await;
        let check: GrpcCheck = serde_json::from_value(json!({ "url": format!("http://{address}") })).unwrap();
        let found = services(&prober(), &check, 2_000).await.unwrap();
        let found = found.as_ref().map(|found| found.iter().map(|part| (&*part.path, &*part.word)).collect());
        assert_eq!(found, expected);
    }
    // Whatever else is there speaks no gRPC.
    let address = crate::greeting(|mut stream| async move {
        let _ = stream.read(&mut [0; 100]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let check: GrpcCheck = serde_json::from_value(json!({ "url": format!("http://{address}") })).unwrap();
    assert!(services(&prober(), &check, 2_000).await.is_err());
}
