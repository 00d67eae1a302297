//! Real servers from Debian, started by the tests and ended with them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take to say that it listens.
const STARTING_MAX: Duration = Duration::from_secs(30);
/// Below those that the system gives to whoever asks for any.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Ports that a server is tried on before the test gives up: another program may have been faster.
const ATTEMPTS_MAX: u16 = 5;

/// A server that runs until it is dropped.
pub struct Program {
    child: Child,
    pub port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts what `command` makes for a port, and waits until it writes `mark` where it writes its log.
    pub fn start(mark: &'static str, command: impl Fn(u16) -> Command) -> Self {
        let mut said = String::new();
        for attempt in 0..ATTEMPTS_MAX {
            let port = free_port(attempt);
            let mut command = command(port);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            let child = command.spawn();
            let mut child = child.unwrap_or_else(|error| {
                panic!("{error}: {command:?}; `cargo xtask setup` installs what the tests need")
            });
            let log = BufReader::new(child.stderr.take().unwrap());
            let program = Self { child, port };
            let (lines, heard) = mpsc::channel();
            // Reads to the end, so that the server never waits for a reader.
            std::thread::spawn(move || {
                for line in log.lines().map_while(Result::ok) {
                    let _ = lines.send(line);
                }
            });
            while let Ok(line) = heard.recv_timeout(STARTING_MAX) {
                if line.contains(mark) {
                    return program;
                }
                said.push_str(&line);
                said.push('\n');
            }
        }
        panic!("the server does not start:\n{said}");
    }
}

fn free_port(attempt: u16) -> u16 {
    // Tests run in one process and as threads: where each begins to search differs with both.
    let place = std::ptr::from_ref(&attempt).addr() >> 4;
    let start = usize::from(attempt) * 977 + place + usize::try_from(std::process::id()).unwrap() * 131;
    let start = u16::try_from(start % PORTS.len()).unwrap();
    PORTS
        .map(|port| PORTS.start + (port - PORTS.start + start) % (PORTS.end - PORTS.start))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
