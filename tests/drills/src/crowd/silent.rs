//! Who asks for a stream and never reads it.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use anyhow::{Context, Result};
use pharos_measure::stream::ask_on;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpSocket, TcpStream};

use super::program::Shared;

/// Bytes that its system takes in for it, as little as a system does.
const RECEIVED_BYTES: usize = 4 * 1024;
/// The size of its packets, as on most networks. On a loopback they are 64 kB, and what the node's own system keeps for it is reckoned
/// in packets.
const PACKET_BYTES: u32 = 1_460;

/// Opens a stream and holds it for ever.
pub async fn hold(shared: Rc<Shared>, source: Ipv4Addr) {
    let opened = {
        // It is never closed.
        let _place = shared.opening.acquire().await;
        open(&shared, source).await
    };
    match opened {
        Ok(_stream) => {
            shared.opened();
            std::future::pending::<()>().await;
        }
        Err(error) => shared.tally.borrow_mut().ended(error.to_string()),
    }
}

async fn open(shared: &Shared, source: Ipv4Addr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVED_BYTES)?;
    socket.set_tcp_mss(PACKET_BYTES)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    let node = *shared.orders.nodes.first().context("there is no node")?;
    ask_on(TcpSocket::from_std_stream(socket.into()), node, None).await
}
