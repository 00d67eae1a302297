//! One day of a component: what it was at which hour, and which incidents touched it.

use leptos::prelude::*;
use pharos_model::{CivilDate, ComponentId, Incident, Snapshot, Span, UnixMs, Uptime};

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::parts::day_strip::{DayStrip, hours};
use crate::parts::icon::StatusLabel;
use crate::parts::incident::{IncidentData, IncidentList};
use crate::parts::time::Moment;
use crate::parts::{component_address, component_path, days_address};
use crate::words::Words;

/// What is known of a day.
#[derive(Clone, Debug)]
pub struct ComponentDay {
    /// Its date in the page's zone.
    pub date: CivilDate,
    /// When it begins.
    pub from: UnixMs,
    /// When it ends; of today the end that is to come.
    pub until: UnixMs,
    /// The spans that touch it, ascending; none before the component was there.
    pub spans: Vec<Span>,
    /// The incidents that touched it, newest first.
    pub incidents: Vec<Incident>,
    /// Whether the component was there the day before.
    pub has_previous: bool,
    /// Whether there is a day after it that has begun.
    pub has_next: bool,
}

/// The document; the page of what is not there when the snapshot does not hold the component.
pub fn day(
    snapshot: &Snapshot,
    id: &ComponentId,
    day: &ComponentDay,
    (shell, words): (&Shell, Words),
) -> String {
    let Some(component) = snapshot.component(id) else {
        return super::not_found(snapshot, (shell, words));
    };
    let (name, date) = (component.definition.name.of(words.tag()).to_owned(), words.date(day.date));
    let about = words.day_title(&name, &date);
    // Nobody knows the future: today is told up to where the snapshot goes.
    let known_until = day.until.min(snapshot.at);
    let spans: Vec<Span> =
        day.spans.iter().filter(|span| span.within(day.from, known_until).is_some()).copied().collect();
    let uptime = Uptime::of(&component.tally_of(&spans, day.from, known_until), snapshot.page.weights);
    let summary = words.day_summary(&uptime);
    let path = format!("{}/days/{}", component_path(id), day.date);
    let head = Head { about: &about, description: &summary, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let text = words.page();
        let incidents: Vec<_> =
            day.incidents.iter().map(|incident| IncidentData::of(snapshot, incident, words)).collect();
        let is_quiet = incidents.is_empty();
        let is_unknown = spans.is_empty();
        let strip = DayStripData { from: day.from, until: day.until, known_until };
        let inside = view! {
            <h1><a href=component_address(id, words) dir="auto">{name}</a></h1>
            {steps(id, day, &date, words)}
            {is_unknown.then(|| view! { <p class="card empty">{text.day_unknown}</p> })}
            {(!is_unknown).then(|| seen(spans, &strip, summary.clone(), words))}
            <section>
                <h2>{text.incidents}</h2>
                {is_quiet.then(|| view! { <p class="card empty">{text.day_quiet}</p> })}
                {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data=incidents words/></div> })}
            </section>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

/// Where a strip begins and ends, and up to where it is known.
struct DayStripData {
    from: UnixMs,
    until: UnixMs,
    known_until: UnixMs,
}

/// What was seen, as a strip and as a table.
fn seen(spans: Vec<Span>, strip: &DayStripData, summary: String, words: Words) -> AnyView {
    let text = words.page();
    let drawn: Vec<Span> = spans
        .iter()
        .map(|span| Span { ends_at: Some(span.ends_at.unwrap_or(strip.known_until)), ..*span })
        .collect();
    let rows: Vec<_> = spans
        .into_iter()
        .filter_map(|span| {
            let (start, end) = span.within(strip.from, strip.known_until)?;
            let lasts = span.ends_at.is_none();
            let length = words.duration(end.since_ms(start));
            Some(view! {
                <tr>
                    <td><Moment at=start words/></td>
                    <td>{(!lasts).then(|| view! { <Moment at=end words/> })}{lasts.then_some(text.still)}</td>
                    <td>{length}</td>
                    <td><StatusLabel status=span.status words/></td>
                </tr>
            })
        })
        .collect();
    let sentence = summary.clone();
    let hours: Vec<_> =
        hours(strip.from, strip.until).into_iter().map(|hour| view! { <span>{hour}</span> }).collect();
    view! {
        <section>
            <h2>{text.day_spans}</h2>
            <div class="card inner">
                <DayStrip spans=drawn from=strip.from until=strip.until sentence/>
                <p class="ticks" aria-hidden="true">{hours}</p>
                <p class="soft">{summary}</p>
            </div>
            <section class="card table" tabindex="0" aria-label=text.day_spans>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{text.column_from}</th>
                            <th scope="col">{text.column_until}</th>
                            <th scope="col">{words.live().duration}</th>
                            <th scope="col">{text.column_state}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        </section>
    }
    .into_any()
}

/// The way to the days around.
fn steps(id: &ComponentId, day: &ComponentDay, date: &str, words: Words) -> AnyView {
    let text = words.page();
    let to = |date: CivilDate| format!("{}/{date}", days_address(id, words));
    let (before, after) = (to(CivilDate(day.date.0 - 1)), to(day.date.next()));
    let previous =
        day.has_previous.then(|| view! { <a class="step prev" rel="prev" href=before>{text.day_before}</a> });
    let next =
        day.has_next.then(|| view! { <a class="step next" rel="next" href=after>{text.day_after}</a> });
    view! {
        <nav class="months" aria-label=text.days_nav>
            <span>{previous}</span>
            <h2>{date.to_owned()}</h2>
            <span>{next}</span>
        </nav>
    }
    .into_any()
}
