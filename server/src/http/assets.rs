//! Scripts and WebAssembly: embedded in the release binary, read from disk in development.
//!
//! Their names carry the hash of their content, so that a browser may keep them for ever.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::Services;
use crate::pages::Encoded;

#[derive(RustEmbed)]
#[folder = "$PHAROS_SITE_DIR"]
#[allow_missing = true]
struct Site;

/// What the build of the browser half made.
#[derive(Debug, Deserialize)]
struct Manifest {
    boot: String,
}

/// Every asset in memory, in every encoding.
#[derive(Debug, Default)]
pub struct Assets {
    files: HashMap<String, Encoded>,
    boot: Option<String>,
}

/// The media type of what a browser asks for; the rest of the folder is for us.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
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
        let names: Vec<String> = Site::iter().map(std::borrow::Cow::into_owned).collect();
        let plain = names.iter().filter(|name| media_type(name).is_some());
        let files = plain.filter_map(|name| Some((name.clone(), encoded(name)?))).collect();
        Self { files, boot: Some(manifest.boot) }
    }

    /// The name of the script that wakes the page.
    pub fn boot(&self) -> Option<&str> {
        self.boot.as_deref()
    }
}

fn encoded(name: &str) -> Option<Encoded> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(name)?));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("same-origin"));
    let coded = |ending: &str| file(&format!("{name}.{ending}"));
    Some(Encoded::prepared(StatusCode::OK, &headers, &file(name)?, [coded("br"), coded("zst"), coded("gz")]))
}

/// One asset.
pub async fn asset(
    State(services): State<Arc<Services>>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Response {
    match services.assets.files.get(&name) {
        Some(file) => file.respond(&request).into_response(),
        None => services.pages.not_found().respond(&request).into_response(),
    }
}
