//! gRPC servers that do not tell of changes, or not all the time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pharos_probe::grpc::{Heard, Pace};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::told;
use crate::watches::{grpc, message, quick, watching_at};

/// What a server answers to a call.
#[derive(Clone, Copy)]
enum Says {
    /// How the service is; the call ends after that.
    Serving,
    /// That it has no such method, as gRPC says it.
    Unimplemented,
    /// The same, as a proxy says it.
    NotFound,
}

/// A server that answers each call with the next of these, and all others with the last. The time of each call is told.
async fn saying(says: &'static [Says]) -> (SocketAddr, Receiver<Instant>) {
    let (sender, calls) = mpsc::channel(64);
    let count = Arc::new(AtomicUsize::new(0));
    let address = crate::greeting(move |stream| {
        let (sender, count) = (sender.clone(), Arc::clone(&count));
        async move {
            let service = service_fn(move |_: Request<Incoming>| {
                let says = says[count.fetch_add(1, Ordering::SeqCst).min(says.len() - 1)];
                let sender = sender.clone();
                async move {
                    sender.send(Instant::now()).await.unwrap();
                    let mut answer = grpc(Full::default().boxed());
                    match says {
                        Says::Serving => *answer.body_mut() = Full::new(message(1)).boxed(),
                        Says::NotFound => *answer.status_mut() = hyper::StatusCode::NOT_FOUND,
                        Says::Unimplemented => {
                            answer.headers_mut().insert("grpc-status", "12".parse().unwrap());
                        }
                    }
                    Ok::<_, std::convert::Infallible>(answer)
                }
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
        }
    })
    .await;
    (address, calls)
}

/// Counts warnings that name `Watch`.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Visit for Warnings {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" && format!("{value:?}").contains("`Watch`") {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn one_answer_that_there_is_no_watch_does_not_end_a_watch_for_good() {
    for absent in [
        &[Says::Serving, Says::Unimplemented, Says::Serving][..],
        &[Says::Serving, Says::NotFound, Says::Serving],
    ] {
        let (address, _calls) = saying(absent).await;
        let (mut heard, _task) = watching_at(address, quick());
        for expected in [Heard::Serving, Heard::Lost, Heard::Serving] {
            assert_eq!(told(&mut heard).await, expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_watch_is_asked_again_after_long_pauses_and_that_is_said_once() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let (address, mut calls) = saying(&[Says::Unimplemented]).await;
    let (mut heard, _task) = watching_at(address, Pace::default());
    let mut last = calls.recv().await.unwrap();
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let call = calls.recv().await.unwrap();
        longest = longest.max(call - last);
        last = call;
    }
    let bounds = Duration::from_mins(5)..Duration::from_mins(15);
    assert!(bounds.contains(&longest), "{longest:?}");
    assert!(heard.try_recv().is_err(), "that there never was a watch is news");
    assert_eq!(warnings.0.load(Ordering::SeqCst), 1);
}
