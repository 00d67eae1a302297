//! `cargo xtask build`: the browser half first, then the server that carries it.

use anyhow::Result;

use crate::{command, console, setup, site, workspace};

/// Build the browser half (WASM) and the server that embeds it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Build the server without optimisation, into target/debug. The browser half stays as it ships
    #[arg(long)]
    pub dev: bool,
}

/// Builds everything; the binary is at `target/release/pharos` (or `target/debug/pharos`).
///
/// # Errors
/// When a tool is missing or a build fails.
pub fn run(arguments: &Arguments) -> Result<()> {
    setup::wasm_target()?;
    let site_dir = site::build()?;
    let profile = if arguments.dev { "dev" } else { "release" };
    let what = if arguments.dev {
        "building the server (not optimised)"
    } else {
        "building the server (the first build takes several minutes)"
    };
    console::step(what, || {
        command::run(
            workspace::cargo()
                .args(["build", "--package", "pharos", "--profile", profile])
                .env("PHAROS_SITE_DIR", &site_dir),
        )
    })
}
