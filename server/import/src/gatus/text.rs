//! Texts of Gatus: references to the environment become those of Pharos.

/// A text as the configuration file has it. Gatus knows `${NAME}` and `$NAME`, and `$$` for a dollar.
pub fn converted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            // A dollar, which must not make a reference of what follows it.
            out.push_str(if tail.starts_with('{') { "$$" } else { "$" });
            rest = tail;
        } else if let Some((name, tail)) = braced(after) {
            out.extend(["${", name, "}"]);
            rest = tail;
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let name = &after[..end];
            if is_name(name) {
                out.extend(["${", name, "}"]);
                rest = &after[end..];
            } else {
                out.push_str(if after.starts_with('{') { "$$" } else { "$" });
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn braced(after: &str) -> Option<(&str, &str)> {
    let (name, tail) = after.strip_prefix('{')?.split_once('}')?;
    is_name(name).then_some((name, tail))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is nothing but one reference to the environment.
pub fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_references_and_dollars_stay_dollars() {
        for (text, told) in [
            ("${TOKEN}", "${TOKEN}"),
            ("Bearer $TOKEN!", "Bearer ${TOKEN}!"),
            ("costs $$5", "costs $5"),
            ("$${X}", "$${X}"),
            ("$5 and $", "$5 and $"),
            ("${not a name}", "$${not a name}"),
        ] {
            assert_eq!(converted(text), told);
        }
    }
}
