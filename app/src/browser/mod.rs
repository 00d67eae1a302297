//! What the page asks of its browser: the visitor's time, the state of the tab, the head of the document, the place of
//! a part.

mod json;
mod morph;

use std::cell::Cell;

use js_sys::{Array, Date, Function, Intl, Math, Object, Reflect};
use leptos::tachys::view::{Mountable, Render};
use pharos_model::{Snapshot, UnixMs};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Document, Element, EventTarget, HtmlLinkElement, NodeList, VisibilityState};

use crate::words::Words;

pub use json::parse;

/// Events after which it must be looked anew whether there should be a stream: the tab is shown or hidden, the page
/// leaves or comes back from the browser's cache, the network is there again.
const TURNS: [(&str, bool); 4] =
    [("visibilitychange", true), ("pageshow", false), ("pagehide", false), ("online", false)];

/// Where the server says which words the page needs, and how addresses begin.
const WORDS_META: &str = "meta[name=pharos-words]";

thread_local! {
    /// The words of the page's language, once they are there.
    static WORDS: Cell<Option<Words>> = const { Cell::new(None) };
    /// `Intl` takes its time to make one of these.
    static FORMAT: Option<Function> = format();
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Takes the words that came with the page: a list of texts in JSON.
pub fn take_words(json: &str) {
    let (tag, beginning) = (written("html", "lang"), written(WORDS_META, "data-pages"));
    WORDS.set(parse(json).and_then(|texts| Words::taken(texts, tag, beginning)));
}

/// What the server wrote into an attribute; empty where it wrote nothing.
fn written(selector: &str, attribute: &str) -> String {
    let element = document().and_then(|document| document.query_selector(selector).ok()?);
    element.and_then(|element| element.get_attribute(attribute)).unwrap_or_default()
}

/// The address of what is the same in every language; `path` begins with a slash.
pub fn shared_address(path: &str) -> String {
    [&*written(WORDS_META, "data-all"), path].concat()
}

/// The words of the page; `None` before they came.
pub fn words() -> Option<Words> {
    WORDS.get()
}

/// The browser's clock, in milliseconds since 1970.
pub fn now() -> UnixMs {
    from_float(Date::now())
}

#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds far below the limit")]
fn from_float(ms: f64) -> UnixMs {
    UnixMs(ms as i64)
}

#[expect(clippy::cast_precision_loss, reason = "whole milliseconds far below the limit")]
fn to_float(at: UnixMs) -> f64 {
    at.0 as f64
}

/// Half of `ms`, and a random part of the other half: so that not everybody comes back at once.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
pub fn jittered(ms: u32) -> u32 {
    ms / 2 + (Math::random() * f64::from(ms / 2)) as u32
}

/// Whether the tab is hidden.
pub fn is_hidden() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// Calls `act` at every turn of the page's life, for as long as it lives.
pub fn on_turns(act: fn()) {
    let listener = Closure::<dyn Fn()>::new(act);
    for (name, of_document) in TURNS {
        let window = || web_sys::window().map(EventTarget::from);
        let target = if of_document { document().map(EventTarget::from) } else { window() };
        if let Some(target) = target {
            // Without it the clock finds out a moment later.
            let _added = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
    }
    // Once for the whole life of the page.
    listener.forget();
}

/// As of when the page was laid out, as its server wrote it.
pub fn laid_out_at() -> String {
    written("meta[name=pharos-seq]", "data-laid-out")
}

/// Where else the page is: what its head says of mirrors, in their order.
pub fn mirrors() -> Vec<String> {
    let mirrors = written("meta[name=pharos-mirrors]", "content");
    mirrors.split(' ').filter(|mirror| !mirror.is_empty()).map(str::to_owned).collect()
}

/// Lets what stands beside the living parts be renewed (`page.js`).
pub fn renew() {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // A root that takes no attribute leaves the page as it is.
        let _set = root.set_attribute("data-renewed", "");
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        // A page that cannot be loaded stays as it is.
        let _reloading = window.location().reload();
    }
}

/// In which manner moments are written: the visitor's own when it is of the page's language, else the language's.
fn locales() -> Array {
    let tag = WORDS.get().map(Words::tag).unwrap_or_default();
    let own = web_sys::window().map(|window| window.navigator().languages()).unwrap_or_default();
    let of_page = |locale: &JsValue| {
        let locale = locale.as_string().unwrap_or_default();
        locale.split('-').next() == Some(tag)
    };
    let chosen = own.iter().find(of_page).unwrap_or_else(|| JsValue::from_str(tag));
    // Figures are written the same way everywhere on the page.
    let chosen = [chosen.as_string().unwrap_or_default().as_str(), "-u-nu-latn"].concat();
    Array::of1(&JsValue::from_str(&chosen))
}

fn format() -> Option<Function> {
    let options = Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // Setting a property of a plain object cannot fail.
        let _set = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    let format = Intl::DateTimeFormat::new(&locales(), &options);
    Reflect::get(&format, &JsValue::from_str("format")).ok()?.dyn_into().ok()
}

/// A moment in the visitor's own zone and manner.
pub fn local_moment(at: UnixMs) -> String {
    let text = FORMAT.with(|format| {
        let text = format.as_ref()?.call1(&JsValue::NULL, &JsValue::from_f64(to_float(at))).ok()?;
        text.as_string()
    });
    text.or_else(|| Some(words()?.moment(at))).unwrap_or_default()
}

/// Rewrites every moment of the page that the server wrote in UTC.
pub fn localise_page() {
    let Some(times) = document().and_then(|document| document.query_selector_all("time").ok()) else {
        return;
    };
    for time in elements(&times) {
        let Some(text) = time.get_attribute("datetime") else { continue };
        let ms = Date::parse(&text);
        if !ms.is_nan() {
            time.set_text_content(Some(&local_moment(from_float(ms))));
        }
    }
}

/// The elements of a list.
pub fn elements(nodes: &NodeList) -> impl Iterator<Item = Element> + use<'_> {
    (0..nodes.length()).filter_map(|index| nodes.get(index)?.dyn_into().ok())
}

/// Makes a part look like `view`.
pub fn redraw<V: Render>(part: &Element, view: V) {
    let Some(drawn) = document().and_then(|document| document.create_element("div").ok()) else { return };
    // What is drawn needs nothing but its nodes: it does not change until it is drawn anew.
    view.build().mount(&drawn, None);
    morph::morph(part, &drawn);
}

/// Lets the tab's title and icon follow the state of the page. Only the first page speaks of the whole.
pub fn show_state(snapshot: &Snapshot, words: Words) {
    let Some(document) = document() else { return };
    let indicator = snapshot.indicator();
    let find = |selector| document.query_selector(selector).ok().flatten();
    if find("main.index").is_some() {
        document.set_title(&words.title(words.indicator_short(indicator), snapshot));
    }
    if let Some(icon) = find("link[rel=icon]").and_then(|icon| icon.dyn_into::<HtmlLinkElement>().ok()) {
        icon.set_href(&[&*shared_address("/favicon.svg?"), indicator.as_str()].concat());
    }
}
