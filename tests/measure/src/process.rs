//! A program that a measurement runs: started with a data folder and a log, asked for lines, ended by its own id.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::{command, limits};

/// What every server here prints once it answers, followed by its address.
const GREETING: &str = "listening on http://";

/// A running program. Dropping it ends it, also when the measurement fails.
pub struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Program {
    /// Starts a program whose standard error goes to `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, log: PathBuf) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take().ok_or_else(|| anyhow!("{name} has no standard output"))?;
        let stdin = child.stdin.take();
        let (sender, lines) = mpsc::sync_channel(limits::LINES_WAITING_MAX);
        // Reads on whether anybody wants the lines or not, so that the program never waits for us.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.try_send(line);
            }
        });
        Ok(Self { child, stdin, lines, log })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its standard output.
    ///
    /// # Errors
    /// When none comes in time; the message carries its log.
    pub fn line(&mut self, wait_max: Duration) -> Result<String> {
        self.lines.recv_timeout(wait_max).map_err(|_| {
            let state = match self.child.try_wait() {
                Ok(Some(status)) => format!("it ended with {status}"),
                _ => format!("it was silent for {} s", wait_max.as_secs()),
            };
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            anyhow!("a program said nothing: {state}. Its log:\n{}", log.trim_end())
        })
    }

    /// Waits until it says where it listens, and returns the address.
    ///
    /// # Errors
    /// When it does not say so in time.
    pub fn greeting(&mut self) -> Result<String> {
        loop {
            let line = self.line(limits::GREETING_WAIT_MAX)?;
            if let Some((_, address)) = line.split_once(GREETING) {
                return Ok(address.trim().trim_end_matches('/').to_owned());
            }
        }
    }

    /// Closes its standard input, which is how a load program is told that it is enough.
    pub fn enough(&mut self) {
        if let Some(mut stdin) = self.stdin.take() {
            // One that has ended already needs no word.
            let _ = stdin.write_all(b"\n");
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal by name, as in `STOP`.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, name: &str) -> Result<()> {
        // The standard library can only kill; the shell's builtin knows all, and is on every system.
        command::run(Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]))
    }

    /// Ends it without a warning, as a power cut would.
    pub fn kill(mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it wrote on its standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it politely and waits.
    ///
    /// # Errors
    /// When it does not end in time; it is then killed.
    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        self.enough();
        if !self.is_running() {
            return Ok(());
        }
        // The standard library can only kill; the shell's builtin asks politely, and is on every system.
        let pid = self.child.id();
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).stderr(Stdio::null()).status();
        let deadline = Instant::now() + limits::STOP_WAIT_MAX;
        while self.is_running() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                bail!("process {pid} did not end within {} s of SIGTERM", limits::STOP_WAIT_MAX.as_secs());
            }
            thread::sleep(limits::POLL_PAUSE);
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// A command that ends when this process does, even when this process is killed.
pub fn leashed(program: &Path) -> Command {
    // From util-linux, which every Debian has; elsewhere a killed measurement leaves its server to be ended by hand.
    let setpriv = Path::new("/usr/bin/setpriv");
    if !setpriv.is_file() {
        return Command::new(program);
    }
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_log() -> PathBuf {
        PathBuf::from("/dev/null")
    }

    #[test]
    fn a_program_is_read_line_by_line_and_ends_when_its_input_closes() {
        let mut program =
            Program::start(Command::new("sh").args(["-c", "echo one; read line; echo two"]), no_log())
                .unwrap();
        assert_eq!(program.line(limits::STOP_WAIT_MAX).unwrap(), "one");
        program.enough();
        assert_eq!(program.line(limits::STOP_WAIT_MAX).unwrap(), "two");
    }

    #[test]
    fn the_log_of_a_program_that_ends_early_is_shown() {
        let log = std::env::temp_dir().join(format!("pharos-bench-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        let mut program =
            Program::start(command.args(["-c", "echo no luck >&2; exit 3"]), log.clone()).unwrap();
        let error = program.greeting().unwrap_err().to_string();
        std::fs::remove_file(log).unwrap();
        assert!(error.contains("no luck"), "{error}");
    }

    #[test]
    fn a_dropped_program_is_gone() {
        let program = Program::start(leashed(Path::new("/bin/sleep")).arg("600"), no_log()).unwrap();
        let process = PathBuf::from(format!("/proc/{}", program.pid()));
        assert!(process.exists());
        drop(program);
        assert!(!process.exists());
    }
}
