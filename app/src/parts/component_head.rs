//! The head of a component's own page: its status, since when, its bars and its figures.

use leptos::prelude::*;
use pharos_model::{Component, Snapshot, Status, UnixMs, Uptime};

use super::bars::{Bars, BarsData};
use super::component_row::StatedLine;
use super::icon::StatusLabel;
use super::time::Placed;
use crate::words::Words;

/// The windows of the uptime figures, in days; the first is today.
const WINDOWS: [usize; 4] = [1, 7, 30, 90];

/// What the head shows.
#[derive(Clone, Debug, Hash)]
pub struct HeadData {
    status: Status,
    since: UnixMs,
    /// What is to be said when operators state the status.
    stated: Option<(String, String)>,
    bars: BarsData,
    tiles: Vec<TileData>,
}

impl HeadData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component, words: Words) -> Self {
        Self {
            status: component.status,
            since: component.since,
            stated: component.stated.as_ref().map(|stated| words.stated(stated)),
            bars: BarsData::of(snapshot, component, words),
            tiles: WINDOWS
                .iter()
                .map(|days| TileData::of(*days, &snapshot.uptime(component, *days), words))
                .collect(),
        }
    }
}

/// The head.
#[component]
pub fn ComponentHead(
    /// What it shows.
    data: HeadData,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let tiles: Vec<_> = data.tiles.into_iter().map(|data| view! { <Tile data/> }).collect();
    view! {
        <p class="state-line">
            <StatusLabel status=data.status words/>
            <span class="soft"><Placed text=words.live().since at=data.since words/></span>
        </p>
        {data.stated.map(|stated| view! { <StatedLine stated/> })}
        <div class="card inner"><Bars data=data.bars words/></div>
        <h2>{words.live().uptime}</h2>
        <dl class="tiles">{tiles}</dl>
    }
}

/// What one figure shows.
#[derive(Clone, Debug, Hash)]
pub struct TileData {
    label: String,
    figure: String,
    covered: bool,
    coverage: String,
}

impl TileData {
    fn of(days: usize, uptime: &Uptime, words: Words) -> Self {
        let text = words.live();
        Self {
            label: if days == 1 { text.today.to_owned() } else { words.counted(text.last_days, days as u64) },
            figure: uptime.uptime_bp.map_or_else(|| text.no_data.to_owned(), |figure| words.percent(figure)),
            covered: uptime.covered,
            coverage: words.coverage(uptime),
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
