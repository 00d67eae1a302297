//! The island that keeps one part of a page alive.

use leptos::html::Div;
use leptos::prelude::*;

/// Shows what the server drew until the part would look different; from then on draws it itself, in its place.
///
/// The part is not hydrated but drawn anew by the same views that drew it on the server, and the page is made like the
/// drawing: so the browser's half need not know how to hydrate or to change any of them. Which part it is stands in what
/// the server drew and not in a property of the island: reading properties would bring a JSON parser with it.
#[island]
pub fn LiveSlot(
    /// What the server drew.
    children: Children,
) -> impl IntoView {
    let slot = NodeRef::new();
    keep_current(slot);
    view! { <div class="part" node_ref=slot>{children()}</div> }
}

#[cfg(feature = "hydrate")]
fn keep_current(slot: NodeRef<Div>) {
    let snapshot = crate::live::live().snapshot;
    Effect::new(move |slotted: Option<Slotted>| {
        let mut slotted =
            slotted.unwrap_or_else(|| Slotted::of(slot.get_untracked().as_deref().map(AsRef::as_ref)));
        snapshot.with(|snapshot| slotted.update(snapshot.as_ref()));
        slotted
    });
}

#[cfg(not(feature = "hydrate"))]
fn keep_current(_slot: NodeRef<Div>) {}

/// What is in a slot.
#[cfg(feature = "hydrate")]
struct Slotted {
    /// Where which part stands; `None` when the page is not one of ours.
    place: Option<(super::Part, web_sys::Element)>,
    /// The fingerprint of what is shown.
    shown: u32,
}

#[cfg(feature = "hydrate")]
impl Slotted {
    fn of(slot: Option<&web_sys::Element>) -> Self {
        let place = slot.and_then(|slot| slot.query_selector("[data-part]").ok()?);
        let read = |name| place.as_ref().and_then(|place| place.get_attribute(name));
        let part = read("data-part").and_then(|name| super::Part::parse(&name));
        let shown = read("data-drawn").and_then(|drawn| drawn.parse().ok()).unwrap_or_default();
        Self { place: part.zip(place), shown }
    }

    fn update(&mut self, snapshot: Option<&pharos_model::Snapshot>) {
        let (Some((part, place)), Some(snapshot)) = (&self.place, snapshot) else { return };
        // What it was about may have left: then what is shown stays.
        let Some(data) = part.data(snapshot) else { return };
        let fresh = data.fingerprint();
        if fresh != self.shown {
            crate::browser::redraw(place, data.draw().into_view());
            self.shown = fresh;
        }
    }
}

/// A part of `snapshot`, alive; nothing when what it is about is not there.
#[cfg(feature = "ssr")]
pub fn live(part: &super::Part, snapshot: &pharos_model::Snapshot) -> impl IntoView + use<> {
    part.data(snapshot).map(|data| live_data(part, data))
}

/// A part that shows `data`, alive: for what may be too old to stand in the snapshot.
#[cfg(feature = "ssr")]
pub fn live_data(part: &super::Part, data: super::PartData) -> impl IntoView + use<> {
    let (name, drawn) = (part.name(), data.fingerprint().to_string());
    view! { <LiveSlot><div class="part" data-part=name data-drawn=drawn>{data.draw()}</div></LiveSlot> }
}
