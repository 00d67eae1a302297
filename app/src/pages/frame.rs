//! What stands around every page: whose it is above, how figures are reckoned below.

use leptos::prelude::*;
use pharos_model::{Page, Snapshot};

use crate::islands::LiveLine;
use crate::words;

/// Which page is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first page.
    Index,
    /// Incidents by month.
    History,
    /// Any other.
    Other,
}

/// The page between header and footer.
pub fn framed(snapshot: &Snapshot, kind: Kind, inside: AnyView) -> AnyView {
    let page = snapshot.page.clone();
    if kind != Kind::Index {
        // The first page says so in its banner.
        provide_context(snapshot.at);
    }
    let has_notice = !page.notice.is_empty();
    let notice = page.notice.clone();
    let formula = words::uptime_formula(&page.weights);
    let zone = words::day_zone(&page.time_zone);
    view! {
        <a class="skip" href="#content">{words::SKIP}</a>
        <header>
            {site(page, kind)}
            <nav aria-label=words::NAV>
                <a href="/" aria-current=(kind == Kind::Index).then_some("page")>{words::NAV_STATUS}</a>
                <a href="/history" aria-current=(kind == Kind::History).then_some("page")>{words::HISTORY}</a>
            </nav>
        </header>
        {has_notice.then(|| view! { <aside class="notice" aria-label=words::NOTICE dir="auto">{notice}</aside> })}
        <main id="content" class=if kind == Kind::Index { "index" } else { "other" }>{inside}</main>
        <footer>
            {(kind != Kind::Index).then(|| view! { <LiveLine/> })}
            <p>{formula} " " {zone}</p>
            <p>{words::POWERED_BY}</p>
        </footer>
    }
    .into_any()
}

/// Whose page it is: the heading of the first page, and the way back to it on the others.
fn site(page: Page, kind: Kind) -> AnyView {
    let name = words::name_or_status(&page.name).to_owned();
    let about = page.description;
    if kind == Kind::Index {
        view! {
            <div>
                <h1 class="site" dir="auto">{name}</h1>
                {(!about.is_empty()).then(|| view! { <p class="about" dir="auto">{about}</p> })}
            </div>
        }
        .into_any()
    } else {
        view! { <p class="site"><a href="/" dir="auto">{name}</a></p> }.into_any()
    }
}
