//! A component's row: name, status, bars, uptime.

use leptos::prelude::*;
use pharos_model::{Component, Snapshot, Status};

use super::bars::{Bars, BarsData};
use super::icon::StatusLabel;

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowData {
    id: String,
    name: String,
    description: String,
    status: Status,
    bars: BarsData,
}

impl RowData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component) -> Self {
        let definition = &component.definition;
        Self {
            id: definition.id.to_string(),
            name: definition.name.clone(),
            description: definition.description.clone(),
            status: component.status,
            bars: BarsData::of(snapshot, component),
        }
    }
}

/// The row.
#[component]
pub fn ComponentRow(
    /// What it shows.
    data: RowData,
) -> impl IntoView {
    view! {
        <div class="row-head">
            <div class="name">
                <a href=format!("/components/{}", data.id)>{data.name}</a>
                {(!data.description.is_empty()).then(|| view! { <p class="about">{data.description}</p> })}
            </div>
            <StatusLabel status=data.status/>
        </div>
        <Bars data=data.bars/>
    }
}
