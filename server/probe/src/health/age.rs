//! How old an answer is that a cache may have kept.

use http::HeaderMap;
use http::header::{AGE, DATE};
use jiff::fmt::rfc2822::DateTimeParser;

use crate::limits::DOCUMENT_AGE_S_MAX;

/// What caches put into an answer, beside its age.
const CACHED: [&str; 3] = ["via", "x-cache", "cache-status"];

/// How old what a cache answered is, in seconds, where that is too long ago to say anything of now.
///
/// The date counts only where a cache had a part in it: a server's own clock may be wrong.
pub fn beyond(headers: &HeaderMap, now_s: i64) -> Option<i64> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let age_s = text(AGE).and_then(|age| age.parse::<i64>().ok());
    let is_cached = age_s.is_some() || CACHED.iter().any(|name| headers.contains_key(*name));
    let date = text(DATE).filter(|_| is_cached);
    let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    let since_s = date.map(|date| now_s.saturating_sub(date.as_second()));
    age_s.into_iter().chain(since_s).max().filter(|age_s| *age_s > DOCUMENT_AGE_S_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The age of an answer with these fields, half an hour after `DATE`.
    fn check(fields: &[(&'static str, &str)], expected: Option<i64>) {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.insert(*name, value.parse().unwrap());
        }
        assert_eq!(beyond(&headers, 1_700_001_800), expected, "{fields:?}");
    }

    const DATE: (&str, &str) = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");

    #[test]
    fn what_a_cache_kept_for_long_is_old() {
        check(&[("age", "3600")], Some(3_600));
        check(&[("age", "0"), DATE], Some(1_800));
        check(&[("via", "1.1 proxy"), DATE], Some(1_800));
        check(&[("x-cache", "HIT"), DATE], Some(1_800));
    }

    #[test]
    fn what_is_fresh_or_says_nothing_of_its_age_is_not_old() {
        for fields in
            [&[][..], &[DATE], &[("age", "600")], &[("age", "soon")], &[("via", "1.1 a"), ("date", "x")]]
        {
            check(fields, None);
        }
    }
}
