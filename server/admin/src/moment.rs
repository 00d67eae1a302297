//! Moments in the page's time zone, as operators read and write them.

use crate::html::{Html, Inert};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use pharos_model::UnixMs;

/// The page's time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// By its name; UTC when there is none of this name.
    pub fn named(name: &str) -> Self {
        match TimeZone::get(name) {
            Ok(zone) => Self { zone, name: name.to_owned() },
            Err(_) => Self { zone: TimeZone::UTC, name: "UTC".to_owned() },
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn zoned(&self, at: UnixMs) -> jiff::Zoned {
        let stamp = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        stamp.to_zoned(self.zone.clone())
    }

    /// For people.
    pub fn text(&self, at: UnixMs) -> String {
        self.zoned(at).strftime("%-d %b %Y, %H:%M").to_string()
    }

    /// Day and hour alone.
    pub fn short(&self, at: UnixMs) -> String {
        self.zoned(at).strftime("%-d %b %H:%M").to_string()
    }

    /// As the value of a field.
    pub fn field(&self, at: UnixMs) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// What a field holds. A time that the clocks leave out is the next that they show; of one that comes twice the first.
    pub fn parse(&self, field: &str) -> Option<UnixMs> {
        let civil: DateTime = field.trim().parse().ok()?;
        let zoned = self.zone.to_ambiguous_zoned(civil).compatible().ok()?;
        Some(UnixMs(zoned.timestamp().as_millisecond()))
    }

    /// How far a moment lies within a window, in thousandths.
    pub fn share(from: UnixMs, until: UnixMs, at: UnixMs) -> u64 {
        let whole = until.since_ms(from).max(1);
        (at.since_ms(from).min(whole)) * 1_000 / whole
    }
}

/// A moment on a page.
pub fn moment(zone: &Zone, at: UnixMs) -> Html {
    let machine = Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |stamp| stamp.to_string());
    let text = zone.text(at);
    view! { <time datetime=machine.clone() title=machine>{text}</time> }.inert()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_it_is_written() {
        let zone = Zone::named("Europe/Berlin");
        let at = UnixMs(1_795_435_200_000);
        assert_eq!(zone.field(at), "2026-11-23T13:00");
        assert_eq!(zone.parse("2026-11-23T13:00"), Some(at));
        assert_eq!(zone.parse("tomorrow"), None);
    }

    #[test]
    fn a_time_that_does_not_exist_is_the_next_that_does() {
        let zone = Zone::named("Europe/Berlin");
        let moved = zone.parse("2027-03-28T02:30").unwrap();
        assert_eq!(zone.field(moved), "2027-03-28T03:30");
    }
}
