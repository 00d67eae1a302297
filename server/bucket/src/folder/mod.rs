//! Objects as files below a folder.

mod lock;
mod tree;
mod write;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use self::lock::Lock;
use crate::hash::sha256;
use crate::{Bucket, BucketError, Condition, Key, Listed, Media, Tag};

/// The folder of half-written files and of the lock, below the root. No key has such a part, so it is never listed.
const APART: &str = ".~";

/// What a folder is for, which decides how its files are written and who may read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was written survives a power cut, and only its owner reads it.
    Durable,
    /// What was written is soon written anew, and a web server reads it. A power cut may undo it, but never halve it.
    Fast,
}

impl Durability {
    /// The permissions of a folder and of a file.
    fn modes(self) -> (u32, u32) {
        match self {
            Self::Durable => (0o700, 0o600),
            Self::Fast => (0o755, 0o644),
        }
    }
}

/// Keys as files below a root. The version of an object is the SHA-256 of its content.
#[derive(Clone, Debug)]
pub struct Folder(Arc<Root>);

#[derive(Debug)]
struct Root {
    path: PathBuf,
    durability: Durability,
}

impl Folder {
    /// A folder, which is made where there is none. Half-written files of those who ended within a write are removed
    /// when they are old.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, BucketError> {
        let root = Root { path: path.to_owned(), durability };
        write::create_folders(&root.path, durability).map_err(|error| failed(&root.path, error))?;
        let apart = root.apart();
        write::create_apart(&apart).map_err(|error| failed(&apart, error))?;
        write::remove_old(&apart).map_err(|error| failed(&apart, error))?;
        Ok(Self(Arc::new(root)))
    }

    /// A folder that is only read: nothing is made where there is none, and it may lie where nobody can write.
    pub fn open_to_read(path: &Path) -> Self {
        Self(Arc::new(Root { path: path.to_owned(), durability: Durability::Durable }))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Root) -> Result<T, BucketError> + Send + 'static,
    ) -> Result<T, BucketError> {
        let root = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&root)).await;
        done.unwrap_or_else(|error| Err(failed(&self.0.path, io::Error::other(error))))
    }
}

#[async_trait]
impl Bucket for Folder {
    async fn get(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError> {
        let key = key.clone();
        self.blocking(move |root| root.read(&key, bytes_max)).await
    }

    async fn put(&self, key: &Key, body: Bytes, _: Media) -> Result<Tag, BucketError> {
        let key = key.clone();
        self.blocking(move |root| {
            let _shared = Lock::shared(root)?;
            root.write(&key, &body)
        })
        .await
    }

    async fn put_if(
        &self,
        key: &Key,
        body: Bytes,
        _: Media,
        condition: &Condition,
    ) -> Result<Option<Tag>, BucketError> {
        let (key, condition) = (key.clone(), condition.clone());
        self.blocking(move |root| {
            let _alone = Lock::exclusive(root)?;
            let there = root.read(&key, usize::MAX)?.map(|(_, tag)| tag);
            let holds = match condition {
                Condition::New => there.is_none(),
                Condition::Same(tag) => there == Some(tag),
            };
            if holds { root.write(&key, &body).map(Some) } else { Ok(None) }
        })
        .await
    }

    async fn delete(&self, key: &Key) -> Result<(), BucketError> {
        let key = key.clone();
        self.blocking(move |root| {
            let _shared = Lock::shared(root)?;
            let path = root.file(&key);
            write::remove(&path, root.durability).map_err(|error| failed(&path, error))
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Listed>, BucketError> {
        let prefix = prefix.to_owned();
        self.blocking(move |root| tree::list(&root.path, &prefix)).await
    }

    fn name(&self) -> String {
        self.0.path.display().to_string()
    }
}

impl Root {
    fn apart(&self) -> PathBuf {
        self.path.join(APART)
    }

    fn file(&self, key: &Key) -> PathBuf {
        self.path.join(key.as_str())
    }

    fn read(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError> {
        let path = self.file(key);
        let Some(content) = read(&path, bytes_max).map_err(|error| failed(&path, error))? else {
            return Ok(None);
        };
        if content.len() > bytes_max {
            return Err(BucketError::TooLarge {
                what: path.display().to_string(),
                max: format!("{bytes_max} bytes"),
            });
        }
        let tag = Tag(sha256(&content));
        Ok(Some((content.into(), tag)))
    }

    fn write(&self, key: &Key, body: &[u8]) -> Result<Tag, BucketError> {
        let path = self.file(key);
        write::replace(&path, body, &self.apart(), self.durability).map_err(|error| failed(&path, error))?;
        Ok(Tag(sha256(body)))
    }
}

/// A file's content, of which a byte more than `bytes_max` shows that it has more; `None` when there is no such file.
fn read(path: &Path, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let is_none = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
        )
    };
    let read = || {
        let mut content = Vec::new();
        let bytes = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        File::open(path)?.take(bytes).read_to_end(&mut content)?;
        Ok(content)
    };
    match read() {
        Ok(content) => Ok(Some(content)),
        Err(error) if is_none(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn failed(path: &Path, error: io::Error) -> BucketError {
    BucketError::File { path: path.display().to_string(), source: Arc::new(error) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, UNIX_EPOCH};

    use tempfile::TempDir;

    use super::*;
    use crate::limits::HALF_WRITTEN_AGE_MS;

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn who_may_read_a_folder_follows_from_what_it_is_for() {
        for (durability, folder_mode, file_mode) in
            [(Durability::Durable, 0o700, 0o600), (Durability::Fast, 0o755, 0o644)]
        {
            let place = TempDir::new().unwrap();
            let root = place.path().join("made");
            let folder = Folder::open(&root, durability).unwrap();
            folder.put(&key("de/index.html"), Bytes::from_static(b"hallo"), Media::PRIVATE).await.unwrap();
            assert_eq!(mode(&root), folder_mode);
            assert_eq!(mode(&root.join("de")), folder_mode);
            assert_eq!(mode(&root.join("de/index.html")), file_mode);
            assert_eq!(mode(&root.join(APART)), 0o700, "half-written files are nobody's business");
        }
    }

    #[tokio::test]
    async fn what_was_never_finished_is_not_listed_and_goes_when_it_is_old() {
        let place = TempDir::new().unwrap();
        drop(Folder::open(place.path(), Durability::Fast).unwrap());
        let [old, new] = ["old", "new"].map(|name| place.path().join(APART).join(name));
        for path in [&old, &new] {
            fs::write(path, "half").unwrap();
        }
        let written = fs::metadata(&new).unwrap().modified().unwrap();
        let age = Duration::from_millis(u64::try_from(HALF_WRITTEN_AGE_MS + 1_000).unwrap());
        File::options().write(true).open(&old).unwrap().set_modified(written - age).unwrap();
        let folder = Folder::open(place.path(), Durability::Fast).unwrap();
        assert_eq!(folder.list("").await.unwrap(), []);
        assert!(!old.exists(), "nobody will finish it");
        assert!(new.exists(), "somebody may be writing it");
    }

    #[tokio::test]
    async fn nothing_half_written_is_left_by_a_write() {
        let place = TempDir::new().unwrap();
        let folder = Folder::open(place.path(), Durability::Durable).unwrap();
        folder.put(&key("a"), Bytes::from_static(b"1"), Media::PRIVATE).await.unwrap();
        // A file stands where a folder would have to be.
        assert!(folder.put(&key("a/b"), Bytes::from_static(b"1"), Media::PRIVATE).await.is_err());
        let left = fs::read_dir(place.path().join(APART)).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["lock"]);
    }

    #[tokio::test]
    async fn files_that_are_no_objects_are_not_listed() {
        let place = TempDir::new().unwrap();
        let folder = Folder::open(place.path(), Durability::Fast).unwrap();
        fs::create_dir(place.path().join("lost+found")).unwrap();
        fs::write(place.path().join("lost+found/1"), "").unwrap();
        fs::write(place.path().join("index.html~"), "").unwrap();
        fs::write(place.path().join("index.html"), "hello").unwrap();
        let listed = folder.list("").await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].key.as_str(), listed[0].bytes), ("index.html", 5));
        let written = fs::metadata(place.path().join("index.html")).unwrap().modified().unwrap();
        let written = written.duration_since(UNIX_EPOCH).unwrap().as_millis();
        assert_eq!(u128::try_from(listed[0].modified_ms).unwrap(), written);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_told_when_it_is_opened() {
        let place = TempDir::new().unwrap();
        let taken = place.path().join("taken");
        fs::write(&taken, "").unwrap();
        let error = Folder::open(&taken, Durability::Fast).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{} cannot be used", taken.display())), "{error}");
    }
}
