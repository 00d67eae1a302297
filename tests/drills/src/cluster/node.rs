//! A real node of a cluster: the binary that is drilled, on a database that it reaches through proxies of its own.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use pharos_measure::process::{Program, leashed};
use pharos_model::UnixMs;

use super::database::address;
use super::http::{Answered, WAIT_MAX, ask};
use super::proxy::Proxy;
use super::upstream::{NODE_HEADER, Upstream};
use crate::clock;
use crate::play::Play;
use crate::workspace;

/// The variable in which a node reads who it is.
pub const NODE_VARIABLE: &str = "DRILL_NODE";

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A node.
pub struct Node {
    /// What it calls itself where it looks.
    pub name: String,
    /// Where it listens; the same after it was started again.
    pub address: SocketAddr,
    /// Its ways to the hosts of the database, in the order in which it lists them.
    pub proxies: Vec<Proxy>,
    /// What it logged in lives that are over, each with the moment of its end.
    past: Vec<(String, UnixMs)>,
    /// Settings of its environment beside those that all have.
    environment: Vec<(String, String)>,
    program: Option<Program>,
    binary: PathBuf,
    folder: PathBuf,
}

impl Node {
    /// Starts one that lists these ports of 127.0.0.1 as the hosts of its database.
    ///
    /// # Errors
    /// When it does not come up; the message carries its log.
    pub async fn start(play: &Play, name: &str, hosts: &[u16], yaml: &str) -> Result<Self> {
        let binary = play.binary.clone().context("the drill was given no binary")?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let run = format!("node-{}-{number}", std::process::id());
        let folder = workspace::target_dir().join("drill").join(run);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(folder.join("pharos.yaml"), yaml).context("cannot write the configuration of a node")?;
        let mut proxies = Vec::new();
        for host in hosts {
            proxies.push(Proxy::to(*host).await?);
        }
        let address = SocketAddr::from(([127, 0, 0, 1], pharos_test_servers::port()));
        let mut node = Self {
            name: name.to_owned(),
            address,
            proxies,
            past: Vec::new(),
            environment: Vec::new(),
            program: None,
            binary,
            folder,
        };
        node.revive()?;
        Ok(node)
    }

    /// Starts it again, with settings of the environment beside.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn revive_with(&mut self, environment: Vec<(String, String)>) -> Result<()> {
        self.environment = environment;
        self.revive()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not come up; the message carries its log.
    pub fn revive(&mut self) -> Result<()> {
        self.kill();
        let mut command = leashed(&self.binary);
        command.args(["serve", "--listen", &self.address.to_string(), "--config"]);
        command.arg(self.folder.join("pharos.yaml"));
        command.args(["--database", &address(self.proxies.iter().map(|proxy| proxy.port))]);
        command.env(NODE_VARIABLE, &self.name).env("NO_COLOR", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let mut program = Program::start(&mut command, self.folder.join(format!("{number}.log")))?;
        program.greeting().with_context(|| format!("starting the node {}", self.name))?;
        self.program = Some(program);
        Ok(())
    }

    /// Starts it again if it has ended by itself; tells whether it had.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn revive_if_ended(&mut self) -> Result<bool> {
        let ended = self.program.as_mut().is_some_and(|program| !program.is_running());
        if ended {
            self.revive()?;
        }
        Ok(ended)
    }

    /// Ends it without a warning, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            let log = program.log();
            program.kill();
            self.past.push((log, clock::now()));
        }
    }

    /// Whether its process is there.
    pub fn is_running(&mut self) -> bool {
        self.program.as_mut().is_some_and(Program::is_running)
    }

    /// What it logged in each of its lives, with the moment of its end where it is over.
    pub fn lives(&self) -> Vec<(String, Option<UnixMs>)> {
        let past = self.past.iter().map(|(log, end)| (log.clone(), Some(*end)));
        past.chain(self.program.as_ref().map(|program| (program.log(), None))).collect()
    }

    /// Sends it a signal by name.
    ///
    /// # Errors
    /// When it is not there.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.program.as_ref().context("the node is not running")?.signal(name)
    }

    /// From its next start on it is another binary.
    pub fn becomes(&mut self, binary: PathBuf) {
        self.binary = binary;
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.program.as_ref().map(Program::pid)
    }

    /// What it logged since it was started last.
    pub fn log(&self) -> String {
        self.program.as_ref().map(Program::log).unwrap_or_default()
    }

    /// Asks it for a path.
    pub async fn get(&self, path: &str) -> Answered {
        ask(self.address, "GET", path, WAIT_MAX).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends before what it writes to is removed.
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The configuration of a cluster: targets that are looked at every second and believed at once, and jobs that report.
pub fn yaml(upstream: &Upstream, targets: usize, jobs: &[String]) -> String {
    yaml_every(upstream, targets, jobs, 1)
}

/// The same with targets that are looked at every so many seconds.
pub fn yaml_every(upstream: &Upstream, targets: usize, jobs: &[String], every_s: u64) -> String {
    yaml_beside(upstream, targets, jobs, (every_s, ""))
}

/// The same with something beside in the settings of each target: lines of YAML, each with its indentation and its end.
pub fn yaml_beside(
    upstream: &Upstream,
    targets: usize,
    jobs: &[String],
    (every_s, beside): (u64, &str),
) -> String {
    let mut text = String::from("page: { name: Cluster }\ncomponents:\n");
    for target in 0..targets {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - id: t{target}\n    name: t{target}\n{beside}    checks:\n      - http: {{ url: 'http://{}/t/{target}', headers: \
             {{ {NODE_HEADER}: '${{{NODE_VARIABLE}}}' }} }}\n        interval: {every_s}s\n        timeout: 900ms\n        down_after: 1\n        \
             up_after: 1",
            upstream.address
        );
    }
    for (number, token) in jobs.iter().enumerate() {
        let _ = writeln!(
            text,
            "  - id: j{number}\n    name: j{number}\n    checks:\n      - push: {{ token: {token}, period: 1h }}"
        );
    }
    text
}
