//! A shape for each status, so that colour never stands alone.

use leptos::prelude::*;
use pharos_model::{Indicator, Status};

use crate::words::Words;

/// The short name of a status in classes.
pub fn class(status: Status) -> &'static str {
    match status {
        Status::Operational => "op",
        Status::UnderMaintenance => "mt",
        Status::DegradedPerformance => "dg",
        Status::PartialOutage => "po",
        Status::MajorOutage => "mo",
        Status::Unknown => "un",
    }
}

/// Classes of an element of the kind `kind` that has the look of a status.
pub fn classes(kind: &str, status: Status) -> String {
    [kind, " ", class(status)].concat()
}

/// The status whose look an indicator has.
pub fn look(indicator: Indicator) -> Status {
    match indicator {
        Indicator::None => Status::Operational,
        Indicator::Maintenance => Status::UnderMaintenance,
        Indicator::Unknown => Status::Unknown,
        Indicator::Minor => Status::DegradedPerformance,
        Indicator::Major | Indicator::Critical => Status::MajorOutage,
    }
}

/// The shape's outline on a field of 16 by 16.
pub fn shape(status: Status) -> &'static str {
    match status {
        Status::Operational => "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0M4 8.3l2.8 2.8L12 5.9l-1.2-1.2-4 4-1.6-1.6z",
        Status::UnderMaintenance => {
            "M2 0h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2m2 7v2h8V7z"
        }
        Status::DegradedPerformance => "M8 .7 16 15H0zM7.1 6v4h1.8V6zm0 5.2V13h1.8v-1.8z",
        Status::PartialOutage => "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0m0 2v12A6 6 0 0 0 8 2",
        Status::MajorOutage => {
            "M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zm.5 4L4 5.2 6.8 8 4 10.8 5.2 12 8 9.2l2.8 2.8 1.2-1.2L9.2 8 12 5.2 10.8 4 8 6.8z"
        }
        Status::Unknown => "M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0m0 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M5 7h6v2H5z",
    }
}

/// The shape.
#[component]
pub fn StatusIcon(
    /// Of which status.
    status: Status,
) -> impl IntoView {
    view! {
        <svg class=classes("icon", status) viewBox="0 0 16 16" aria-hidden="true">
            <path fill-rule="evenodd" d=shape(status)></path>
        </svg>
    }
}

/// The shape with its word.
#[component]
pub fn StatusLabel(
    /// Of which status.
    status: Status,
    /// In which language.
    words: Words,
) -> impl IntoView {
    view! {
        <span class=classes("status", status)>
            <StatusIcon status/>
            <span class="word">{words.status(status)}</span>
        </span>
    }
}

/// The state of the page as a small picture of its own, which stands out on light and on dark.
#[cfg(feature = "ssr")]
pub fn favicon(indicator: Indicator) -> String {
    let status = look(indicator);
    let colour = match status {
        Status::Operational => "#2f9e66",
        Status::UnderMaintenance => "#4b86d8",
        Status::Unknown => "#8591a0",
        Status::DegradedPerformance => "#d99a1c",
        Status::PartialOutage => "#e2701f",
        Status::MajorOutage => "#d83a2d",
    };
    let outline = shape(status);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-1 -1 18 18\"><path fill=\"{colour}\" fill-rule=\"evenodd\" d=\"{outline}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_statuses_share_a_shape_or_a_class() {
        for one in Status::ALL {
            for other in Status::ALL.into_iter().filter(|other| *other != one) {
                assert_ne!(shape(one), shape(other));
                assert_ne!(class(one), class(other));
            }
        }
    }

    #[test]
    fn the_picture_of_the_page_is_a_document_of_its_own() {
        let svg = favicon(Indicator::Critical);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>"));
        assert_ne!(svg, favicon(Indicator::Minor));
    }
}
