//! A folder of a server's own, the programs that run in it, and where they are found.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::PATIENCE;

/// The user that stands in for root, as whom most servers refuse to run: nobody.
const NOBODY: u32 = 65_534;

/// A folder of a server's own, and who it belongs to.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    user: Option<u32>,
}

impl Place {
    /// A new one.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let user = (fs::metadata(folder.path()).unwrap().uid() == 0).then_some(NOBODY);
        chown(folder.path(), user, user).unwrap();
        Self { folder, user }
    }

    /// A new one for a program that lies where only this process's user may look, and that runs as anybody.
    #[must_use]
    pub fn of_this_user() -> Self {
        Self { folder: TempDir::new().unwrap(), user: None }
    }

    /// Where something in it is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that only its owner may read, as servers ask of a key.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        chown(&path, self.user, self.user).unwrap();
    }

    /// A program, as this place's user.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env_clear().env("LC_ALL", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs a program to its end and returns what it wrote; fails with what it said.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether a program ends well.
    pub fn succeeds(&self, program: &str, arguments: &[&str]) -> bool {
        self.command(program).args(arguments).output().unwrap().status.success()
    }

    /// Starts a server and waits until it `is_ready`.
    pub fn serve(&self, program: &str, arguments: &[&str], is_ready: impl Fn() -> bool) -> Running {
        self.serve_in(&[], (program, arguments), is_ready)
    }

    /// The same with variables of the environment.
    pub fn serve_in(
        &self,
        environment: &[(String, String)],
        (program, arguments): (&str, &[&str]),
        is_ready: impl Fn() -> bool,
    ) -> Running {
        let log = self.path("log");
        let mut file = OpenOptions::new();
        let file: File = file.create(true).append(true).open(&log).unwrap();
        let mut command = self.command(program);
        command.args(arguments).stdout(file.try_clone().unwrap()).stderr(file);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Self::ready(command.spawn().unwrap(), (program, &log), is_ready)
    }

    /// Starts a server that is shared by all tests of this process, and waits until it `is_ready`. It ends with the process,
    /// whichever way that ends, by the signal `end`: its guardian waits for the end of a
    /// pipe that only this process holds, and then takes the folder away too.
    pub fn serve_until_exit(
        &self,
        program: &str,
        arguments: &[&str],
        end: &str,
        is_ready: impl Fn() -> bool,
    ) -> Running {
        let log = self.path("log");
        let file = File::create(&log).unwrap();
        let mut command = self.command("sh");
        let guard = format!("\"$@\" & read -r _; kill -{end} $!; wait; rm -rf \"$PWD\"");
        command.args(["-c", &guard, "guardian"]).arg(find(program)).args(arguments).stdin(Stdio::piped());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Self::ready(command.spawn().unwrap(), (program, &log), is_ready)
    }

    fn ready(child: Child, (program, log): (&str, &Path), is_ready: impl Fn() -> bool) -> Running {
        let mut running = Running(child);
        let started = Instant::now();
        while !is_ready() {
            let ended = running.0.try_wait().unwrap();
            let said = || fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none(), "{program} ended: {}", said());
            assert!(started.elapsed() < PATIENCE, "{program} does not get ready: {}", said());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        running
    }
}

/// A server, until it is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and that is well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a program is: Debian keeps most of PostgreSQL's out of the way.
fn find(program: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version_of(folder)));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&on_path));
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let found = folders.iter().map(|folder| folder.join(program)).find(|path| path.is_file());
    assert!(found.is_some(), "there is no {program}; run: cargo xtask setup");
    found.unwrap()
}

fn version_of(bin: &Path) -> Option<u32> {
    bin.parent()?.file_name()?.to_str()?.parse().ok()
}
