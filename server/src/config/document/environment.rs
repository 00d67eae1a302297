//! Puts values of the environment where the file says `${NAME}`.

/// What cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// No such variable.
    Missing(String),
    /// The variable is there but empty, and the file gives no default.
    Empty(String),
    /// Not a reference that is understood, as it is written.
    Malformed(String),
}

/// A text after substitution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substituted {
    /// The text.
    pub text: String,
    /// Bytes of it that came from the environment.
    pub foreign_bytes: usize,
}

/// Replaces `${NAME}` and `${NAME:-default}` in `text`; `$${` stands for `${`. `None` when there is nothing to do.
pub fn substitute(
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Substituted>, Unresolved> {
    if !text.contains("${") {
        return Ok(None);
    }
    let mut out = Substituted { text: String::with_capacity(text.len()), foreign_bytes: 0 };
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, reference) = rest.split_at(start);
        if let Some(kept) = before.strip_suffix('$') {
            out.text.push_str(kept);
            out.text.push_str("${");
            rest = &reference[2..];
            continue;
        }
        out.text.push_str(before);
        let Some(end) = reference.find('}') else { return Err(Unresolved::Malformed(reference.to_owned())) };
        let (value, foreign) = resolve(&reference[2..end], environment)?;
        out.text.push_str(&value);
        out.foreign_bytes += if foreign { value.len() } else { 0 };
        rest = &reference[end + 1..];
    }
    out.text.push_str(rest);
    Ok(Some(out))
}

/// A value that says `text` and refers to nothing.
pub fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// The value of what stands within the braces, and whether it came from the environment.
fn resolve(body: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<(String, bool), Unresolved> {
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (body, None),
    };
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Unresolved::Malformed(format!("${{{body}}}")));
    }
    match (environment(name), default) {
        (Some(value), _) if !value.is_empty() => Ok((value, true)),
        (_, Some(default)) => Ok((default.to_owned(), false)),
        (Some(_), None) => Err(Unresolved::Empty(name.to_owned())),
        (None, None) => Err(Unresolved::Missing(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str) -> Result<Option<String>, Unresolved> {
        let environment = |name: &str| match name {
            "A" => Some("one".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        substitute(text, &environment).map(|found| found.map(|found| found.text))
    }

    #[test]
    fn a_reference_is_replaced_wherever_it_stands() {
        assert_eq!(put("plain $A"), Ok(None));
        assert_eq!(put("Bearer ${A}, ${A}."), Ok(Some("Bearer one, one.".to_owned())));
    }

    #[test]
    fn a_default_stands_in_for_what_is_missing_or_empty() {
        assert_eq!(put("${NONE:-x y}"), Ok(Some("x y".to_owned())));
        assert_eq!(put("${EMPTY:-}"), Ok(Some(String::new())));
        assert_eq!(put("${A:-x}"), Ok(Some("one".to_owned())));
    }

    #[test]
    fn a_doubled_dollar_keeps_the_braces() {
        assert_eq!(put("^a$${2}"), Ok(Some("^a${2}".to_owned())));
    }

    #[test]
    fn what_is_escaped_is_read_as_it_was() {
        for text in ["${A}", "$${A}", "$$${A}$", "${", "x ${NONE} ${A:-b}", "$ { } plain"] {
            let written = escaped(text);
            assert_eq!(put(&written).unwrap().unwrap_or_else(|| written.clone()), text);
        }
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        assert_eq!(put("${NONE}"), Err(Unresolved::Missing("NONE".to_owned())));
        assert_eq!(put("${EMPTY}"), Err(Unresolved::Empty("EMPTY".to_owned())));
        assert_eq!(put("${1A}"), Err(Unresolved::Malformed("${1A}".to_owned())));
        assert_eq!(put("x ${A"), Err(Unresolved::Malformed("${A".to_owned())));
    }
}
