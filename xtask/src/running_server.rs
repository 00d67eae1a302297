//! The release binary while it runs: started on a free port, asked for pages, ended with SIGTERM.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::{limits, workspace};

/// What the server prints on its standard output once it answers, followed by its address.
const GREETING: &str = "listening on http://";

/// A running `pharos demo` with a data folder of its own. Dropping it ends the process.
pub struct RunningServer {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl RunningServer {
    /// Starts the demo on a free port of the loopback interface and waits for its greeting.
    ///
    /// # Errors
    /// When the binary is missing, ends early, or says no address in time.
    pub fn start_demo() -> Result<Self> {
        let binary = workspace::release_binary();
        ensure!(binary.is_file(), "there is no {}: run `cargo xtask build` first", binary.display());
        let folder = workspace::target_dir().join("xtask").join(format!("demo-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let log_path = folder.join("server.log");
        let log = File::create(&log_path).with_context(|| format!("cannot create {}", log_path.display()))?;
        let child = Command::new(&binary)
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut server = Self { child, address: String::new(), folder };
        match server.wait_for_greeting() {
            Ok(address) => server.address = address,
            Err(error) => {
                let log = fs::read_to_string(&log_path).unwrap_or_default();
                bail!("the server did not start: {error:#}. Its log:\n{}", log.trim_end());
            }
        }
        Ok(server)
    }

    /// Reads the standard output on a thread of its own, which also keeps the pipe from filling up later.
    fn wait_for_greeting(&mut self) -> Result<String> {
        let stdout = self.child.stdout.take().ok_or_else(|| anyhow!("the server has no standard output"))?;
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || read_greeting(stdout, &sender));
        match receiver.recv_timeout(limits::SERVER_START_MAX) {
            Ok(address) => Ok(address),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bail!("no line \"{GREETING}ADDRESS\" within {} s", limits::SERVER_START_MAX.as_secs())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                bail!("it ended without the line \"{GREETING}ADDRESS\"")
            }
        }
    }

    /// Asks for a page in one encoding (`br`, `gzip` or `identity`) and returns the body as it came over the wire.
    ///
    /// # Errors
    /// When the answer is not 200, not in that encoding, or does not arrive whole and in time.
    pub fn body_of(&self, path: &str, encoding: &str) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address)
            .with_context(|| format!("cannot connect to {}", self.address))?;
        stream.set_read_timeout(Some(limits::RESPONSE_WAIT_MAX)).context("cannot set a time limit")?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .context("cannot send the request")?;
        let mut answer = Vec::new();
        stream.take(limits::RESPONSE_BYTES_MAX).read_to_end(&mut answer).context("cannot read the answer")?;
        body_in(&answer, encoding).with_context(|| format!("GET {path} in encoding {encoding}"))
    }

    fn stop(&mut self) {
        // The standard library can only kill; the shell's builtin asks politely, and is on every system.
        let pid = self.child.id();
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).stderr(Stdio::null()).status();
        let deadline = Instant::now() + limits::SERVER_STOP_MAX;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(limits::POLL_PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Sends the address once it is printed, then reads on so that the server never waits for us.
fn read_greeting(stdout: ChildStdout, sender: &mpsc::SyncSender<String>) {
    let mut reader = BufReader::new(stdout.take(limits::SERVER_GREETING_BYTES_MAX));
    let mut line = String::new();
    while matches!(reader.read_line(&mut line), Ok(count) if count > 0) {
        if let Some((_, address)) = line.split_once(GREETING) {
            let _ = sender.send(address.trim().trim_end_matches('/').to_owned());
            let _ = io::copy(&mut reader.into_inner().into_inner(), &mut io::sink());
            return;
        }
        line.clear();
    }
}

/// Takes one HTTP/1.1 answer apart and returns its body.
fn body_in(answer: &[u8], encoding: &str) -> Result<Vec<u8>> {
    let head_end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("the answer has no end of head")?;
    let head = String::from_utf8_lossy(&answer[..head_end]).to_ascii_lowercase();
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    ensure!(status.split(' ').nth(1) == Some("200"), "the answer is `{status}`, not 200");
    let field =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let sent = field("content-encoding").unwrap_or("identity");
    ensure!(sent == encoding, "the answer is encoded as {sent}");
    let length: usize = field("content-length").context("the answer has no content-length")?.parse()?;
    let body = &answer[head_end + 4..];
    ensure!(body.len() == length, "{} of {length} bytes arrived", body.len());
    Ok(body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc";

    #[test]
    fn the_body_is_what_came_over_the_wire() {
        assert_eq!(body_in(ANSWER, "br").unwrap(), b"abc");
    }

    #[test]
    fn another_encoding_than_asked_for_is_refused() {
        assert_eq!(body_in(ANSWER, "gzip").unwrap_err().to_string(), "the answer is encoded as br");
    }

    #[test]
    fn a_cut_body_is_refused() {
        assert_eq!(
            body_in(&ANSWER[..ANSWER.len() - 1], "br").unwrap_err().to_string(),
            "2 of 3 bytes arrived"
        );
    }

    #[test]
    fn an_error_page_is_refused() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        assert!(body_in(answer, "identity").unwrap_err().to_string().contains("503"));
    }
}
