//! Texts for visitors: one text, or one for each of several languages.

use std::borrow::Cow;
use std::fmt;

use pharos_app::LANGUAGES;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::document::TEXT_OR_SECTION;

/// A text for visitors, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wording {
    /// The same in every language.
    Plain(String),
    /// Language tags with their texts, in the order of the file.
    ByLanguage(Vec<(String, String)>),
}

impl<'de> Deserialize<'de> for Wording {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TEXT_OR_SECTION, WordingVisitor)
    }
}

struct WordingVisitor;

impl<'de> Visitor<'de> for WordingVisitor {
    type Value = Wording;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or texts by language")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Wording, E> {
        Ok(Wording::Plain(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wording, A::Error> {
        let mut texts = Vec::new();
        while let Some(entry) = map.next_entry()? {
            texts.push(entry);
        }
        Ok(Wording::ByLanguage(texts))
    }
}

impl JsonSchema for Wording {
    fn schema_name() -> Cow<'static, str> {
        "Wording".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let tags: Vec<&str> = LANGUAGES.iter().map(|language| language.tag).collect();
        json_schema!({
            "title": "text, or texts by language",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "propertyNames": { "enum": tags },
                    "additionalProperties": { "type": "string" },
                },
            ],
        })
    }
}
