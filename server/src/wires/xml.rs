//! XML, written one element after the other.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::plain::is_allowed;

/// A document that is being written. Text is escaped, and characters that no document may hold are left out.
pub struct Xml {
    writer: Writer<Vec<u8>>,
}

/// Names and values.
type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Xml {
    /// A document in UTF-8.
    pub fn new() -> Self {
        let mut xml = Self { writer: Writer::new(Vec::new()) };
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// Begins an element.
    pub fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.write(Event::Start(started(name, attributes)));
    }

    /// Ends it.
    pub fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An element without content.
    pub fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.write(Event::Empty(started(name, attributes)));
    }

    /// An element with text in it.
    pub fn leaf(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(&allowed(text))));
        self.close(name);
    }

    /// The document.
    pub fn finish(self) -> String {
        // All of it was written from texts.
        String::from_utf8(self.writer.into_inner()).unwrap_or_default()
    }

    fn write(&mut self, event: Event<'_>) {
        // Writing to memory cannot fail.
        let _written = self.writer.write_event(event);
    }
}

fn allowed(text: &str) -> String {
    text.chars().filter(|c| is_allowed(*c)).collect()
}

fn started<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, allowed(value).as_str()));
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "\"<&")]);
        xml.leaf("c", &[], "</c>&\u{1}x");
        xml.empty("d", &[]);
        xml.close("a");
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"&quot;&lt;&amp;\"><c>&lt;/c&gt;&amp;x</c><d/></a>";
        assert_eq!(xml.finish(), expected);
    }
}
