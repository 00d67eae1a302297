//! Where things are: the repository, the target directory, the built site, the release binary.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().map(Path::to_path_buf).unwrap_or(manifest_dir)
}

/// Cargo's target directory: `CARGO_TARGET_DIR` where it is set, else `target` in the repository.
pub fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(set) if !set.is_empty() => std::path::absolute(&set).unwrap_or_else(|_| PathBuf::from(set)),
        _ => root().join("target"),
    }
}

/// The target directory of the browser half. `ssr` and `hydrate` never share one.
pub fn wasm_target_dir() -> PathBuf {
    target_dir().join("wasm")
}

/// The folder of finished browser assets that the server embeds.
pub fn site_dir() -> PathBuf {
    target_dir().join("site")
}

/// The binary that users run.
pub fn release_binary() -> PathBuf {
    target_dir().join("release").join("pharos")
}

/// The folder of the browser tests.
pub fn browser_tests_dir() -> PathBuf {
    root().join("tests").join("browser")
}

/// The folder of what is told of programs of others that read what Pharos serves.
pub fn clients_dir() -> PathBuf {
    root().join("tests").join("clients")
}

/// A cargo command in the repository's root.
///
/// `cargo run` hands its own `CARGO_*` variables down. Build scripts that watch them (ring's does) would run again on
/// every change between a call through xtask and one by hand, so they are taken out.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(root()).env("CARGO_TARGET_DIR", target_dir());
    command
}
