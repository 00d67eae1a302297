//! The configuration: one YAML file, read into types, checked as a whole, and refused with a place and a hint.

mod archive;
mod assemble;
mod brand;
mod check;
mod colour;
mod document;
mod error;
mod file;
mod further;
mod hooks;
mod kept;
pub mod limits;
mod loaded;
mod page;
mod percent;
mod ping;
mod place;
mod reference;
mod schema;
mod sign_in;
mod snippet;
mod suggest;
mod vantages;
mod watch;
mod wording;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use assemble::as_identifier;
pub use brand::Brand;
pub use document::{Node, escaped};
pub use error::ConfigError;
pub use kept::read_kept;
pub use loaded::{Digest, Heartbeats, Loaded};
pub use reference::reference_markdown;
pub use schema::schema;
pub use vantages::{Vantage, Vantages, read_spec};
pub use watch::ConfigWatcher;

use error::Finding;
use file::FileConfig;
use limits::FILE_BYTES_MAX;

/// Reads the configuration in the file at `path`, with the environment of this process put in.
///
/// # Errors
/// When it cannot be read, or with everything that is wrong with it.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let name = path.display().to_string();
    let bytes = read(path).map_err(|finding| ConfigError::of_file(&name, finding))?;
    load_bytes(path, &bytes)
}

/// Takes the configuration in `bytes`, which were read from `path`.
fn load_bytes(path: &Path, bytes: &[u8]) -> Result<Loaded, ConfigError> {
    let name = path.display().to_string();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        let what = format!("line {line} holds bytes that are not UTF-8");
        ConfigError::of_file(&name, Finding::of_file(what).hint("save the file in UTF-8"))
    })?;
    let named = RefCell::new(Vec::new());
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = |name: &str, bytes_max: usize| {
        let path = folder.join(name);
        let found = read_at_most(&path, bytes_max);
        named.borrow_mut().push(path);
        found
    };
    let environment = |variable: &str| std::env::var(variable).ok();
    let mut loaded = parse(text, &name, &Surroundings { environment: &environment, files: &files })?;
    loaded.beside = named.into_inner();
    loaded.digest = fingerprint(bytes, &loaded.beside);
    Ok(loaded)
}

/// The fingerprint of a configuration and of the files it names.
fn fingerprint(bytes: &[u8], beside: &[PathBuf]) -> Digest {
    let bytes_max = limits::LOGO_BYTES_MAX.max(limits::STYLESHEET_BYTES_MAX);
    let others = beside.iter().map(|path| read_at_most(path, bytes_max).unwrap_or_default());
    let all: Vec<u8> = others.fold(bytes.to_vec(), |all, other| [all, other].concat());
    Digest::of(&all)
}

/// Where a configuration is read.
pub struct Surroundings<'a> {
    /// Gives the values of variables.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Gives the files it names.
    pub files: &'a Files<'a>,
}

/// Gives the content of a file by its name, which is of so many bytes at most.
pub type Files<'a> = dyn Fn(&str, usize) -> Result<Vec<u8>, Unread> + 'a;

/// Why a file was not read.
#[derive(Debug)]
pub enum Unread {
    /// It has more bytes than it may.
    TooLarge,
    /// It cannot be read.
    Failed(std::io::Error),
}

/// What is in a file, up to a bound.
///
/// # Errors
/// When it cannot be read, or is larger.
pub fn read_at_most(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes)).map_err(Unread::Failed)?;
    if bytes.len() > bytes_max { Err(Unread::TooLarge) } else { Ok(bytes) }
}

/// Reads what is in the file at `path`, up to the bound.
fn read(path: &Path) -> Result<Vec<u8>, Finding> {
    let refused = |error: std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path; it is taken from where Pharos is started",
            std::io::ErrorKind::PermissionDenied => "give the user that runs Pharos the right to read it",
            std::io::ErrorKind::IsADirectory => "name the file in it",
            _ => "check that it is a file that can be read",
        };
        Finding::of_file(format!("the file cannot be read: {error}")).hint(hint)
    };
    read_at_most(path, FILE_BYTES_MAX).map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::Failed(error) => refused(error),
    })
}

fn too_large() -> Finding {
    Finding::of_file(format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024))
        .hint("check that it is the right file; split what it describes over several pages")
}

/// Takes the configuration in `text`. `file` is how messages call it; variables and files come from its `surroundings`.
///
/// # Errors
/// With everything that is wrong with it: all that can be found as long as the text is YAML.
pub fn parse(text: &str, file: &str, surroundings: &Surroundings<'_>) -> Result<Loaded, ConfigError> {
    let digest = Digest::of(text.as_bytes());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > FILE_BYTES_MAX {
        return Err(ConfigError::of_file(file, too_large()));
    }
    let refuse = |findings: Vec<Finding>| ConfigError::new(file, text, findings);
    let (root, mut findings) =
        document::read(text, surroundings.environment).map_err(|finding| refuse(vec![finding]))?;
    let shape = match document::typed::<FileConfig>(&root, &schema::explained) {
        Ok(shape) if findings.is_empty() => shape,
        Ok(_) => return Err(refuse(findings)),
        Err(more) => {
            findings.extend(more);
            return Err(refuse(findings));
        }
    };
    let assembled = assemble::assemble(&shape, &root, surroundings.files).map_err(refuse)?;
    Ok(Loaded {
        engine: assembled.engine,
        probes: assembled.probes,
        heartbeats: assembled.heartbeats,
        vantages: assembled.vantages,
        hooks: assembled.hooks,
        brand: assembled.brand,
        provider: assembled.provider,
        copy: assembled.copy,
        proxies: assembled.proxies,
        archive: assembled.archive,
        ping: assembled.ping,
        beside: Vec::new(),
        warnings: assembled.warnings.into_iter().map(|finding| finding.rendered(text)).collect(),
        file: file.to_owned(),
        source: text.into(),
        digest,
    })
}
