//! Announcements.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_model::{Announcement, Snapshot};

use crate::Frame;
use crate::fields::{Typed, input, line as text_line, markdown};
use crate::moment::moment;

/// The page.
pub fn list(frame: &Frame, board: &Snapshot, typed: &Typed) -> String {
    let shown: Vec<_> = board.shown_announcements().map(|known| entry(frame, known)).collect();
    let none = shown.is_empty();
    let form = frame.responds().then(|| {
        view! {
            <section class="card">
                <h2>"Announce something"</h2>
                <p class="soft">"What visitors should know although nothing is wrong."</p>
                <form method="post" action="/admin/announcements" data-submit="">
                    {frame.token()}
                    {text_line("title", "Title", typed.get("title"), true)}
                    {markdown("body", "Text", &typed.get("body"), false)}
                    {input("until", "Shown until", "datetime-local", typed.get("until"), "Until it is taken down, unless it is stated.")}
                    <button type="submit" name="action" value="make">"Announce it"</button>
                </form>
            </section>
        }
    });
    let inside = view! {
        <h1>"Announcements"</h1>
        <section class="card" data-live="shown">
            <h2>"Shown now"</h2>
            {none.then(|| view! { <p class="soft">"None."</p> })}
            <ul class="entries">{shown}</ul>
        </section>
        {form}
    };
    frame.document("Announcements", inside.inert())
}

fn entry(frame: &Frame, known: &Announcement) -> Html {
    let forms = frame.responds().then(|| {
        let hidden = || {
            view! {
                {frame.token()}
                <input type="hidden" name="id" value=known.id.to_string()/>
                <input type="hidden" name="revision" value=known.revision.to_string()/>
            }
            .inert()
        };
        let until = known.until.map(|until| frame.zone.field(until)).unwrap_or_default();
        view! {
            <details>
                <summary>"Change"</summary>
                <form method="post" action="/admin/announcements">
                    {hidden()}
                    {text_line("title", "Title", known.title.plain().to_owned(), true)}
                    {markdown("body", "Text", known.body.source.plain(), false)}
                    {input("until", "Shown until", "datetime-local", until, "")}
                    <button type="submit" name="action" value="edit">"Save"</button>
                </form>
            </details>
            <form method="post" action="/admin/announcements">
                {hidden()}
                <button type="submit" name="action" value="end" class="danger">"Take it down"</button>
            </form>
        }
    });
    view! {
        <li class="entry">
            <b>{known.title.plain().to_owned()}</b> " " <span class="soft">"since " {moment(&frame.zone, known.published_at)}
            {known.until.map(|until| view! { " until " {moment(&frame.zone, until)} })}</span>
            <div class="prose" inner_html=known.body.html.plain().to_owned()></div>
            {forms}
        </li>
    }
    .inert()
}
