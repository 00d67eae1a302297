//! The stage on which measurements play: the binary, the load programs, and a folder that is gone afterwards.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::process::{self, Program};
use super::{http, limits};
use crate::{build, command, console, workspace};

/// How the folder of a run is called; its process id follows.
const RUN: &str = "run-";

/// What every measurement works with.
pub struct Stage {
    /// Rounds of what is measured several times.
    pub rounds: u32,
    /// A short run: it proves that the measurement works, and its figures say little.
    pub is_quick: bool,
    folder: PathBuf,
    pharos: PathBuf,
    load: PathBuf,
    histories: RefCell<BTreeMap<(u32, u32, u32), PathBuf>>,
    started: RefCell<u32>,
}

/// A running server.
pub struct Server {
    /// Its process.
    pub program: Program,
    /// Where it listens.
    pub address: String,
}

/// Running targets.
pub struct Targets {
    /// Held so that they live as long as the measurement.
    _program: Program,
    /// Where they listen.
    pub address: String,
}

impl Stage {
    /// Builds the binary, unless `PHAROS_BIN` names one, and the load programs.
    ///
    /// # Errors
    /// When a build fails or the folder cannot be made.
    pub fn set(rounds: u32, is_quick: bool) -> Result<Self> {
        let pharos = if let Some(binary) = named_binary() {
            binary
        } else {
            build::run(&build::Arguments { dev: false })?;
            workspace::release_binary()
        };
        ensure!(pharos.is_file(), "there is no {}", pharos.display());
        console::step("building the load programs", || {
            command::run(workspace::cargo().args([
                "build",
                "--quiet",
                "--release",
                "--package",
                "pharos-bench",
            ]))
        })?;
        let load = workspace::target_dir().join("release").join("pharos-bench");
        let runs = workspace::target_dir().join("bench");
        sweep(&runs);
        let folder = runs.join(format!("{RUN}{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let (histories, started) = (RefCell::default(), RefCell::default());
        Ok(Self { rounds, is_quick, folder, pharos, load, histories, started })
    }

    /// The binary under measurement.
    pub fn pharos(&self) -> &Path {
        &self.pharos
    }

    /// A path in the stage's folder that nobody had before.
    pub fn fresh(&self, name: &str) -> PathBuf {
        *self.started.borrow_mut() += 1;
        self.folder.join(format!("{:03}-{name}", self.started.borrow()))
    }

    /// The command line of `pharos serve` with a configuration and a data folder.
    ///
    /// # Errors
    /// When the configuration cannot be written.
    pub fn serve_arguments(&self, configuration: &str, data: &Path) -> Result<Vec<String>> {
        let file = self.fresh("pharos.yaml");
        fs::write(&file, configuration).with_context(|| format!("cannot write {}", file.display()))?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let words = ["serve", "--listen", "127.0.0.1:0", "--config", &text(&file), "--data", &text(data)];
        Ok(words.map(str::to_owned).to_vec())
    }

    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn serve(&self, configuration: &str, data: Option<&Path>) -> Result<Server> {
        self.serve_with(configuration, data, &[])
    }

    /// The same with variables in its environment.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn serve_with(
        &self,
        configuration: &str,
        data: Option<&Path>,
        environment: &[(&str, String)],
    ) -> Result<Server> {
        let empty = self.fresh("data");
        let arguments = self.serve_arguments(configuration, data.unwrap_or(&empty))?;
        let log = self.fresh("server.log");
        let mut command = process::leashed(&self.pharos);
        command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        let mut program = Program::start(&mut command, log)?;
        let address = program.greeting()?;
        http::wait_for_page(&address, &[])?;
        Ok(Server { program, address })
    }

    /// Starts targets.
    ///
    /// # Errors
    /// When they do not come up.
    pub fn targets(&self, count: u32) -> Result<Targets> {
        let mut program = self.load(&["targets", "--count", &count.to_string()])?;
        let address = program.greeting()?;
        Ok(Targets { _program: program, address })
    }

    /// Starts a load program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn load(&self, arguments: &[&str]) -> Result<Program> {
        Program::start(Command::new(&self.load).args(arguments), self.fresh("load.log"))
    }

    /// A data folder of its own with a made-up history. Made once for each size, then copied.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn history(&self, components: u32, days: u32, unsaved: u32) -> Result<PathBuf> {
        let known = self.histories.borrow().get(&(components, days, unsaved)).cloned();
        let original = if let Some(folder) = known {
            folder
        } else {
            let folder = self.fresh("history");
            self.make_history(&folder, components, days, unsaved)?;
            self.histories.borrow_mut().insert((components, days, unsaved), folder.clone());
            folder
        };
        let copy = self.fresh("data");
        fs::create_dir_all(&copy).with_context(|| format!("cannot create {}", copy.display()))?;
        for entry in fs::read_dir(&original).with_context(|| format!("cannot read {}", original.display()))? {
            let path = entry?.path();
            if path.is_file() {
                fs::copy(&path, copy.join(path.file_name().unwrap_or_default()))
                    .with_context(|| format!("cannot copy {}", path.display()))?;
            }
        }
        Ok(copy)
    }

    fn make_history(&self, folder: &Path, components: u32, days: u32, unsaved: u32) -> Result<()> {
        console::step(&format!("making up {days} days of {components} components"), || {
            let (components, days, unsaved) = (components.to_string(), days.to_string(), unsaved.to_string());
            let data = folder.to_string_lossy();
            let mut program = self.load(&[
                "history",
                "--data",
                &data,
                "--components",
                &components,
                "--days",
                &days,
                "--unsaved",
                &unsaved,
            ])?;
            console::say(&program.line(limits::LINE_WAIT_MAX)?);
            program.stop()
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Targets {
    /// From now on the targets `from..until` answer with this status.
    ///
    /// # Errors
    /// When they are gone.
    pub fn set(&self, from: u32, until: u32, status: u16) -> Result<()> {
        http::json(&self.address, &format!("/control/set/{from}/{until}/{status}")).map(drop)
    }

    /// From now on the targets `from..until` answer 200 and 503 in turn: every probe is a change.
    ///
    /// # Errors
    /// When they are gone.
    pub fn alternate(&self, from: u32, until: u32) -> Result<()> {
        http::json(&self.address, &format!("/control/alternate/{from}/{until}")).map(drop)
    }

    /// When each target was first asked, in microseconds since the Unix epoch; `None` for those that never were.
    ///
    /// # Errors
    /// When they are gone.
    pub fn firsts_us(&self) -> Result<Vec<Option<u64>>> {
        let value = http::json(&self.address, "/control/firsts")?;
        Ok(value.as_array().map(|firsts| firsts.iter().map(Value::as_u64).collect()).unwrap_or_default())
    }
}

/// Removes what runs have left that were killed.
fn sweep(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(RUN));
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The binary that `PHAROS_BIN` names, which is then measured as it is.
pub fn named_binary() -> Option<PathBuf> {
    env::var_os("PHAROS_BIN").filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// A number in a program's JSON, by its path.
///
/// # Errors
/// When it is not there.
pub fn figure(value: &Value, path: &str) -> Result<f64> {
    let found = value.pointer(path).and_then(Value::as_f64);
    found.with_context(|| format!("a load program said nothing of {path}: {value}"))
}
