//! Rules that many values share: names, texts, identifiers, durations within bounds.

use pharos_app::language;
use pharos_model::Text;
use pharos_model::limits::ID_CHARS_MAX;
use pharos_probe::HumanDuration;

use super::super::document::At;
use super::super::error::Finding;
use super::super::wording::Wording;
use super::Assembly;
use super::page::no_language;

/// A duration in the largest unit of which it is at least two, as one says 60s and 24h.
pub fn human(ms: u64) -> String {
    for (unit_ms, least, unit) in
        [(86_400_000, 2, "d"), (3_600_000, 2, "h"), (60_000, 2, "m"), (1_000, 0, "s")]
    {
        if ms >= unit_ms * least && ms.is_multiple_of(unit_ms) {
            return format!("{}{unit}", ms / unit_ms);
        }
    }
    format!("{ms}ms")
}

/// The same as the reference writes what a duration is between.
fn bound(ms: u64) -> String {
    match ms {
        60_000 => "1m".to_owned(),
        3_600_000 => "1h".to_owned(),
        ms => human(ms),
    }
}

/// What an identifier could be that was meant as `text`.
pub fn as_identifier(text: &str) -> String {
    let mut id = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    id.chars().take(ID_CHARS_MAX).collect::<String>().trim_end_matches('-').to_owned()
}

impl Assembly {
    /// Takes `text` as an identifier made by `make`.
    pub fn identifier<T, E>(
        &mut self,
        text: &str,
        make: impl Fn(&str) -> Result<T, E>,
        at: At<'_>,
    ) -> Option<T> {
        if let Ok(id) = make(text) {
            return Some(id);
        }
        let what = match at.name() {
            Some(name) if text.is_empty() => format!("`{name}` is empty"),
            _ => format!("{} is not an identifier", at.shown()),
        };
        let rule = format!("use 1 to {ID_CHARS_MAX} of a-z, 0-9 and `-`, beginning with a letter or digit");
        let instead = as_identifier(text);
        let hint = if instead.is_empty() || at.is_substituted() {
            rule
        } else {
            format!("{rule}, such as `{instead}`")
        };
        self.findings.push(Finding::new(at.place(), what).hint(hint));
        None
    }

    /// Takes a text for visitors: one line, not blank, of at most `chars_max` characters.
    pub fn line(&mut self, text: &str, chars_max: usize, at: At<'_>) -> String {
        let text = text.trim();
        let name = at.name().unwrap_or("text");
        let count = text.chars().count();
        if text.is_empty() {
            self.findings.push(
                Finding::new(at.place(), format!("`{name}` is blank"))
                    .hint(format!("write a text, or leave `{name}` out where it is optional")),
            );
        } else if count > chars_max {
            self.findings.push(
                Finding::new(at.place(), format!("`{name}` is {count} characters long"))
                    .hint(format!("use at most {chars_max}")),
            );
        } else if text.chars().any(char::is_control) {
            self.findings.push(
                Finding::new(at.place(), format!("`{name}` holds a line break or another control character"))
                    .hint("write it in one line; `>-` folds several lines into one"),
            );
        }
        text.to_owned()
    }

    /// Takes a text for visitors, in one language or in several.
    pub fn wording(&mut self, given: &Wording, chars_max: usize, at: At<'_>) -> Text {
        let texts = match given {
            Wording::Plain(text) => return self.line(text, chars_max, at).into(),
            Wording::ByLanguage(texts) => texts,
        };
        let (mut plain, mut translations) = (None, Vec::new());
        for (tag, text) in texts {
            let at = at.key(tag);
            if language(tag).is_none() {
                self.findings.push(no_language(tag, at.key_place(), at));
            }
            let text = self.line(text, chars_max, at);
            if tag == self.own_language {
                plain = Some(text);
            } else {
                translations.push((tag.clone(), text));
            }
        }
        if plain.is_none() {
            let (name, own) = (at.name().unwrap_or("text"), self.own_language);
            self.findings.push(
                Finding::new(
                    at.key_place(),
                    format!("`{name}` has no text in the page's own language, `{own}`"),
                )
                .hint(format!("add `{own}: …` to it, or name another `language` under `page`")),
            );
        }
        Text::translated(plain.unwrap_or_default(), translations)
    }

    /// Takes a duration from `min_ms` to `max_ms`.
    pub fn duration(&mut self, given: HumanDuration, (min_ms, max_ms): (u64, u64), at: At<'_>) -> u64 {
        let ms = given.as_ms();
        if (min_ms..=max_ms).contains(&ms) {
            return ms;
        }
        let size = if ms < min_ms { "short" } else { "long" };
        let name = at.name().unwrap_or("duration");
        self.findings.push(
            Finding::new(at.place(), format!("`{name}`: {} is too {size}", at.shown())).hint(format!(
                "use {} to {}",
                bound(min_ms),
                bound(max_ms)
            )),
        );
        ms.clamp(min_ms, max_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_one_says_it() {
        for (ms, text) in
            [(0, "0s"), (1_500, "1500ms"), (60_000, "60s"), (90_000, "90s"), (86_400_000, "24h")]
        {
            assert_eq!(human(ms), text);
        }
    }

    #[test]
    fn what_a_duration_is_between_is_told_as_in_the_reference() {
        for (ms, text) in [(10_000, "10s"), (60_000, "1m"), (3_600_000, "1h"), (86_400_000, "24h")] {
            assert_eq!(bound(ms), text);
        }
    }

    #[test]
    fn an_identifier_is_suggested_for_a_name() {
        assert_eq!(as_identifier("Public API (v2)"), "public-api-v2");
        assert_eq!(as_identifier("***"), "");
    }
}
