//! A service to be watched that is a process of its own, so that it can be killed.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context;

/// A running service.
pub struct Service {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Service {
    /// Starts the `program` as this kind of service on a free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(program: &str, kind: &str) -> anyhow::Result<Self> {
        Self::start_on(program, kind, "127.0.0.1:0")
    }

    /// Starts it at an address.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_on(program: &str, kind: &str, address: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args([kind, address]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
        let input = child.stdin.take().context("no standard input")?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").context("it did not come up")?.parse()?;
        Ok(Self { child, input, output, address })
    }

    /// Has it be `well`, `limping`, `down` or `failing` from now on.
    ///
    /// # Errors
    /// When it does not hear it.
    pub fn be(&mut self, state: &str) -> anyhow::Result<()> {
        writeln!(self.input, "{state}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        anyhow::ensure!(line.trim() == "so it is", "it did not hear that it is {state}: {line:?}");
        Ok(())
    }

    /// Ends it without a warning, as a power cut would, and tells where it listened.
    pub fn kill(self) -> SocketAddr {
        self.address
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
