//! What stands around every page: whose it is above, how figures are reckoned below.

use leptos::prelude::*;
use pharos_model::{Link, Presentation, Snapshot};

use crate::document::Head;
use crate::islands::{LiveLine, LivePage};
use crate::parts::redundancy::is_told_of;
use crate::parts::theme_switch::ThemeSwitch;
use crate::words::{LANGUAGES, Words};

/// The first page's address.
pub const INDEX: &str = "/";
/// The history's address.
pub const HISTORY: &str = "/history";
/// The address of the record of failovers.
pub const RESILIENCE: &str = "/resilience";

/// The page between header and footer.
pub fn framed(snapshot: &Snapshot, words: Words, head: &Head<'_>, inside: AnyView) -> AnyView {
    let (page, text) = (&snapshot.page, words.page());
    let is_index = head.path == Some(INDEX);
    let is_history = head.path.is_some_and(|path| path.starts_with(HISTORY));
    let is_resilience = head.path == Some(RESILIENCE);
    let has_record = is_told_of(snapshot);
    // The first page says how old it is in its banner.
    provide_context(if is_index { text.waiting.to_owned() } else { words.as_of(snapshot.at) });
    let presentation = &page.presentation;
    let site = Site {
        name: words.page_name(snapshot).to_owned(),
        about: page.description.of(words.tag()).to_owned(),
        logos: Logos::of(presentation, words),
    };
    let (header_links, footer_links) =
        (links(&presentation.header_links, words), links(&presentation.footer_links, words));
    let notice = page.notice.of(words.tag()).to_owned();
    let has_notice = !notice.is_empty();
    let formula = words.uptime_formula(&page.weights);
    let zone = words.day_zone(&page.time_zone);
    let languages = languages(words, head.path.unwrap_or(INDEX));
    view! {
        <LivePage>
            <a class="skip" href="#content">{text.skip}</a>
            <header>
                {view_site(site, words, is_index)}
                <nav aria-label=text.nav>
                    <a href=words.address(INDEX) aria-current=is_index.then_some("page")>{text.nav_status}</a>
                    <a href=words.address(HISTORY) aria-current=is_history.then_some("page")>{text.history}</a>
                    {has_record.then(|| {
                        view! {
                            <a href=words.address(RESILIENCE) aria-current=is_resilience.then_some("page")>
                                {text.resilience}
                            </a>
                        }
                    })}
                    {header_links}
                    <ThemeSwitch words/>
                </nav>
            </header>
            {has_notice.then(|| view! { <aside class="notice" aria-label=text.notice dir="auto">{notice}</aside> })}
            <main id="content" data-hint=text.bars_hint class=if is_index { "index" } else { "other" }>{inside}</main>
            <footer>
                {(!is_index).then(|| view! { <LiveLine/> })}
                <p>{formula} " " {zone}</p>
                {languages}
                <p class="links">
                    {footer_links} <span>{text.powered_by}</span> <a href=words.address("/embed")>{text.embed}</a>
                </p>
            </footer>
        </LivePage>
    }
    .into_any()
}

/// Links of the operator's.
fn links(links: &[Link], words: Words) -> Vec<AnyView> {
    let view = |link: &Link| {
        let (text, url) = (link.text.of(words.tag()).to_owned(), link.url.clone());
        view! { <a href=url dir="auto">{text}</a> }.into_any()
    };
    links.iter().map(view).collect()
}

/// The way to the same page in other languages.
fn languages(words: Words, path: &str) -> AnyView {
    let links: Vec<_> = LANGUAGES
        .iter()
        .map(|language| {
            let address = words.in_language(language).address(path);
            let current = (language.tag == words.tag()).then_some("true");
            view! {
                <li>
                    <a href=address lang=language.tag hreflang=language.tag aria-current=current>{language.name}</a>
                </li>
            }
        })
        .collect();
    view! {
        <nav class="languages" aria-label=words.page().language>
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}

/// Whose page it is.
struct Site {
    name: String,
    about: String,
    logos: Logos,
}

/// The addresses of the operator's logos; empty when there is none.
struct Logos {
    light: String,
    dark: String,
}

impl Logos {
    fn of(presentation: &Presentation, words: Words) -> Self {
        let address = |name: &String| {
            if name.is_empty() { String::new() } else { words.shared_address(&["/brand/", name].concat()) }
        };
        Self { light: address(&presentation.logo), dark: address(&presentation.logo_dark) }
    }

    /// What stands in place of the name, which is read aloud.
    fn view(self, name: String) -> AnyView {
        let picture = |class: &'static str, address: &str| {
            let (address, name) = (address.to_owned(), name.clone());
            view! { <img class=class src=address alt=name/> }.into_any()
        };
        match (&*self.light, &*self.dark) {
            ("", _) => name.into_any(),
            (light, "") => picture("logo", light),
            (light, dark) => (picture("logo on-light", light), picture("logo on-dark", dark)).into_any(),
        }
    }
}

/// Whose page it is: the heading of the first page, and the way back to it on the others.
fn view_site(site: Site, words: Words, is_index: bool) -> AnyView {
    let Site { name, about, logos } = site;
    let name = logos.view(name);
    if is_index {
        view! {
            <div>
                <h1 class="site" dir="auto">{name}</h1>
                {(!about.is_empty()).then(|| view! { <p class="about" dir="auto">{about}</p> })}
            </div>
        }
        .into_any()
    } else {
        view! { <p class="site"><a href=words.address(INDEX) dir="auto">{name}</a></p> }.into_any()
    }
}
