//! The browser half as files: WASM, its JS, the scripts written by hand, each under the hash of its content and in four encodings.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::prune::prune;
use crate::squeeze::squeeze;
use crate::{command, compress, console, workspace};

/// Raise it when this file writes the site differently, so that what stands from earlier builds is not reused.
const SITE_FORMAT: &str = "5";
/// The names in `app/boot.js` that stand for the hashed files.
const JS_PLACEHOLDER: &str = "__PHAROS_JS__";
const WASM_PLACEHOLDER: &str = "__PHAROS_WASM__";
const DAYS_PLACEHOLDER: &str = "__PHAROS_DAYS__";
/// What cargo is told about the browser half. Build and lints use the same features, target and profile, so they share
/// build scripts and macros.
pub const BROWSER_HALF: [&str; 9] = [
    "--lib",
    "--package",
    "pharos-app",
    "--features",
    "hydrate",
    "--target",
    "wasm32-unknown-unknown",
    "--profile",
    "wasm-release",
];
/// Name of the manifest in the site folder.
pub const MANIFEST: &str = "manifest.json";

/// The file names of one build, as the server reads them to write the page's script element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The module the page loads; it names the next two.
    pub boot: String,
    /// The JS that `wasm-bindgen` wrote.
    pub js: String,
    /// The application.
    pub wasm: String,
    /// The script that runs before all of them.
    pub page: String,
    /// What answers to pointer and keyboard on the bars.
    pub days: String,
}

impl Manifest {
    /// Reads the manifest of the built site.
    ///
    /// # Errors
    /// When there is no built site, or its manifest does not parse.
    pub fn read() -> Result<Self> {
        let path = workspace::site_dir().join(MANIFEST);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("no built site at {}: run `cargo xtask build` first", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} does not parse", path.display()))
    }
}

/// Reads one of the scripts that are written by hand, without what only a reader needs.
fn script(name: &str) -> Result<String> {
    let path = workspace::root().join("app").join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    squeeze(name, &text)
}

/// Compiles the browser half and brings the site folder up to date. Returns the folder.
///
/// # Errors
/// When the build fails or files cannot be written.
pub fn build() -> Result<PathBuf> {
    let linked = console::step("building the browser half (the first build takes some minutes)", compile)?;
    let boot = script("boot.js")?;
    let (page, days) = (script("page.js")?, script("days.js")?);
    let wasm = fs::read(&linked).with_context(|| format!("cannot read {}", linked.display()))?;

    let site_dir = workspace::site_dir();
    let stamp_path = workspace::target_dir().join("site.stamp");
    let stamp = hash_of(&[SITE_FORMAT.as_bytes(), boot.as_bytes(), page.as_bytes(), days.as_bytes(), &wasm]);
    let is_current = fs::read_to_string(&stamp_path).is_ok_and(|text| text == stamp);
    if is_current && site_dir.join(MANIFEST).is_file() {
        return Ok(site_dir);
    }
    console::step("writing and compressing the browser assets", || {
        write_site(&linked, (&boot, &page, &days), &site_dir)?;
        fs::write(&stamp_path, &stamp).with_context(|| format!("cannot write {}", stamp_path.display()))
    })?;
    Ok(site_dir)
}

/// Runs cargo for the browser half and returns the path of the linked WASM.
fn compile() -> Result<PathBuf> {
    let target_dir = workspace::wasm_target_dir();
    let mut cargo = workspace::cargo();
    cargo.arg("build").args(BROWSER_HALF).arg("--target-dir").arg(&target_dir);
    command::run(cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", short_paths()))?;
    Ok(target_dir.join("wasm32-unknown-unknown").join("wasm-release").join("pharos_app.wasm"))
}

/// What makes the paths short that a panic names: they are kept in the WASM, and tell of nobody's home.
fn short_paths() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.map(|home| home.join("registry").join("src"));
    let registries = sources.into_iter().flat_map(|sources| fs::read_dir(sources).into_iter().flatten());
    let registries = registries.flatten().map(|registry| registry.path());
    // Flags are divided by spaces, so that a path with one cannot be named.
    let named = registries.filter(|path| !path.to_string_lossy().contains(' '));
    let flags = named.map(|path| format!("--remap-path-prefix={}/=", path.display()));
    flags.collect::<Vec<_>>().join(" ")
}

/// Writes a whole new site beside the old one and then takes its place, so a reader never meets half a site.
fn write_site(linked: &Path, (boot, page, days): (&str, &str, &str), site_dir: &Path) -> Result<()> {
    let fresh = site_dir.with_extension("new");
    let old = site_dir.with_extension("old");
    remove_if_there(&fresh)?;
    remove_if_there(&old)?;
    fs::create_dir_all(&fresh).with_context(|| format!("cannot create {}", fresh.display()))?;

    let (js, wasm) = bind(linked)?;
    let js_name = write_hashed(&fresh, "pharos", "js", &js)?;
    let wasm_name = write_hashed(&fresh, "pharos", "wasm", &wasm)?;
    let days_name = write_hashed(&fresh, "days", "js", days.as_bytes())?;
    let names =
        [(JS_PLACEHOLDER, &*js_name), (WASM_PLACEHOLDER, &*wasm_name), (DAYS_PLACEHOLDER, &*days_name)];
    let boot = substitute(boot, &names)?;
    let boot_name = write_hashed(&fresh, "boot", "js", boot.as_bytes())?;
    let page_name = write_hashed(&fresh, "page", "js", page.as_bytes())?;
    let manifest =
        Manifest { boot: boot_name, js: js_name, wasm: wasm_name, page: page_name, days: days_name };
    let text = serde_json::to_string_pretty(&manifest).context("cannot write the manifest")? + "\n";
    fs::write(fresh.join(MANIFEST), text).context("cannot write the manifest")?;

    if site_dir.exists() {
        fs::rename(site_dir, &old).with_context(|| format!("cannot move {} aside", site_dir.display()))?;
    }
    fs::rename(&fresh, site_dir).with_context(|| format!("cannot put {} in place", site_dir.display()))?;
    remove_if_there(&old)
}

/// Runs wasm-bindgen and returns the JS and the WASM, without names, producers and what nothing calls.
fn bind(linked: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let bound = workspace::target_dir().join("bindgen");
    remove_if_there(&bound)?;
    Bindgen::new()
        .input_path(linked)
        .out_name("pharos")
        .web(true)
        .context("wasm-bindgen refused the web target")?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&bound)
        .context("wasm-bindgen failed")?;
    ensure!(
        !bound.join("snippets").exists(),
        "a dependency of the browser half brings JavaScript files of its own (see {}/snippets). The site has three files \
         and no others: leave that dependency out",
        bound.display()
    );
    let js = fs::read_to_string(bound.join("pharos.js")).context("wasm-bindgen wrote no pharos.js")?;
    let wasm = fs::read(bound.join("pharos_bg.wasm")).context("wasm-bindgen wrote no pharos_bg.wasm")?;
    let (wasm, js) = prune(&wasm, &js)?;
    Ok((squeeze("pharos.js", &js)?.into_bytes(), wasm))
}

/// Puts the hashed names into the boot module.
fn substitute(boot: &str, names: &[(&str, &str)]) -> Result<String> {
    let mut boot = boot.to_owned();
    for (placeholder, name) in names {
        if boot.matches(placeholder).count() != 1 {
            bail!(
                "app/boot.js must name {placeholder} exactly once: the build puts the hashed file name there"
            );
        }
        boot = boot.replace(placeholder, name);
    }
    Ok(boot)
}

/// Writes `stem.<hash>.extension` and the same packed; returns the name.
fn write_hashed(folder: &Path, stem: &str, extension: &str, content: &[u8]) -> Result<String> {
    let name = format!("{stem}.{}.{extension}", &hash_of(&[content])[..16]);
    for (file, bytes) in
        [(name.clone(), content.to_vec()), (format!("{name}.br"), compress::brotli(content)?)]
    {
        let path = folder.join(file);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(name)
}

/// SHA-256 over the parts, each with its length before it, in hexadecimal.
pub fn hash_of(parts: &[&[u8]]) -> String {
    use std::fmt::Write as _;

    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn remove_if_there(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_content_has_an_equal_name_and_other_content_another() {
        assert_eq!(hash_of(&[b"one"]), hash_of(&[b"one"]));
        assert_ne!(hash_of(&[b"one"]), hash_of(&[b"two"]));
        assert_ne!(hash_of(&[b"ab", b"c"]), hash_of(&[b"a", b"bc"]));
    }

    #[test]
    fn the_boot_module_of_the_repository_takes_every_name() {
        let boot = fs::read_to_string(workspace::root().join("app").join("boot.js")).unwrap();
        let names = [(JS_PLACEHOLDER, "a.js"), (WASM_PLACEHOLDER, "b.wasm"), (DAYS_PLACEHOLDER, "c.js")];
        let written = substitute(&boot, &names).unwrap();
        assert!(names.iter().all(|(_, name)| written.contains(&format!("'./{name}'"))));
        assert!(!written.contains("__PHAROS"));
    }

    #[test]
    fn a_boot_module_without_a_placeholder_is_refused() {
        let error =
            substitute("import './__PHAROS_JS__'", &[(WASM_PLACEHOLDER, "a.wasm")]).unwrap_err().to_string();
        assert!(error.contains("__PHAROS_WASM__"), "{error}");
    }
}
