//! The banner: one sentence about everything.

use leptos::prelude::*;
use pharos_model::{Indicator, Snapshot, UnixMs};

use super::icon::{self, StatusIcon};
use super::time::Moment;
use crate::words;

/// What the banner shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BannerData {
    indicator: Indicator,
    at: UnixMs,
    empty: bool,
}

impl BannerData {
    /// Of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { indicator: snapshot.indicator(), at: snapshot.at, empty: snapshot.components.is_empty() }
    }
}

/// The banner.
#[component]
pub fn Banner(
    /// What it shows.
    data: BannerData,
) -> impl IntoView {
    let status = icon::look(data.indicator);
    let sentence = if data.empty { "There is nothing to show yet" } else { words::indicator(data.indicator) };
    view! {
        <div class=format!("banner {}", icon::class(status))>
            <StatusIcon status/>
            <div>
                <p class="sentence">{sentence}</p>
                <p class="as-of">"As of "<Moment at=data.at/></p>
            </div>
        </div>
    }
}
