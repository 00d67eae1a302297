//! What is wrong with a value when a type is made from it, and where.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::super::error::Finding;
use super::super::snippet::{Place, is_secret_way};
use super::super::suggest::{self, nearest};
use super::tree::{Entry, Node, Value, quoted};

/// Tells what the schema says of the value at a way of keys, if there can be one.
pub type Explain<'e> = &'e dyn Fn(&[String]) -> Option<String>;

/// One step down the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value of the entry at this index of a section.
    Entry(usize),
    /// To the entry at this index of a list.
    Item(usize),
}

/// What is wrong.
#[derive(Debug)]
pub enum Kind {
    /// A key that the section does not have.
    UnknownKey(String, &'static [&'static str]),
    /// A key that the section must have.
    MissingKey(&'static str),
    /// A word that is not one of the choice.
    UnknownWord(&'static [&'static str]),
    /// Something else was expected.
    Expected(String),
    /// What the type itself says.
    Refused(String),
}

/// What is wrong with a value, and the way to it.
#[derive(Debug)]
pub struct Fault {
    /// What is wrong.
    pub kind: Kind,
    /// The way from the root, last step first.
    pub way: Vec<Step>,
}

impl Fault {
    /// A fault at the value that is being read.
    pub fn new(kind: Kind) -> Self {
        Self { kind, way: Vec::new() }
    }
}

/// The error of serde: boxed, because it is carried through every call.
#[derive(Debug)]
pub struct Refusal(pub Box<Fault>);

impl Refusal {
    /// A value of another sort was expected.
    pub fn expected(what: impl Into<String>) -> Self {
        Self::new(Kind::Expected(what.into()))
    }

    /// The value that is being read is wrong in this way.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Fault::new(kind)))
    }

    /// The same, seen from one step further up.
    pub fn under(mut self, step: Step) -> Self {
        self.0.way.push(step);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.kind)
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let in_one_line = message.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self::new(Kind::Refused(in_one_line))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownWord(known))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownKey(field.to_owned(), known))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::MissingKey(field))
    }
}

/// The nodes on the way of a fault, the root first, with the entry of each that has one.
pub struct Way<'n> {
    /// The node concerned.
    pub node: &'n Node,
    /// The keys on the way, list indices as `[0]`, for looking it up in the schema.
    pub steps: Vec<String>,
    /// The last key on the way.
    pub entry: Option<&'n Entry>,
    /// The position in the list under that key, if the fault is about a whole entry of it.
    pub item: Option<usize>,
    /// The section it stands in.
    pub section: Option<&'n Node>,
}

impl<'n> Way<'n> {
    /// Goes the way of `fault` from `root`.
    pub fn of(fault: &Fault, root: &'n Node) -> Self {
        let mut way = Self { node: root, steps: Vec::new(), entry: None, item: None, section: None };
        for step in fault.way.iter().rev() {
            match (step, &way.node.value) {
                (Step::Entry(index), Value::Section(entries)) => {
                    let Some(entry) = entries.get(*index) else { break };
                    way.section = Some(way.node);
                    way.steps.push(entry.key.clone());
                    (way.entry, way.item, way.node) = (Some(entry), None, &entry.node);
                }
                (Step::Item(index), Value::List(items)) => {
                    let Some(node) = items.get(*index) else { break };
                    way.steps.push("[]".to_owned());
                    (way.item, way.node) = (Some(*index), node);
                }
                _ => break,
            }
        }
        way
    }

    /// What the fault is about, as the subject of a sentence.
    fn subject(&self) -> String {
        match (self.entry, self.item) {
            (None, _) => "the file".to_owned(),
            (Some(entry), None) => quoted(&entry.key),
            (Some(entry), Some(item)) => format!("entry {} of {}", item + 1, quoted(&entry.key)),
        }
    }

    fn place(&self) -> Place {
        self.node.place
    }

    fn is_nothing(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if scalar.is_nothing())
    }

    fn is_secret(&self) -> bool {
        is_secret_way(&self.steps)
    }
}

/// The finding for a fault. `explain` tells what the schema says of the value at a way.
pub fn finding(fault: &Fault, root: &Node, explain: Explain<'_>) -> Finding {
    let way = Way::of(fault, root);
    let substituted = way.node.substituted();
    let explained = || {
        explain(&way.steps).unwrap_or_else(|| "see the configuration reference for what goes here".to_owned())
    };
    match &fault.kind {
        Kind::UnknownKey(key, known) => unknown_key(&way, key, known, explain),
        Kind::MissingKey(key) => {
            let mut steps = way.steps.clone();
            steps.push((*key).to_owned());
            Finding::new(way.place(), format!("{} has no `{key}`", way.subject()))
                .hint(explain(&steps).unwrap_or_else(|| format!("add `{key}: …`")))
        }
        Kind::UnknownWord(known) => {
            let found = match &way.node.value {
                Value::Scalar(scalar) if scalar.written.is_none() && !way.is_secret() => scalar.text.as_str(),
                _ => "",
            };
            let what = format!("{} cannot be {}", way.subject(), way.node.described(way.is_secret()));
            Finding::new(way.place(), what).hint(choice(found, known))
        }
        Kind::Expected(_) if way.is_nothing() && way.entry.is_some() => {
            Finding::new(way.place(), format!("{} has no value", way.subject())).hint(explained())
        }
        Kind::Expected(what) => {
            let found = way.node.described(way.is_secret());
            Finding::new(way.place(), format!("{} must be {what}, but is {found}", way.subject()))
                .hint(explained())
        }
        Kind::Refused(_) if substituted.is_some() || way.is_secret() => {
            let shown = substituted.map_or_else(|| "the value".to_owned(), quoted);
            Finding::new(way.place(), format!("{}: what {shown} stands for is not accepted", way.subject()))
                .hint(explained())
        }
        Kind::Refused(message) => {
            let meant = match &way.node.value {
                Value::Scalar(scalar) if message.contains("duration") => suggest::duration(&scalar.text),
                Value::Scalar(scalar) if message.contains("percentage") => suggest::percentage(&scalar.text),
                _ => None,
            };
            let hint = meant.map_or_else(explained, |meant| format!("did you mean `{meant}`?"));
            Finding::new(way.place(), format!("{}: {message}", way.subject())).hint(hint)
        }
    }
}

fn unknown_key(way: &Way<'_>, key: &str, known: &[&str], explain: Explain<'_>) -> Finding {
    let place = way.entry.map_or(way.place(), |entry| entry.key_place);
    let finding = Finding::new(place, format!("unknown key {}", quoted(key)));
    let empty_above = way.section.and_then(|section| match &section.value {
        Value::Section(entries) => entries
            .iter()
            .take_while(|entry| entry.key != key)
            .filter(|entry| known.contains(&entry.key.as_str()))
            .filter(|entry| matches!(&entry.node.value, Value::Scalar(scalar) if scalar.is_nothing()))
            .last(),
        _ => None,
    });
    match (nearest(key, known.iter().copied()), empty_above) {
        (Some(meant), _) => finding.hint(format!("did you mean `{meant}`?")),
        (None, Some(above)) => {
            finding.hint(format!("if it belongs to `{}`, indent it further than that", above.key))
        }
        (None, None) => finding.hint(
            elsewhere(way, key, known, explain)
                .unwrap_or_else(|| format!("the keys here are {}", listed(known))),
        ),
    }
}

/// Which words may be used instead of `found`.
pub fn choice(found: &str, known: &[&str]) -> String {
    match nearest(found, known.iter().copied()) {
        Some(meant) if !found.is_empty() => format!("did you mean `{meant}`?"),
        _ => format!("use one of {}", listed(known)),
    }
}

/// Whether a key that is unknown here would be known one level further in or out.
fn elsewhere(way: &Way<'_>, key: &str, known: &[&str], explain: Explain<'_>) -> Option<String> {
    let (_, here) = way.steps.split_last()?;
    let at = |steps: &[String], more: &[&str]| {
        let steps: Vec<String> =
            steps.iter().cloned().chain(more.iter().map(|&key| key.to_owned())).collect();
        explain(&steps).is_some()
    };
    if let Some(section) = known.iter().find(|section| at(here, &[section, key])) {
        return Some(format!("it belongs under `{section}`"));
    }
    let (own, outside) = here.split_last()?;
    (own != "[]" && at(outside, &[key])).then(|| format!("it belongs one level further out, beside `{own}`"))
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
