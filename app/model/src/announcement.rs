//! Announcements: what visitors should know although nothing is wrong.

use serde::{Deserialize, Serialize};

use crate::limits::{ANNOUNCEMENTS_MAX, INCIDENT_RETENTION_MS};
use crate::{AnnouncementId, Prose, Snapshot, Text, UnixMs};

/// An announcement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its identifier.
    pub id: AnnouncementId,
    /// One line, as visitors read it.
    pub title: Text,
    /// The rest.
    #[serde(default, skip_serializing_if = "Prose::is_empty")]
    pub body: Prose,
    /// Since when it is shown.
    pub published_at: UnixMs,
    /// Until when it is to be shown; `None` until it is taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMs>,
    /// When it was taken down, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixMs>,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u32,
}

impl Snapshot {
    /// The announcements that are shown, newest first.
    pub fn shown_announcements(&self) -> impl Iterator<Item = &Announcement> {
        self.announcements.iter().filter(|known| known.ended_at.is_none())
    }

    /// Takes what is known of an announcement now, in its place.
    pub(crate) fn take_announcement(&mut self, announcement: &Announcement) {
        self.announcements.retain(|known| known.id != announcement.id);
        let place =
            self.announcements.partition_point(|known| known.published_at > announcement.published_at);
        self.announcements.insert(place, announcement.clone());
        let horizon = self.at.minus_ms(INCIDENT_RETENTION_MS);
        self.announcements.retain(|known| known.ended_at.is_none_or(|ended| ended >= horizon));
        // What was taken down goes first, and of that the oldest.
        while self.announcements.len() > ANNOUNCEMENTS_MAX {
            let oldest = self.announcements.iter().rposition(|known| known.ended_at.is_some());
            self.announcements.remove(oldest.unwrap_or(ANNOUNCEMENTS_MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Change;

    fn announcement(name: &str, at: i64, ended: Option<i64>) -> Change {
        let id = AnnouncementId::new(name).unwrap();
        let known =
            Announcement { id, published_at: UnixMs(at), ended_at: ended.map(UnixMs), ..Default::default() };
        Change::AnnouncementChanged(Box::new(known))
    }

    #[test]
    fn the_newest_announcement_stands_first_and_what_was_taken_down_is_not_shown() {
        let mut snapshot = Snapshot::default();
        for (name, at, ended) in [("a", 1, None), ("c", 3, None), ("b", 2, None), ("c", 3, Some(4))] {
            snapshot.apply_change(UnixMs(at), &announcement(name, at, ended)).unwrap();
        }
        let shown: Vec<&str> = snapshot.shown_announcements().map(|known| known.id.as_str()).collect();
        assert_eq!(shown, ["b", "a"]);
    }

    #[test]
    fn of_too_many_announcements_those_taken_down_go_first() {
        let mut snapshot = Snapshot::default();
        snapshot.apply_change(UnixMs(0), &announcement("gone", 0, Some(0))).unwrap();
        for number in 1..=i64::try_from(ANNOUNCEMENTS_MAX).unwrap() {
            let change = announcement(&format!("a{number}"), number, None);
            snapshot.apply_change(UnixMs(number), &change).unwrap();
        }
        assert_eq!(snapshot.announcements.len(), ANNOUNCEMENTS_MAX);
        assert_eq!(snapshot.shown_announcements().count(), ANNOUNCEMENTS_MAX);
    }
}
