//! Tells whoever supervises the process how this node is: that it is ready, that it ends, in a line what it does, and again and
//! again that it lives. The protocol is `sd_notify(3)`: datagrams to the socket that the environment names, and nothing where it
//! names none.

use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr as InternetAddress};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use pharos_store::Standing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::http::HealthState;
use crate::limits::{ANSWER_TIMEOUT, SUPERVISOR_INTERVAL, SUPERVISOR_INTERVAL_MIN};

/// The way to whoever supervises.
#[derive(Debug)]
pub struct Supervisor {
    socket: UnixDatagram,
    address: SocketAddr,
    /// After how long without a sign of life the process is taken for dead.
    patience: Option<Duration>,
}

/// What is told of.
pub struct Subject {
    /// Where it listens.
    pub address: InternetAddress,
    /// How it is.
    pub health: Arc<HealthState>,
    /// Whether it leads.
    pub standing: Arc<Standing>,
    /// Ends it.
    pub shutdown: CancellationToken,
}

impl Supervisor {
    /// Whoever the environment names.
    pub fn of_environment() -> Option<Self> {
        let patience = patience(&|name| std::env::var_os(name), std::process::id());
        let named = std::env::var_os("NOTIFY_SOCKET")?;
        let found = Self::at(&named, patience);
        if found.is_none() {
            tracing::warn!(socket = %named.display(), "NOTIFY_SOCKET names no socket that can be used; nobody is told how this node is");
        }
        found
    }

    fn at(name: &OsStr, patience: Option<Duration>) -> Option<Self> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => without_file(name),
            [b'/', ..] => SocketAddr::from_pathname(name),
            _ => return None,
        };
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(Self { socket, address: address.ok()?, patience })
    }

    fn tell(&self, words: &str) {
        if let Err(error) = self.socket.send_to_addr(words.as_bytes(), &self.address) {
            tracing::debug!(%error, words, "whoever supervises could not be told");
        }
    }

    /// Tells how a node is until it ends.
    pub async fn watch(self: Arc<Self>, subject: Subject) {
        // To begin is to come round.
        subject.health.kept();
        subject.health.told();
        let mut said = subject.status();
        self.tell(&format!("READY=1\nSTATUS={said}"));
        let often = self.patience.map_or(SUPERVISOR_INTERVAL, |patience| patience / 4);
        let mut ticks = interval(often.clamp(SUPERVISOR_INTERVAL_MIN, SUPERVISOR_INTERVAL));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut next, mut silent) = (Instant::now(), false);
        loop {
            tokio::select! {
                () = subject.shutdown.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let status = subject.status();
            if status != said {
                self.tell(&format!("STATUS={status}"));
                said = status;
            }
            if let Some(patience) = self.patience
                && Instant::now() >= next
            {
                let lives = subject.lives().await;
                if lives {
                    self.tell("WATCHDOG=1");
                    next = Instant::now() + patience / 2;
                } else if !silent {
                    tracing::error!(
                        "this node does not come round any more; whoever supervises is told of no life"
                    );
                }
                silent = !lives;
            }
        }
    }

    /// Tells that the process ends.
    pub fn ends(&self) {
        self.tell("STOPPING=1\nSTATUS=ends: answers what was asked, and hands over");
    }
}

impl Subject {
    /// What it does, in a line.
    fn status(&self) -> String {
        let does = if self.standing.leads() { "leads" } else { "follows" };
        let ails = self.health.ails();
        let ails = if ails.is_empty() { String::new() } else { format!("; {}", ails.join("; ")) };
        format!("{does}, at http://{}{ails}", self.address)
    }

    /// Whether its loops come round and it answers. A database that is gone is no reason to say that it does not: begun anew it would
    /// have lost the page that it holds.
    async fn lives(&self) -> bool {
        self.health.comes_round() && answers(self.address).await
    }
}

/// Whether there is an answer. One who is turned away for want of room has been answered, too; only silence tells that nobody is there.
async fn answers(address: InternetAddress) -> bool {
    let address = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    };
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        stream.read(&mut [0]).await
    };
    match timeout(ANSWER_TIMEOUT, asked).await {
        Err(_) => false,
        Ok(Err(error)) => error.kind() != std::io::ErrorKind::ConnectionRefused,
        Ok(Ok(_)) => true,
    }
}

/// The address of a socket that has a name and no file.
#[cfg(target_os = "linux")]
fn without_file(name: &[u8]) -> std::io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

/// There are none here.
#[cfg(not(target_os = "linux"))]
fn without_file(_: &[u8]) -> std::io::Result<SocketAddr> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// For how long this process may be silent, where it is asked not to be.
fn patience(variable: &dyn Fn(&str) -> Option<OsString>, process: u32) -> Option<Duration> {
    let number = |name: &str| variable(name)?.to_str()?.parse::<u64>().ok();
    // It may be meant for whoever started this process.
    if variable("WATCHDOG_PID").is_some() && number("WATCHDOG_PID") != Some(process.into()) {
        return None;
    }
    number("WATCHDOG_USEC").filter(|us| *us > 0).map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience_of(watchdog_us: &str, pid: Option<&str>) -> Option<Duration> {
        let variable = |name: &str| match name {
            "WATCHDOG_USEC" => Some(watchdog_us.into()),
            "WATCHDOG_PID" => pid.map(Into::into),
            _ => None,
        };
        patience(&variable, 7)
    }

    #[test]
    fn a_sign_of_life_is_only_owed_by_the_process_that_is_meant() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(patience_of("1000000", None), second);
        assert_eq!(patience_of("1000000", Some("7")), second);
        assert_eq!(patience_of("1000000", Some("8")), None);
        assert_eq!(patience_of("0", None), None);
        assert_eq!(patience_of("soon", None), None);
    }

    #[test]
    fn a_name_that_is_no_socket_is_not_used() {
        assert!(Supervisor::at(OsStr::new("pharos.socket"), None).is_none());
        assert!(Supervisor::at(OsStr::new("vsock:2:1234"), None).is_none());
        assert!(Supervisor::at(OsStr::new("/run/pharos.socket"), None).is_some());
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_does_not_answer_and_one_that_closes_at_once_does() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = tokio::spawn(answers(address));
        drop(listener.accept().await.unwrap());
        assert!(asked.await.unwrap());
        drop(listener);
        assert!(!answers(address).await);
    }
}
