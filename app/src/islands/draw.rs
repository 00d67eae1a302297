//! How the browser draws a part: with the same views as the server.

use leptos::either::EitherOf5;
use leptos::prelude::*;

use super::part::PartData;
use crate::parts::banner::Banner;
use crate::parts::component_row::ComponentRow;
use crate::parts::icon::StatusLabel;
use crate::parts::incident::OpenIncidents;
use crate::parts::past_days::PastDays;

/// Draws a part.
pub fn draw(data: PartData) -> impl IntoView {
    match data {
        PartData::Banner(data) => EitherOf5::A(view! { <Banner data/> }),
        PartData::Incidents(data) => EitherOf5::B(view! { <OpenIncidents data/> }),
        PartData::Row(data) => EitherOf5::C(view! { <ComponentRow data=*data/> }),
        PartData::Status(status) => EitherOf5::D(view! { <StatusLabel status/> }),
        PartData::Past(data) => EitherOf5::E(view! { <PastDays data/> }),
    }
}
