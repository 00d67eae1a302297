//! A way to a server that breaks where a test says: bytes are passed on until the client sends a certain word.

use std::sync::{Arc, Mutex};

use pharos_test_servers::Postgres;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens at the word.
#[derive(Clone, Copy)]
pub enum Fault {
    /// The connection ends, and the server never hears the word.
    CutBefore,
    /// The server hears it, and its answer is lost.
    CutAfter,
    /// Nothing more is passed on, and nobody is told.
    Stall,
}

/// A way to a server.
pub struct Proxy {
    port: u16,
    armed: Arc<Mutex<Option<(&'static str, Fault)>>>,
}

impl Proxy {
    /// To `server`.
    pub async fn to(server: &Postgres) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), server.port);
        let armed = Arc::default();
        let proxy = Self { port, armed: Arc::clone(&armed) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to, Arc::clone(&armed)));
            }
        });
        proxy
    }

    /// The address of a database through it.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// The next connection that says the word meets its fault.
    pub fn arm(&self, word: &'static str, fault: Fault) {
        *self.armed.lock().unwrap() = Some((word, fault));
    }

    /// Whether somebody has met it.
    pub fn is_disarmed(&self) -> bool {
        self.armed.lock().unwrap().is_none()
    }
}

async fn pass(client: TcpStream, to: u16, armed: Arc<Mutex<Option<(&'static str, Fault)>>>) {
    let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move {
        let _ended = tokio::io::copy(&mut from_server, &mut to_client).await;
    });
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
        let said = &bytes[..count];
        let fault = {
            let mut armed = armed.lock().unwrap();
            let meets = |(word, _): &mut (&str, Fault)| {
                said.windows(word.len()).any(|window| window == word.as_bytes())
            };
            armed.take_if(|armed| meets(armed)).map(|(_, fault)| fault)
        };
        match fault {
            None => {}
            Some(Fault::CutBefore) => {
                answers.abort();
                return;
            }
            Some(Fault::CutAfter) => {
                answers.abort();
                let _gone = answers.await;
                to_server.write_all(said).await.unwrap();
                return;
            }
            Some(Fault::Stall) => std::future::pending().await,
        }
        if to_server.write_all(said).await.is_err() {
            return;
        }
    }
}
