//! The state of the page for other sites: in a frame of theirs, and the gallery where an operator picks one.

use leptos::prelude::*;
use pharos_model::Snapshot;

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::words::Words;

/// How the state may look elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The shape alone.
    Dot,
    /// The shape and the sentence.
    Pill,
    /// The same over the whole width.
    Banner,
    /// With what is affected.
    Card,
}

impl Variant {
    /// All.
    pub const ALL: [Self; 4] = [Self::Dot, Self::Pill, Self::Banner, Self::Card];

    /// Its name in addresses and attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Pill => "pill",
            Self::Banner => "banner",
            Self::Card => "card",
        }
    }

    /// The one with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// Width and height of a frame that holds it, in pixels.
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Dot => (24, 24),
            Self::Pill => (320, 44),
            Self::Banner => (600, 56),
            Self::Card => (360, 140),
        }
    }

    fn label(self, words: Words) -> &'static str {
        let text = words.page();
        match self {
            Self::Dot => text.embed_dot,
            Self::Pill => text.embed_pill,
            Self::Banner => text.embed_banner,
            Self::Card => text.embed_card,
        }
    }
}

/// The gallery's address.
pub const EMBED: &str = "/embed";
/// What stands in a snippet where the page's own address belongs, when nobody said what that is. The script of the page
/// puts the address there that the operator is looking at.
const UNKNOWN_ADDRESS: &str = "https://status.example.com";

/// The gallery.
pub fn gallery(snapshot: &Snapshot, (shell, words): (&Shell, Words)) -> String {
    let text = words.page();
    let head = Head { about: text.embed, description: text.embed_about, path: Some(EMBED) };
    let url = &snapshot.page.presentation.url;
    let base = if url.is_empty() { UNKNOWN_ADDRESS } else { url };
    shell.document(snapshot, words, &head, || {
        let widgets: Vec<_> = Variant::ALL
            .into_iter()
            .map(|variant| {
                let (width, height) = variant.size();
                let script = script(base, &format!(" variant=\"{}\"", variant.name()), words);
                let frame = format!(
                    "<iframe src=\"{base}{}/{}\" title=\"Status\" width=\"{width}\" height=\"{height}\" style=\"border:0\"></iframe>",
                    words.address(EMBED),
                    variant.name()
                );
                choice(variant.label(words), Some(variant.name()), &script, Some(&frame), words)
            })
            .collect();
        let floating = script(base, " floating", words);
        let inside = view! {
            <h1>{text.embed}</h1>
            <p class="about">{text.embed_about}</p>
            {widgets}
            {choice(text.embed_floating, None, &floating, None, words)}
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

fn script(host: &str, attributes: &str, words: Words) -> String {
    let language = if words.is_prefixed() { format!(" lang=\"{}\"", words.tag()) } else { String::new() };
    let widget = words.shared_address("/widget.js");
    format!(
        "<script async src=\"{host}{widget}\"></script>\n<pharos-status{attributes}{language}></pharos-status>"
    )
}

/// A way to show the state: how it looks, and what to copy.
fn choice(
    label: &'static str,
    variant: Option<&'static str>,
    script: &str,
    frame: Option<&str>,
    words: Words,
) -> AnyView {
    let text = words.page();
    let preview = variant.map(|variant| {
        let address = [&*words.address(EMBED), "/", variant].concat();
        view! { <p class="preview"><iframe src=address title=label></iframe></p> }
    });
    let frame = frame.map(|frame| snippet(text.embed_frame, frame, words));
    view! {
        <section class="choice-of">
            <h2>{label}</h2>
            {preview}
            {snippet(text.embed_script, script, words)}
            {frame}
        </section>
    }
    .into_any()
}

fn snippet(label: &'static str, code: &str, words: Words) -> AnyView {
    let text = words.page();
    view! {
        <div class="snippet">
            <p class="soft">{label}</p>
            <pre class="card inner" tabindex="0" dir="ltr"><code>{code.to_owned()}</code></pre>
            <button type="button" class="copy" hidden data-done=text.embed_copied>{text.embed_copy}</button>
        </div>
    }
    .into_any()
}

/// The style of a page in a frame: nothing around what it shows, and a plain link for who has no scripts.
pub const FRAME_STYLE: &str = ":root{color-scheme:light dark}body{margin:0;font:1rem/1.5 system-ui,sans-serif}a{color:inherit}pharos-status{width:100%}";

/// A page to be shown in a frame of another site.
pub fn embedded(snapshot: &Snapshot, variant: Variant, words: Words) -> String {
    let banner = crate::parts::banner::BannerData::of(snapshot, words);
    let owner = Owner::new_root(None);
    let body = owner.with(|| {
        let language = words.is_prefixed().then(|| words.tag());
        crate::markup(view! {
            <pharos-status variant=variant.name() lang=language>
                <a href=words.address("/") target="_blank" rel="noopener">{banner.sentence}</a>
            </pharos-status>
        })
    });
    let language = words.language();
    let style = ["<style>", FRAME_STYLE, "</style>"].concat();
    format!(
        "<!DOCTYPE html><html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         {style}<script async src=\"{}\"></script><script async src=\"{}\"></script></head><body>{body}</body></html>",
        language.tag,
        if language.right_to_left { "rtl" } else { "ltr" },
        words.live().nameless,
        words.shared_address("/widget.js"),
        words.shared_address("/frame.js"),
    )
}
