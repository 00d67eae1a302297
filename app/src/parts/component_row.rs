//! A component's row: name, status, bars, uptime.

use leptos::prelude::*;
use pharos_model::{Component, Snapshot, Status};

use super::bars::{Bars, BarsData};
use super::icon::StatusLabel;
use crate::words::Words;

/// What a row shows.
#[derive(Clone, Debug, Hash)]
pub struct RowData {
    address: String,
    name: String,
    description: String,
    status: Status,
    /// What is to be said when operators state the status.
    stated: Option<(String, String)>,
    bars: BarsData,
}

impl RowData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component, words: Words) -> Self {
        let definition = &component.definition;
        Self {
            address: super::component_address(&definition.id, words),
            name: definition.name.of(words.tag()).to_owned(),
            description: words.about(definition),
            status: component.status,
            stated: component.stated.as_ref().map(|stated| words.stated(stated)),
            bars: BarsData::of(snapshot, component, words),
        }
    }
}

/// The row.
#[component]
pub fn ComponentRow(
    /// What it shows.
    data: RowData,
    /// In which language.
    words: Words,
) -> impl IntoView {
    view! {
        <div class="row-head">
            <h3 class="name"><a href=data.address dir="auto">{data.name}</a></h3>
            <StatusLabel status=data.status words/>
        </div>
        {(!data.description.is_empty()).then(|| view! { <p class="about" dir="auto">{data.description}</p> })}
        {data.stated.map(|stated| view! { <StatedLine stated/> })}
        <Bars data=data.bars words/>
    }
}

/// That the status is stated, and what the checks find.
#[component]
pub fn StatedLine(
    /// Both sentences.
    stated: (String, String),
) -> impl IntoView {
    view! { <p class="stated"><span dir="auto">{stated.0}</span> <span>{stated.1}</span></p> }
}
