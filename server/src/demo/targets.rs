//! The demo's services: small, real, and with a switch for each way to fail.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::pair::{self, Pair};

/// How long the slow web site takes.
const SLOW: Duration = Duration::from_millis(400);
/// How long a service takes at least, and by how much more.
const WORK_MS: u64 = 24;
const WORK_SPREAD_MS: u64 = 37;
/// Of the image service's requests, every so many are lost.
const LOST_EVERY: u32 = 9;

/// What fails at the moment.
#[derive(Debug, Default)]
pub struct Switches {
    /// The web site answers 503.
    pub website_down: AtomicBool,
    /// The web site takes its time.
    pub website_slow: AtomicBool,
    /// The API has lost its cache.
    pub cache_down: AtomicBool,
    /// The API has lost its database.
    pub database_down: AtomicBool,
    /// The image service answers nothing but errors.
    pub images_down: AtomicBool,
    /// The queue worker is stuck.
    pub worker_down: AtomicBool,
    /// The broker hangs up on everybody.
    pub broker_down: AtomicBool,
    /// The API cannot reach whoever takes payments.
    pub payments_down: AtomicBool,
    /// Two servers that stand in for each other.
    pub pair: Arc<Pair>,
    images_asked: AtomicU32,
    worked: AtomicU64,
}

impl Switches {
    /// Takes as long as a service that does something.
    async fn work(&self) {
        let turn = self.worked.fetch_add(1, Ordering::Relaxed);
        // Steps of a prime look random enough on a chart.
        let ms = WORK_MS + turn.wrapping_mul(7_919) % WORK_SPREAD_MS;
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// The services, running.
pub struct Targets {
    /// What fails at the moment.
    pub switches: Arc<Switches>,
    /// Web site, API and image service.
    pub http: SocketAddr,
    /// Message broker.
    pub tcp: SocketAddr,
}

impl Targets {
    /// Starts them on free ports of the loopback interface.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> std::io::Result<Self> {
        let switches = Arc::new(Switches::default());
        let http = TcpListener::bind("127.0.0.1:0").await?;
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let targets =
            Self { switches: Arc::clone(&switches), http: http.local_addr()?, tcp: tcp.local_addr()? };
        let router = Router::new()
            .route("/", get(website))
            .route("/health", get(health))
            .route("/images", get(images))
            .route("/supplier/summary.json", get(supplier))
            .with_state(Arc::clone(&switches))
            .merge(
                Router::new()
                    .route("/orders/north", get(pair::north))
                    .route("/orders/south", get(pair::south))
                    .with_state(Arc::clone(&switches.pair)),
            );
        tokio::spawn(async move { axum::serve(http, router).await });
        tokio::spawn(broker(tcp, switches));
        Ok(targets)
    }
}

async fn website(State(switches): State<Arc<Switches>>) -> Response {
    switches.work().await;
    if switches.website_down.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "Down for the demo").into_response();
    }
    if switches.website_slow.load(Ordering::Relaxed) {
        tokio::time::sleep(SLOW).await;
    }
    Html("<!doctype html><title>Lighthouse Works</title><h1>Lighthouse Works</h1>").into_response()
}

async fn health(State(switches): State<Arc<Switches>>) -> Response {
    switches.work().await;
    let word = |down: &AtomicBool| if down.load(Ordering::Relaxed) { "DOWN" } else { "UP" };
    let (database, cache) = (word(&switches.database_down), word(&switches.cache_down));
    let payments = word(&switches.payments_down);
    // Without its database the API cannot work; without its cache it works in part.
    let (status, code) =
        if database == "UP" { ("UP", StatusCode::OK) } else { ("DOWN", StatusCode::SERVICE_UNAVAILABLE) };
    let body = format!(
        r#"{{"status":"{status}","database":"{database}","cache":"{cache}","search":"UP","mail":"UP","payments":"{payments}","storage":"UP"}}"#
    );
    (code, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// The status page of whoever takes payments.
async fn supplier(State(switches): State<Arc<Switches>>) -> Response {
    let is_out = switches.payments_down.load(Ordering::Relaxed);
    let (status, indicator) = if is_out { ("major_outage", "critical") } else { ("operational", "none") };
    let body = format!(
        r#"{{"page":{{"id":"ledgerline","name":"Ledgerline"}},"status":{{"indicator":"{indicator}"}},"components":[{{"id":"cards","name":"Card payments","status":"{status}"}}],"incidents":[]}}"#
    );
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn images(State(switches): State<Arc<Switches>>) -> Response {
    switches.work().await;
    let asked = switches.images_asked.fetch_add(1, Ordering::Relaxed);
    if switches.images_down.load(Ordering::Relaxed) || asked % LOST_EVERY == LOST_EVERY - 1 {
        return (StatusCode::BAD_GATEWAY, "lost").into_response();
    }
    "an image".into_response()
}

async fn broker(listener: TcpListener, switches: Arc<Switches>) {
    while let Ok((stream, _)) = listener.accept().await {
        if switches.broker_down.load(Ordering::Relaxed) {
            continue;
        }
        tokio::spawn(pong(stream));
    }
}

async fn pong(mut stream: TcpStream) -> std::io::Result<()> {
    let mut line = [0; 6];
    stream.read_exact(&mut line).await?;
    stream.write_all(b"PONG\r\n").await
}
