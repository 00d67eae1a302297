//! Texts with places and with forms for numbers.

/// Puts values into the places of a text. What stands in a value is never taken for a place.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, next)) = after.split_once('}') else { break };
        text.push_str(before);
        let value = values.iter().find(|(name, _)| *name == place);
        text.push_str(value.map_or("", |(_, value)| value));
        rest = next;
    }
    text.push_str(rest);
    text
}

/// What stands before and after the place `{name}`: for texts around an element.
pub fn around(template: &'static str, name: &str) -> (&'static str, &'static str) {
    let parts = template.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (place, after))) if place == name => (before, after),
        _ => (template, ""),
    }
}

/// One of several texts divided by `|`; the last when there are fewer.
pub fn piece(list: &'static str, index: usize) -> &'static str {
    list.split('|').nth(index).or_else(|| list.rsplit('|').next()).unwrap_or(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_taken_for_a_place() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
    }

    #[test]
    fn a_place_without_a_value_is_left_out() {
        assert_eq!(fill("{a}, {b}", &[("a", "1")]), "1, ");
    }

    #[test]
    fn a_text_is_divided_around_its_place() {
        assert_eq!(around("As of {time}", "time"), ("As of ", ""));
        assert_eq!(around("{time} 現在", "time"), ("", " 現在"));
    }
}
