//! A gRPC server with the health service `grpc.health.v1`, over HTTP/2 without TLS.

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::mpsc;
use tokio::sync::watch::Receiver;

use super::State;

/// The one service beside the server as a whole.
const SERVICE: &str = "shop.v1.Orders";

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Serves until it is killed. Without `tells` it has no `Watch`, as older servers have none.
pub fn serve(listener: TcpListener, state: Receiver<State>, tells: bool) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let state = state.clone();
            let service = service_fn(move |request| answer(request, state.clone(), tells));
            tokio::spawn(async move {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                // A client that hangs up is its own business.
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    })
}

async fn answer(
    request: Request<Incoming>,
    state: Receiver<State>,
    tells: bool,
) -> Result<Answer, Infallible> {
    let method = request.uri().path().strip_prefix("/grpc.health.v1.Health/").map(str::to_owned);
    let question = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let service =
        question.get(7..).map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default();
    let is_known = service.is_empty() || service == SERVICE;
    let now = *state.borrow();
    Ok(match method.as_deref() {
        _ if now == State::Failing => refusal("13"),
        Some("Check") if !is_known => refusal("5"),
        Some("Check") => call(message(&[8, status(&service, now)])),
        Some("List") => {
            let entry = |name: &str| {
                let entry = [&field(1, name.as_bytes())[..], &field(2, &[8, status(name, now)])].concat();
                field(1, &entry)
            };
            call(message(&[entry(""), entry(SERVICE)].concat()))
        }
        Some("Watch") if tells => grpc(watch(service, is_known, state).boxed_unsync()),
        _ => refusal("12"),
    })
}

/// The number of a status: 1 serves, 2 does not.
fn status(service: &str, state: State) -> u8 {
    match state {
        State::Well => 1,
        State::Limping if service.is_empty() => 1,
        _ => 2,
    }
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap_or(0)], bytes].concat()
}

/// A message with its five bytes before.
fn message(fields: &[u8]) -> Bytes {
    let length = u32::try_from(fields.len()).unwrap_or(0).to_be_bytes();
    Bytes::from([&[0], &length[..], fields].concat())
}

fn grpc(body: UnsyncBoxBody<Bytes, Infallible>) -> Answer {
    let mut answer = Response::new(body);
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    answer
}

fn call(message: Bytes) -> Answer {
    let trailers = async {
        let status = HeaderValue::from_static("0");
        Some(Ok(HeaderMap::from_iter([(hyper::header::HeaderName::from_static("grpc-status"), status)])))
    };
    grpc(Full::new(message).with_trailers(trailers).boxed_unsync())
}

fn refusal(status: &'static str) -> Answer {
    let mut answer = grpc(Full::default().boxed_unsync());
    answer.headers_mut().insert("grpc-status", HeaderValue::from_static(status));
    answer
}

/// The answer to `Watch`: a message now, and one with each change.
fn watch(service: String, is_known: bool, mut state: Receiver<State>) -> Pieces {
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let now = *state.borrow_and_update();
            let number = if is_known { status(&service, now) } else { 3 };
            if now == State::Failing || sender.send(message(&[8, number])).await.is_err() {
                return;
            }
            if state.changed().await.is_err() {
                return;
            }
        }
    });
    Pieces(pieces)
}

/// A body whose pieces are sent as they come in.
struct Pieces(mpsc::Receiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
