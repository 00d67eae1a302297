//! The real agent as a process, which looks from an address of its own.

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use crate::{binary, wait_for};

/// A running agent.
pub struct Agent {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Agent {
    /// Starts one that asks these servers, with a token that it keeps below `directory`, and looks from the address `from`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        servers: &[String],
        (directory, token): (&Path, &str),
        from: IpAddr,
    ) -> anyhow::Result<Self> {
        let file = directory.join(format!("token-{from}"));
        std::fs::write(&file, format!("{token}\n"))?;
        let mut command = Command::new(binary());
        command.arg("agent").args(["--server", &servers.join(","), "--from-address", &from.to_string()]);
        command.arg("--token-file").arg(file).stderr(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("{} cannot be started", binary().display()))?;
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
        Ok(Self { child, log })
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has logged this.
    pub fn wait_for_log(&self, text: &str) {
        wait_for(&format!("the agent to log {text:?}"), || self.log().contains(text).then_some(()));
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    /// When there is no `kill`.
    pub fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(status.success(), "kill: {status}");
        Ok(wait_for("the agent to end", || self.child.try_wait().ok().flatten()))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
