//! Commands that speak with a server by its address and a token, as the API's other clients do.

mod client;
pub mod component;
pub mod configuration;
pub mod drill;
pub mod history;
pub mod incident;
pub mod maintenance;
pub mod nodes;
mod pieces;
mod table;

use pharos_model::UnixMs;

pub use client::Failed;
pub use table::print;

/// The components of a command: `api`, or `api=major_outage`.
fn component(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('=') {
        None => Ok((text.to_owned(), None)),
        Some((id, status)) if !id.is_empty() && !status.is_empty() => {
            Ok((id.to_owned(), Some(status.to_owned())))
        }
        Some(_) => Err("write it as api or as api=major_outage".to_owned()),
    }
}

/// A length of time, as in `45m`, `2h` or `1d`.
fn length(text: &str) -> Result<u64, String> {
    let found = pharos_probe::HumanDuration::parse(text).filter(|length| length.as_ms() > 0);
    found
        .map(pharos_probe::HumanDuration::as_ms)
        .ok_or_else(|| "write a number and a unit, as in 45m, 2h or 1d".to_owned())
}

/// So long from now, as the API has it.
fn from_now(ms: u64) -> String {
    crate::http::written(crate::clock::wall().plus_ms(ms))
}

/// A moment as people read it, in their own zone.
fn local(text: &str) -> String {
    let stamp: Result<jiff::Timestamp, _> = text.parse();
    stamp.map_or_else(
        |_| text.to_owned(),
        |stamp| stamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// A moment that somebody typed: RFC 3339, or a date and a time in their own zone.
pub fn moment(text: &str) -> Result<String, String> {
    let own = || {
        let civil: jiff::civil::DateTime = text.replace(' ', "T").parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::system()).ok().map(|zoned| zoned.timestamp())
    };
    let stamp: Option<jiff::Timestamp> = text.parse().ok().or_else(own);
    let stamp = stamp.ok_or("write it as 2026-11-26T14:30, or with a zone as RFC 3339 has it")?;
    Ok(crate::http::written(UnixMs(stamp.as_millisecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_named_alone_or_with_a_status() {
        assert_eq!(component("api"), Ok(("api".into(), None)));
        assert_eq!(component("api=major_outage"), Ok(("api".into(), Some("major_outage".into()))));
        assert!(component("=x").is_err() && component("api=").is_err());
    }

    #[test]
    fn moments_are_read_with_a_zone_or_without() {
        assert_eq!(moment("2026-11-26T14:30:00+01:00"), Ok("2026-11-26T13:30:00.000Z".into()));
        assert!(moment("2026-11-26 14:30").is_ok());
        assert!(moment("soon").is_err());
    }
}
