//! Moments as Kuma writes them into each heartbeat: `2026-01-31 12:00:00.123`, in UTC.

use crate::moment;

const DAY_CHARS: usize = "2026-01-31".len();

/// Reads moments, most of which lie in the same day as the one before.
#[derive(Debug, Default)]
pub(super) struct Clock {
    day: String,
    midnight_ms: i64,
}

impl Clock {
    /// The moment in milliseconds since 1970. `None` where it is none.
    pub fn read(&mut self, text: &str) -> Option<i64> {
        let within = within_day(text)?;
        let day = &text[..DAY_CHARS];
        if self.day != day {
            self.midnight_ms = moment(&format!("{day}T00:00:00Z"))?.0;
            day.clone_into(&mut self.day);
        }
        Some(self.midnight_ms + within)
    }
}

/// The milliseconds since midnight of what has the usual form; of any other form, none.
fn within_day(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let two = |at: usize| -> Option<i64> {
        let (tens, ones) = (bytes.get(at)?, bytes.get(at + 1)?);
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    if !text.is_ascii() || !matches!(bytes.get(DAY_CHARS)?, b' ' | b'T') {
        return None;
    }
    let colons = (bytes.get(13)?, bytes.get(16)?) == (&b':', &b':');
    let (hours, minutes, seconds) = (two(11)?, two(14)?, two(17)?);
    if !colons || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let rest = text.get(19..)?.trim_end_matches('Z');
    let part = match rest.strip_prefix('.') {
        None if rest.is_empty() => 0,
        Some(digits)
            if (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            let digits: String = digits.chars().chain("00".chars()).take(3).collect();
            digits.parse().ok()?
        }
        _ => return None,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_either_version_writes_them() {
        let mut clock = Clock::default();
        for (text, ms) in [
            ("2026-01-01 12:00:00.123", 1_767_268_800_123),
            ("2026-01-01 12:00:00", 1_767_268_800_000),
            ("2026-01-01T12:00:00.5Z", 1_767_268_800_500),
            ("2025-12-31 23:59:59.999", 1_767_225_599_999),
        ] {
            assert_eq!(clock.read(text), Some(ms), "{text}");
            assert_eq!(moment(text).map(|moment| moment.0), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        let mut clock = Clock::default();
        for text in [
            "",
            "2026-13-01 00:00:00",
            "2026-01-01",
            "2026-01-01 24:00:00",
            "2026-01-01 1:00:00",
            "2026-01-01 12:00:00.x",
            "ä026-01-01 12:00:00",
        ] {
            assert_eq!(clock.read(text), None, "{text}");
        }
    }
}
