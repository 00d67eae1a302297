//! From which of this machine's addresses probes go out.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream};

/// The address from which to reach `target`, where one of its family was chosen; else the system chooses.
pub fn towards(from: Option<IpAddr>, target: IpAddr) -> Option<SocketAddr> {
    let from = from.filter(|from| from.is_ipv4() == target.is_ipv4())?;
    Some(SocketAddr::new(from, 0))
}

/// Opens a connection.
pub async fn connect(from: Option<IpAddr>, target: SocketAddr) -> io::Result<TcpStream> {
    let Some(from) = towards(from, target.ip()) else { return TcpStream::connect(target).await };
    let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(from)?;
    socket.connect(target).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_connection_comes_from_the_address_that_was_chosen() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let from: IpAddr = "127.0.0.3".parse().unwrap();
        let _connected = connect(Some(from), target).await.unwrap();
        assert_eq!(listener.accept().await.unwrap().1.ip(), from);
    }

    #[test]
    fn an_address_of_the_other_family_is_no_way() {
        let (v4, v6) = ("127.0.0.3".parse().unwrap(), "::1".parse().unwrap());
        assert_eq!(towards(Some(v4), v6), None);
        assert_eq!(towards(Some(v4), v4).map(|from| from.ip()), Some(v4));
    }
}
