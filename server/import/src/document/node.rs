//! The tree of a document: values, and where each stands.

/// A value.
#[derive(Clone, Debug)]
pub struct Node {
    /// Line and column, both from 1; `None` in formats whose places are told by their ways.
    pub line: Option<(usize, usize)>,
    /// What it is.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text, a number, a truth, or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A section of keys with values, each key once.
    Section(Vec<Entry>),
}

/// A single value.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Its text.
    pub text: String,
    /// Whether it is nothing at all: `null`, `~`, or no text without quotes.
    pub is_nothing: bool,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub node: Node,
}

impl Node {
    /// What it is, for a message.
    pub fn described(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_nothing => "nothing".to_owned(),
            Value::Scalar(scalar) => quoted(&scalar.text),
            Value::List(_) => "a list".to_owned(),
            Value::Section(_) => "a section of keys".to_owned(),
        }
    }

    /// How many nodes it is made of, itself counted.
    pub fn size(&self) -> usize {
        1 + self.children().map(Self::size).sum::<usize>()
    }

    /// How many levels it has, itself counted.
    pub fn depth(&self) -> usize {
        1 + self.children().map(Self::depth).max().unwrap_or(0)
    }

    fn children(&self) -> impl Iterator<Item = &Self> {
        let (items, entries) = match &self.value {
            Value::Scalar(_) => (None, None),
            Value::List(items) => (Some(items), None),
            Value::Section(entries) => (None, Some(entries)),
        };
        items.into_iter().flatten().chain(entries.into_iter().flatten().map(|entry| &entry.node))
    }
}

/// A value in backticks, cut when it is long.
pub fn quoted(text: &str) -> String {
    let max = crate::limits::SHOWN_CHARS_MAX;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown: String = text.chars().take(max).map(clean).collect();
    if text.chars().nth(max).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
