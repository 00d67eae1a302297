//! Finds the word that was probably meant.

/// The one of `known` that is nearest to `found`, if any is near enough to be a slip of the fingers.
pub fn nearest<'k>(found: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let found = found.to_lowercase();
    // Of one or two letters every word is near.
    let allowed = if found.chars().count() < 3 { 0 } else { (found.chars().count() / 3).min(3) };
    known
        .into_iter()
        .map(|word| (distance(&found, &word.to_lowercase()), word))
        .filter(|(distance, word)| {
            let is_start = found.len() >= 3 && (word.starts_with(&found) || found.starts_with(word));
            *distance <= allowed || is_start
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Words for units of time, by how they begin, with the unit to write and how many of it they are.
const UNIT_WORDS: [(&str, u64, &str); 13] = [
    ("", 1, "s"),
    ("ms", 1, "ms"),
    ("milli", 1, "ms"),
    ("msec", 1, "ms"),
    ("s", 1, "s"),
    ("month", 30, "d"),
    ("m", 1, "m"),
    ("min", 1, "m"),
    ("h", 1, "h"),
    ("d", 1, "d"),
    ("w", 7, "d"),
    ("week", 7, "d"),
    ("sec", 1, "s"),
];

/// The duration that was probably meant by a number without a unit, or with one that is not known.
pub fn duration(found: &str) -> Option<String> {
    let found = found.trim().to_lowercase();
    let digits = found.find(|c: char| !c.is_ascii_digit()).unwrap_or(found.len());
    let (number, unit) = found.split_at(digits);
    let unit = unit.trim();
    let of_unit = |(word, _, _): &&(&str, u64, &str)| {
        if word.is_empty() { unit.is_empty() } else { unit.starts_with(word) }
    };
    let (_, times, unit) = UNIT_WORDS.iter().filter(of_unit).max_by_key(|(word, _, _)| word.len())?;
    Some(format!("{}{unit}", number.parse::<u64>().ok()?.checked_mul(*times)?))
}

/// The percentage that was probably meant by a number without its sign: 0.3 is a share, 30 is not.
pub fn percentage(found: &str) -> Option<String> {
    let number = found.trim().parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number))?;
    let percent = if number <= 1.0 && found.contains('.') { number * 100.0 } else { number };
    Some(format!("{}%", (percent * 100.0).round() / 100.0))
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_is_recognised() {
        let known = ["interval", "timeout", "http", "tcp"];
        assert_eq!(nearest("intervall", known), Some("interval"));
        assert_eq!(nearest("tiemout", known), Some("timeout"));
        assert_eq!(nearest("HTTP", known), Some("http"));
        assert_eq!(nearest("https", known), Some("http"));
    }

    #[test]
    fn a_different_word_is_not() {
        assert_eq!(nearest("colour", ["interval", "timeout", "http"]), None);
        assert_eq!(nearest("=<", ["==", "<=", "<"]), None);
        assert_eq!(nearest("up", ["UP", "DOWN"]), Some("UP"));
    }

    #[test]
    fn a_unit_is_added_or_shortened() {
        let cases = [
            ("30", "30s"),
            ("5 min", "5m"),
            ("2 weeks", "14d"),
            ("100 milliseconds", "100ms"),
            ("1 hour", "1h"),
        ];
        for (found, meant) in cases {
            assert_eq!(duration(found).as_deref(), Some(meant), "{found}");
        }
        assert_eq!((duration("often"), duration("5 parsecs"), duration("")), (None, None, None));
    }

    #[test]
    fn a_share_becomes_a_percentage() {
        assert_eq!(percentage("0.3").as_deref(), Some("30%"));
        assert_eq!(percentage("99.5").as_deref(), Some("99.5%"));
        assert_eq!((percentage("950"), percentage("much")), (None, None));
    }

    #[test]
    fn swapped_neighbours_are_one_slip() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
