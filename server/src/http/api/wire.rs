//! How values look in the API: moments after RFC 3339, texts with or without translations, words in the field's terms.

use std::collections::BTreeMap;

use pharos_model::{
    Affected, ComponentId, Impact, IncidentId, IncidentStatus, MaintenanceId, MaintenanceStatus, Prose,
    Status, Text, UnixMs,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::problem::Problem;
use crate::operators::prose;

/// A moment, to the millisecond, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-26T14:30:00.000Z")]
pub struct Moment(pub UnixMs);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&written(self.0))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parsed(&text).map(Self).ok_or_else(|| {
            let hint = "write it as RFC 3339 has it, as in 2026-11-26T14:30:00Z";
            serde::de::Error::custom(format!(
                "\"{}\" is not a moment: {hint}",
                text.chars().take(40).collect::<String>()
            ))
        })
    }
}

/// As RFC 3339 has it.
pub fn written(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

/// Reads RFC 3339; the years 1970 to 9999.
pub fn parsed(text: &str) -> Option<UnixMs> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    let ms = moment.as_millisecond();
    (0..253_402_300_800_000).contains(&ms).then_some(UnixMs(ms))
}

/// A text for visitors: one for all, or one for each of several languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TextValue {
    /// The same in every language.
    #[schema(example = "Checkout is slow")]
    Plain(String),
    /// Language tags, as in addresses of pages, with their texts.
    ByLanguage(BTreeMap<String, String>),
}

impl TextValue {
    /// The text. What stands for all languages is that of `own`, else English, else the first.
    ///
    /// # Errors
    /// When it names a language that pages do not have, or none.
    pub fn into_text(self, field: &'static str, own: &str) -> Result<Text, Problem> {
        let mut texts = match self {
            Self::Plain(text) => return Ok(text.into()),
            Self::ByLanguage(texts) => texts,
        };
        if let Some(tag) = texts.keys().find(|tag| pharos_app::language(tag).is_none()) {
            let known: Vec<&str> = pharos_app::LANGUAGES.iter().map(|language| language.tag).collect();
            let tag: String = tag.chars().take(20).collect();
            let hint = format!("pages have {}", known.join(", "));
            return Err(Problem::invalid(field, format!("names the language \"{tag}\""), hint));
        }
        let first = texts.keys().next().cloned();
        let main = [Some(own.to_owned()), Some("en".to_owned()), first].into_iter().flatten();
        let main = main.into_iter().find(|tag| texts.contains_key(tag));
        let plain = main.and_then(|tag| texts.remove(&tag));
        let plain = plain.ok_or_else(|| Problem::invalid(field, "names no language", "give a text"))?;
        Ok(Text::translated(plain, texts.into_iter().collect()))
    }

    /// The text as it was written and as it is shown.
    ///
    /// # Errors
    /// As with [`Self::into_text`], and when it is too long.
    pub fn into_prose(self, field: &'static str, own: &str) -> Result<Prose, Problem> {
        Ok(prose(field, self.into_text(field, own)?)?)
    }

    /// As it is shown.
    pub fn of(text: &Text, own: &str) -> Self {
        if text.translations().is_empty() {
            return Self::Plain(text.plain().to_owned());
        }
        let mut texts: BTreeMap<String, String> = text.translations().iter().cloned().collect();
        texts.insert(own.to_owned(), text.plain().to_owned());
        Self::ByLanguage(texts)
    }
}

/// Words of the model, as the API's document lists them. They are the same on the wire.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $model:ident { $($variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = "As in the model."] $variant,)*
        }

        impl From<$model> for $name {
            fn from(word: $model) -> Self {
                match word { $($model::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant,)* }
            }
        }
    )*};
}

words! {
    /// How a component is.
    StatusWord = Status {
        Operational, UnderMaintenance, DegradedPerformance, PartialOutage, MajorOutage, Unknown,
    }
    /// Where an incident stands.
    IncidentStatusWord = IncidentStatus { Investigating, Identified, Monitoring, Resolved, Postmortem }
    /// How much an incident hurts.
    ImpactWord = Impact { None, Minor, Major, Critical }
    /// Where maintenance stands.
    MaintenanceStatusWord = MaintenanceStatus { Scheduled, InProgress, Verifying, Completed, Cancelled }
}

/// A component with what it is said to be in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentStatus {
    /// The component's identifier.
    #[schema(example = "api", max_length = 64)]
    pub component: String,
    /// Its status.
    pub status: StatusWord,
}

impl From<&Affected> for ComponentStatus {
    fn from(affected: &Affected) -> Self {
        Self { component: affected.component.to_string(), status: affected.status.into() }
    }
}

/// An identifier of a component.
///
/// # Errors
/// When the text cannot be one.
pub fn component(field: &'static str, text: &str) -> Result<ComponentId, Problem> {
    ComponentId::new(text)
        .map_err(|error| Problem::invalid(field, error.to_string(), "copy it from the page"))
}

/// Identifiers of components.
///
/// # Errors
/// When one cannot be.
pub fn components(field: &'static str, texts: &[String]) -> Result<Vec<ComponentId>, Problem> {
    texts.iter().map(|text| component(field, text)).collect()
}

/// Components with what they are said to be in.
///
/// # Errors
/// When an identifier cannot be one.
pub fn affected(field: &'static str, values: &[ComponentStatus]) -> Result<Vec<Affected>, Problem> {
    let one = |value: &ComponentStatus| {
        Ok(Affected { component: component(field, &value.component)?, status: value.status.into() })
    };
    values.iter().map(one).collect()
}

/// An incident's identifier from an address.
///
/// # Errors
/// When there can be none of this name.
pub fn incident_id(text: &str) -> Result<IncidentId, Problem> {
    IncidentId::new(text).map_err(|_| Problem::not_found("incident"))
}

/// A maintenance's identifier from an address.
///
/// # Errors
/// When there can be none of this name.
pub fn maintenance_id(text: &str) -> Result<MaintenanceId, Problem> {
    MaintenanceId::new(text).map_err(|_| Problem::not_found("maintenance"))
}

/// What a change says of a field: nothing (it was left out), that it be emptied (`null`), or what it is to be.
pub type Change<T> = Option<Option<T>>;

/// A field that may be left out, set, or emptied with `null`: the outer `None` is one that was left out.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Change<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        for text in ["2026-11-26T14:30:00.000Z", "1970-01-01T00:00:00.000Z"] {
            assert_eq!(written(parsed(text).unwrap()), text);
        }
        assert_eq!(parsed("2026-11-26T15:30:00+01:00"), parsed("2026-11-26T14:30:00Z"));
        for bad in ["", "tomorrow", "2026-11-26", "12026-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_text_for_all_is_that_of_the_pages_language() {
        let texts = |tags: &[&str]| {
            let texts = tags.iter().map(|tag| ((*tag).to_owned(), tag.to_uppercase()));
            TextValue::ByLanguage(texts.collect())
        };
        for (tags, own, plain) in
            [(vec!["de", "en"], "de", "DE"), (vec!["de", "en"], "fr", "EN"), (vec!["ja"], "fr", "JA")]
        {
            let text = texts(&tags).into_text("title", own).unwrap();
            assert_eq!(text.plain(), plain);
        }
        assert!(texts(&["xx"]).into_text("title", "en").is_err());
        assert!(texts(&[]).into_text("title", "en").is_err());
        let both = texts(&["de", "en"]);
        assert_eq!(TextValue::of(&both.clone().into_text("title", "de").unwrap(), "de"), both);
    }
}
