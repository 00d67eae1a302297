//! The real binary as a process, with a data directory and a configuration of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tempfile::TempDir;

use crate::client::{self, Response};
use crate::wait_for;

/// The binary under test.
pub fn binary() -> PathBuf {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/pharos");
    std::env::var_os("PHAROS_BIN").map_or_else(|| PathBuf::from(built), PathBuf::from)
}

/// A directory with a configuration and a journal, which outlives the processes that use it.
pub struct Setup {
    directory: TempDir,
}

/// A running node.
pub struct Pharos {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Setup {
    /// A fresh directory with this configuration.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn new(config: &str) -> anyhow::Result<Self> {
        let setup = Self { directory: TempDir::new()? };
        setup.configure(config)?;
        Ok(setup)
    }

    /// Replaces the configuration.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn configure(&self, config: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.config(), config)?)
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("pharos.yaml")
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts a node on a free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(&self) -> anyhow::Result<Pharos> {
        self.start_on("127.0.0.1:0")
    }

    /// Starts a node on `listen`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_on(&self, listen: &str) -> anyhow::Result<Pharos> {
        Pharos::spawn(self.command(listen))
    }

    /// Starts a node on a free port with these arguments beside.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_with(&self, arguments: &[&str]) -> anyhow::Result<Pharos> {
        let mut command = self.command("127.0.0.1:0");
        command.args(arguments);
        Pharos::spawn(command)
    }

    /// The command that [`Setup::start_on`] runs.
    pub fn command(&self, listen: &str) -> Command {
        let mut command = Command::new(binary());
        command.arg("serve").args(["--listen", listen]);
        command.arg("--config").arg(self.config()).arg("--data").arg(self.data());
        command
    }

    /// Where it all lies.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Pharos {
    /// Starts a node by a command that [`Setup::command`] has made.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| {
            format!("{} cannot be started; build it with `cargo xtask build`", binary().display())
        })?;
        let log = Arc::new(Mutex::new(String::new()));
        let mut errors = child.stderr.take().context("no standard error")?;
        let keep = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut chunk) {
                let text = String::from_utf8_lossy(&chunk[..count]).into_owned();
                keep.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").map(str::parse);
        let Some(Ok(address)) = address else {
            let status = child.wait()?;
            anyhow::bail!(
                "did not come up: {status}: {}",
                log.lock().unwrap_or_else(PoisonError::into_inner)
            );
        };
        Ok(Self { child, address, log })
    }

    /// Asks for `path`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> anyhow::Result<Response> {
        client::get(self.address, path, &[])
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it without a warning, as a power cut would.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends it a signal by name, as in `TERM`.
    ///
    /// # Errors
    /// When there is no `kill`.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status =
            Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(status.success(), "kill: {status}");
        Ok(())
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        wait_for("the process to end", || self.child.try_wait().ok().flatten())
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Pharos {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
