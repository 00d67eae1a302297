//! `cargo xtask serve`: builds everything and becomes the server, so that signals reach it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{build, console, workspace};

/// Where a newcomer finds the page.
const LISTEN: &str = "127.0.0.1:8080";

/// Build in release and run the page on 127.0.0.1:8080: the demo, or your own configuration.
///
/// Without arguments it runs `pharos demo`. With `-- --config FILE` it runs `pharos serve` on that configuration.
#[derive(clap::Args)]
pub struct Arguments {
    /// Arguments for the server, after `--`; for example `-- --config pharos.yaml --listen 127.0.0.1:9000`
    #[arg(last = true)]
    pub server: Vec<String>,
}

/// Builds and then replaces this process by the server. Returns only when something failed.
///
/// # Errors
/// When the build fails or the server cannot be started.
pub fn run(arguments: &Arguments) -> Result<()> {
    build::run(&build::Arguments { dev: false })?;
    let binary = workspace::release_binary();
    let line = server_arguments(&arguments.server);
    console::say(&format!("starting: pharos {}", line.join(" ")));
    let error = Command::new(&binary).args(line).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

/// The server's whole argument list: `serve` when a configuration is named, else `demo`; a given `--listen` wins.
fn server_arguments(given: &[String]) -> Vec<String> {
    let names = |flag: &str| given.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")));
    let verb = if names("--config") { "serve" } else { "demo" };
    let mut line = vec![verb.to_owned()];
    if !names("--listen") {
        line.extend(["--listen".to_owned(), LISTEN.to_owned()]);
    }
    line.extend_from_slice(given);
    line
}

#[cfg(test)]
mod tests {
    use super::server_arguments;

    fn line(given: &[&str]) -> String {
        let given: Vec<String> = given.iter().map(ToString::to_string).collect();
        server_arguments(&given).join(" ")
    }

    #[test]
    fn no_arguments_run_the_demo() {
        assert_eq!(line(&[]), "demo --listen 127.0.0.1:8080");
        assert_eq!(line(&["--data", "d"]), "demo --listen 127.0.0.1:8080 --data d");
    }

    #[test]
    fn a_configuration_is_served() {
        assert_eq!(line(&["--config", "c.yaml"]), "serve --listen 127.0.0.1:8080 --config c.yaml");
        assert_eq!(line(&["--config=c.yaml"]), "serve --listen 127.0.0.1:8080 --config=c.yaml");
    }

    #[test]
    fn a_given_address_wins() {
        assert_eq!(line(&["--listen", "[::1]:1"]), "demo --listen [::1]:1");
        assert_eq!(line(&["--config", "c", "--listen=[::1]:1"]), "serve --config c --listen=[::1]:1");
    }
}
