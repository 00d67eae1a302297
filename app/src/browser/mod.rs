//! What the page asks of its browser: the visitor's time, the state of the tab, the head of the document.

mod json;

use js_sys::{Date, Object, Reflect};
use pharos_model::{Indicator, UnixMs};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Document, Element, HtmlLinkElement, VisibilityState};

use crate::words;

pub use json::parse;

fn document() -> Option<Document> {
    web_sys::window()?.document()
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

/// A number from 0 to 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Whether the tab is hidden.
pub fn is_hidden() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// A moment in the visitor's own zone and manner.
pub fn local_moment(at: UnixMs) -> String {
    let options = Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // Setting a property of a plain object cannot fail.
        let _set = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    let language = web_sys::window().and_then(|window| window.navigator().language());
    let date = Date::new(&JsValue::from_f64(to_float(at)));
    String::from(date.to_locale_string(language.as_deref().unwrap_or("en"), &options))
}

/// Rewrites every moment that the server wrote in UTC.
pub fn localise_times() {
    let Some(found) = document().and_then(|document| document.query_selector_all("time[datetime]").ok())
    else {
        return;
    };
    for index in 0..found.length() {
        let Some(element) = found.get(index).and_then(|node| node.dyn_into::<Element>().ok()) else {
            continue;
        };
        let Some(text) = element.get_attribute("datetime") else { continue };
        let ms = Date::parse(&text);
        if !ms.is_nan() {
            element.set_text_content(Some(&local_moment(from_float(ms))));
        }
    }
}

/// The place in the journal of the page the server drew: `origin.seq`.
pub fn drawn_at() -> Option<String> {
    let meta = document()?.query_selector("meta[name=pharos-seq]").ok()??;
    meta.get_attribute("content")
}

/// Lets the tab's title and icon follow the state of the page. Only the first page speaks of the whole.
pub fn show_state(indicator: Indicator, name: &str) {
    let Some(document) = document() else { return };
    if document.query_selector("main.index").ok().flatten().is_none() {
        return;
    }
    document.set_title(&format!("{} · {name}", words::indicator_short(indicator)));
    let icon = document.query_selector("link[rel=icon]").ok().flatten();
    if let Some(icon) = icon.and_then(|icon| icon.dyn_into::<HtmlLinkElement>().ok()) {
        icon.set_href(&format!("/favicon.svg?{}", indicator.as_str()));
    }
}

/// Calls `act` whenever the tab is hidden or shown, for as long as the page lives.
pub fn on_visibility_change(act: fn()) {
    let listener = wasm_bindgen::closure::Closure::<dyn Fn()>::new(act);
    if let Some(document) = document() {
        let target = listener.as_ref().unchecked_ref();
        // Without it the stream is only closed a moment later, by the clock.
        let _added = document.add_event_listener_with_callback("visibilitychange", target);
    }
    // Once for the whole life of the page.
    listener.forget();
}
