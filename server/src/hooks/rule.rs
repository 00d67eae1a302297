//! Rules: which alerts one is about, and what they mean.

use pharos_engine::alerts::Words;
use pharos_engine::desk::Refusal;
use pharos_engine::limits::TITLE_CHARS_MAX;
use pharos_model::{ComponentId, Impact, Prose, Status};

use super::{Fields, Pattern, Template};
use crate::limits::HOOK_MESSAGE_CHARS_MAX;
use crate::operators;

/// What a field of an alert must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// The field.
    pub field: String,
    /// What its text must be like.
    pub pattern: Pattern,
}

impl Matcher {
    fn fits(&self, fields: &Fields) -> bool {
        fields.get(&self.field).is_some_and(|text| self.pattern.fits(text))
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// All of these an alert must fit.
    pub when: Vec<Matcher>,
    /// Where all of these fit too, the alert is over; empty where its sender says that itself.
    pub over_when: Vec<Matcher>,
    /// What it means; `None` where it means nothing.
    pub meaning: Option<Meaning>,
}

/// What an alert means.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// The components it concerns.
    pub components: Vec<Template>,
    /// How they are.
    pub status: Option<Status>,
    /// What is said, if it opens an incident.
    pub said: Option<Said>,
}

/// What is said to readers.
#[derive(Clone, Debug)]
pub struct Said {
    /// One line.
    pub title: Template,
    /// While it fires.
    pub message: Template,
    /// Once it is over.
    pub resolved: Option<Template>,
    /// How much it hurts, where that is stated.
    pub impact: Option<Impact>,
}

impl Rule {
    /// Whether it is about an alert with these fields.
    pub fn fits(&self, fields: &Fields) -> bool {
        self.when.iter().all(|matcher| matcher.fits(fields))
    }

    /// Whether an alert with these fields is over by it.
    pub fn is_over(&self, fields: &Fields) -> bool {
        !self.over_when.is_empty() && self.over_when.iter().all(|matcher| matcher.fits(fields))
    }

    /// Whether no alert that this one is about is left for `later`, as far as that can be seen.
    pub fn leaves_nothing_for(&self, later: &Self) -> bool {
        self.when.iter().all(|mine| {
            later.when.iter().any(|other| other.field == mine.field && mine.pattern.covers(&other.pattern))
        })
    }
}

impl Meaning {
    /// The components that it names for an alert with these fields: those that are known, and the others as they are called.
    pub fn named(
        &self,
        fields: &Fields,
        is_known: &dyn Fn(&ComponentId) -> bool,
    ) -> (Vec<ComponentId>, Vec<String>) {
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for template in &self.components {
            let name = template.filled(fields, TITLE_CHARS_MAX);
            match ComponentId::new(&name).ok().filter(|id| is_known(id)) {
                Some(id) if known.contains(&id) => {}
                Some(id) => known.push(id),
                None => others.push(name),
            }
        }
        (known, others)
    }
}

impl Said {
    /// What is said of an alert with these fields, which is one of `group`.
    ///
    /// # Errors
    /// When it is longer than what may be said, which its own bounds do not let it be.
    pub fn words(&self, fields: &Fields, group: &str) -> Result<Words, Refusal> {
        let prose = |field: &'static str, template: &Template| -> Result<Prose, Refusal> {
            operators::prose(field, template.filled_markdown(fields, HOOK_MESSAGE_CHARS_MAX).into())
        };
        let title = self.title.filled(fields, TITLE_CHARS_MAX);
        // Where all of it was to come from its sender, who sent nothing.
        let title = if title.trim().is_empty() { "Trouble was reported".to_owned() } else { title };
        Ok(Words {
            group: group.to_owned(),
            title: title.trim().into(),
            body: prose("message", &self.message)?,
            resolved: self.resolved.as_ref().map(|template| prose("resolved", template)).transpose()?,
            impact: self.impact,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(when: &[(&str, &str)]) -> Rule {
        let matcher = |(field, pattern): &(&str, &str)| Matcher {
            field: (*field).to_owned(),
            pattern: Pattern::new(pattern),
        };
        Rule { when: when.iter().map(matcher).collect(), over_when: Vec::new(), meaning: None }
    }

    #[test]
    fn a_rule_is_about_what_fits_all_it_asks_for() {
        let fields = Fields::from([("a".to_owned(), "x1".to_owned()), ("b".to_owned(), "y".to_owned())]);
        assert!(rule(&[]).fits(&fields) && rule(&[("a", "x*"), ("b", "y")]).fits(&fields));
        assert!(!rule(&[("a", "x*"), ("b", "z")]).fits(&fields));
        assert!(!rule(&[("c", "*")]).fits(&fields), "what is not there is like nothing");
    }

    #[test]
    fn a_wider_rule_leaves_nothing_for_a_narrower_one_after_it() {
        let wide = rule(&[("a", "x*")]);
        assert!(wide.leaves_nothing_for(&rule(&[("a", "x1"), ("b", "y")])));
        assert!(!wide.leaves_nothing_for(&rule(&[("b", "y")])));
        assert!(!wide.leaves_nothing_for(&rule(&[("a", "*")])));
        assert!(rule(&[]).leaves_nothing_for(&wide));
    }
}
