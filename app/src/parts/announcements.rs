//! Announcements: what visitors should know although nothing is wrong.

use leptos::prelude::*;
use pharos_model::{Announcement, Snapshot};

use super::time::Placed;
use crate::words::Words;

/// The announcements, newest first; nothing when there are none.
pub fn announcements(snapshot: &Snapshot, words: Words) -> Option<AnyView> {
    let cards: Vec<_> = snapshot.shown_announcements().map(|known| card(known, words)).collect();
    (!cards.is_empty()).then(|| {
        view! {
            <section class="announced" aria-labelledby="announced">
                <h2 class="aloud" id="announced">{words.page().announcements}</h2>
                {cards}
            </section>
        }
        .into_any()
    })
}

fn card(known: &Announcement, words: Words) -> AnyView {
    let title = known.title.of(words.tag()).to_owned();
    let body = known.body.html.of(words.tag()).to_owned();
    view! {
        <article class="card announcement">
            <h3 dir="auto">{title}</h3>
            {(!body.is_empty()).then(|| view! { <div class="prose" dir="auto" inner_html=body></div> })}
            <p class="soft"><Placed text=words.page().published_at at=known.published_at words/></p>
        </article>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use pharos_model::{AnnouncementId, Change, Prose, Status, UnixMs};

    #[test]
    fn an_announcement_is_shown_until_it_is_taken_down() {
        let mut snapshot = samples::page(&[("API", Status::Operational)]);
        let mut known = Announcement {
            id: AnnouncementId::new("a").unwrap(),
            title: "New <address>".into(),
            body: Prose { source: "*soon*".into(), html: "<p><em>soon</em></p>".into() },
            published_at: UnixMs(1_795_435_200_000),
            ..Announcement::default()
        };
        let html = |snapshot: &Snapshot| announcements(snapshot, Words::english()).map(RenderHtml::to_html);
        snapshot.apply_change(snapshot.at, &Change::AnnouncementChanged(Box::new(known.clone()))).unwrap();
        let shown = html(&snapshot).unwrap();
        assert!(shown.contains("New &lt;address&gt;") && shown.contains("<em>soon</em>"), "{shown}");
        known.ended_at = Some(snapshot.at);
        snapshot.apply_change(snapshot.at, &Change::AnnouncementChanged(Box::new(known))).unwrap();
        assert!(html(&snapshot).is_none());
    }
}
