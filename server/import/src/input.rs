//! What is imported: files and addresses as they were given, read within bounds.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use url::Url;

use crate::limits::DOCUMENT_BYTES_MAX;
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
