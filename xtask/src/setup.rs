//! `cargo xtask setup`: brings a fresh Debian machine that has Rust and Node to where everything else works.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, console, site, workspace};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The oldest Node the browser tests run on.
const NODE_MAJOR_MIN: u32 = 20;
/// What the browser tests need from Debian: the browser, and letters to draw.
const BROWSER_PACKAGES: &[&str] = &["chromium", "faketime", "fonts-liberation"];
/// The servers that the probes are tested against and the one that reports by webhook, and where Debian keeps their programs.
const SERVER_PACKAGES: &[&str] = &["openssh-server", "python3-aiosmtpd", "prometheus-alertmanager"];
const SERVER_PROGRAMS: &[&str] = &["/usr/sbin/sshd", "/usr/bin/aiosmtpd", "/usr/bin/prometheus-alertmanager"];
/// The databases that the tests start.
const DATABASE_PACKAGES: &[&str] = &["postgresql", "pgbouncer", "redis-server", "mariadb-server"];
/// Where Debian keeps each version of PostgreSQL.
const POSTGRES: &str = "/usr/lib/postgresql";
/// Where Debian keeps the others, which is not on the path of everybody.
const SERVERS: &str = "/usr/sbin";
/// The proxies in front of which the examples of `deploy` are tested, what makes a certificate for them, and what shuts a node in as a
/// container does.
const PROXY_PACKAGES: &[&str] = &["nginx-light", "caddy", "openssl", "bubblewrap"];
const PROXY_PROGRAMS: [&str; 4] = ["nginx", "caddy", "openssl", "bwrap"];
/// What Python needs to make a place for a tool of its own.
const PYTHON_PACKAGES: &[&str] = &["python3", "python3-venv"];
/// The tool that asks an API everything its document allows, and much that it does not.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// The service that speaks S3, against which places for objects are tested.
const MOTO: &str = "moto[s3,server]==5.2.5";
/// What holds feeds against the schema of their format.
const VALIDATOR_PACKAGES: &[&str] = &["jing"];
/// Where Debian keeps what tells a program another time.
const FAKETIME: &str = "/usr/bin/faketime";

/// Install what building and testing need: the wasm32 target, Chromium, the browser tests' packages, and the servers
/// that the probes are tested against.
///
/// As root on Debian it installs by itself. Otherwise it prints the command to run and stops.
#[derive(clap::Args)]
pub struct Arguments {}

/// Sets everything up.
///
/// # Errors
/// When something is missing that may not be installed from here; the message carries the command that installs it.
pub fn run(_: &Arguments) -> Result<()> {
    wasm_target()?;
    lint_tools()?;
    browser()?;
    servers()?;
    databases()?;
    proxies()?;
    schemathesis()?;
    moto()?;
    clients()?;
    console::say("everything that building and testing need is here");
    Ok(())
}

/// The compiler's target for the browser half.
///
/// # Errors
/// When it is missing and `rustup` cannot add it.
pub fn wasm_target() -> Result<()> {
    let sysroot = command::output_of(Command::new("rustc").args(["--print", "sysroot"]))?;
    let target_libraries = Path::new(&sysroot).join("lib").join("rustlib").join(WASM_TARGET).join("lib");
    if target_libraries.is_dir() {
        return Ok(());
    }
    if !is_on_path("rustup") {
        bail!(
            "the compiler has no {WASM_TARGET} target, and there is no rustup to add it. Install Rust with rustup \
             (https://rustup.rs), then run: rustup target add {WASM_TARGET}"
        );
    }
    console::step("adding the wasm32 target", || {
        command::run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
            .with_context(|| format!("run this yourself, then start again: rustup target add {WASM_TARGET}"))
    })
}

/// rustfmt and clippy, which a minimal toolchain lacks.
///
/// # Errors
/// When one is missing and `rustup` cannot add it.
pub fn lint_tools() -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if command::succeeds(workspace::cargo().args([subcommand, "--version"])) {
            continue;
        }
        console::step(&format!("adding {component}"), || {
            command::run(Command::new("rustup").args(["component", "add", component])).with_context(|| {
                format!("run this yourself, then start again: rustup component add {component}")
            })
        })?;
    }
    Ok(())
}

/// Chromium, Node and the packages of `tests/browser`.
///
/// # Errors
/// When one of them is missing and may not be installed from here.
pub fn browser() -> Result<()> {
    if !chromium().is_file() || !Path::new(FAKETIME).is_file() {
        debian_packages(BROWSER_PACKAGES)?;
    }
    node()?;
    browser_test_packages()
}

/// The servers that the probes are tested against.
///
/// # Errors
/// When one of them is missing and may not be installed from here.
pub fn servers() -> Result<()> {
    if SERVER_PROGRAMS.iter().all(|program| Path::new(program).is_file()) {
        return Ok(());
    }
    debian_packages(SERVER_PACKAGES)
}

/// The databases that the probes' tests start. They bring programs only: what a test needs of them it starts itself.
///
/// # Errors
/// When one of them is missing and may not be installed from here.
pub fn databases() -> Result<()> {
    let versions = fs::read_dir(POSTGRES).into_iter().flatten().flatten();
    let has_postgres = is_on_path("initdb")
        || versions.map(|version| version.path()).any(|v| v.join("bin/initdb").is_file());
    if has_postgres && ["pgbouncer", "redis-server", "mariadbd"].into_iter().all(is_installed) {
        return Ok(());
    }
    debian_packages(DATABASE_PACKAGES)
}

/// The proxies that the tests of the examples start, and what they need beside.
///
/// # Errors
/// When one of them is missing and may not be installed from here.
pub fn proxies() -> Result<()> {
    if PROXY_PROGRAMS.into_iter().all(is_installed) {
        return Ok(());
    }
    debian_packages(PROXY_PACKAGES)
}

/// The tool that tests the API against its document.
///
/// # Errors
/// When there is no Python, or the tool cannot be fetched.
pub fn schemathesis() -> Result<PathBuf> {
    python_tool("schemathesis", SCHEMATHESIS)
}

/// The service that speaks S3.
///
/// # Errors
/// When there is no Python, or the service cannot be fetched.
pub fn moto() -> Result<PathBuf> {
    python_tool("moto_server", MOTO)
}

/// A program of a Python package, in a place of its own below the target directory.
fn python_tool(program: &str, package: &str) -> Result<PathBuf> {
    let place = workspace::target_dir().join(program);
    let (path, mark) = (place.join("bin").join(program), place.join(package));
    if mark.is_file() {
        return Ok(path);
    }
    let has_venv = || command::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]));
    if !has_venv() {
        debian_packages(PYTHON_PACKAGES)?;
    }
    console::step(&format!("fetching {package}"), || {
        command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        command::run(Command::new(place.join("bin/pip")).args(["install", "--quiet", package]))?;
        fs::write(&mark, "").with_context(|| format!("cannot write {}", mark.display()))
    })?;
    Ok(path)
}

/// Programs of others that read what Pharos serves, and one that knows what Kubernetes takes, in a place of their own below the target
/// directory: Python's in `python`, Node's in `node`. Which and in what versions stands in `tests/clients`.
///
/// # Errors
/// When there is no Python or Node, or they cannot be fetched.
pub fn clients() -> Result<PathBuf> {
    if !is_on_path("jing") {
        debian_packages(VALIDATOR_PACKAGES)?;
    }
    let (place, wanted) = (workspace::target_dir().join("clients"), workspace::clients_dir());
    let read = |name: &str| {
        let path = wanted.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let lists = [read("requirements.txt")?, read("package.json")?, read("package-lock.json")?];
    let hash = site::hash_of(&[&lists[0], &lists[1], &lists[2]]);
    let mark = place.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == hash) {
        return Ok(place);
    }
    node()?;
    if !command::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        debian_packages(PYTHON_PACKAGES)?;
    }
    console::step("fetching programs that read what Pharos serves", || {
        let (python, node) = (place.join("python"), place.join("node"));
        command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python))?;
        let mut pip = Command::new(python.join("bin/pip"));
        command::run(pip.args(["install", "--quiet", "-r"]).arg(wanted.join("requirements.txt")))?;
        fs::create_dir_all(&node).with_context(|| format!("cannot make {}", node.display()))?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(wanted.join(name), node.join(name)).with_context(|| format!("cannot copy {name}"))?;
        }
        command::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&node))?;
        fs::write(&mark, &hash).with_context(|| format!("cannot write {}", mark.display()))
    })?;
    Ok(place)
}

/// The browser that the tests drive: `CHROMIUM` where it is set, else Debian's.
pub fn chromium() -> PathBuf {
    env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

/// Installs Debian packages when we are root; otherwise says how.
///
/// # Errors
/// When we may not or cannot install.
pub fn debian_packages(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !is_on_path("apt-get") {
        bail!("please install these with your system's package manager, then start again: {list}");
    }
    let is_root = command::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    if !is_root {
        bail!(
            "these are missing: {list}. Run this, then start again: sudo apt-get update && sudo apt-get install --yes {list}"
        );
    }
    console::step(&format!("installing from Debian: {list}"), || {
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            // A machine that has just started may be at its own updates.
            apt.args(["--option", "DPkg::Lock::Timeout=300"]);
            apt
        };
        command::run(apt().args(["update", "--quiet"]))?;
        command::run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages))
    })
}

fn node() -> Result<()> {
    let advice = format!(
        "the browser tests need Node {NODE_MAJOR_MIN} or newer with npm. On Debian 13: sudo apt-get install --yes nodejs npm; \
         elsewhere see https://nodejs.org"
    );
    let version =
        command::output_of(Command::new("node").arg("--version")).with_context(|| advice.clone())?;
    match node_major(&version) {
        Some(major) if major >= NODE_MAJOR_MIN => {}
        _ => bail!("this is Node {version}: {advice}"),
    }
    if !is_on_path("npm") {
        bail!("there is no npm: {advice}");
    }
    Ok(())
}

/// The major version out of `v20.20.2`.
fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs exactly the locked packages, and nothing when they are already there.
fn browser_test_packages() -> Result<()> {
    let folder = workspace::browser_tests_dir();
    let lock = folder.join("package-lock.json");
    let wanted =
        site::hash_of(&[&fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?]);
    let stamp = folder.join("node_modules").join(".pharos-lock-hash");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    console::step("installing the browser tests' packages", || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
        command::run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
        fs::write(&stamp, &wanted).with_context(|| format!("cannot write {}", stamp.display()))
    })
}

/// True when a server of this name is there, on the path or not.
fn is_installed(program: &str) -> bool {
    is_on_path(program) || Path::new(SERVERS).join(program).is_file()
}

/// True when a program of this name can be started.
fn is_on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("v8.0.0"), Some(8));
        assert_eq!(node_major("20.1"), None);
    }

    #[test]
    fn a_program_that_does_not_exist_is_not_on_the_path() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("pharos-no-such-program"));
    }
}
