//! gRPC servers: one with a health service, and some that answer badly.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use crate::certificates::Authority;
use crate::{answering, assert_reason, probe, silent};

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// A body that never ends: of data, or of waiting.
struct Endless(bool);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.0 {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 1000])))))
        } else {
            Poll::Pending
        }
    }
}

/// An answer with this body, and this status behind it.
fn call(body: &'static [u8], status: Option<&'static str>) -> Answer {
    let trailers = async move {
        let status = HeaderValue::from_static(status?);
        Some(Ok(HeaderMap::from_iter([("grpc-status".parse().unwrap(), status)])))
    };
    grpc(Full::new(Bytes::from_static(body)).with_trailers(trailers).boxed())
}

fn grpc(body: BoxBody<Bytes, Infallible>) -> Answer {
    Response::builder().header("content-type", "application/grpc").body(body).unwrap()
}

/// An answer without a message.
fn refusal(status: &str, words: &str) -> Answer {
    let mut answer = grpc(Full::default().boxed());
    answer.headers_mut().insert("grpc-status", status.parse().unwrap());
    answer.headers_mut().insert("grpc-message", words.parse().unwrap());
    answer
}

/// What a server says of a service, by its name.
async fn answer(request: Request<Incoming>) -> Result<Answer, Infallible> {
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/grpc.health.v1.Health/Check"));
    assert_eq!(request.headers()["content-type"], "application/grpc");
    assert_eq!(request.headers()["te"], "trailers");
    let token = request.headers().get("x-token").map(|token| token.to_str().unwrap().to_owned());
    let question = request.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(question[..5], [0, 0, 0, 0, u8::try_from(question.len() - 5).unwrap()]);
    let service = String::from_utf8(question.get(7..).unwrap_or_default().to_vec()).unwrap();
    Ok(match &*service {
        "" => call(b"\0\0\0\0\x02\x08\x01", Some("0")),
        "down" => call(b"\0\0\0\0\x02\x08\x02", Some("0")),
        "unsure" => call(b"\0\0\0\0\0", Some("0")),
        "stranger" => call(b"\0\0\0\0\x02\x08\x03", Some("0")),
        "new" => call(b"\0\0\0\0\x02\x08\x09", Some("0")),
        "missing" => refusal("5", "unknown service"),
        "locked" => refusal("16", &format!("not with {}", token.unwrap_or_default())),
        "odd" => refusal("99", ""),
        "unimplemented" => refusal("12", ""),
        "compressed" => call(b"\x01\0\0\0\x02\x08\x01", Some("0")),
        "claiming" => call(b"\0\xff\xff\xff\xff\x08\x01", Some("0")),
        "empty" => call(b"", Some("0")),
        "half" => call(b"\0\0\0\0\x02\x08\x01", None),
        "failing" => call(b"\0\0\0\0\x02\x08\x01", Some("13")),
        "endless" => grpc(Endless(true).boxed()),
        "hanging" => grpc(Endless(false).boxed()),
        "web" => Response::new(Full::from("hello").boxed()),
        "gone" => Response::builder().status(404).body(Full::default().boxed()).unwrap(),
        other => panic!("nobody asks for {other}"),
    })
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // A prober hangs up when it has seen enough, and that is well.
    drop(builder.serve_connection(TokioIo::new(stream), service_fn(answer)).await);
}

async fn server() -> SocketAddr {
    crate::greeting(serve).await
}

fn spec(url: &str, service: &str) -> Spec {
    let check = json!({ "url": url, "service": service, "headers": { "x-token": "canary-token" } });
    Spec::Grpc(serde_json::from_value(check).unwrap())
}

async fn check(service: &str, outcome: Outcome, kind: ReasonKind, sentence: &str) {
    let result = probe(&spec(&format!("http://{}", server().await), service)).await;
    assert_reason(&result, outcome, kind, sentence);
}

#[tokio::test]
async fn a_server_that_says_it_serves_is_good() {
    let result = probe(&spec(&format!("http://{}", server().await), "")).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!((result.facts.protocol, result.facts.status), (Some("HTTP/2.0"), Some(200)));
}

#[tokio::test]
async fn a_server_that_serves_over_tls_is_good() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("127.0.0.1", (2020, 2050), &["h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(acceptor.accept(stream).await.unwrap()).await;
    });
    let result = authority.probe(&spec(&format!("https://{address}"), "")).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert!(result.facts.certificate_days_left.is_some());
}

#[tokio::test]
async fn a_service_that_does_not_serve_is_down() {
    let sentence = "gRPC: the service down says it is not serving";
    check("down", Outcome::Down, ReasonKind::Unhealthy, sentence).await;
}

#[tokio::test]
async fn a_service_that_knows_nothing_of_itself_is_unknown() {
    for (service, kind, sentence) in [
        ("unsure", ReasonKind::Unhealthy, "gRPC: the service unsure does not know whether it serves"),
        ("stranger", ReasonKind::Unhealthy, "gRPC: the server does not know the service stranger"),
        ("new", ReasonKind::FormatUnknown, "gRPC: expected a status such as SERVING, got the number 9"),
    ] {
        check(service, Outcome::Unknown, kind, sentence).await;
    }
}

#[tokio::test]
async fn a_service_of_which_the_server_knows_nothing_is_unknown() {
    for (service, sentence) in [
        ("missing", "gRPC: the service missing is not registered there"),
        ("unimplemented", "gRPC: the server has no health service; register grpc.health.v1.Health in it"),
    ] {
        check(service, Outcome::Unknown, ReasonKind::WrongAnswer, sentence).await;
    }
}

#[tokio::test]
async fn a_call_that_is_refused_is_down_and_says_why() {
    for (service, sentence) in [
        ("locked", "gRPC: expected the status OK, got UNAUTHENTICATED: \"not with [hidden]\""),
        ("odd", "gRPC: expected the status OK, got 99"),
        ("failing", "gRPC: expected the status OK, got INTERNAL"),
    ] {
        check(service, Outcome::Down, ReasonKind::WrongAnswer, sentence).await;
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_never_called_healthy() {
    for (service, sentence) in [
        ("compressed", "gRPC: the answer cannot be read: it is compressed, which was not asked for"),
        ("claiming", "gRPC: the answer cannot be read: it is not as long as it says"),
        ("empty", "gRPC: the answer cannot be read: it has no message"),
        ("half", "gRPC: the answer ended without a grpc-status"),
    ] {
        check(service, Outcome::Down, ReasonKind::WrongAnswer, sentence).await;
    }
}

#[tokio::test]
async fn what_is_no_grpc_server() {
    let sentence = "gRPC: expected the content type application/grpc, got \"\"";
    check("web", Outcome::Down, ReasonKind::WrongHeader, sentence).await;
    check("gone", Outcome::Down, ReasonKind::WrongStatus, "gRPC: expected HTTP status 200, got 404").await;
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_bound() {
    let sentence = "gRPC: the answer is longer than 4096 bytes";
    check("endless", Outcome::Down, ReasonKind::BodyTooLarge, sentence).await;
    let sentence = "gRPC: the answer did not end within 300 ms";
    check("hanging", Outcome::Down, ReasonKind::BodyTimeout, sentence).await;
}

#[tokio::test]
async fn a_grpc_server_that_is_silent() {
    let result = probe(&spec(&format!("http://{}", silent().await), "")).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ResponseTimeout, "HTTP: no answer within 300 ms");
}

#[tokio::test]
async fn a_web_server_where_a_grpc_server_is_expected() {
    let address = answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let result = probe(&spec(&format!("http://{address}"), "")).await;
    let reason = result.reason.unwrap();
    assert!(matches!(reason.kind, ReasonKind::NotHttp | ReasonKind::ConnectionClosed), "{reason:?}");
    let authority = Authority::new();
    let acceptor = authority.acceptor("127.0.0.1", (2020, 2050), &["http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _stream = acceptor.accept(stream).await.unwrap();
        crate::silence().await;
    });
    let result = authority.probe(&spec(&format!("https://{address}"), "")).await;
    let sentence = "gRPC: expected HTTP version 2, which the server does not offer; check the port";
    assert_reason(&result, Outcome::Down, ReasonKind::WrongVersion, sentence);
}
