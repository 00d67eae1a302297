//! Reads YAML text into a tree: one document, bounded, without aliases, with the environment put in.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

use super::super::error::Finding;
use super::super::limits::{DEPTH_MAX, NODES_MAX, SUBSTITUTED_BYTES_MAX};
use super::super::snippet::Place;
use super::environment::{Unresolved, substitute};
use super::syntax;
use super::tree::{Entry, Node, Scalar, Value, quoted};

/// Where variables of the environment come from.
type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Reads `text`. What is wrong but does not prevent reading on comes with the tree.
///
/// # Errors
/// What prevents reading on: bad syntax, too much of something, or no document at all.
pub fn read(text: &str, environment: Environment<'_>) -> Result<(Node, Vec<Finding>), Finding> {
    let parser = Parser::with_options(StrInput::new(text), options());
    let mut reader = Reader { parser, environment, findings: Vec::new(), nodes: 0, substituted_bytes: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart, _) => {}
            (Event::DocumentStart(..), _) => break,
            _ => return Err(empty_file()),
        }
    }
    let (event, span) = reader.next()?;
    let root = reader.node(event, span, 0)?;
    loop {
        match reader.next()? {
            (Event::DocumentStart(..), span) => {
                return Err(Finding::new(place(&span), "a second document begins here")
                    .hint("a configuration is one document: remove the `---`"));
            }
            (Event::StreamEnd, _) => break,
            _ => {}
        }
    }
    match root.value {
        Value::Scalar(ref scalar) if scalar.is_nothing() => Err(empty_file()),
        _ => Ok((root, reader.findings)),
    }
}

fn empty_file() -> Finding {
    Finding::of_file("there is nothing in the file").hint("begin with `page:` and `components:`")
}

fn options() -> Options {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    options
}

fn place(span: &Span) -> Place {
    let (start, end) = (span.start, span.end);
    let width =
        if start.line() == end.line() { end.col().saturating_sub(start.col()).max(1) } else { usize::MAX };
    Place { line: start.line(), column: start.col() + 1, width }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    environment: Environment<'t>,
    findings: Vec<Finding>,
    nodes: usize,
    substituted_bytes: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Finding> {
        loop {
            match self.parser.next() {
                Some(Ok((Event::Anchor(..), span))) => {
                    let what = "anchors (`&name`) are not supported";
                    self.findings.push(
                        Finding::new(place(&span), what)
                            .hint("remove it, and write the value out wherever it is needed"),
                    );
                }
                Some(Ok(found)) => return Ok(found),
                Some(Err(error)) => return Err(syntax::finding(&error)),
                None => return Err(empty_file()),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Finding> {
        let at = place(&span);
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Finding::new(at, format!("the file holds more than {NODES_MAX} values"))
                .hint("split what it describes over several pages"));
        }
        if depth > DEPTH_MAX {
            return Err(Finding::new(
                at,
                format!("sections lie more than {DEPTH_MAX} deep within one another"),
            ));
        }
        match event {
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(&span, tag.is_some());
                self.scalar(&text, style == ScalarStyle::Plain, at)
            }
            Event::SequenceStart(_, _, tag) => {
                self.refuse_tag(&span, tag.is_some());
                self.list(at, depth)
            }
            Event::MappingStart(_, _, tag) => {
                self.refuse_tag(&span, tag.is_some());
                self.section(at, depth)
            }
            _ => {
                self.findings.push(
                    Finding::new(at, "aliases (`*name`) are not supported").hint("write the value out here"),
                );
                Ok(skipped(at))
            }
        }
    }

    fn refuse_tag(&mut self, span: &Span, tagged: bool) {
        if tagged {
            let at = place(&span.tag_span().unwrap_or(*span));
            let what = "tags (`!name`) are not supported";
            self.findings.push(Finding::new(at, what).hint("remove the `!name`; quotes make a value a text"));
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, at: Place) -> Result<Node, Finding> {
        let (text, written) = match substitute(text, self.environment) {
            Ok(None) => (text.to_owned(), None),
            Ok(Some(found)) => {
                self.substituted_bytes += found.foreign_bytes;
                if self.substituted_bytes > SUBSTITUTED_BYTES_MAX {
                    return Err(Finding::new(
                        at,
                        format!("the environment puts more than {SUBSTITUTED_BYTES_MAX} bytes into the file"),
                    ));
                }
                let written = (found.foreign_bytes > 0).then(|| text.to_owned());
                (found.text, written)
            }
            Err(unresolved) => {
                self.findings.push(unresolved_finding(&unresolved, at));
                return Ok(skipped(at));
            }
        };
        Ok(Node::new(at, Value::Scalar(Scalar { text, plain, written })))
    }

    fn list(&mut self, at: Place, depth: usize) -> Result<Node, Finding> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node::new(one_wide(at), Value::List(items))),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn section(&mut self, at: Place, depth: usize) -> Result<Node, Finding> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        loop {
            let (key, key_place) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), span) => (text.into_owned(), place(&span)),
                (_, span) => {
                    return Err(Finding::new(place(&span), "a key must be a single text")
                        .hint("put a value that begins with `{`, `[`, `*` or `&` in quotes"));
                }
            };
            let (event, span) = self.next()?;
            let mut node = self.node(event, span, depth + 1)?;
            if span.start == span.end {
                node.place = key_place;
            }
            if let Some(first) = seen.get(&key) {
                self.findings.push(
                    Finding::new(key_place, format!("the key {} stands twice in this section", quoted(&key)))
                        .related(*first, "the first is here")
                        .hint("remove one of the two"),
                );
                continue;
            }
            seen.insert(key.clone(), key_place);
            entries.push(Entry { key, key_place, node });
        }
        let at = entries.first().map_or(one_wide(at), |entry| entry.key_place);
        Ok(Node::new(at, Value::Section(entries)))
    }
}

fn one_wide(place: Place) -> Place {
    Place { width: 1, ..place }
}

/// Stands for a value that could not be had, so that reading can go on.
fn skipped(at: Place) -> Node {
    let node = Node::new(at, Value::Scalar(Scalar { text: String::new(), plain: true, written: None }));
    node.skipped.set(true);
    node
}

fn unresolved_finding(unresolved: &Unresolved, at: Place) -> Finding {
    match unresolved {
        Unresolved::Missing(name) => {
            Finding::new(at, format!("the environment variable `{name}` is not set"))
                .hint(format!("set it where Pharos is started, or give a default: `${{{name}:-default}}`"))
        }
        Unresolved::Empty(name) => Finding::new(at, format!("the environment variable `{name}` is empty"))
            .hint(format!("give it a value, or say that it may be empty: `${{{name}:-}}`")),
        Unresolved::Malformed(written) => {
            Finding::new(at, format!("{} is not a reference to the environment", quoted(written)))
                .hint("write `${NAME}` or `${NAME:-default}`, and `$${` for `${` itself")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        match read(text, &|_| None) {
            Ok((_, findings)) => findings.into_iter().map(|finding| finding.what).collect(),
            Err(finding) => vec![finding.what],
        }
    }

    #[test]
    fn a_bomb_of_nested_lists_is_refused() {
        let deep = "[".repeat(10_000);
        assert!(findings(&deep)[0].contains("too many sections"), "{:?}", findings(&deep));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused_without_expanding_it() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        assert_eq!(findings(bomb).iter().filter(|what| what.contains("aliases")).count(), 4);
    }

    #[test]
    fn a_bomb_of_substitutions_is_refused() {
        let text = "a: [".to_owned() + &"\"${X}\",".repeat(3_000) + "]";
        let big = |_: &str| Some("x".repeat(1_000));
        let refused = read(&text, &big).unwrap_err();
        assert!(refused.what.contains("the environment puts more than"), "{refused:?}");
    }

    #[test]
    fn too_many_values_are_refused() {
        let text = "a: [".to_owned() + &"1,".repeat(NODES_MAX + 1) + "]";
        assert!(findings(&text)[0].contains("more than 250000 values"));
    }
}
