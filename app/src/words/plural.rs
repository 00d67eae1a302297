//! Plural categories of whole numbers, by language, after the Unicode CLDR rules (cardinals, integers).
//!
//! A table of a few lines in place of a library, because it also runs in the browser's half, where every kilobyte counts.
//! Romance languages have one more category, for whole millions: no count on a page is as large.

/// How many forms a language has for whole numbers.
#[cfg(test)]
pub fn forms(language: &str) -> usize {
    match language {
        "ja" | "ko" | "zh" => 1,
        "ar" => 6,
        _ => 2,
    }
}

/// Which of them, in CLDR's order (zero, one, two, few, many, other), is used with `n`.
pub fn form(language: &str, n: u64) -> usize {
    let hundredth = n % 100;
    match language {
        "ja" | "ko" | "zh" => 0,
        "fr" | "pt" => usize::from(n > 1),
        "ar" => match (n, hundredth) {
            (0..=2, _) => usize::try_from(n).unwrap_or(0),
            (_, 3..=10) => 3,
            (_, 11..=99) => 4,
            _ => 5,
        },
        _ => usize::from(n != 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_form_of_their_language() {
        let forms =
            |language, numbers: &[u64]| numbers.iter().map(|n| form(language, *n)).collect::<Vec<_>>();
        assert_eq!(forms("en", &[0, 1, 2]), [1, 0, 1]);
        assert_eq!(forms("fr", &[0, 1, 2]), [0, 0, 1]);
        assert_eq!(forms("ar", &[0, 1, 2, 3, 11, 99, 100, 103]), [0, 1, 2, 3, 4, 4, 5, 3]);
        assert_eq!(forms("ja", &[0, 1, 2]), [0, 0, 0]);
    }

    #[test]
    fn no_number_asks_for_a_form_that_there_is_not() {
        for language in ["ar", "de", "en", "fr", "ja"] {
            assert!((0..=1_000).all(|n| form(language, n) < forms(language)), "{language}");
        }
    }
}
