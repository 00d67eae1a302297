//! Redis: a primary, and replicas that follow it.

use crate::{Place, Running, port};

/// A server, and what it is reached with.
#[derive(Debug)]
pub struct Redis {
    running: Running,
    /// Its folder.
    pub place: Place,
    /// Where it listens.
    pub port: u16,
}

impl Redis {
    /// A server with these arguments more.
    #[must_use]
    pub fn start(more: &[&str]) -> Self {
        Self::start_in(Place::new(), more)
    }

    /// A server in a folder that is there already.
    #[must_use]
    pub fn start_in(place: Place, more: &[&str]) -> Self {
        Self::start_at(place, port(), more)
    }

    /// A server in a folder that is there already, on a port that is free.
    #[must_use]
    pub fn start_at(place: Place, port: u16, more: &[&str]) -> Self {
        let socket = place.path("socket").display().to_string();
        let port_text = port.to_string();
        let mut arguments =
            vec!["--bind", "127.0.0.1", "--unixsocket", &socket, "--save", "", "--dir", ".", "--port"];
        // One that speaks TLS listens with nothing else.
        arguments.extend(if more.contains(&"--tls-port") {
            ["0", "--loglevel"]
        } else {
            [&port_text, "--loglevel"]
        });
        arguments.push("notice");
        arguments.extend(more.iter().map(|word| if *word == "PORT" { port_text.as_str() } else { *word }));
        // A server that loads or asks for a password is ready for the tests too.
        let is_ready = || place.succeeds("redis-cli", &["-s", &socket, "ROLE"]);
        let running = place.serve("redis-server", &arguments, is_ready);
        Self { running, place, port }
    }

    /// A server that follows another.
    #[must_use]
    pub fn replica_of(primary: &Self, more: &[&str]) -> Self {
        let port = primary.port.to_string();
        Self::start(&[&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"], more].concat())
    }

    /// Stops it and keeps its data.
    #[must_use]
    pub fn stopped(self) -> Place {
        drop(self.running);
        self.place
    }

    /// Gives it a command, and returns what it answers.
    #[expect(clippy::must_use_candidate, reason = "it is given for what it does")]
    pub fn give(&self, words: &[&str]) -> String {
        let socket = self.place.path("socket").display().to_string();
        self.place.run("redis-cli", &[&["-s", &socket], words].concat())
    }
}
