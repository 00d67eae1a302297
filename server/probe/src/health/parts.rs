//! Parts that speak for components of their own: which they are, and what they say.

use std::collections::{BTreeMap, HashMap};

use super::judge::{bad_parts, said_of};
use super::reading::Reading;
use crate::limits::{PATTERN_BYTES_MAX, PATTERNS_MAX};
use crate::outcome::{Mapped, Outcome, Part, Reason, ReasonKind};

/// What is said of a pattern that no part matches.
const GONE: &str = "Health: the document has no such part any more";

/// Splits the parts: what each of the `patterns` matches, with what stands below it, and the rest.
///
/// A part belongs to the pattern that matches it, else to whom the part above it belongs. A pattern that is a path comes
/// before those with a `*`.
pub(super) fn split<'a>(
    patterns: impl Iterator<Item = &'a String>,
    parts: Vec<Part>,
) -> (Vec<Mapped>, Vec<Part>) {
    let patterns: Vec<&str> = patterns.map(String::as_str).collect();
    if patterns.is_empty() {
        return (Vec::new(), parts);
    }
    let exact: HashMap<&str, usize> =
        patterns.iter().enumerate().map(|(index, path)| (*path, index)).collect();
    let globs: Vec<(usize, &str)> =
        patterns.iter().copied().enumerate().filter(|(_, pattern)| pattern.contains('*')).collect();
    let direct = |path: &str| {
        let glob = || globs.iter().find(|(_, pattern)| matches(pattern, path)).map(|(index, _)| *index);
        exact.get(path).copied().or_else(glob)
    };
    let mut owners: HashMap<String, Option<usize>> = HashMap::with_capacity(parts.len());
    let mut own: Vec<Vec<Part>> = vec![Vec::new(); patterns.len()];
    let mut below: Vec<Vec<Part>> = vec![Vec::new(); patterns.len()];
    let mut rest = Vec::new();
    for part in parts {
        let matched = direct(&part.path);
        let owner = matched.or_else(|| {
            above(&part.path).find_map(|path| match owners.get(path) {
                Some(owner) => *owner,
                None => direct(path),
            })
        });
        owners.insert(part.path.clone(), owner);
        match (owner, matched) {
            (Some(owner), Some(_)) => own[owner].push(part),
            (Some(owner), None) => below[owner].push(part),
            (None, _) => rest.push(part),
        }
    }
    let mapped = patterns.iter().zip(own.into_iter().zip(below));
    (mapped.map(|(pattern, (own, below))| read((*pattern).to_owned(), own, below)).collect(), rest)
}

/// The paths above a path, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(end, _)| &path[..end])
}

/// What the parts that a pattern matches say together, with those below them.
fn read(pattern: String, own: Vec<Part>, below: Vec<Part>) -> Mapped {
    // Only what stands below is told of.
    let told = if own.is_empty() { below.clone() } else { own };
    if told.is_empty() {
        let reason = Reason::new(ReasonKind::PartGone, GONE);
        return Mapped { pattern, outcome: Outcome::Unknown, reason: Some(reason) };
    }
    let whole = match Reading::of_parts(told.clone()).whole {
        // All of them speak for one component, which is as bad as the worst of what is told of it.
        Outcome::Good => worst(&told),
        _ if told.len() == 1 => told[0].outcome,
        whole => whole,
    };
    let all: Vec<Part> = told.into_iter().chain(below).collect();
    let outcome = match whole {
        Outcome::Good | Outcome::Degraded | Outcome::Maintenance if all.iter().any(Part::is_bad) => {
            Outcome::Partial
        }
        Outcome::Good | Outcome::Maintenance if all.iter().any(|part| part.outcome == Outcome::Degraded) => {
            Outcome::Degraded
        }
        whole => whole,
    };
    let sentence = match (outcome, bad_parts(&all)) {
        (Outcome::Good, _) => None,
        (_, Some(bad)) => Some(format!("Health: {bad}")),
        (outcome, None) => all.iter().find(|part| part.outcome == outcome).map(said_of),
    };
    Mapped { pattern, outcome, reason: sentence.map(|text| Reason::new(ReasonKind::Unhealthy, text)) }
}

fn worst(parts: &[Part]) -> Outcome {
    let outcomes = parts.iter().map(|part| part.outcome);
    outcomes.max_by_key(|outcome| outcome.severity()).unwrap_or(Outcome::Unknown)
}

/// Whether a path fits a pattern, name by name.
fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if fits(pattern.as_bytes(), name.as_bytes()) => {}
            _ => return false,
        }
    }
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut got) = (0, 0);
    // Where the last star stands and how far it reaches: a character further when what follows does not fit.
    let mut star: Option<(usize, usize)> = None;
    while got < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, got));
            at += 1;
        } else if pattern.get(at) == Some(&name[got]) {
            (at, got) = (at + 1, got + 1);
        } else if let Some((place, reach)) = star {
            star = Some((place, reach + 1));
            (at, got) = (place + 1, reach + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// Finds patterns that can match nothing, or too many of them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub(crate) fn check(parts: &BTreeMap<String, String>, _: &()) -> garde::Result {
    if parts.len() > PATTERNS_MAX {
        return Err(garde::Error::new(format!(
            "{} parts are named, use at most {PATTERNS_MAX}",
            parts.len()
        )));
    }
    let is_bad = |path: &&String| {
        path.len() > PATTERN_BYTES_MAX || path.split('/').any(|name| name.trim() != name || name.is_empty())
    };
    match parts.keys().find(is_bad) {
        Some(bad) => Err(garde::Error::new(format!(
            "\"{}\" is not the path of a part, such as `database` or `shards/*`",
            crate::outcome::excerpt(bad)
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Degraded, Down, Good, Maintenance, Partial, Unknown};

    fn parts(told: &[(&str, Outcome)]) -> Vec<Part> {
        let part = |(path, outcome): &(&str, Outcome)| Part {
            path: (*path).to_owned(),
            word: "W".to_owned(),
            outcome: *outcome,
        };
        told.iter().map(part).collect()
    }

    fn outcomes(patterns: &[&str], told: &[(&str, Outcome)]) -> (Vec<Outcome>, usize) {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let (mapped, rest) = split(patterns.iter(), parts(told));
        (mapped.iter().map(|mapped| mapped.outcome).collect(), rest.len())
    }

    #[test]
    fn a_part_is_found_by_its_path_and_the_others_are_the_rest() {
        let told = [("db", Down), ("cache", Good), ("queue", Good)];
        assert_eq!(outcomes(&["db", "cache"], &told), (vec![Down, Good], 1));
    }

    #[test]
    fn a_part_that_is_not_told_of_is_not_known() {
        assert_eq!(outcomes(&["db", "shards/*"], &[("cache", Good)]), (vec![Unknown, Unknown], 1));
    }

    #[test]
    fn what_stands_below_a_part_belongs_to_it() {
        assert_eq!(outcomes(&["db"], &[("db", Good), ("db/a", Good), ("db/b", Down)]), (vec![Partial], 0));
        assert_eq!(outcomes(&["db"], &[("db/a", Down), ("db/b", Down)]), (vec![Down], 0));
        let nested = [("db", Down), ("db/a", Down), ("db/a/disk", Down), ("db/b", Good)];
        assert_eq!(outcomes(&["db", "db/a"], &nested), (vec![Down, Down], 0));
    }

    #[test]
    fn parts_that_come_and_go_are_told_together() {
        let shards = |told: &[(&str, Outcome)]| outcomes(&["shards/*"], told).0[0];
        assert_eq!(shards(&[("shards/1", Good), ("shards/2", Good)]), Good);
        assert_eq!(shards(&[("shards/1", Good), ("shards/2", Down)]), Partial);
        assert_eq!(shards(&[("shards/1", Down), ("shards/2", Down)]), Down);
        assert_eq!(shards(&[("shards/1", Degraded), ("shards/2", Good)]), Degraded);
        assert_eq!(shards(&[("shards/1", Maintenance)]), Maintenance);
    }

    #[test]
    fn parts_of_which_none_is_known_to_be_well_are_not_well_together() {
        let shards = |one, other| outcomes(&["shards/*"], &[("shards/1", one), ("shards/2", other)]).0[0];
        for (one, other, together) in [
            (Maintenance, Maintenance, Maintenance),
            (Maintenance, Unknown, Unknown),
            (Unknown, Unknown, Unknown),
            (Good, Maintenance, Maintenance),
            (Good, Unknown, Unknown),
            (Maintenance, Degraded, Degraded),
            (Maintenance, Down, Partial),
            (Unknown, Partial, Partial),
        ] {
            assert_eq!((shards(one, other), shards(other, one)), (together, together), "{one:?} {other:?}");
        }
    }

    #[test]
    fn maintenance_of_a_part_does_not_hide_what_is_bad_below_it() {
        for (below, together) in [(Down, Partial), (Degraded, Degraded), (Unknown, Maintenance)] {
            assert_eq!(outcomes(&["db"], &[("db", Maintenance), ("db/a", below)]), (vec![together], 0));
        }
    }

    #[test]
    fn a_path_comes_before_a_pattern_with_a_star() {
        let told = [("shards/1", Down), ("shards/2", Good)];
        assert_eq!(outcomes(&["shards/*", "shards/1"], &told), (vec![Good, Down], 0));
    }

    #[test]
    fn a_star_stays_within_a_name() {
        for (pattern, path, expected) in [
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c*e", "abcde", true),
            ("a*b*b", "abab", true),
            ("*", "a/b", false),
            ("*/b", "a/b", true),
            ("a*c", "abd", false),
            ("", "", true),
            ("a", "", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_thousand_parts_of_a_hundred_patterns_are_split_in_one_go() {
        let told: Vec<String> =
            (0..1_000).map(|number| format!("group-{}/part-{number}", number % 10)).collect();
        let told: Vec<(&str, Outcome)> = told.iter().map(|path| (path.as_str(), Good)).collect();
        let patterns: Vec<String> = (0..100).map(|number| format!("*/part-{number}*")).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let (mapped, rest) = outcomes(&patterns, &told);
        assert_eq!((mapped.len(), rest), (100, 0));
        assert!(mapped.iter().all(|outcome| [Good, Unknown].contains(outcome)));
    }
}
