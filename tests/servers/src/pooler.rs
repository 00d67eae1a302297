//! A pooler that gives each transaction any connection that is free.

use crate::{Place, Postgres, Running, port};

/// A pooler before a server.
#[derive(Debug)]
pub struct Pooler {
    _running: Running,
    _place: Place,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Pooler {
    /// Before all databases of `server`, with so many connections to each of them.
    #[must_use]
    pub fn before(server: &Postgres, connections: usize) -> Self {
        let (place, port, settings) = prepared(server, connections);
        let is_ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let running = place.serve("pgbouncer", &[&settings], is_ready);
        Self { _running: running, _place: place, port }
    }

    /// The same for all tests of this process.
    #[must_use]
    pub fn until_exit(server: &Postgres, connections: usize) -> Self {
        let (place, port, settings) = prepared(server, connections);
        let is_ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let running = place.serve_until_exit("pgbouncer", &[&settings], "TERM", is_ready);
        Self { _running: running, _place: place, port }
    }

    /// The address of a database through it.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

fn prepared(server: &Postgres, connections: usize) -> (Place, u16, String) {
    let (place, port) = (Place::new(), port());
    place.write(
        "settings",
        &format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {connections}\nmax_client_conn = 1000\nlogfile = pooler.log\n",
            server.port
        ),
    );
    (place, port, "settings".to_owned())
}
