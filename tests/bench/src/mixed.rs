//! Stands in for services of many kinds: each answers one question well, as briefly as its protocol lets it.
//!
//! Prints where HTTP listens, and then one line of JSON with the address of each kind. The certificate of the kind `tls` is signed
//! by an authority of this program, whose own is written to a file.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::leash;
use crate::limits::{ANSWER_WAIT_MAX, HEAD_BYTES_MAX};

/// The name for which the certificate is.
const NAME: &str = "mixed.test";
/// What is appended to the key of a WebSocket, by RFC 6455.
const SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEALTH: &str = r#"{"status":"UP","database":"UP","cache":"UP"}"#;
/// A gRPC message: not packed, two bytes long, and in it that the service serves.
const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];

/// Stand in for services of many kinds until the standard input closes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the certificate of the authority is written, in PEM
    #[arg(long)]
    authority: PathBuf,
}

/// Serves until the standard input closes.
///
/// # Errors
/// When there is no free port, or no certificate can be made.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let tls = acceptor(arguments)?;
    let local = LocalSet::new();
    let serve = async {
        let http = listen(http).await?;
        let names = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let addresses = json!({
            "tcp": listen(tcp).await?,
            "ssh": listen(ssh).await?,
            "smtp": listen(smtp).await?,
            "redis": listen(redis).await?,
            "websocket": listen(websocket).await?,
            "grpc": listen(grpc).await?,
            "tls": listen(move |stream| secure(stream, tls.clone())).await?,
            "dns": names.local_addr()?,
        });
        println!("listening on http://{http}\n{addresses}");
        answer_names(names).await
    };
    tokio::select! {
        _ = leash::pulled() => Ok(()),
        ended = local.run_until(serve) => ended,
    }
}

/// Serves one kind at a port of its own.
async fn listen<F>(serve: impl Fn(TcpStream) -> F + 'static) -> anyhow::Result<SocketAddr>
where
    F: Future<Output = anyhow::Result<()>> + 'static,
{
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    tokio::task::spawn_local(async move {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let serving = serve(stream);
                // A client that goes away, or says nothing, is its own business.
                tokio::task::spawn_local(async move { tokio::time::timeout(ANSWER_WAIT_MAX, serving).await });
            }
        }
    });
    Ok(address)
}

/// Reads until `end` has come.
async fn read_until(stream: &mut TcpStream, end: &[u8]) -> anyhow::Result<String> {
    let mut read = Vec::with_capacity(512);
    while !read.ends_with(end) {
        anyhow::ensure!(stream.read_buf(&mut read).await? > 0, "nothing more comes");
        anyhow::ensure!(read.len() < HEAD_BYTES_MAX, "too much comes");
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

async fn http(mut stream: TcpStream) -> anyhow::Result<()> {
    let head = read_until(&mut stream, b"\r\n\r\n").await?;
    let (kind, body) =
        if head.starts_with("GET /health") { ("application/json", HEALTH) } else { ("text/plain", "ok") };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}

async fn tcp(mut stream: TcpStream) -> anyhow::Result<()> {
    read_until(&mut stream, b"ping").await?;
    Ok(stream.write_all(b"pong").await?)
}

async fn ssh(mut stream: TcpStream) -> anyhow::Result<()> {
    Ok(stream.write_all(b"SSH-2.0-Mixed\r\n").await?)
}

async fn smtp(mut stream: TcpStream) -> anyhow::Result<()> {
    stream.write_all(b"220 mixed.test\r\n").await?;
    read_until(&mut stream, b"\r\n").await?;
    stream.write_all(b"250 mixed.test\r\n").await?;
    read_until(&mut stream, b"\r\n").await?;
    Ok(stream.write_all(b"221 Bye\r\n").await?)
}

async fn redis(mut stream: TcpStream) -> anyhow::Result<()> {
    loop {
        let command = read_until(&mut stream, b"\r\n").await?;
        stream.write_all(reply(&command).as_bytes()).await?;
    }
}

/// What Redis answers to a command.
fn reply(command: &str) -> &'static str {
    match command {
        asked if asked.contains("PING") => "+PONG\r\n",
        asked if asked.contains("ROLE") => "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
        _ => "-ERR unknown command\r\n",
    }
}

async fn websocket(mut stream: TcpStream) -> anyhow::Result<()> {
    let head = read_until(&mut stream, b"\r\n\r\n").await?;
    let field = |line: &str| Some(line.split_once(':')?.1.trim().to_owned());
    let key = head.lines().find(|line| line.to_lowercase().starts_with("sec-websocket-key:")).and_then(field);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {}\r\n\r\n",
        accept(&key.context("no key")?)
    );
    stream.write_all(answer.as_bytes()).await?;
    // It says good-bye, and that is all.
    let _farewell = stream.read(&mut [0; 256]).await?;
    Ok(())
}

fn accept(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, [key, SUFFIX].concat().as_bytes()))
}

async fn grpc(stream: TcpStream) -> anyhow::Result<()> {
    let answer = |_: Request<hyper::body::Incoming>| async {
        let trailers = async {
            Some(Ok(HeaderMap::from_iter([(
                HeaderName::from_static("grpc-status"),
                HeaderValue::from_static("0"),
            )])))
        };
        let body = Full::new(Bytes::from_static(SERVING)).with_trailers(trailers);
        let mut response = Response::new(body);
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        Ok::<_, Infallible>(response)
    };
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    Ok(connection.serve_connection(TokioIo::new(stream), service_fn(answer)).await?)
}

async fn secure(stream: TcpStream, tls: TlsAcceptor) -> anyhow::Result<()> {
    let mut stream = tls.accept(stream).await?;
    // It looks at the certificate and leaves.
    let _farewell = stream.read(&mut [0; 256]).await?;
    Ok(())
}

/// An authority, written to its file, and what presents a certificate of it.
fn acceptor(arguments: &Arguments) -> anyhow::Result<TlsAcceptor> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    std::fs::write(&arguments.authority, authority.pem())
        .with_context(|| format!("cannot write {}", arguments.authority.display()))?;
    let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2050, 1, 1));
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers every question for an IPv4 address with 127.0.0.1.
async fn answer_names(socket: UdpSocket) -> anyhow::Result<()> {
    let mut question = [0; 512];
    loop {
        let (count, from) = socket.recv_from(&mut question).await?;
        if let Some(answer) = named(&question[..count]) {
            socket.send_to(&answer, from).await?;
        }
    }
}

/// The answer to a question, by RFC 1035; `None` where that is none.
fn named(question: &[u8]) -> Option<Vec<u8>> {
    // The question ends after its name, its type and its class.
    let name = 12 + question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let mut answer = question.get(..name + 5)?.to_vec();
    // An answer, recursion available, one question, one record.
    (answer[2], answer[3]) = (0x81, 0x80);
    answer[4..12].copy_from_slice(&[0, 1, 0, 1, 0, 0, 0, 0]);
    // The name of the question, type A, class IN, for a minute, four bytes.
    answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_answered_with_its_address() {
        let question =
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05mixed\x04test\x00\x00\x01\x00\x01";
        let answer = named(question).unwrap();
        assert!(answer.starts_with(b"\x12\x34\x81\x80\x00\x01\x00\x01") && answer.ends_with(&[127, 0, 0, 1]));
        assert_eq!(named(b"short"), None);
    }

    #[test]
    fn a_websocket_is_agreed_on_as_the_standard_says() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn redis_answers_what_it_is_asked() {
        assert_eq!(reply("*1\r\n$4\r\nPING\r\n"), "+PONG\r\n");
        assert!(reply("*1\r\n$4\r\nROLE\r\n").contains("master"));
    }
}
