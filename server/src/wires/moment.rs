//! Moments as the formats write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pharos_model::{Snapshot, UnixMs};

/// Zones that are UTC by another name: their moments end in `Z`.
const UTC: [&str; 6] = ["UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu"];

fn stamp(at: UnixMs) -> Timestamp {
    Timestamp::from_millisecond(at.0).unwrap_or_default()
}

/// The zone of a page and whether it is UTC.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: Option<TimeZone>,
}

impl Clock {
    /// That of a page.
    pub fn of(snapshot: &Snapshot) -> Self {
        let name = snapshot.page.time_zone.as_str();
        let zone = (!name.is_empty() && !UTC.contains(&name)).then(|| TimeZone::get(name).ok());
        Self { zone: zone.flatten() }
    }

    /// As ISO 8601 has it, with three decimals and the offset of the zone, as in `2026-11-23T15:03:05.000+01:00`.
    pub fn iso(&self, at: UnixMs) -> String {
        let stamp = stamp(at);
        match &self.zone {
            None => stamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            Some(zone) => stamp.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        }
    }

    /// The date, as in `2026-11-23`.
    pub fn date(&self, at: UnixMs) -> String {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        stamp(at).to_zoned(zone).date().to_string()
    }
}

/// As RFC 3339 has it, in UTC, as in `2026-11-23T14:03:05Z`.
pub fn rfc3339(at: UnixMs) -> String {
    stamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As RFC 822 has it with the year of four digits, as in `Mon, 23 Nov 2026 14:03:05 +0000`.
pub fn rfc822(at: UnixMs) -> String {
    stamp(at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// As HTTP has it, as in `Mon, 23 Nov 2026 14:03:05 GMT`.
pub fn http(at: UnixMs) -> String {
    stamp(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// As calendars have it, as in `20261123T140305Z`.
pub fn calendar(at: UnixMs) -> String {
    stamp(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(zone: &str) -> String {
        let mut snapshot = Snapshot::default();
        snapshot.page.time_zone = zone.to_owned();
        Clock::of(&snapshot).iso(UnixMs(1_795_442_585_007))
    }

    #[test]
    fn a_moment_has_three_decimals_and_the_zone_of_the_page() {
        assert_eq!(iso("UTC"), "2026-11-23T14:03:05.007Z");
        assert_eq!(iso(""), "2026-11-23T14:03:05.007Z");
        assert_eq!(iso("Europe/Berlin"), "2026-11-23T15:03:05.007+01:00");
        assert_eq!(iso("Europe/London"), "2026-11-23T14:03:05.007+00:00");
        assert_eq!(iso("America/Los_Angeles"), "2026-11-23T06:03:05.007-08:00");
    }

    #[test]
    fn other_formats_have_their_own() {
        let at = UnixMs(1_795_442_585_007);
        assert_eq!(rfc3339(at), "2026-11-23T14:03:05Z");
        assert_eq!(rfc822(at), "Mon, 23 Nov 2026 14:03:05 +0000");
        assert_eq!(http(at), "Mon, 23 Nov 2026 14:03:05 GMT");
        assert_eq!(calendar(at), "20261123T140305Z");
    }
}
