//! The real binary while it is drilled: with a configuration and a folder of its own, both gone afterwards.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

use pharos_measure::process::{Program, leashed};

use crate::play::Play;
use crate::workspace;

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running server.
pub struct Server {
    program: Option<Program>,
    /// Where it listens.
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not come up; the message carries its log.
    pub fn start(play: &Play, yaml: &str) -> Result<Self> {
        let binary = play.binary.as_ref().context("the drill was given no binary")?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let folder = workspace::target_dir().join("drill").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let file = folder.join("pharos.yaml");
        fs::write(&file, yaml).with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = leashed(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&file);
        command.arg("--data").arg(folder.join("data"));
        let mut program = Program::start(&mut command, folder.join("server.log"))?;
        let address = program.greeting()?;
        let address = address.parse().with_context(|| format!("{address} is no address"))?;
        Ok(Self { program: Some(program), address, folder })
    }

    /// Sends it a signal by name.
    ///
    /// # Errors
    /// When it is not there.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.program.as_ref().context("the server is not running")?.signal(name)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.program.as_ref().map_or(0, Program::pid)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends before what it writes to is removed.
        drop(self.program.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}
