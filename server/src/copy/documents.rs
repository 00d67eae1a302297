//! A part of the copy, made: what stands in it, and how it is handed out.

use std::sync::Arc;

use bytes::Bytes;
use pharos_app::{Words, copied, favicon, pages};
use pharos_bucket::Media;
use pharos_bucket::edition::Document;
use pharos_bucket::hash::sha256;
use pharos_model::{Snapshot, Status, UnixMs};

use super::links;
use super::list::{File, Wanted, What};
use super::shown::Shown;
use crate::config::Brand;
use crate::embed;
use crate::http::{self, Assets};
use crate::pages::{PageKey, PagesError};

/// How long others may keep a page of the copy.
const PAGE_CACHE: &str = "public, max-age=30, stale-if-error=86400";
/// The same for what changes with its name.
const UNCHANGING_CACHE: &str = "public, max-age=31536000, immutable";
const NO_STREAM: &[u8] = b"A copy has no stream.\n";
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What parts are made from.
pub struct Maker {
    /// Scripts and WebAssembly.
    pub assets: Arc<Assets>,
}

impl Maker {
    /// Makes a part of a page as it was known at a moment; `None` when there is none of it after all.
    ///
    /// # Errors
    /// When history could not be read or the rendering task was ended.
    pub async fn make(
        &self,
        wanted: &Wanted,
        (of, known_at): (&Shown, UnixMs),
        brand: &Brand,
    ) -> Result<Option<Document>, PagesError> {
        let (words, snapshot) = (wanted.words, &of.snapshot);
        let made = match &wanted.what {
            What::Page(key) => {
                let shown = match key {
                    PageKey::Card(None) => Arc::new(unknown(snapshot)),
                    _ => Arc::clone(snapshot),
                };
                let plain = of.renderer.plain((key, words), shown).await?;
                return Ok(plain.and_then(|plain| match key {
                    PageKey::Card(_) => Some(document(wanted, plain, ("image/png", PAGE_CACHE))),
                    PageKey::Wire(asked) => {
                        Some(document(wanted, plain, (asked.wire.media_type, PAGE_CACHE)))
                    }
                    _ => page(wanted, std::str::from_utf8(&plain).ok()?, (snapshot, words, known_at)),
                }));
            }
            What::NotFound => {
                let html = of.renderer.plain_not_found(snapshot, words);
                return Ok(page(wanted, &html, (snapshot, words, known_at)));
            }
            What::NoStream => Some((Bytes::from_static(NO_STREAM), "text/plain; charset=utf-8")),
            What::Summary => Some((embed::of_copy(snapshot, words, known_at), "application/json")),
            What::Framed(variant) => {
                let html = pages::embedded(&unknown(snapshot), *variant, words);
                Some((Bytes::from(html), HTML))
            }
            What::Favicon => Some((Bytes::from(favicon(snapshot.indicator())), "image/svg+xml")),
            What::File(file) => self.file(file, snapshot, brand),
        };
        let cache = match &wanted.what {
            What::File(File::Asset(_) | File::Brand(_)) => UNCHANGING_CACHE,
            _ => PAGE_CACHE,
        };
        Ok(made.map(|(body, content_type)| document(wanted, body, (content_type, cache))))
    }

    fn file(&self, file: &File, snapshot: &Snapshot, brand: &Brand) -> Option<(Bytes, &'static str)> {
        let [widget, frame] = http::scripts();
        Some(match file {
            File::Asset(name) => {
                let (_, media_type, body) = self.assets.iter().find(|(asset, ..)| asset == name)?;
                (body.clone(), media_type)
            }
            File::Brand(name) => {
                let file = brand.find(name)?;
                (file.bytes.clone(), file.media_type)
            }
            File::Worker => {
                let script = http::worker_script(&snapshot.page.presentation.mirrors);
                (Bytes::from(script), SCRIPT)
            }
            File::Widget => (widget, SCRIPT),
            File::Frame => (frame, SCRIPT),
        })
    }
}

/// The same page of which nobody knows anything: for what has no room to say when something was known. Whoever shows a picture where
/// a link is keeps it for days.
fn unknown(snapshot: &Snapshot) -> Snapshot {
    let mut unknown = Snapshot { incidents: Vec::new(), maintenances: Vec::new(), ..snapshot.clone() };
    for component in &mut unknown.components {
        (component.status, component.since) = (Status::Unknown, component.began);
        component.tallies.clear();
    }
    unknown
}

fn document(
    wanted: &Wanted,
    body: Bytes,
    (content_type, cache_control): (&'static str, &'static str),
) -> Document {
    let says = sha256(&body);
    Document { key: wanted.key.clone(), body, media: Media { content_type, cache_control }, says }
}

/// A page with what is said of its age, and what it may do. Two that differ only in that age, or in the place in the journal, say the
/// same.
fn page(
    wanted: &Wanted,
    html: &str,
    (snapshot, words, known_at): (&Snapshot, Words, UnixMs),
) -> Option<Document> {
    let place = format!("content=\"{}.{}\"", snapshot.origin, snapshot.seq);
    let html = &links::within(html, words);
    let says = sha256(html.replacen(&place, "", 1).as_bytes());
    let policy = http::page_policy(&snapshot.page.presentation);
    // Who may frame a page cannot be said in the page itself.
    let policy = policy.to_str().ok()?.replace("; frame-ancestors 'none'", "");
    let policy =
        format!("<meta charset=\"utf-8\"><meta http-equiv=\"content-security-policy\" content=\"{policy}\">");
    let html = html.replacen("<meta charset=\"utf-8\">", &policy, 1);
    let body = Bytes::from(copied(&html, known_at, words));
    let media = Media { content_type: HTML, cache_control: PAGE_CACHE };
    Some(Document { key: wanted.key.clone(), body, media, says })
}
