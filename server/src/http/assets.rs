//! Scripts and WebAssembly: embedded in the release binary, read from disk in development.
//!
//! Their names carry the hash of their content, so that a browser may keep them for ever.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use pharos_app::{LANGUAGES, Language, Scripts, Words};
use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Services;
use crate::pages::{Effort, Encoded};

/// Made at every start: quick, and nearly as small as it gets.
const EFFORT: Effort = Effort { brotli: 5, zstd: 3, gzip: 6 };

#[derive(RustEmbed)]
#[folder = "$PHAROS_SITE_DIR"]
#[allow_missing = true]
// What can be made of these at the start would take twice their room.
#[include = "*.json"]
#[include = "*.br"]
struct Site;

/// What the build of the browser half made.
#[derive(Debug, Deserialize)]
struct Manifest {
    boot: String,
    page: String,
}

/// Every asset in memory, in every encoding.
#[derive(Debug, Default)]
pub struct Assets {
    files: HashMap<String, Encoded>,
    scripts: Option<Scripts>,
}

/// The media type of what a browser asks for; the rest of the folder is for us.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "json" if name.starts_with("words.") => Some("application/json"),
        _ => None,
    }
}

fn file(name: &str) -> Option<Bytes> {
    Site::get(name).map(|file| Bytes::from(file.data.into_owned()))
}

impl Assets {
    /// Takes what was embedded; nothing when the browser half was not built, and the page then works without.
    pub fn load() -> Self {
        let manifest =
            file("manifest.json").and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        let Some(manifest) = manifest else { return Self::default() };
        let packed = Site::iter().filter_map(|name| name.strip_suffix(".br").map(str::to_owned));
        let mut files: HashMap<String, Encoded> =
            packed.filter_map(|name| Some((name.clone(), encoded(&name)?))).collect();
        let mut words = BTreeMap::new();
        for language in LANGUAGES {
            let (name, texts) = texts(language);
            words.insert(language.tag, name.clone());
            files.insert(name, texts);
        }
        Self { files, scripts: Some(Scripts { boot: manifest.boot, page: manifest.page, words }) }
    }

    /// All of them: their names, their media types, and what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'static str, &Bytes)> {
        self.files.iter().filter_map(|(name, file)| {
            let media_type = media_type(name)?;
            Some((name.as_str(), media_type, file.body()))
        })
    }

    /// What pages are given to run; `None` when the browser half was not built.
    pub fn scripts(&self) -> Option<Scripts> {
        self.scripts.clone()
    }
}

/// The texts of the living parts in a language, under the hash of their content.
fn texts(language: &'static Language) -> (String, Encoded) {
    let body = Bytes::from(Words::new(language, false).live_json());
    let digest =
        Sha256::digest(&body)[..8].iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let name = format!("words.{}.{digest}.json", language.tag);
    (name, Encoded::new(StatusCode::OK, &for_ever("application/json"), &body, EFFORT))
}

/// What may be kept for ever, because its name changes with its content.
fn for_ever(media_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    // A page that came from here because its own server is gone loads them from here.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
}

fn encoded(name: &str) -> Option<Encoded> {
    let headers = for_ever(media_type(name)?);
    Encoded::unpacked(StatusCode::OK, &headers, file(&format!("{name}.br"))?, EFFORT)
}

/// One asset.
pub async fn asset(
    State(services): State<Arc<Services>>,
    Path(name): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    match services.assets.files.get(&name) {
        Some(file) => file.respond(&request).into_response(),
        None => super::page::not_found(State(services), uri, request).await,
    }
}
