//! Every sentence a visitor reads, in the language of the page: plain, calm and exact.
//!
//! The catalogue stays on the server. The browser gets the texts of its living parts, in the language of its page, as a
//! file beside the scripts ([`Words::live_json`]).

#[cfg(feature = "ssr")]
mod beginnings;
mod catalogue;
#[cfg(feature = "ssr")]
mod languages;
#[cfg(feature = "ssr")]
mod page_sentences;
#[cfg(feature = "ssr")]
mod page_texts;
mod plural;
#[cfg(feature = "ssr")]
mod resilience;
mod sentences;
mod template;
mod units;

use std::hash::{Hash, Hasher};

use template::fill;

pub use catalogue::LiveTexts;
#[cfg(feature = "ssr")]
pub use languages::{LANGUAGES, Language, english, language};
#[cfg(feature = "ssr")]
pub use page_texts::PageTexts;
pub use template::{around, piece};
pub use units::machine_moment;
#[cfg(feature = "ssr")]
pub use units::milliseconds;

/// The words of one language, and how its pages are addressed.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    tag: &'static str,
    /// How the addresses of the pages begin: with the path under which all of them are, then the language, where there is one.
    beginning: &'static str,
    live: &'static LiveTexts,
    #[cfg(feature = "ssr")]
    language: &'static Language,
    /// The path under which all pages are.
    #[cfg(feature = "ssr")]
    base: &'static str,
}

/// Two are the same when they lead to the same pages.
impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        (self.tag, self.beginning) == (other.tag, other.beginning)
    }
}

impl Eq for Words {}

impl Hash for Words {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.tag, self.beginning).hash(state);
    }
}

impl Words {
    /// The language's tag, as in `de`.
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// What the living parts say.
    pub fn live(self) -> &'static LiveTexts {
        self.live
    }

    /// The address of one of our pages in this language; `path` begins with a slash.
    pub fn address(self, path: &str) -> String {
        [self.beginning, path].concat()
    }

    /// A text with a number in it, in the form that the number asks for.
    pub fn counted(self, forms: &'static str, n: u64) -> String {
        fill(self.form(forms, n), &[("n", &n.to_string())])
    }

    /// The form of a text that a number asks for.
    pub(crate) fn form(self, forms: &'static str, n: u64) -> &'static str {
        piece(forms, plural::form(self.tag, n))
    }
}

#[cfg(feature = "ssr")]
impl Words {
    /// The words of a language, for pages whose addresses begin with it or not.
    pub fn new(language: &'static Language, prefixed: bool) -> Self {
        Self::at("", language, prefixed)
    }

    fn at(base: &'static str, language: &'static Language, prefixed: bool) -> Self {
        let beginning = if prefixed { beginnings::kept(&[base, "/", language.tag].concat()) } else { base };
        Self { tag: language.tag, beginning, live: &language.live, language, base }
    }

    /// English, for pages at addresses without a language.
    pub fn english() -> Self {
        Self::new(english(), false)
    }

    /// The words of a page at an address without a language: those that its operator chose, else English.
    pub fn of_page(page: &pharos_model::Page) -> Self {
        let base = beginnings::kept(&page.presentation.base_path);
        Self::at(base, language(&page.language).unwrap_or_else(english), false)
    }

    /// The words of the same page in a language with which its addresses begin.
    #[must_use]
    pub fn in_language(self, language: &'static Language) -> Self {
        Self::at(self.base, language, true)
    }

    /// The address of what is the same in every language; `path` begins with a slash.
    pub fn shared_address(self, path: &str) -> String {
        [self.base, path].concat()
    }

    /// How all addresses begin, and how those of the pages in this language do.
    pub(crate) fn beginnings(self) -> (&'static str, &'static str) {
        (self.base, self.beginning)
    }

    /// The language.
    pub fn language(self) -> &'static Language {
        self.language
    }

    /// Whether the addresses of the pages begin with the language.
    pub fn is_prefixed(self) -> bool {
        self.beginning != self.base
    }

    /// What only the server writes.
    pub fn page(self) -> &'static PageTexts {
        &self.language.page
    }

    /// The texts of the living parts in the order of their names, as a list in JSON.
    pub fn live_json(self) -> String {
        // Texts are known when the program is built, and all of them can be written.
        serde_json::to_string(&self.live.list()).unwrap_or_default()
    }
}

#[cfg(feature = "hydrate")]
impl Words {
    /// The words that came with the page: `texts` in the order of their names. `tag` is the page's language, `beginning`
    /// how the addresses of its pages begin.
    pub fn taken(texts: Vec<String>, tag: String, beginning: String) -> Option<Self> {
        let live = Box::leak(Box::new(LiveTexts::take(texts)?));
        Some(Self {
            tag: tag.leak(),
            beginning: beginning.leak(),
            live,
            #[cfg(feature = "ssr")]
            language: english(),
            #[cfg(feature = "ssr")]
            base: "",
        })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// The places of a text, sorted.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Texts that are lists, with the number of their pieces; all other texts with `|` are forms for numbers.
    const LISTS: [(&str, usize); 8] = [
        ("months", 12),
        ("months_short", 12),
        ("months_alone", 12),
        ("weekdays", 7),
        ("redundancy_states", 6),
        ("roles", 2),
        ("failover_kinds", 5),
        ("burn_windows", 3),
    ];

    fn texts(language: &'static Language) -> impl Iterator<Item = (&'static str, &'static str)> {
        let live = LiveTexts::NAMES.iter().copied().zip(language.live.list());
        live.chain(PageTexts::NAMES.iter().copied().zip(language.page.list()))
    }

    #[test]
    fn every_text_of_every_language_has_the_places_of_the_english_one() {
        for language in LANGUAGES {
            for ((name, text), (_, english)) in texts(language).zip(texts(english())) {
                assert!(!text.trim().is_empty(), "{}: {name} is empty", language.tag);
                for form in text.split('|') {
                    // "One day" may say so without the figure.
                    let optional = |place: &str| place == "n" && text.contains('|');
                    let needed: Vec<&str> =
                        places(english).into_iter().filter(|place| !optional(place)).collect();
                    let found: Vec<&str> =
                        places(form).into_iter().filter(|place| !optional(place)).collect();
                    assert_eq!(found, needed, "{}: {name}: {form}", language.tag);
                }
            }
        }
    }

    #[test]
    fn every_text_with_a_number_has_the_forms_of_its_language() {
        for language in LANGUAGES {
            for ((name, text), (_, english)) in texts(language).zip(texts(english())) {
                let pieces = text.split('|').count();
                let wanted = match LISTS.iter().find(|(list, _)| *list == name) {
                    Some((_, count)) => *count,
                    None if english.contains('|') => plural::forms(language.tag),
                    None => 1,
                };
                assert_eq!(pieces, wanted, "{}: {name}", language.tag);
            }
        }
    }

    #[test]
    fn no_text_is_markup() {
        for language in LANGUAGES {
            for (name, text) in texts(language) {
                assert!(!text.contains(['<', '>', '&']), "{}: {name}", language.tag);
                assert!(!text.contains("  "), "{}: {name} has a double space", language.tag);
            }
        }
    }

    #[test]
    fn every_language_has_a_tag_and_a_week_of_its_own() {
        for (index, language) in LANGUAGES.iter().enumerate() {
            assert!(LANGUAGES.iter().skip(index + 1).all(|other| other.tag != language.tag));
            assert!(["1", "6", "7"].contains(&language.page.week_start), "{}", language.tag);
        }
    }

    #[test]
    fn an_address_begins_with_the_language_where_it_is_asked_for() {
        assert_eq!(Words::english().address("/history"), "/history");
        assert_eq!(Words::new(english(), true).address("/"), "/en/");
    }

    #[test]
    fn every_address_of_a_page_below_a_path_begins_with_that_path() {
        let mut page = pharos_model::Page::default();
        page.presentation.base_path = "/status".to_owned();
        let own = Words::of_page(&page);
        let other = own.in_language(language("de").unwrap());
        assert_eq!((own.address("/history"), own.is_prefixed()), ("/status/history".to_owned(), false));
        assert_eq!((other.address("/"), other.is_prefixed()), ("/status/de/".to_owned(), true));
        assert_eq!(other.shared_address("/favicon.svg"), "/status/favicon.svg");
        assert_ne!(own, Words::english());
    }
}
