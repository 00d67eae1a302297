//! What a cluster watches: targets that answer as a drill says, and note who looked when, by the clock that all processes of a
//! machine share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use pharos_model::UnixMs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::clock;

/// The header by which a node says who it is. Its value comes from the environment, so that all nodes read the same file.
pub const NODE_HEADER: &str = "x-drill-node";
/// Most bytes of a request.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// A look of a node at a target.
#[derive(Clone, Debug)]
pub struct Look {
    /// Which target.
    pub target: usize,
    /// Which node.
    pub node: String,
    /// When it was answered.
    pub at: Instant,
    /// The same by the clock of the wall.
    pub wall: UnixMs,
}

struct Targets {
    failing: Vec<AtomicBool>,
    looks: Mutex<Vec<Look>>,
}

/// What turns targets from elsewhere.
#[derive(Clone)]
pub struct Switches(Arc<Targets>);

impl Switches {
    /// A target that works fails from now on, or the other way round.
    pub fn turn(&self, target: usize) {
        if let Some(failing) = self.0.failing.get(target) {
            failing.fetch_not(Ordering::SeqCst);
        }
    }
}

/// Targets at one address; each has a path of its own, `/t/N`.
pub struct Upstream {
    /// Where they listen.
    pub address: SocketAddr,
    targets: Arc<Targets>,
    accepting: JoinHandle<()>,
}

impl Upstream {
    /// Starts so many, which all work.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(count: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for the targets")?;
        let address = listener.local_addr()?;
        let failing = (0..count).map(|_| AtomicBool::new(false)).collect();
        let targets = Arc::new(Targets { failing, looks: Mutex::default() });
        let serving = Arc::clone(&targets);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = Arc::clone(&serving);
                tokio::spawn(async move {
                    // Whoever goes away is their own business.
                    let _gone = answer(stream, &serving).await;
                });
            }
        });
        Ok(Self { address, targets, accepting })
    }

    /// From now on a target fails, or works again.
    pub fn fail(&self, target: usize, fails: bool) {
        if let Some(failing) = self.targets.failing.get(target) {
            failing.store(fails, Ordering::SeqCst);
        }
    }

    /// What turns them from elsewhere.
    pub fn switches(&self) -> Switches {
        Switches(Arc::clone(&self.targets))
    }

    /// Whether a target fails.
    pub fn fails(&self, target: usize) -> bool {
        self.targets.failing.get(target).is_some_and(|failing| failing.load(Ordering::SeqCst))
    }

    /// When a node looked at anything last.
    pub fn last_look(&self, node: &str) -> Option<Instant> {
        let looks = self.targets.looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.iter().rev().find(|look| look.node == node).map(|look| look.at)
    }

    /// All looks so far, in order.
    pub fn looks(&self) -> Vec<Look> {
        self.targets.looks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(mut stream: TcpStream, targets: &Targets) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut piece = [0; 1024];
            match stream.read(&mut piece).await? {
                count @ 1.. if head.len() < HEAD_BYTES_MAX => head.extend_from_slice(&piece[..count]),
                _ => return Ok(()),
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let target = head.split(' ').nth(1).and_then(|path| path.strip_prefix("/t/")?.parse::<usize>().ok());
        let failing = target.and_then(|target| targets.failing.get(target));
        let status = match failing.map(|failing| failing.load(Ordering::SeqCst)) {
            None => "404 Not Found",
            Some(true) => "503 Service Unavailable",
            Some(false) => "200 OK",
        };
        if let Some(target) = target {
            let look = Look { target, node: node_of(&head), at: Instant::now(), wall: clock::now() };
            targets.looks.lock().unwrap_or_else(PoisonError::into_inner).push(look);
        }
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
        if head.to_ascii_lowercase().contains("connection: close") {
            return Ok(());
        }
    }
}

fn node_of(head: &str) -> String {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let node = fields.find(|(name, _)| name.eq_ignore_ascii_case(NODE_HEADER));
    node.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::http::{Answered, WAIT_MAX, ask};

    #[tokio::test]
    async fn a_target_answers_as_told_and_notes_who_looked() {
        let upstream = Upstream::start(2).await.unwrap();
        upstream.fail(1, true);
        for (path, status) in [("/t/0", 200), ("/t/1", 503), ("/t/2", 404)] {
            let answered = ask(upstream.address, "GET", path, WAIT_MAX).await;
            assert_eq!(answered, Answered::With(status, String::new()), "{path}");
        }
        assert!(upstream.fails(1) && !upstream.fails(0));
        assert_eq!(upstream.looks().iter().map(|look| look.target).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(node_of("GET / HTTP/1.1\r\nX-Drill-Node: n2\r\n\r\n"), "n2");
    }
}
