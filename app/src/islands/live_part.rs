//! The island that keeps one part of a page alive.

use leptos::prelude::*;

use super::part::Part;

/// A part of a page that stays alive: what the server drew, in an island that knows which part it is.
#[component]
pub fn LivePart(
    /// Which part.
    part: Part,
    /// What the server drew.
    children: Children,
) -> impl IntoView {
    view! { <LiveSlot><div class="drawn" data-part=part.name()>{children()}</div></LiveSlot> }
}

/// Shows what the server drew until the part's own data change; from then on draws the part itself, in its place.
///
/// The part is named in what the server drew and not by a property of the island: reading properties would bring a JSON
/// parser into the browser's half.
#[island]
pub fn LiveSlot(
    /// What the server drew.
    children: Children,
) -> impl IntoView {
    let slot = NodeRef::new();
    watch(slot);
    view! { <div class="drawn" node_ref=slot>{children()}</div> }
}

/// Takes the place over once the part's data are no longer what the server drew.
///
/// The part is mounted anew rather than hydrated, so that the browser's half need not know how to hydrate any of them.
#[cfg(feature = "hydrate")]
fn watch(slot: NodeRef<leptos::html::Div>) {
    Effect::new(move || {
        let drawn = slot.get().and_then(|slot| slot.query_selector("[data-part]").ok()?);
        if let Some(place) = drawn
            && let Some(part) = place.get_attribute("data-part").and_then(|name| Part::parse(&name))
        {
            take_over(part, place);
        }
    });
}

#[cfg(feature = "hydrate")]
fn take_over(part: Part, place: web_sys::Element) {
    use leptos::mount::mount_to;
    use wasm_bindgen::JsCast;

    use super::draw::draw;
    use super::part::PartData;
    let snapshot = crate::live::live().snapshot;
    let fresh = Memo::new(move |before: Option<&Option<PartData>>| {
        let data = snapshot.with(|snapshot| PartData::of(&part, snapshot.as_deref()?));
        if data.is_none() {
            // What it was about has left, or the stream begins anew: what is shown stays.
            return before.cloned().flatten();
        }
        let took_over = before.is_some_and(Option::is_some);
        let unchanged = || crate::live::base().is_some_and(|base| PartData::of(&part, &base) == data);
        if !took_over && unchanged() { None } else { data }
    });
    Effect::new(move |took_over: Option<bool>| {
        let due = fresh.with(Option::is_some);
        if took_over == Some(true) || !due {
            return took_over == Some(true);
        }
        place.set_inner_html("");
        let Ok(place) = place.clone().dyn_into() else { return false };
        // For the rest of the page's life.
        mount_to(place, move || move || fresh.get().map(draw)).forget();
        true
    });
}

#[cfg(not(feature = "hydrate"))]
fn watch(_slot: NodeRef<leptos::html::Div>) {}
