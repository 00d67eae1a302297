//! A pooler that gives each transaction any connection that is free.

use crate::{Place, Postgres, Running, port};

/// A pooler before a server.
#[derive(Debug)]
pub struct Pooler {
    running: Option<Running>,
    place: Place,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Pooler {
    /// Before all databases of `server`, with so many connections to each of them.
    #[must_use]
    pub fn before(server: &Postgres, connections: usize) -> Self {
        let (place, port) = prepared(server, connections);
        let is_ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let running = place.serve("pgbouncer", &[SETTINGS], is_ready);
        Self { running: Some(running), place, port }
    }

    /// The same for all tests of this process.
    #[must_use]
    pub fn until_exit(server: &Postgres, connections: usize) -> Self {
        let (place, port) = prepared(server, connections);
        let is_ready = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let running = place.serve_until_exit("pgbouncer", &[SETTINGS], "TERM", is_ready);
        Self { running: Some(running), place, port }
    }

    /// Ends it without a warning and starts it again at the same port: whoever was connected is not any more.
    pub fn restart(&mut self) {
        drop(self.running.take());
        let is_ready = || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        self.running = Some(self.place.serve("pgbouncer", &[SETTINGS], is_ready));
    }

    /// The address of a database through it.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

/// The file with a pooler's settings.
const SETTINGS: &str = "settings";

fn prepared(server: &Postgres, connections: usize) -> (Place, u16) {
    let (place, port) = (Place::new(), port());
    place.write(
        SETTINGS,
        &format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {connections}\nmax_client_conn = 1000\nlogfile = pooler.log\n",
            server.port
        ),
    );
    (place, port)
}
