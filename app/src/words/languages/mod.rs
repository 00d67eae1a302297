//! The languages: one file each, one line in the list.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod it;
mod ja;
mod ko;
mod nl;
mod pt;
mod sv;
mod zh;

use super::catalogue::LiveTexts;
use super::page_texts::PageTexts;

/// A language and everything that is said in it.
#[derive(Debug)]
pub struct Language {
    /// As it stands in addresses and in `lang`.
    pub tag: &'static str,
    /// Its own name for itself.
    pub name: &'static str,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
    /// What the parts say that stay alive.
    pub live: LiveTexts,
    /// What only the server writes.
    pub page: PageTexts,
}

/// Every language, in the order in which visitors choose.
pub static LANGUAGES: &[&Language] = &[
    &ar::ARABIC,
    &de::GERMAN,
    &en::ENGLISH,
    &es::SPANISH,
    &fr::FRENCH,
    &it::ITALIAN,
    &ja::JAPANESE,
    &ko::KOREAN,
    &nl::DUTCH,
    &pt::PORTUGUESE,
    &sv::SWEDISH,
    &zh::CHINESE,
];

/// The language with this tag.
pub fn language(tag: &str) -> Option<&'static Language> {
    LANGUAGES.iter().copied().find(|language| language.tag == tag)
}

/// English: what is spoken when nothing else is asked for.
pub fn english() -> &'static Language {
    &en::ENGLISH
}
