//! The operator's own words, which may carry translations.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text of the operator's: as it was written, and in other languages where somebody translated it.
///
/// On the wire it is a string while it has no translations, and an object with them: the text as it was written stands
/// under the empty key, translations under their language tags, as in `{"":"Website","de":"Webseite"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    plain: String,
    /// Language tag and text, in the order in which they were given.
    translations: Vec<(String, String)>,
}

impl Text {
    /// A text with translations: language tags as in addresses (`de`, `pt`), each at most once.
    pub fn translated(plain: String, translations: Vec<(String, String)>) -> Self {
        Self { plain, translations }
    }

    /// The text as it was written.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The text in a language; as it was written when nobody translated it.
    pub fn of(&self, language: &str) -> &str {
        let translated = self.translations.iter().find(|(tag, _)| tag == language);
        translated.map_or(&self.plain, |(_, text)| text)
    }

    /// The text and all its translations.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.plain).chain(self.translations.iter().map(|(_, text)| &**text))
    }

    /// Its translations, each with its language tag.
    pub fn translations(&self) -> &[(String, String)] {
        &self.translations
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }
}

impl From<&str> for Text {
    fn from(plain: &str) -> Self {
        Self { plain: plain.to_owned(), translations: Vec::new() }
    }
}

impl From<String> for Text {
    fn from(plain: String) -> Self {
        Self { plain, translations: Vec::new() }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.translations.is_empty() {
            return serializer.serialize_str(&self.plain);
        }
        let mut map = serializer.serialize_map(Some(self.translations.len() + 1))?;
        map.serialize_entry("", &self.plain)?;
        for (language, text) in &self.translations {
            map.serialize_entry(language, text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object of texts by language")
    }

    fn visit_str<E: Error>(self, plain: &str) -> Result<Text, E> {
        Ok(plain.into())
    }

    fn visit_string<E: Error>(self, plain: String) -> Result<Text, E> {
        Ok(plain.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut text = Text::default();
        while let Some((language, words)) = map.next_entry::<String, String>()? {
            if language.is_empty() {
                text.plain = words;
            } else {
                text.translations.push((language, words));
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_translations_is_a_string_on_the_wire() {
        let text = Text::from("Website");
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"Website\"");
        assert_eq!(serde_json::from_str::<Text>("\"Website\"").unwrap(), text);
    }

    #[test]
    fn translations_survive_the_wire_and_are_found_by_their_language() {
        let text = Text::translated("Website".into(), vec![("de".into(), "Webseite".into())]);
        let wire = serde_json::to_string(&text).unwrap();
        assert_eq!(wire, r#"{"":"Website","de":"Webseite"}"#);
        assert_eq!(serde_json::from_str::<Text>(&wire).unwrap(), text);
        assert_eq!((text.of("de"), text.of("fr")), ("Webseite", "Website"));
    }
}
