//! The browser's half of the drill: a program for Node, which is told when everything is dead, and ends with one line of JSON.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use pharos_measure::process::{Program, leashed};
use serde_json::Value;

use crate::alone::Alone;
use crate::workspace;

/// How long it may take until the widget shows the page.
const WATCHING_MAX: Duration = Duration::from_mins(1);
/// How long it may take for all of its visits.
const VISITS_MAX: Duration = Duration::from_mins(5);

/// The running program.
pub struct Browser(Program);

impl Browser {
    /// Starts it on a node that lives and the folder of its copy.
    ///
    /// # Errors
    /// When there is no Node.
    pub fn start(alone: &Alone, copy: &Path, rounds: u32) -> Result<Self> {
        let mut node = leashed(Path::new("node"));
        node.arg("drills/dead.mjs").current_dir(workspace::root().join("tests").join("browser"));
        node.args(["--origin", &format!("http://{}", alone.address), "--folder"]).arg(copy);
        node.args(["--rounds", &rounds.to_string()]);
        Ok(Self(Program::start(&mut node, alone.at("browser.log"))?))
    }

    /// Waits until the widget shows the page.
    ///
    /// # Errors
    /// When it does not.
    pub fn watches(&mut self) -> Result<()> {
        let line = self.line(WATCHING_MAX)?;
        if line != "watching" {
            bail!("the browser said {line}");
        }
        Ok(())
    }

    /// Tells it that everything is dead, and waits for what it says.
    ///
    /// # Errors
    /// When it says nothing that can be read.
    pub fn ends(&mut self) -> Result<Value> {
        self.0.enough();
        let line = self.line(VISITS_MAX)?;
        serde_json::from_str(&line).with_context(|| format!("the browser said no JSON: {line}"))
    }

    /// The next line, while the targets of the node go on answering.
    fn line(&mut self, wait_max: Duration) -> Result<String> {
        tokio::task::block_in_place(|| self.0.line(wait_max)).context(
            "is there Chromium, and are the packages of tests/browser there? `cargo xtask setup` sees to it",
        )
    }
}
