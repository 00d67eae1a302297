//! The examples in `deploy`: that they say what the binary understands, and that the proxies do what they are there for.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod below;
mod files;
mod image;
mod proxies;

use std::path::Path;

use serde_json::Value;

/// A file of `deploy`.
fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A text with each of these words in place of another, which must be there.
fn with(text: &str, words: &[(&str, String)]) -> String {
    words.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "there is no {from:?} in {text}");
        text.replace(from, to)
    })
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The object of this kind in the Kubernetes manifest.
fn object(kind: &str) -> Value {
    let text = file("kubernetes/pharos.yaml");
    let objects: Vec<Value> = text.split("\n---\n").map(yaml).collect();
    objects.into_iter().find(|object| object["kind"] == kind).unwrap()
}
