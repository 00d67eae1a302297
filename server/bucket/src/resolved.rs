//! Where a path leads, however it is written.

use std::path::{Component, Path, PathBuf};

/// The one spelling of a path: absolute, and without `.`, `..` and links as far as it is there.
pub fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut led = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => _ = led.pop(),
            part => {
                led.push(part);
                led = led.canonicalize().unwrap_or(led);
            }
        }
    }
    led
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_and_the_same_however_it_is_written() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("copy")).unwrap();
        std::os::unix::fs::symlink(root.join("copy"), root.join("link")).unwrap();
        for text in ["copy/arch", "./copy//arch/", "absent/../copy/arch", "link/arch", "link/../link/arch"] {
            assert_eq!(resolved(&root.join(text)), root.join("copy/arch"), "{text}");
        }
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(resolved(Path::new("./absent/arch")), here.join("absent/arch"));
    }
}
