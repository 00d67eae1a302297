//! Reading XML from strangers: bounded in depth and number, without a document type and so without entities of its own.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::limits::{DOCUMENT_DEPTH_MAX, FEED_NODES_MAX};
use crate::outcome::excerpt;

/// The name space of Atom.
const ATOM: &str = "http://www.w3.org/2005/Atom";
/// What feeds say they are; others say nothing, and begin like one.
const MEDIA_TYPES: [&str; 4] = ["application/atom+xml", "application/rss+xml", "application/xml", "text/xml"];

/// An element with what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Whether it says that it is of Atom's name space.
    pub is_atom: bool,
    /// What stands in it, in order.
    pub content: Vec<Node>,
}

/// What may stand in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Text, with its references resolved.
    Text(String),
    /// Another element.
    Element(Element),
}

impl Element {
    /// The elements in it.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element in it of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children().find(|child| child.name == name)
    }

    /// What stands in it as HTML: its text, and its elements as they would be written.
    pub fn markup(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        for node in &self.content {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => {
                    out.extend(["<", &element.name, ">"]);
                    element.write(out);
                    out.extend(["</", &element.name, ">"]);
                }
            }
        }
    }
}

/// Whether a text is meant to be a feed.
pub fn is_feed(text: &str, media_type: &str) -> bool {
    let said = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let begins = ["<?xml", "<feed", "<rss"].iter().any(|start| text.starts_with(start));
    begins || (MEDIA_TYPES.contains(&&*said) && text.starts_with('<'))
}

/// Reads a document.
///
/// # Errors
/// In words that end a sentence: why it cannot be read.
pub fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    loop {
        match reader.read_event().map_err(|_| not_well_formed())? {
            Event::Start(start) => tree.open(element(&start)?)?,
            Event::Empty(start) => {
                tree.open(element(&start)?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.add(&text.xml10_content())?,
            Event::CData(text) => tree.add(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.add(&resolved(&reference)?)?,
            Event::DocType(_) => return Err("it declares a document type, which is not read".to_owned()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    tree.root.filter(|_| tree.open.is_empty()).ok_or_else(not_well_formed)
}

fn not_well_formed() -> String {
    "it is not well-formed XML".to_owned()
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut is_atom = false;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| not_well_formed())?;
        is_atom |= attribute.key.as_ref().starts_with("xmlns") && &*attribute.value == ATOM;
    }
    let name = start.local_name().into_inner().to_owned();
    Ok(Element { name, is_atom, content: Vec::new() })
}

/// What was read so far.
#[derive(Default)]
struct Tree {
    root: Option<Element>,
    /// The elements that have not ended, each in the one before.
    open: Vec<Element>,
    nodes: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), String> {
        if self.open.len() >= DOCUMENT_DEPTH_MAX {
            return Err(format!("it is deeper than {DOCUMENT_DEPTH_MAX} levels"));
        }
        self.count()?;
        self.open.push(element);
        Ok(())
    }

    /// Puts the element that ends into the one around it, or takes it as the whole.
    fn close(&mut self) -> Result<(), String> {
        let ended = self.open.pop().ok_or_else(not_well_formed)?;
        match self.open.last_mut() {
            Some(around) => around.content.push(Node::Element(ended)),
            None if self.root.is_none() => self.root = Some(ended),
            None => return Err(not_well_formed()),
        }
        Ok(())
    }

    /// Adds text to the element that is open. What stands next to text before it is the same text: there are as many pieces of it as
    /// there are references in it, and HTML in a feed is full of those.
    fn add(&mut self, text: &str) -> Result<(), String> {
        let Some(around) = self.open.last_mut() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(not_well_formed()) };
        };
        if let Some(Node::Text(before)) = around.content.last_mut() {
            before.push_str(text);
            return Ok(());
        }
        around.content.push(Node::Text(text.to_owned()));
        self.count()
    }

    fn count(&mut self) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > FEED_NODES_MAX {
            return Err(format!("it has more than {FEED_NODES_MAX} elements and texts"));
        }
        Ok(())
    }
}

/// The character that a reference stands for. There is none but those of XML itself and those by number.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        Ok(None) => resolve_predefined_entity(reference)
            .map(str::to_owned)
            .ok_or_else(|| format!("it refers to the entity \"{}\", which is not read", excerpt(reference))),
        Err(_) => Err(not_well_formed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_texts_are_read_in_order() {
        let root = parse("<?xml version=\"1.0\"?><a:feed xmlns:a=\"http://www.w3.org/2005/Atom\">x &lt;&#105;<b>y</b><![CDATA[<i>]]></a:feed>").unwrap();
        assert_eq!((root.name.as_str(), root.is_atom), ("feed", true));
        assert_eq!(root.markup(), "x <i<b>y</b><i>");
        assert_eq!(root.child("b").unwrap().markup(), "y");
    }

    #[test]
    fn escaped_html_of_a_long_history_is_one_text() {
        // An entry of a status page has some sixty tags, each of which is two references and a text.
        let html = "&lt;p&gt;It&#39;s &quot;over&quot;&lt;/p&gt;".repeat(10_000);
        let root = parse(&format!("<a>{html}</a>")).unwrap();
        assert_eq!(root.content.len(), 1);
        assert!(root.markup().starts_with("<p>It's \"over\"</p><p>"));
    }

    #[test]
    fn what_is_no_bounded_xml_is_refused_with_a_reason() {
        let deep = "<a>".repeat(17) + &"</a>".repeat(17);
        let many = format!("<a>{}</a>", "<b/>".repeat(20_000));
        let texts = format!("<a>{}</a>", "x<b/>".repeat(10_000));
        let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        for (text, why) in [
            (laughs, "it declares a document type, which is not read"),
            ("<a>&c;</a>", "it refers to the entity \"c\", which is not read"),
            (&deep, "it is deeper than 16 levels"),
            (&many, "it has more than 20000 elements and texts"),
            (&texts, "it has more than 20000 elements and texts"),
            ("<a><b></a></b>", "it is not well-formed XML"),
            ("<a>", "it is not well-formed XML"),
            ("<a/><b/>", "it is not well-formed XML"),
            ("<a/>text", "it is not well-formed XML"),
            ("<a b='1' b='2'/>", "it is not well-formed XML"),
            ("<a>&#x110000;</a>", "it is not well-formed XML"),
            ("", "it is not well-formed XML"),
        ] {
            assert_eq!(parse(text), Err(why.to_owned()), "{}", excerpt(text));
        }
    }
}
