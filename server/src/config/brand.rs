//! The operator's own files that the page shows: a logo and a style sheet, each under a name that changes with it.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use super::loaded::Digest;

/// What the page is given to show, by the names under which it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    files: BTreeMap<String, BrandFile>,
}

/// A file of the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandFile {
    /// Its media type.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: Bytes,
}

impl Brand {
    /// Adds a file; gives back the name under which it is served.
    pub(super) fn add(&mut self, what: &str, kind: Kind, bytes: Vec<u8>) -> String {
        let name = format!("{what}.{}.{}", Digest::of(&bytes).short(), kind.ending());
        self.files.insert(name.clone(), BrandFile { media_type: kind.media_type(), bytes: bytes.into() });
        name
    }

    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<&BrandFile> {
        self.files.get(name)
    }

    /// All of them, by the names under which they are served.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BrandFile)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// These files, and those of `before` that have other names: pages that were made before still ask for them.
    #[must_use]
    pub fn beside(&self, before: &Self) -> Self {
        let mut files = before.files.clone();
        files.extend(self.files.clone());
        Self { files }
    }
}

/// What a file of the operator's may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture of lines.
    Svg,
    /// A picture of points.
    Png,
    /// A picture of points.
    Webp,
    /// A style sheet.
    Css,
}

impl Kind {
    /// What picture a file of this name and content is; `None` when it is none that a page may show.
    pub fn of_picture(path: &Path, bytes: &[u8]) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        match &*ending {
            "svg" if std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg")) => Some(Self::Svg),
            "png" if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            "webp" if is_webp => Some(Self::Webp),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Css => "css",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Css => "text/css; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_old_ones_are_kept_beside() {
        let (mut before, mut now) = (Brand::default(), Brand::default());
        let old = before.add("logo", Kind::Svg, b"<svg/>".to_vec());
        let new = now.add("logo", Kind::Svg, b"<svg></svg>".to_vec());
        assert_ne!(old, new);
        let both = now.beside(&before);
        assert!(both.find(&old).is_some() && both.find(&new).is_some() && both.find("logo.svg").is_none());
    }

    #[test]
    fn a_picture_is_what_it_says_it_is() {
        let kind = |name: &str, bytes: &[u8]| Kind::of_picture(Path::new(name), bytes);
        assert_eq!(kind("a.svg", b"<?xml?><svg/>"), Some(Kind::Svg));
        assert_eq!(kind("a.PNG", b"\x89PNG\r\n\x1a\n"), Some(Kind::Png));
        assert_eq!(kind("a.webp", b"RIFF....WEBP"), Some(Kind::Webp));
        assert_eq!(kind("a.png", b"<svg/>"), None);
        assert_eq!(kind("a.html", b"<svg/>"), None);
        assert_eq!(kind("a", b""), None);
    }
}
