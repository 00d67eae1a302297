//! A list of any length as files, none of which is larger than an import reads.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use pharos_import::pharos::{PIECE_BYTES, piece};

/// Takes a list as it comes and writes it down. One that is short is one file.
pub struct Pieces {
    folder: PathBuf,
    stem: String,
    /// Files that were written.
    written: usize,
    /// What the next file is to hold, without its brackets.
    file: Vec<u8>,
    /// What of the next part of the list came.
    part: Vec<u8>,
    /// Brackets that are open.
    depth: usize,
    /// Within a text, and behind the sign there that takes the next one its meaning.
    is_text: bool,
    is_escaped: bool,
    /// Whether its end came.
    is_whole: bool,
}

impl Pieces {
    /// Nothing of a list, which is to be in files of this folder that are called like `stem`.
    pub fn new(folder: &Path, stem: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            stem: stem.to_owned(),
            written: 0,
            file: Vec::new(),
            part: Vec::new(),
            depth: 0,
            is_text: false,
            is_escaped: false,
            is_whole: false,
        }
    }

    /// Takes some bytes of a list in JSON, from its first one on.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        for byte in bytes.iter().copied() {
            // What stands between parts, and what means nothing.
            let is_between = match byte {
                _ if self.is_text => {
                    self.is_text = self.is_escaped || byte != b'"';
                    self.is_escaped = !self.is_escaped && byte == b'\\';
                    false
                }
                b'"' => {
                    self.is_text = true;
                    false
                }
                b'[' | b'{' => {
                    self.depth += 1;
                    self.depth == 1
                }
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.is_whole = self.depth == 0;
                    self.is_whole
                }
                b',' => self.depth == 1,
                byte => byte.is_ascii_whitespace(),
            };
            if !is_between {
                self.part.push(byte);
            } else if !self.part.is_empty() && self.depth < 2 {
                self.put()?;
            }
        }
        Ok(())
    }

    /// A part of the list is whole.
    fn put(&mut self) -> anyhow::Result<()> {
        if !self.file.is_empty() && self.file.len() + self.part.len() > PIECE_BYTES {
            self.write()?;
        }
        if !self.file.is_empty() {
            self.file.extend_from_slice(b",\n");
        }
        self.file.append(&mut self.part);
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        self.written += 1;
        let path = self.folder.join(piece(&self.stem, self.written));
        let whole = [b"[\n".as_slice(), &self.file, b"\n]\n"].concat();
        self.file.clear();
        std::fs::write(&path, whole).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Writes what is left, and says how many files there are.
    ///
    /// # Errors
    /// When the list is not whole, or a file cannot be written.
    pub fn end(mut self) -> anyhow::Result<usize> {
        ensure!(self.is_whole, "the list of {} broke off; export once more into another folder", self.stem);
        if self.written == 0 || !self.file.is_empty() {
            self.write()?;
        }
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The files that a list makes which comes a few bytes at a time.
    fn files(list: &str, at_once: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut pieces = Pieces::new(folder.path(), "incidents");
        for some in list.as_bytes().chunks(at_once) {
            pieces.take(some).unwrap();
        }
        let count = pieces.end().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), count);
        let read = |number| std::fs::read_to_string(folder.path().join(piece("incidents", number))).unwrap();
        (1..=count).map(read).collect()
    }

    #[test]
    fn a_short_list_is_one_file_however_it_comes() {
        let list = json!([{ "a": ["b, c] \\", "\"}{" ], "d": [[1, 2], {}] }, 3, "[,", []]);
        for text in [list.to_string(), format!("{list:#}"), "[]".to_owned()] {
            let wanted: Value = serde_json::from_str(&text).unwrap();
            for at_once in [1, 7, text.len()] {
                let files = files(&text, at_once);
                assert_eq!(files.len(), 1);
                assert_eq!(serde_json::from_str::<Value>(&files[0]).unwrap(), wanted);
            }
        }
    }

    #[test]
    fn a_long_list_is_several_files_that_are_the_list_together() {
        let list: Vec<Value> = (0..5).map(|number| json!([number, "x".repeat(PIECE_BYTES / 3)])).collect();
        let files = files(&Value::from(list.clone()).to_string(), 10_000);
        assert_eq!(files.len(), 3);
        let parts = files.iter().map(|file| serde_json::from_str::<Vec<Value>>(file).unwrap());
        assert_eq!(parts.flatten().collect::<Vec<_>>(), list);
    }

    #[test]
    fn a_list_that_broke_off_is_none() {
        for cut in ["", "[", "[1, {\"a\": [1]", "[1,\"]"] {
            let folder = tempfile::tempdir().unwrap();
            let mut pieces = Pieces::new(folder.path(), "incidents");
            pieces.take(cut.as_bytes()).unwrap();
            assert!(pieces.end().is_err(), "{cut}");
        }
    }
}
