//! Announcements that people make, change and take down.

use pharos_model::{Announcement, AnnouncementId, Change, UnixMs};

use super::command::{AnnouncementEdit, NewAnnouncement};
use super::{Refusal, Subject, Work, checked};
use crate::Engine;
use crate::calendar::day_at;
use crate::limits::SHOWN_ANNOUNCEMENTS_MAX;

impl Engine {
    pub(super) fn announce(
        &mut self,
        new: &NewAnnouncement,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let (board, at) = (&self.fold.board, work.out.at);
        checked::line("title", &new.title)?;
        checked::prose("body", &new.body)?;
        new.until.map_or(Ok(()), |until| checked::future("until", until, at))?;
        if board.shown_announcements().count() >= SHOWN_ANNOUNCEMENTS_MAX {
            return Err(Refusal::Full { what: "announcements".into(), max: SHOWN_ANNOUNCEMENTS_MAX });
        }
        let date = day_at(&self.config.time_zone, at).date;
        let words = checked::slug(new.title.plain());
        let stem = if words.is_empty() { format!("{date}-announcement") } else { format!("{date}-{words}") };
        let is_taken = |id: &AnnouncementId| board.announcements.iter().any(|known| known.id == *id);
        let id = checked::free(&stem, |text| AnnouncementId::new(text).ok(), is_taken);
        let id = id.ok_or_else(|| {
            Refusal::invalid("title", "makes no name that is free", "say it in other words")
        })?;
        let announcement = Announcement {
            id: id.clone(),
            title: new.title.clone(),
            body: new.body.clone(),
            published_at: at,
            until: new.until,
            ended_at: None,
            revision: 0,
        };
        self.record_change(Change::AnnouncementChanged(Box::new(announcement)), work);
        Ok(Subject::Announcement(id))
    }

    pub(super) fn edit_announcement(
        &mut self,
        (id, seen): (&AnnouncementId, Option<u32>),
        edit: &AnnouncementEdit,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut next = self.known_announcement(id)?;
        checked::current(seen, next.revision)?;
        if let Some(title) = &edit.title {
            checked::line("title", title)?;
            next.title = title.clone();
        }
        if let Some(body) = &edit.body {
            checked::prose("body", body)?;
            next.body = body.clone();
        }
        if let Some(until) = edit.until {
            until.map_or(Ok(()), |until| checked::future("until", until, work.out.at))?;
            next.until = until;
        }
        Ok(self.announcement_changed(next, work))
    }

    pub(super) fn end_announcement(
        &mut self,
        id: &AnnouncementId,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut next = self.known_announcement(id)?;
        next.ended_at = Some(work.out.at);
        Ok(self.announcement_changed(next, work))
    }

    /// Takes down what was to be shown until now.
    pub(super) fn take_down_announcements(&mut self, work: &mut Work<'_>) {
        let at = work.out.at;
        let is_over = |known: &&Announcement| known.until.is_some_and(|until| until <= at);
        let over: Vec<Announcement> =
            self.fold.board.shown_announcements().filter(is_over).cloned().collect();
        for mut next in over {
            next.ended_at = next.until.map(|until: UnixMs| until.min(at));
            next.revision += 1;
            self.record_change(Change::AnnouncementChanged(Box::new(next)), work);
        }
    }

    fn known_announcement(&self, id: &AnnouncementId) -> Result<Announcement, Refusal> {
        let known = self.fold.board.shown_announcements().find(|known| known.id == *id);
        known.cloned().ok_or_else(|| Refusal::not_found("announcement", id))
    }

    fn announcement_changed(&mut self, mut next: Announcement, work: &mut Work<'_>) -> Subject {
        next.revision += 1;
        let id = next.id.clone();
        self.record_change(Change::AnnouncementChanged(Box::new(next)), work);
        Subject::Announcement(id)
    }
}
