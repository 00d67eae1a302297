//! The head of a component's own page: its status, since when, its bars and its figures.

use leptos::prelude::*;
use pharos_model::{Component, Snapshot, Status, UnixMs, Uptime};

use super::bars::{Bars, BarsData};
use super::icon::StatusLabel;
use super::time::Moment;
use crate::words;

/// What the head shows.
#[derive(Clone, Debug, Hash)]
pub struct HeadData {
    status: Status,
    since: UnixMs,
    bars: BarsData,
    tiles: Vec<TileData>,
}

impl HeadData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component) -> Self {
        Self {
            status: component.status,
            since: component.since,
            bars: BarsData::of(snapshot, component),
            tiles: words::WINDOWS
                .iter()
                .map(|(days, label)| TileData::of(label, &snapshot.uptime(component, *days)))
                .collect(),
        }
    }
}

/// The head.
#[component]
pub fn ComponentHead(
    /// What it shows.
    data: HeadData,
) -> impl IntoView {
    let tiles: Vec<_> = data.tiles.into_iter().map(|data| view! { <Tile data/> }).collect();
    view! {
        <p class="state-line">
            <StatusLabel status=data.status/>
            <span class="soft">{words::SINCE} " " <Moment at=data.since/></span>
        </p>
        <div class="card inner"><Bars data=data.bars/></div>
        <h2>{words::UPTIME}</h2>
        <dl class="tiles">{tiles}</dl>
    }
}

/// What one figure shows.
#[derive(Clone, Debug, Hash)]
pub struct TileData {
    label: &'static str,
    figure: String,
    covered: bool,
    coverage: String,
}

impl TileData {
    fn of(label: &'static str, uptime: &Uptime) -> Self {
        Self {
            label,
            figure: uptime.uptime_bp.map_or_else(|| words::NO_DATA.to_owned(), words::percent),
            covered: uptime.covered,
            coverage: words::coverage(uptime),
        }
    }
}

/// One figure with its coverage.
#[component]
fn Tile(
    /// What it shows.
    data: TileData,
) -> impl IntoView {
    let class = if data.covered { "number" } else { "number faint" };
    view! {
        <div class="card tile">
            <dt>{data.label}</dt>
            <dd class=class>{data.figure}</dd>
            <dd class="soft">{data.coverage}</dd>
        </div>
    }
}
