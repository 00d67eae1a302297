//! Reads YAML into a tree: the first document, bounded, with what anchors repeat and merge keys bring put in.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

use super::Document;
use super::node::{Entry, Node, Scalar, Value, quoted};
use crate::limits::{DEPTH_MAX, NODES_MAX};
use crate::{ImportError, Spot};

/// Line and column.
type Place = Option<(usize, usize)>;

/// Reads a document.
pub fn read(document: &Document) -> Result<Node, ImportError> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    let parser = Parser::with_options(StrInput::new(&document.text), options);
    let mut reader =
        Reader { name: &document.name, parser, nodes: 0, anchors: BTreeMap::new(), open: BTreeSet::new() };
    loop {
        match reader.next()? {
            (Event::StreamStart, _) => {}
            (Event::DocumentStart(..), _) => break,
            _ => return Err(reader.empty()),
        }
    }
    let (event, span) = reader.next()?;
    let root = reader.node(event, span, 0)?;
    reader.end()?;
    Ok(root)
}

struct Reader<'t> {
    name: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    nodes: usize,
    /// What was named so far.
    anchors: BTreeMap<usize, Node>,
    /// What was named and is not read to its end.
    open: BTreeSet<usize>,
}

#[expect(clippy::unnecessary_wraps, reason = "the form in which every place is handed on")]
fn place(span: &Span) -> Place {
    Some((span.start.line(), span.start.col() + 1))
}

impl<'t> Reader<'t> {
    fn empty(&self) -> ImportError {
        self.error(None, "there is nothing in it", "check that it is the right file")
    }

    fn error(&self, line: Place, what: impl Into<String>, hint: &str) -> ImportError {
        ImportError::new(Spot { line, ..Spot::of(self.name) }, what, hint)
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), ImportError> {
        match self.parser.next() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                let marker = error.marker();
                let line = Some((marker.line(), marker.col() + 1));
                let what = format!("this is not valid YAML: {}", error.kind());
                Err(self.error(line, what, "mend it where it is used first"))
            }
            None => Err(self.empty()),
        }
    }

    /// Reads on to the end, where nothing may stand but documents without a word.
    fn end(&mut self) -> Result<(), ImportError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), span) => {
                    let (event, _) = self.next()?;
                    let text: &str =
                        if let Event::Scalar(text, ScalarStyle::Plain, ..) = &event { text } else { "*" };
                    if !matches!(text, "" | "~") {
                        let what = "another document begins here, and only one is read";
                        return Err(self.error(place(&span), what, "put each into a file of its own"));
                    }
                }
                _ => {}
            }
        }
    }

    fn count(&mut self, nodes: usize, depth: usize, at: Place) -> Result<(), ImportError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(self.error(
                at,
                format!("it holds more than {NODES_MAX} values"),
                "import it in parts",
            ));
        }
        if depth > DEPTH_MAX {
            let what = format!("it has sections more than {DEPTH_MAX} deep within one another");
            return Err(self.error(at, what, "check that it is the right file"));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, ImportError> {
        let line = place(&span);
        self.count(1, depth, line)?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_nothing = style == ScalarStyle::Plain
                    && tag.is_none()
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                (anchor, Value::Scalar(Scalar { text: text.into_owned(), is_nothing }))
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.insert(anchor);
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(_, anchor, _) => {
                self.open.insert(anchor);
                (anchor, self.section(depth)?)
            }
            Event::Alias(anchor) => return self.alias(anchor, line, depth),
            Event::UnresolvedAlias(name) => {
                let what = format!("{} names nothing above it", quoted(&format!("*{name}")));
                return Err(self.error(line, what, "check how the anchor is called"));
            }
            _ => return Err(self.error(line, "a value is missing here", "mend the file")),
        };
        let node = Node { line, value };
        if anchor > 0 {
            self.open.remove(&anchor);
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, line: Place, depth: usize) -> Result<Node, ImportError> {
        if self.open.contains(&anchor) {
            let what = "this stands for something that it is part of itself";
            return Err(self.error(line, what, "write the value out"));
        }
        let Some(known) = self.anchors.get(&anchor) else {
            let what = "this stands for something that is not there";
            return Err(self.error(line, what, "check how the anchor is called"));
        };
        // The alias itself is counted already; what it stands for is copied only once it is known to be within bounds.
        let (more, deepest) = (known.size() - 1, depth + known.depth() - 1);
        self.count(more, deepest, line)?;
        self.anchors.get(&anchor).cloned().ok_or_else(|| self.empty())
    }

    fn list(&mut self, depth: usize) -> Result<Value, ImportError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn section(&mut self, depth: usize) -> Result<Value, ImportError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut merged: Vec<Node> = Vec::new();
        loop {
            let (key, key_place) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), span) => (text.into_owned(), place(&span)),
                (_, span) => {
                    return Err(self.error(
                        place(&span),
                        "a key must be a single text",
                        "write `key: value`",
                    ));
                }
            };
            let (event, span) = self.next()?;
            let mut node = self.node(event, span, depth + 1)?;
            if span.start == span.end {
                node.line = key_place;
            }
            if key == "<<" {
                merged.push(node);
                continue;
            }
            if !known.insert(key.clone()) {
                let what = format!("the key {} stands twice in this section", quoted(&key));
                return Err(self.error(key_place, what, "remove one of the two"));
            }
            entries.push(Entry { key, node });
        }
        for entry in merged.into_iter().flat_map(of_merged) {
            if known.insert(entry.key.clone()) {
                entries.push(entry);
            }
        }
        Ok(Value::Section(entries))
    }
}

/// What a merge key brings: the entries of a section, or of a list of them, of which the first that has a key counts.
fn of_merged(node: Node) -> Vec<Entry> {
    match node.value {
        Value::Section(entries) => entries,
        Value::List(items) => items.into_iter().flat_map(of_merged).collect(),
        Value::Scalar(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { name: "a.yaml".to_owned(), text: text.to_owned() }
    }

    fn refused(text: &str) -> String {
        read(&document(text)).unwrap_err().to_string()
    }

    #[test]
    fn what_an_anchor_names_is_put_in_and_own_keys_win_over_merged_ones() {
        let document = document("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n");
        let root = document.yaml().unwrap();
        let at = document.at(&root);
        let value = |section: &str, key: &str| at.need(section).unwrap().need(key).unwrap().number().unwrap();
        assert_eq!((value("b", "x"), value("b", "y"), value("c", "y")), (1, 3, 2));
    }

    #[test]
    fn an_anchor_that_is_part_of_itself_is_refused_at_its_place() {
        assert_eq!(
            refused("a: &a\n  b: *a\n"),
            "a.yaml:2:6: this stands for something that it is part of itself; write the value out"
        );
    }

    #[test]
    fn a_bomb_of_aliases_is_refused_before_it_goes_off() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            bomb.extend([format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(", "))]);
        }
        assert!(refused(&bomb).contains("holds more than 500000 values"), "{}", refused(&bomb));
    }

    #[test]
    fn what_stands_behind_the_first_document_is_refused_at_its_place() {
        assert!(refused("a: 1\n---\nb: 2\n").starts_with("a.yaml:2:1: another document begins here"));
        assert!(read(&document("{a: 1}\n}\n")).is_err());
        assert!(read(&document("---\na: 1\n...\n")).is_ok());
        assert!(read(&document("---\na: 1\n---\n")).is_ok());
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_its_place() {
        assert!(refused("a: 1\na: 2\n").starts_with("a.yaml:2:1: the key `a` stands twice"));
    }

    #[test]
    fn depth_is_bounded_also_where_aliases_make_it() {
        assert!(read(&document(&"[".repeat(1_000))).is_err());
        let mut nested = "a0: &a0 [x]\n".to_owned();
        for level in 1..40 {
            nested.extend([format!("a{level}: &a{level} [*a{}]\n", level - 1)]);
        }
        assert!(refused(&nested).contains("deep within one another"));
    }
}
