//! The banner: one sentence about everything, and whom it concerns.

use leptos::prelude::*;
use pharos_model::{Indicator, Snapshot, Status, UnixMs};

use super::icon::{self, StatusIcon};
use super::time::Placed;
use crate::words::Words;

/// What the banner shows.
#[derive(Clone, Debug, Hash)]
pub struct BannerData {
    /// The status whose look the whole has.
    pub status: Status,
    /// How everything is.
    pub sentence: &'static str,
    /// Whom it concerns.
    pub detail: String,
    at: UnixMs,
}

impl BannerData {
    /// Of a snapshot.
    pub fn of(snapshot: &Snapshot, words: Words) -> Self {
        let indicator = snapshot.indicator();
        let total = snapshot.listed().count();
        let sentence = if total == 0 { words.live().nothing_yet } else { words.indicator(indicator) };
        let affected = snapshot.listed().filter(|component| component.status != Status::Operational);
        let names: Vec<&str> = affected.map(|component| component.definition.name.of(words.tag())).collect();
        let by_incident_only = names.is_empty() && total > 0 && indicator != Indicator::None;
        let detail = if by_incident_only {
            words.live().incident_below.to_owned()
        } else {
            words.affected(&names, total)
        };
        Self { status: icon::look(indicator), sentence, detail, at: snapshot.at }
    }
}

/// What the banner says of a snapshot, for those who say it elsewhere.
#[cfg(feature = "ssr")]
pub fn banner(snapshot: &Snapshot, words: Words) -> BannerData {
    BannerData::of(snapshot, words)
}

/// The banner.
#[component]
pub fn Banner(
    /// What it shows.
    data: BannerData,
    /// In which language.
    words: Words,
) -> impl IntoView {
    view! {
        <div class=icon::classes("banner", data.status)>
            <StatusIcon status=data.status/>
            <div>
                <p class="sentence">{data.sentence}</p>
                <p class="detail" dir="auto">{data.detail}</p>
                {(data.at.0 > 0).then(|| view! { <p class="detail"><Placed text=words.live().as_of at=data.at words/></p> })}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn the_banner_says_what_is_affected() {
        let snapshot = samples::page(&[("API", Status::MajorOutage), ("Website", Status::Operational)]);
        let data = BannerData::of(&snapshot, Words::english());
        assert_eq!(
            (data.sentence, data.detail.as_str()),
            ("Some systems are not available", "Affected: API")
        );
    }

    #[test]
    fn an_open_incident_without_an_affected_component_is_pointed_to() {
        let mut snapshot = samples::page(&[("API", Status::Operational)]);
        snapshot.incidents = vec![samples::incident("i1", "api", true)];
        assert_eq!(BannerData::of(&snapshot, Words::english()).detail, "An incident is open, see below.");
    }

    #[test]
    fn a_page_without_components_says_that_there_is_nothing() {
        let data = BannerData::of(&Snapshot::default(), Words::english());
        assert_eq!(data.sentence, "There is nothing to show yet");
        assert_eq!(data.detail, "No component is configured yet.");
    }
}
