//! Tables after RFC 4180, with the line and the column of every field.

use crate::{Document, ImportError, Spot};

/// A field and where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Its text.
    pub text: String,
    /// Line and column in characters, both from 1.
    pub line: (usize, usize),
}

/// Rows of fields; lines that hold nothing are left out.
///
/// # Errors
/// When a quote is not closed, or something follows one that is.
pub fn rows(document: &Document) -> Result<Vec<Vec<Field>>, ImportError> {
    let mut reader = Reader {
        document: &document.name,
        chars: document.text.chars().peekable(),
        separator: separator(&document.text),
        line: 1,
        column: 1,
    };
    let mut rows = Vec::new();
    while let Some(row) = reader.row()? {
        if row.iter().any(|field| !field.text.trim().is_empty()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The comma, unless the first line has more semicolons or tabulators.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let mut best = ',';
    for other in [';', '\t'] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}

struct Reader<'d> {
    document: &'d str,
    chars: std::iter::Peekable<std::str::Chars<'d>>,
    separator: char,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn error(&self, line: (usize, usize), what: &str, hint: &str) -> ImportError {
        ImportError::new(Spot { line: Some(line), ..Spot::of(self.document) }, what, hint)
    }

    /// The next row; `None` at the end.
    fn row(&mut self) -> Result<Option<Vec<Field>>, ImportError> {
        if self.chars.peek().is_none() {
            return Ok(None);
        }
        let mut row = Vec::new();
        loop {
            row.push(self.field()?);
            match self.next() {
                Some(c) if c == self.separator => {}
                Some('\r') => {
                    if self.chars.peek() == Some(&'\n') {
                        self.next();
                    }
                    return Ok(Some(row));
                }
                _ => return Ok(Some(row)),
            }
        }
    }

    /// A field; what ends it is not taken.
    fn field(&mut self) -> Result<Field, ImportError> {
        let line = (self.line, self.column);
        let mut text = String::new();
        if self.chars.peek() != Some(&'"') {
            while let Some(&c) = self.chars.peek() {
                if c == self.separator || matches!(c, '\r' | '\n') {
                    break;
                }
                text.push(c);
                self.next();
            }
            return Ok(Field { text: text.trim().to_owned(), line });
        }
        self.next();
        loop {
            match self.next() {
                Some('"') if self.chars.peek() == Some(&'"') => {
                    text.push('"');
                    self.next();
                }
                Some('"') => break,
                Some(c) => text.push(c),
                None => {
                    let hint = "close it; a quote within a field is doubled";
                    return Err(self.error(line, "a quote is opened here and never closed", hint));
                }
            }
        }
        match self.chars.peek() {
            None | Some('\r' | '\n') => {}
            Some(c) if *c == self.separator => {}
            Some(_) => {
                let at = (self.line, self.column);
                let hint = "double a quote within a field, or put the whole field in quotes";
                return Err(self.error(at, "something follows the quote that ends a field", hint));
            }
        }
        Ok(Field { text, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let document = Document { name: "a.csv".to_owned(), text: text.to_owned() };
        let of = |row: Vec<Field>| row.into_iter().map(|field| field.text).collect();
        rows(&document).unwrap().into_iter().map(of).collect()
    }

    fn refused(text: &str) -> String {
        rows(&Document { name: "a.csv".to_owned(), text: text.to_owned() }).unwrap_err().to_string()
    }

    #[test]
    fn quotes_hold_separators_quotes_and_line_ends() {
        assert_eq!(texts("a,b\r\n\"1,\"\"2\"\"\n3\",4\r\n"), [["a", "b"], ["1,\"2\"\n3", "4"]]);
    }

    #[test]
    fn semicolons_and_tabulators_separate_where_the_first_line_has_more_of_them() {
        assert_eq!(texts("a;b\n1,5;2\n"), [["a", "b"], ["1,5", "2"]]);
        assert_eq!(texts("a\tb\n1\t2"), [["a", "b"], ["1", "2"]]);
    }

    #[test]
    fn a_place_is_exact_also_after_a_field_of_several_lines() {
        let document = Document { name: "a.csv".to_owned(), text: "a,b\n\"x\ny\",ä\n,q\n".to_owned() };
        let places: Vec<_> = rows(&document).unwrap().into_iter().flatten().map(|field| field.line).collect();
        assert_eq!(places, [(1, 1), (1, 3), (2, 1), (3, 4), (4, 1), (4, 2)]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_where_it_was_opened() {
        assert!(refused("a,b\n1,\"2\n").starts_with("a.csv:2:3: a quote is opened here and never closed"));
    }

    #[test]
    fn what_follows_a_closed_quote_is_told_at_its_place() {
        assert!(refused("a,b\n\"1\" x,2\n").starts_with("a.csv:2:4: something follows the quote"));
    }
}
