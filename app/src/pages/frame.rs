//! What stands around every page: whose it is above, where to go and how figures are reckoned below.

use leptos::prelude::*;
use pharos_model::Snapshot;

use crate::islands::LiveLine;
use crate::words;

/// The page between header and footer. `class` tells the pages apart.
pub fn framed(snapshot: &Snapshot, class: &'static str, inside: AnyView) -> AnyView {
    let page = snapshot.page.clone();
    let formula = words::uptime_formula(&page.weights);
    let zone = format!("Days begin at midnight, {}.", page.time_zone);
    let has_notice = !page.notice.is_empty();
    let front = class == "index";
    let name = if page.name.is_empty() { "Status".to_owned() } else { page.name };
    view! {
        <a class="skip" href="#content">"Skip to the content"</a>
        <header>
            <div>
                <p class="site"><a href="/">{name}</a></p>
                {(front && !page.description.is_empty()).then(|| view! { <p class="about">{page.description}</p> })}
            </div>
            <nav aria-label="Pages">
                <a href="/">"Status"</a>
                <a href="/history">"History"</a>
            </nav>
        </header>
        {has_notice.then(|| view! { <p class="notice">{page.notice}</p> })}
        <main id="content" class=class>{inside}</main>
        <footer>
            <LiveLine/>
            <p>{formula}" "{zone}</p>
            <p>"Powered by Pharos"</p>
        </footer>
    }
    .into_any()
}
