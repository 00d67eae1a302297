//! The set-up for drills on one node: the real binary on a file of SQLite, in a folder that outlives its processes.

pub mod file;
pub mod library;
pub mod past;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pharos_measure::process::{Program, leashed};

use crate::cluster::http::{Answered, WAIT_MAX, ask};
use crate::cluster::node::NODE_VARIABLE;
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::workspace;

static MADE: AtomicU32 = AtomicU32::new(0);

/// How long one may take until it can serve the page.
const READY_MAX: Duration = Duration::from_mins(1);

/// One node, and what it leaves behind when it ends.
pub struct Alone {
    /// Where it listens; the same in each of its lives.
    pub address: SocketAddr,
    /// Settings of its environment beside those that all have.
    pub environment: Vec<(String, String)>,
    binary: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    database: Option<String>,
    program: Option<Program>,
}

/// What a command of the binary said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether it did what it was asked for.
    pub done: bool,
    /// What it told.
    pub told: String,
    /// What it complained of.
    pub complaint: String,
}

impl Alone {
    /// One with this configuration, which does not run yet.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn new(play: &Play, yaml: &str) -> Result<Self> {
        let binary = play.binary.clone().context("the drill was given no binary")?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder =
            workspace::target_dir().join("drill").join(format!("alone-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let address = SocketAddr::from(([127, 0, 0, 1], pharos_test_servers::port()));
        let data = folder.join("data");
        let alone =
            Self { address, environment: Vec::new(), binary, folder, data, database: None, program: None };
        alone.configure(yaml)?;
        Ok(alone)
    }

    /// Replaces its configuration.
    ///
    /// # Errors
    /// When the file system does not let it.
    pub fn configure(&self, yaml: &str) -> Result<()> {
        fs::write(self.at("pharos.yaml"), yaml).context("cannot write the configuration of a node")
    }

    /// A place beside its data.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where its data lies.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// From its next start on its data lies elsewhere.
    pub fn keeps_in(&mut self, data: PathBuf) {
        self.data = data;
    }

    /// From its next start on its data lies in a database of PostgreSQL, by its address, or in its folder again.
    pub fn keeps_in_database(&mut self, database: Option<String>) {
        self.database = database;
    }

    /// Where its data lies, in words for the binary.
    pub fn place(&self) -> [String; 2] {
        match &self.database {
            Some(address) => ["--database".to_owned(), address.clone()],
            None => ["--data".to_owned(), self.data.display().to_string()],
        }
    }

    /// Starts it; how long it took until it could serve the page.
    ///
    /// # Errors
    /// When it does not come up; the message carries its log.
    pub async fn start(&mut self) -> Result<Duration> {
        self.kill();
        let mut command = leashed(&self.binary);
        command
            .args(["serve", "--listen", &self.address.to_string(), "--config"])
            .arg(self.at("pharos.yaml"));
        command.args(self.place()).env(NODE_VARIABLE, "alone").env("NO_COLOR", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let mut program = Program::start(&mut command, self.at(&format!("{number}.log")))?;
        program.greeting()?;
        self.program = Some(program);
        while !self.get("/readyz").await.is_good() {
            if began.elapsed() > READY_MAX {
                bail!("it cannot serve the page after {} s. Its log:\n{}", READY_MAX.as_secs(), self.log());
            }
            tokio::time::sleep(POLL_PAUSE).await;
        }
        Ok(began.elapsed())
    }

    /// Ends it without a warning, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill();
        }
    }

    /// Ends it politely and waits.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&mut self) -> Result<()> {
        self.program.take().map_or(Ok(()), Program::stop)
    }

    /// What it logged since it was started last.
    pub fn log(&self) -> String {
        self.program.as_ref().map(Program::log).unwrap_or_default()
    }

    /// Asks it for a path.
    pub async fn get(&self, path: &str) -> Answered {
        ask(self.address, "GET", path, WAIT_MAX).await
    }

    /// A token of an admin with these scopes, made while it does not run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn token(&self, scopes: &[&str]) -> Result<String> {
        let [option, place] = self.place();
        let made = self.run(&["user", "add", "anna", &option, &place])?;
        ensure!(made.done, "no user could be made: {}", made.complaint);
        let scopes = scopes.iter().flat_map(|scope| ["--scope", *scope]);
        let words: Vec<&str> = ["user", "token", "anna", &option, &place].into_iter().chain(scopes).collect();
        let made = self.run(&words)?;
        ensure!(made.done, "no token could be made: {}", made.complaint);
        Ok(made.told.trim().to_owned())
    }

    /// Runs a command of the binary.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn run(&self, words: &[&str]) -> Result<Said> {
        let output = Command::new(&self.binary).args(words).env("NO_COLOR", "1").output();
        let output = output.with_context(|| format!("cannot run {}", self.binary.display()))?;
        Ok(Said {
            done: output.status.success(),
            told: String::from_utf8_lossy(&output.stdout).into_owned(),
            complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Said {
    /// Whether it refused, and said why: one that panicked or was ended did not.
    pub fn refused(&self) -> bool {
        !self.done
            && self.complaint.lines().any(|line| line.starts_with("error: "))
            && !self.complaint.contains("panicked")
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // It ends before what it writes to is removed.
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
