//! What there is to say: every text that a visitor reads, by name. A language is a file that gives each of them; a
//! language that leaves one out does not compile.
//!
//! A text may have places, as in `{name}`, and forms for numbers, divided by `|` in the order of the language's plural
//! categories ([`super::plural`]). Tests hold every language to the places and the number of forms that it needs.

/// Makes a struct of texts with their names, so that a text is added in one line here and one in each language.
macro_rules! texts {
    ($(#[$doc:meta])* $kind:ident { $($(#[$about:meta])* $name:ident,)* }) => {
        $(#[$doc])*
        // In the order of the names: so that taking them in a browser is one copy.
        #[repr(C)]
        #[derive(Debug)]
        pub struct $kind {
            $($(#[$about])* pub $name: &'static str,)*
        }

        impl $kind {
            /// The names of the texts, in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The texts, in the order of their names.
            #[cfg(feature = "ssr")]
            pub fn list(&self) -> Vec<&'static str> {
                vec![$(self.$name),*]
            }

            /// Takes texts in the order of their names; `None` when there are fewer or more.
            #[cfg(feature = "hydrate")]
            pub fn take(texts: Vec<String>) -> Option<Self> {
                // There is one catalogue in the life of a page.
                let texts: Vec<&'static str> = texts.into_iter().map(|text| &*text.leak()).collect();
                let [$($name,)*] = *<&[&'static str; Self::NAMES.len()]>::try_from(&*texts).ok()?;
                Some(Self { $($name,)* })
            }
        }
    };
}

texts! {
    /// What is said by the parts that stay alive: the browser gets these in the language of its page.
    LiveTexts {
        /// A component's status, as it stands beside it.
        status_operational,
        /// A status.
        status_maintenance,
        /// A status.
        status_degraded,
        /// A status.
        status_partial,
        /// A status.
        status_major,
        /// A status.
        status_unknown,
        /// A status within a sentence or after a colon.
        within_operational,
        /// A status within a sentence.
        within_maintenance,
        /// A status within a sentence.
        within_degraded,
        /// A status within a sentence.
        within_partial,
        /// A status within a sentence.
        within_major,
        /// A status within a sentence.
        within_unknown,
        /// What checks found, as the object of "our checks found".
        found_operational,
        /// What checks found.
        found_maintenance,
        /// What checks found.
        found_degraded,
        /// What checks found.
        found_partial,
        /// What checks found.
        found_major,
        /// What checks found.
        found_unknown,
        /// The banner's sentence when all is well.
        indicator_none,
        /// The banner's sentence.
        indicator_maintenance,
        /// The banner's sentence.
        indicator_unknown,
        /// The banner's sentence.
        indicator_minor,
        /// The banner's sentence.
        indicator_major,
        /// The banner's sentence.
        indicator_critical,
        /// The same in a word or two, for the title of the window.
        short_none,
        /// For the title of the window.
        short_maintenance,
        /// For the title of the window.
        short_unknown,
        /// For the title of the window.
        short_minor,
        /// For the title of the window.
        short_major,
        /// For the title of the window.
        short_critical,
        /// Where an incident stands.
        incident_investigating,
        /// Where an incident stands.
        incident_identified,
        /// Where an incident stands.
        incident_monitoring,
        /// Where an incident stands.
        incident_resolved,
        /// Where an incident stands.
        incident_postmortem,
        /// How much an incident hurts.
        impact_none,
        /// How much an incident hurts.
        impact_minor,
        /// How much an incident hurts.
        impact_major,
        /// How much an incident hurts.
        impact_critical,
        /// The title of an incident that Pharos opened: `{name}` is the component's.
        title_major,
        /// The title of an incident of a partial outage.
        title_partial,
        /// An update: `{found}` is one of `found_...`.
        update_detected,
        /// An update.
        update_changed,
        /// An update.
        update_recovering,
        /// An update.
        update_relapsed,
        /// An update.
        update_resolved,
        /// An update.
        update_withdrawn,
        /// An update.
        update_merged,
        /// An update.
        update_joined,
        /// When an update was last edited: `{time}`.
        edited,
        /// By when more is promised: `{time}`.
        next_update,
        /// A promise that was not kept: `{time}`.
        promise_missed,
        /// A promise that was kept: `{time}`.
        promise_kept,
        /// The status is what operators say.
        stated,
        /// The same with their reason: `{reason}`.
        stated_reason,
        /// What the checks find meanwhile: `{found}` is one of `found_...`.
        stated_measured,
        /// Whose word a component's status is: `{name}`.
        supplier_says,
        /// Heads a page whose name nobody gave.
        nameless,
        /// The banner of a page without components.
        nothing_yet,
        /// What the operator of such a page wants to know.
        first_component,
        /// An incident without an affected component.
        incident_below,
        /// The banner's second line when there is one component.
        one_works,
        /// The same for `{n}` components.
        all_work,
        /// The banner's second line: `{names}` are those of the affected.
        affected,
        /// A list of two: `{a}`, `{b}`.
        list_two,
        /// A list of three: `{a}`, `{b}`, `{c}`.
        list_three,
        /// A list of two and `{n}` more.
        list_more,
        /// Before what the page shows: `{time}`.
        as_of,
        /// Since when a component is as it is: `{time}`.
        since,
        /// When an incident began: `{time}`.
        began_at,
        /// Heads the open incidents.
        open_incidents,
        /// In place of an incident's length.
        ongoing,
        /// An incident's length: `{length}`.
        lasted,
        /// Before how much an incident hurts.
        impact,
        /// Before the moment an incident began.
        began,
        /// Before the moment an incident was resolved.
        resolved,
        /// Before an incident's length.
        duration,
        /// Before the components an incident concerns.
        affected_label,
        /// Heads what was said about an incident.
        timeline,
        /// A day, or several.
        no_incidents,
        /// Heads the uptime figures.
        uptime,
        /// Under the bars: `{figure}`.
        uptime_90,
        /// In place of a figure.
        no_data,
        /// With a figure that rests on too little: `{share}`.
        coverage_note,
        /// Nobody looked.
        coverage_none,
        /// Somebody always looked.
        coverage_full,
        /// Somebody looked for a `{share}`.
        coverage_part,
        /// The end of the bars; the first uptime figure.
        today,
        /// The beginning of the bars, and the label of a figure: `{n}` days ago.
        days_ago,
        /// The label of an uptime figure: the last `{n}` days.
        last_days,
        /// What a screen reader hears of the bars: `{days}`, `{outages}`, `{figure}`.
        bars,
        /// The same where some days have no data: `{days}`, `{outages}`, `{gaps}`, `{figure}`.
        bars_gaps,
        /// No day with an outage.
        bars_no_outage,
        /// `{n}` days with an outage.
        bars_outages,
        /// `{n}` days without enough data.
        bars_unwatched,
        /// A status and how long it took on a day: `{status}`, `{length}`.
        day_part,
        /// A day on which nothing but `operational` was seen.
        day_well,
        /// A day's uptime: `{figure}`.
        day_uptime,
        /// A component with its status: `{name}`, `{status}`.
        component_state,
        /// A length of time: `{n}`.
        seconds,
        /// A length of time: `{n}`.
        minutes,
        /// A length of time: `{n}`.
        hours,
        /// A length of time: `{n}`.
        days,
        /// A length of time in two units: `{large}`, `{small}`.
        two_units,
        /// The names of the months in a date, divided by `|`.
        months,
        /// The same, short.
        months_short,
        /// A date: `{d}`, `{month}`, `{y}`.
        date,
        /// Days of one month: `{from}`, `{until}`, `{month}`, `{y}`.
        dates_of_month,
        /// Days of two months: dates `{from}`, `{until}`.
        dates,
        /// A moment in UTC: `{d}`, `{month}` (short), `{y}`, `{time}`.
        moment,
        /// What divides whole from part.
        decimal,
        /// A percentage: `{n}`.
        percent,
        /// How fresh the page is.
        checked_now,
        /// How fresh the page is: `{length}`.
        checked_ago,
        /// The stream is down: `{since}`.
        interrupted,
        /// The stream is down, and what is shown is older: `{since}`, `{known}`.
        interrupted_older,
        /// The server says itself that it cannot keep up.
        stale,
        /// Another server than the page's own answers: `{host}`.
        mirrored,
    }
}

#[cfg(feature = "ssr")]
pub(super) use texts;
