//! What is imported: files and addresses as they were given, read within bounds.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use url::Url;

use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENTS_MAX, INPUT_BYTES_MAX};
use crate::{Document, ImportError, Spot};

/// Who fetches addresses: the server's own client, with its bounds of time and size.
#[async_trait]
pub trait Reach: Send + Sync {
    /// The body of the answer to a GET, where its status is 200.
    ///
    /// # Errors
    /// When there is no such answer, or it has more than `bytes_max` bytes.
    async fn get(&self, url: &Url, bytes_max: usize) -> Result<Vec<u8>, ImportError>;
}

/// What was given on the command line.
pub struct Input<'a> {
    /// Files, folders or addresses, as they were given.
    pub given: &'a [String],
    /// Who fetches addresses.
    pub reach: &'a dyn Reach,
    /// Which of several pages, where the source has several.
    pub page: Option<&'a str>,
}

impl Input<'_> {
    /// What was given first, if it is an address of http or https.
    pub fn address(&self) -> Option<Url> {
        let text = self.given.first()?;
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// What was given, as paths.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.given.iter().map(PathBuf::from).collect()
    }

    /// A file, whole.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is not UTF-8.
    pub fn file(&self, path: &Path) -> Result<Document, ImportError> {
        Document::read(path)
    }

    /// All files that were given, and of folders those with one of these endings, in the order of their names.
    ///
    /// # Errors
    /// When nothing was given, one cannot be read, or they are too many or too large together.
    pub fn files(&self, endings: &[&str]) -> Result<Vec<Document>, ImportError> {
        let mut documents = Vec::new();
        let mut room = INPUT_BYTES_MAX;
        for path in self.paths() {
            for path in in_folder(&path, endings)? {
                let document = self.file(&path)?;
                let spot = Spot::of(&document.name);
                room = room.checked_sub(document.text.len()).ok_or_else(|| {
                    let what =
                        format!("all files together have more than {} MiB", INPUT_BYTES_MAX / 1024 / 1024);
                    ImportError::new(spot.clone(), what, "import less")
                })?;
                if documents.len() >= DOCUMENTS_MAX {
                    let what = format!("there are more than {DOCUMENTS_MAX} files");
                    return Err(ImportError::new(spot, what, "import less"));
                }
                documents.push(document);
            }
        }
        if documents.is_empty() {
            return Err(Self::nothing("name a file, or a folder that holds some"));
        }
        Ok(documents)
    }

    /// An answer, whole.
    ///
    /// # Errors
    /// As [`Reach::get`], and when it is not UTF-8.
    pub async fn fetch(&self, url: &Url) -> Result<Document, ImportError> {
        let name = url.to_string();
        let bytes = self.reach.get(url, DOCUMENT_BYTES_MAX).await?;
        Document::of(&name, bytes)
    }

    /// The error for one who gave nothing that can be imported.
    pub fn nothing(hint: &str) -> ImportError {
        ImportError::new(Spot::of("input"), "nothing was given to import", hint)
    }
}

/// A file itself, or the files in a folder with one of these endings.
fn in_folder(path: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, ImportError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error: std::io::Error| {
        ImportError::new(
            Spot::of(&path.display().to_string()),
            format!("it cannot be read: {error}"),
            "check the path",
        )
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)?.take(DOCUMENTS_MAX * 4) {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_file() && endings.iter().any(|wanted| ending.eq_ignore_ascii_case(wanted)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
