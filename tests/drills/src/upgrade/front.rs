//! A load balancer in front of the nodes: one address, connections by turns to those that are ready, and to the next where one refuses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::cluster::http::{Answered, ask};

/// Time between two questions whether a node is ready, and how long one may take.
const ASK_EVERY: Duration = Duration::from_millis(200);
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;

/// A node behind it.
struct Behind {
    address: SocketAddr,
    is_ready: AtomicBool,
}

/// A load balancer.
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    running: Vec<JoinHandle<()>>,
}

impl Front {
    /// Stands in front of these nodes, all of which are ready.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(nodes: &[SocketAddr]) -> Result<Self> {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).context("no free port for a load balancer")?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let behind = |node: &SocketAddr| Behind { address: *node, is_ready: AtomicBool::new(true) };
        let all: Arc<Vec<Behind>> = Arc::new(nodes.iter().map(behind).collect());
        let mut running = vec![tokio::spawn(accept(listener, Arc::clone(&all)))];
        for number in 0..all.len() {
            running.push(tokio::spawn(watch(Arc::clone(&all), number)));
        }
        Ok(Self { address, running })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

/// Asks one of them again and again whether it is ready.
async fn watch(all: Arc<Vec<Behind>>, number: usize) {
    let Some(behind) = all.get(number) else { return };
    loop {
        let answered = ask(behind.address, "GET", "/readyz", ANSWER_MAX).await;
        behind.is_ready.store(matches!(answered, Answered::With(200, _)), Ordering::SeqCst);
        tokio::time::sleep(ASK_EVERY).await;
    }
}

async fn accept(listener: TcpListener, all: Arc<Vec<Behind>>) {
    let next = Arc::new(AtomicUsize::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (all, next) = (Arc::clone(&all), Arc::clone(&next));
        tokio::spawn(async move {
            // Whoever goes away is their own business.
            let _gone = carry(client, &all, &next).await;
        });
    }
}

async fn carry(mut client: TcpStream, all: &[Behind], next: &AtomicUsize) -> Result<()> {
    let first = next.fetch_add(1, Ordering::SeqCst);
    let turns = (0..all.len()).filter_map(|turn| all.get((first + turn) % all.len()));
    let ready = turns.filter(|behind| behind.is_ready.load(Ordering::SeqCst));
    for behind in ready {
        if let Ok(mut node) = TcpStream::connect(behind.address).await {
            client.set_nodelay(true)?;
            node.set_nodelay(true)?;
            tokio::io::copy_bidirectional(&mut client, &mut node).await?;
            return Ok(());
        }
        // It ends: nobody is sent there until it says that it is ready.
        behind.is_ready.store(false, Ordering::SeqCst);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::http::WAIT_MAX;
    use crate::cluster::upstream::Upstream;

    #[tokio::test]
    async fn a_node_that_refuses_is_passed_over() {
        let upstream = Upstream::start(1).await.unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], pharos_test_servers::port()));
        let front = Front::start(&[nobody, upstream.address]).unwrap();
        assert_eq!(ask(front.address, "GET", "/t/0", WAIT_MAX).await, Answered::With(200, String::new()));
    }
}
