//! Maintenance: a timeline of what is planned, forms that plan, and one maintenance.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_engine::desk::{Desk, Series};
use pharos_model::{Maintenance, MaintenanceSource, MaintenanceStatus, Snapshot, UnixMs};

use crate::fields::{Typed, chosen, input, line as text_line, markdown, moment_field};
use crate::moment::{Zone, moment};
use crate::{Frame, words};

/// How far the timeline reaches.
const TIMELINE_MS: u64 = 14 * 86_400_000;

/// Maintenance as an entry of a list.
pub fn line(frame: &Frame, planned: &Maintenance) -> Html {
    let address = format!("/admin/maintenances/{}", planned.id);
    view! {
        <li class="entry">
            <a href=address>{planned.title.plain().to_owned()}</a> " "
            <span class="tag">{words::maintenance(planned.status)}</span> " "
            <span class="soft">{moment(&frame.zone, planned.scheduled_start)} " to " {moment(&frame.zone, planned.scheduled_end)}</span>
        </li>
    }
    .inert()
}

/// The page with everything that is planned.
pub fn list(
    frame: &Frame,
    board: &Snapshot,
    desk: &Desk,
    (past, now): (&[Maintenance], UnixMs),
    typed: &Typed,
) -> String {
    let planned: Vec<_> = board.planned_maintenances().map(|known| line(frame, known)).collect();
    let none = planned.is_empty();
    let past: Vec<_> =
        past.iter().filter(|known| known.status.is_over()).map(|known| line(frame, known)).collect();
    let series: Vec<_> =
        desk.series.values().map(|series| series_entry(frame, board, series, typed)).collect();
    let forms = frame.responds().then(|| {
        view! {
            <section class="card" id="plan">
                <h2>"Plan maintenance"</h2>
                {plan_form(frame, board, &typed.of(&["", "plan"]))}
            </section>
            <section class="card" id="series">
                <h2>"Plan it again and again"</h2>
                {series_form(frame, board, None, &of_series(typed, ""))}
            </section>
        }
    });
    let inside = view! {
        <h1>"Maintenance"</h1>
        <section class="card" data-live="planned">
            <h2>"In progress and ahead"</h2>
            {timeline(frame, board, now)}
            {none.then(|| view! { <p class="soft">"Nothing is planned."</p> })}
            <ul class="entries">{planned}</ul>
        </section>
        {(!series.is_empty()).then(|| view! { <section class="card"><h2>"Again and again"</h2><ul class="entries">{series}</ul></section> })}
        {forms}
        {(!past.is_empty()).then(|| view! { <section class="card"><h2>"Past"</h2><ul class="entries">{past}</ul></section> })}
    };
    frame.document("Maintenance", inside.inert())
}

/// The next two weeks, a row for each maintenance, drawn to scale.
fn timeline(frame: &Frame, board: &Snapshot, now: UnixMs) -> Option<Html> {
    let until = now.plus_ms(TIMELINE_MS);
    let shown: Vec<&Maintenance> =
        board.planned_maintenances().filter(|known| known.scheduled_start < until).collect();
    if shown.is_empty() {
        return None;
    }
    let days: Vec<_> = (0..14_u64)
        .step_by(2)
        .map(|day| {
            let at = now.plus_ms(day * 86_400_000);
            let x = Zone::share(now, until, at).to_string();
            view! { <text x=x y="14">{frame.zone.short(at)}</text> }
        })
        .collect();
    let height = 24 + shown.len() * 28;
    let rows: Vec<_> = shown
        .iter()
        .enumerate()
        .map(|(index, known)| {
            let from = Zone::share(now, until, known.scheduled_start);
            let to = Zone::share(now, until, known.scheduled_end).max(from + 4);
            let y = 24 + index * 28;
            view! {
                <g>
                    <rect x=from.to_string() y=y.to_string() width=(to - from).to_string() height="18" rx="3"></rect>
                    <text x=(from.min(700)).to_string() y=(y + 13).to_string() class="label">{known.title.plain().to_owned()}</text>
                </g>
            }
        })
        .collect();
    let size = format!("0 0 1000 {height}");
    Some(view! { <svg class="plan" viewBox=size aria-hidden="true">{days}{rows}</svg> }.inert())
}

fn plan_form(frame: &Frame, board: &Snapshot, typed: &Typed) -> Html {
    let zone = frame.zone.name().to_owned();
    view! {
        <form method="post" action="/admin/maintenances" data-submit="">
            {frame.token()}
            {text_line("title", "Title", typed.get("title"), true)}
            {markdown("description", "What to expect", &typed.get("description"), false)}
            {chosen(&board.components, &[], typed)}
            {input("scheduled_start", "Begins", "datetime-local", typed.get("scheduled_start"), "Now, unless it is stated.")}
            {input("scheduled_end", "Ends", "datetime-local", typed.get("scheduled_end"), "")}
            <label class="row"><input type="checkbox" name="verified_by_hand" value="on" checked=typed.ticked("verified_by_hand", false)/> <span>"Ends when somebody says that all is well"</span></label>
            <p class="soft">"Times are in " {zone} "."</p>
            <button type="submit" name="action" value="plan">"Plan it"</button>
        </form>
    }
    .inert()
}

fn series_form(frame: &Frame, board: &Snapshot, series: Option<&Series>, typed: &Typed) -> Html {
    let value = |name: &str, other: Option<String>| typed.or(name, &other.unwrap_or_default());
    let of = |part: fn(&Series) -> String| series.map(part);
    let id = of(|series| series.id.to_string()).unwrap_or_default();
    let revision = of(|series| series.revision.to_string()).unwrap_or_default();
    let chosen_now: &[pharos_model::ComponentId] = series.map_or(&[], |series| &series.components);
    let zone = frame.zone.name().to_owned();
    let verified = typed.ticked("verified_by_hand", series.is_some_and(|series| series.verified_by_hand));
    view! {
        <form method="post" action="/admin/maintenances">
            {frame.token()}
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="revision" value=revision/>
            {text_line("title", "Title", value("title", of(|series| series.title.plain().to_owned())), true)}
            {markdown("description", "What to expect", &value("description", of(|series| series.description.plain().to_owned())), false)}
            {chosen(&board.components, chosen_now, typed)}
            {input("cron", "Rule", "text", value("cron", of(|series| series.cron.clone())), "Minute, hour, day of the month, month, day of the week: 0 2 * * TUE is every Tuesday at two.")}
            {input("minutes", "Takes, in minutes", "number", value("minutes", of(|series| (series.duration_ms / 60_000).to_string())), "")}
            {input("until", "Until", "datetime-local", value("until", series.and_then(|series| series.until).map(|until| frame.zone.field(until))), "For ever, unless it is stated.")}
            <label class="row"><input type="checkbox" name="verified_by_hand" value="on" checked=verified/> <span>"Each ends when somebody says that all is well"</span></label>
            <p class="soft">"Times are in " {zone} ", whatever its clocks do."</p>
            <button type="submit" name="action" value="save_series">"Save"</button>
        </form>
    }
    .inert()
}

/// What was typed into the form of the series with this identifier; of a new one where it is empty.
fn of_series(typed: &Typed, id: &str) -> Typed {
    typed.of(if typed.get("id") == id { &["save_series"] } else { &[] })
}

fn series_entry(frame: &Frame, board: &Snapshot, series: &Series, typed: &Typed) -> Html {
    let typed = of_series(typed, series.id.as_str());
    let minutes = series.duration_ms / 60_000;
    let edit = frame.responds().then(|| {
        view! {
            <details open=!typed.is_empty()><summary>"Change"</summary>{series_form(frame, board, Some(series), &typed)}</details>
            <form method="post" action="/admin/maintenances">
                {frame.token()}
                <input type="hidden" name="id" value=series.id.to_string()/>
                <button type="submit" name="action" value="drop_series" class="danger">"Plan it no more"</button>
            </form>
        }
    });
    view! {
        <li class="entry">
            <b>{series.title.plain().to_owned()}</b> " " <code>{series.cron.clone()}</code> " "
            <span class="soft">{format!("{minutes} minutes")}</span>
            {edit}
        </li>
    }
    .inert()
}

/// One maintenance.
pub fn one(frame: &Frame, board: &Snapshot, known: &Maintenance, typed: &Typed) -> String {
    let title = known.title.plain().to_owned();
    let updates: Vec<_> = known
        .updates
        .iter()
        .rev()
        .map(|update| {
            let html = update.body.html.plain().to_owned();
            view! {
                <li class="entry">
                    <p><b>{words::maintenance(update.status)}</b> " " <span class="soft">{moment(&frame.zone, update.at)}</span></p>
                    <div class="prose" inner_html=html></div>
                </li>
            }
        })
        .collect();
    let names = known
        .components
        .iter()
        .filter_map(|id| Some(board.component(id)?.definition.name.plain().to_owned()));
    let names: Vec<String> = names.collect();
    let is_ours = known.source == MaintenanceSource::Operator;
    let forms = (frame.responds() && is_ours).then(|| forms(frame, board, known, typed));
    let inside = view! {
        <h1>{title.clone()}</h1>
        <div data-live="state">
            <p>
                <span class="tag">{words::maintenance(known.status)}</span> " "
                <span class="soft">{moment(&frame.zone, known.scheduled_start)} " to " {moment(&frame.zone, known.scheduled_end)}</span> " "
                <span>{names.join(", ")}</span>
            </p>
            <p>{known.description.plain().to_owned()}</p>
            {known.ended_at.map(|at| view! { <p class="soft">"Over since " {moment(&frame.zone, at)}</p> })}
        </div>
        {(!is_ours).then(|| view! { <p class="notice">"It stands in the configuration file and is changed there."</p> })}
        {forms}
        {(!updates.is_empty()).then(|| view! { <section class="card"><h2>"What was said"</h2><ol class="entries">{updates}</ol></section> })}
    };
    frame.document(&title, inside.inert())
}

fn forms(frame: &Frame, board: &Snapshot, known: &Maintenance, typed: &Typed) -> Html {
    let address = format!("/admin/maintenances/{}", known.id);
    let seen = || {
        view! { {frame.token()} <input type="hidden" name="revision" value=known.revision.to_string()/> }
            .inert()
    };
    let steps: Vec<(&'static str, &'static str)> = match known.status {
        MaintenanceStatus::Scheduled => vec![("in_progress", "Begin now"), ("cancelled", "Call it off")],
        MaintenanceStatus::InProgress => {
            vec![("verifying", "Done, look whether all is well"), ("completed", "All is well: end it")]
        }
        MaintenanceStatus::Verifying => {
            vec![("completed", "All is well: end it"), ("in_progress", "Go on working")]
        }
        MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => Vec::new(),
    };
    let steps: Vec<_> = steps
        .into_iter()
        .map(|(status, text)| view! { <button type="submit" name="status" value=status>{text}</button> " " })
        .collect();
    let say = view! {
        <section class="card">
            <h2>"Say or do something"</h2>
            <form method="post" action=address.clone()>
                {seen()}
                <input type="hidden" name="action" value="update"/>
                {markdown("body", "What readers should know", &typed.of(&["update"]).get("body"), false)}
                <p class="actions">{steps} <button type="submit" name="status" value="" class="quiet">"Only say it"</button></p>
            </form>
        </section>
    };
    let edit = (!known.status.is_over()).then(|| {
        let typed = typed.of(&["edit"]);
        let (starts, ends) = (frame.zone.field(known.scheduled_start), frame.zone.field(known.scheduled_end));
        view! {
            <section class="card">
                <h2>"Change it"</h2>
                <form method="post" action=address>
                    {seen()}
                    {text_line("title", "Title", typed.or("title", known.title.plain()), true)}
                    {markdown("description", "What to expect", &typed.or("description", known.description.plain()), false)}
                    {chosen(&board.components, &known.components, &typed)}
                    {moment_field("scheduled_start", "Begins", (typed.or("scheduled_start", &starts), starts), "")}
                    {moment_field("scheduled_end", "Ends", (typed.or("scheduled_end", &ends), ends), "Later prolongs it.")}
                    <label class="row"><input type="checkbox" name="verified_by_hand" value="on" checked=typed.ticked("verified_by_hand", known.verified_by_hand)/> <span>"Ends when somebody says that all is well"</span></label>
                    <button type="submit" name="action" value="edit">"Save"</button>
                </form>
            </section>
        }
    });
    view! { {say} {edit} }.inert()
}
