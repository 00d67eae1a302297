//! How a component is seen from each of several places.

use leptos::prelude::*;
use pharos_model::{Status, Text, UnixMs};

use super::icon::StatusLabel;
use super::time::Moment;
use crate::words::{self, Words};

/// How it is seen from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFrom {
    /// The name of the place; `None` for the page's own servers.
    pub place: Option<Text>,
    /// What is held to be true there.
    pub status: Status,
    /// When it was last looked at from there.
    pub looked_at: Option<UnixMs>,
    /// How long the last look took, in microseconds, if it told.
    pub latency_us: Option<u32>,
}

/// A table with a row for each place; nothing where only the page's own servers look.
pub fn seen_from(rows: &[SeenFrom], words: Words) -> Option<AnyView> {
    let text = words.page();
    let drawn: Vec<_> = rows.iter().map(|row| view_row(row, words)).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section id="seen-from">
                <h2>{text.seen_from}</h2>
                <div class="card table" tabindex="0" role="region" aria-label=text.seen_from>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{text.seen_from}</th>
                                <th scope="col">{text.column_state}</th>
                                <th scope="col">{text.last_look}</th>
                                <th scope="col">{text.latency}</th>
                            </tr>
                        </thead>
                        <tbody>{drawn}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any()
    })
}

fn view_row(row: &SeenFrom, words: Words) -> AnyView {
    let place = row.place.as_ref().map_or(words.page().seen_here, |name| name.of(words.tag())).to_owned();
    let status = row.status;
    let looked_at = row.looked_at.map(|at| view! { <Moment at words/> });
    let latency = row.latency_us.map(|us| words::milliseconds(i64::from(us.div_ceil(1_000))));
    view! {
        <tr>
            <th scope="row" dir="auto">{place}</th>
            <td><StatusLabel status words/></td>
            <td>{looked_at}</td>
            <td>{latency}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_a_row_with_what_is_known_there() {
        let own = SeenFrom {
            place: None,
            status: Status::Operational,
            looked_at: Some(UnixMs(1_795_442_585_000)),
            latency_us: Some(12_345),
        };
        let other = SeenFrom {
            place: Some("A <b>".into()),
            status: Status::Unknown,
            looked_at: None,
            latency_us: None,
        };
        let html = crate::markup(seen_from(&[own, other], Words::english()).unwrap());
        for part in
            ["Our own servers", "Operational", "13 ms", "2026-11-23T14:03:05Z", "A &lt;b&gt;", "Unknown"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(seen_from(&[], Words::english()).is_none());
    }
}
