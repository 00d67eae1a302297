//! How much time a chart shows, and the choice of it.

use leptos::prelude::*;

use super::field::MINUTE_MS;
use crate::words::Words;

/// How much time a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl Range {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Its length in days.
    pub fn days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// How it ends an address, as in `/7d`; the shortest is at the address without.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Day => "",
            Self::Week => "/7d",
            Self::Month => "/30d",
            Self::Quarter => "/90d",
        }
    }

    /// What it is called.
    fn label(self, words: Words) -> String {
        match self {
            Self::Day => words.page().range_day.to_owned(),
            longer => words.counted(words.page().range_days, u64::from(longer.days())),
        }
    }

    /// The length of a unit of the drawing.
    pub(super) fn unit_ms(self) -> i64 {
        MINUTE_MS * i64::from(self.days())
    }
}

/// The choice of ranges.
#[component]
pub fn Ranges(
    /// The one that is shown.
    range: Range,
    /// The address of the component's page, in the language.
    address: String,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let links: Vec<_> = Range::ALL
        .into_iter()
        .map(|one| {
            let href = [&*address, one.suffix(), "#latency"].concat();
            view! { <a href=href aria-current=(one == range).then_some("page")>{one.label(words)}</a> }
        })
        .collect();
    view! { <nav class="ranges" aria-label=words.page().ranges>{links}</nav> }
}
