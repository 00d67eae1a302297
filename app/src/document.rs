//! The document around a page: head, one style sheet, the way to the scripts. Put together as text, because Leptos
//! writes the inside of `<style>` and `<script>` unescaped: nothing from outside goes there.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use pharos_model::{Presentation, Snapshot};

use crate::discovery::discovery;
use crate::words::Words;

/// In the order in which they must stand.
const SHEETS: &[&str] = &[
    include_str!("../../style/tokens.css"),
    include_str!("../../style/page.css"),
    include_str!("../../style/banner.css"),
    include_str!("../../style/components.css"),
    include_str!("../../style/redundancy.css"),
    include_str!("../../style/incidents.css"),
    include_str!("../../style/prose.css"),
    include_str!("../../style/figures.css"),
    include_str!("../../style/chart.css"),
    include_str!("../../style/history.css"),
];

static STYLESHEET: LazyLock<String> = LazyLock::new(|| SHEETS.iter().map(|sheet| squeezed(sheet)).collect());

/// All styles of all pages, without comments and indentation. Its hash stands in the content security policy.
pub fn stylesheet() -> &'static str {
    &STYLESHEET
}

/// The operator's accent colour as a style sheet of its own, which comes after that of all pages; `None` when there is none.
pub fn accent_style(presentation: &Presentation) -> Option<String> {
    let Presentation { accent, accent_dark, .. } = presentation;
    let light = (!accent.is_empty()).then(|| format!(":root{{--accent:{accent}}}"));
    let dark = (!accent_dark.is_empty()).then(|| {
        format!(
            "@media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{--accent:{accent_dark}}}}}\
             :root[data-theme=\"dark\"]{{--accent:{accent_dark}}}"
        )
    });
    (light.is_some() || dark.is_some()).then(|| [light, dark].into_iter().flatten().collect())
}

fn squeezed(sheet: &str) -> String {
    let mut rest = sheet;
    let mut plain = String::with_capacity(sheet.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// What the browser is given to run, by the names of the assets.
#[derive(Clone, Debug)]
pub struct Scripts {
    /// The script that wakes the page.
    pub boot: String,
    /// The script that runs before it.
    pub page: String,
    /// The texts of the living parts, by the tags of languages.
    pub words: BTreeMap<&'static str, String>,
}

/// What all pages have in common.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    scripts: Option<Scripts>,
}

/// What one page says of itself.
pub(crate) struct Head<'a> {
    /// The first half of the title, plain text.
    pub about: &'a str,
    /// A sentence, plain text.
    pub description: &'a str,
    /// The address without a language; `None` for a page that has none of its own.
    pub path: Option<&'a str>,
}

impl Shell {
    /// Pages without `scripts` have none.
    pub fn new(scripts: Option<Scripts>) -> Self {
        Self { scripts }
    }

    /// The whole document.
    pub(crate) fn document(
        &self,
        snapshot: &Snapshot,
        words: Words,
        head: &Head<'_>,
        body: impl FnOnce() -> AnyView,
    ) -> String {
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let body = owner.with(|| markup(body()));
        let language = words.language();
        let style = styles(&snapshot.page.presentation, words);
        format!(
            "<!DOCTYPE html><html lang=\"{}\"{}><head><meta charset=\"utf-8\"><title>{}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"description\" content=\"{}\"><meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"pharos-seq\" content=\"{}.{}\" data-laid-out=\"{}\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"{}?{}\">\
             {}{style}{}</head><body>{body}</body></html>",
            language.tag,
            if language.right_to_left { " dir=\"rtl\"" } else { "" },
            escaped(&words.title(head.about, snapshot)),
            escaped(head.description),
            snapshot.origin,
            snapshot.seq,
            snapshot.laid_out_at.0,
            words.shared_address("/favicon.svg"),
            snapshot.indicator().as_str(),
            discovery(snapshot, words, head),
            self.scripts(snapshot, words),
        )
    }

    /// The way to the scripts and to the texts they need; nothing when there are none.
    fn scripts(&self, snapshot: &Snapshot, words: Words) -> String {
        let Some(scripts) = &self.scripts else { return String::new() };
        let assets = words.shared_address("/assets/");
        format!(
            "{}<script async src=\"{assets}{}\"></script><meta name=\"pharos-words\" content=\"{}\"{}><script type=\"module\" src=\"{assets}{}\"></script>",
            failover(&snapshot.page.presentation, words),
            escaped(&scripts.page),
            escaped(scripts.words.get(words.tag()).map_or("", String::as_str)),
            beginnings(words),
            escaped(&scripts.boot),
        )
    }
}

/// How the browser's half makes addresses: how those of the pages begin, and those that are the same in every language.
fn beginnings(words: Words) -> String {
    let (all, pages) = words.beginnings();
    let attribute = |name: &str, said: &str| {
        if said.is_empty() { String::new() } else { format!(" {name}=\"{}\"", escaped(said)) }
    };
    attribute("data-all", all) + &attribute("data-pages", pages)
}

/// What the browser needs when no server of this page answers: what to say then, and who else to ask.
fn failover(presentation: &Presentation, words: Words) -> String {
    let said = format!(
        "<meta name=\"pharos-kept\" content=\"{}\" data-mirrored=\"{}\">",
        escaped(words.page().kept),
        escaped(words.live().mirrored),
    );
    let mirrors = presentation.mirrors.join(" ");
    let mirrors = (!mirrors.is_empty())
        .then(|| format!("<meta name=\"pharos-mirrors\" content=\"{}\">", escaped(&mirrors)));
    said + &mirrors.unwrap_or_default()
}

/// All that a page is drawn with: ours, the operator's colours, the operator's own sheet.
fn styles(presentation: &Presentation, words: Words) -> String {
    let accent = accent_style(presentation).map(|style| ["<style>", &style, "</style>"].concat());
    let own = Some(&presentation.stylesheet).filter(|name| !name.is_empty());
    let brand = words.shared_address("/brand/");
    let own = own.map(|name| format!("<link rel=\"stylesheet\" href=\"{brand}{}\">", escaped(name)));
    ["<style>", stylesheet(), "</style>", &accent.unwrap_or_default(), &own.unwrap_or_default()].concat()
}

/// Text as it may stand in an element and in a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A view as markup that every reader understands.
///
/// Leptos marks where text and gaps meet, for hydration. Nothing that is hydrated here has such a place, so the marks go.
pub fn markup(view: impl RenderHtml) -> String {
    view.to_html().replace("<!>", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escaped("</title><script>\"'&"), "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;");
    }

    #[test]
    fn the_style_sheet_has_no_comments_and_cannot_end_its_element() {
        assert!(stylesheet().len() > 1_000);
        assert!(!stylesheet().contains("/*") && !stylesheet().contains('<'));
    }
}
