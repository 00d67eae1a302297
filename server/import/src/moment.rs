//! Moments as others write them.

use pharos_model::UnixMs;

/// A moment in RFC 3339, with whatever offset, or a date and a time of UTC without one. `None` where it is none.
pub fn moment(text: &str) -> Option<UnixMs> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(UnixMs(stamp.as_millisecond()));
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let stamp = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(UnixMs(stamp.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_an_offset() {
        let noon = UnixMs(1_767_268_800_000);
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01T04:00:00.000-08:00",
            "2026-01-01 12:00:00",
            " 2026-01-01T12:00:00 ",
        ] {
            assert_eq!(moment(text), Some(noon), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "1767268800"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
