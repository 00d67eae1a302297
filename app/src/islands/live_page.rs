//! The island that keeps the parts of a page alive.

use leptos::html::Div;
use leptos::prelude::*;

/// Shows what the server drew until a part would look different; from then on draws that part itself, in its place.
///
/// The parts are not hydrated but drawn anew by the same views that drew them on the server, and the page is made like the
/// drawing: so the browser's half need not know how to hydrate or to change any of them, and a page of five hundred parts
/// wakes as fast as a page of one. Which parts there are stands in what the server drew ([`live`]) and not in a property
/// of the island: reading properties would bring a JSON parser with it.
#[island]
pub fn LivePage(
    /// What the server drew.
    children: Children,
) -> impl IntoView {
    let page = NodeRef::new();
    keep_current(page);
    view! { <div class="part" node_ref=page>{children()}</div> }
}

#[cfg(feature = "hydrate")]
fn keep_current(page: NodeRef<Div>) {
    let snapshot = crate::live::live().snapshot;
    Effect::new(move |slots: Option<Slots>| {
        let slots = slots.unwrap_or_else(|| Slots::of(page.get_untracked().as_deref().map(AsRef::as_ref)));
        snapshot.track();
        slots.begin();
        slots
    });
}

#[cfg(not(feature = "hydrate"))]
fn keep_current(_page: NodeRef<Div>) {}

/// The longest piece of work at a stretch, in milliseconds: a slow telephone's is four times as long and must stay below
/// what is felt.
#[cfg(feature = "hydrate")]
const WORK_MS_MAX: u64 = 8;

/// The parts of the page, in its order.
#[cfg(feature = "hydrate")]
#[derive(Clone)]
struct Slots(std::rc::Rc<std::cell::RefCell<Round>>);

/// A round over the parts, which pauses when it takes long.
#[cfg(feature = "hydrate")]
struct Round {
    slots: Vec<Slot>,
    next: usize,
    /// Goes on after the pause.
    pause: Option<gloo_timers::callback::Timeout>,
}

/// Where which part stands.
#[cfg(feature = "hydrate")]
struct Slot {
    part: super::Part,
    place: web_sys::Element,
    /// The fingerprint of what is shown.
    shown: u32,
}

#[cfg(feature = "hydrate")]
impl Slots {
    fn of(page: Option<&web_sys::Element>) -> Self {
        let found = page.and_then(|page| page.query_selector_all("[data-part]").ok());
        let places = found.iter().flat_map(crate::browser::elements);
        let slots = places.filter_map(Slot::of).collect();
        Self(std::rc::Rc::new(std::cell::RefCell::new(Round { slots, next: 0, pause: None })))
    }

    /// Begins a round with the first part, whether or not one is under way.
    fn begin(&self) {
        self.0.borrow_mut().next = 0;
        self.go_on();
    }

    fn go_on(&self) {
        let mut round = self.0.borrow_mut();
        round.pause = None;
        let snapshot = crate::live::live().snapshot;
        let begun = crate::browser::now();
        snapshot.with_untracked(|snapshot| {
            let (Some(snapshot), Some(words)) = (snapshot.as_ref(), crate::browser::words()) else { return };
            while let Some(index) = round.next_index() {
                round.slots[index].update(snapshot, words);
                if crate::browser::now().since_ms(begun) >= WORK_MS_MAX {
                    break;
                }
            }
        });
        if round.next < round.slots.len() && round.next > 0 {
            let slots = self.clone();
            round.pause = Some(gloo_timers::callback::Timeout::new(0, move || slots.go_on()));
        }
    }
}

#[cfg(feature = "hydrate")]
impl Round {
    fn next_index(&mut self) -> Option<usize> {
        let index = self.next;
        self.next += 1;
        (index < self.slots.len()).then_some(index)
    }
}

#[cfg(feature = "hydrate")]
impl Slot {
    fn of(place: web_sys::Element) -> Option<Self> {
        let part = super::Part::parse(&place.get_attribute("data-part")?)?;
        let shown = place.get_attribute("data-drawn")?.parse().ok()?;
        Some(Self { part, place, shown })
    }

    fn update(&mut self, snapshot: &pharos_model::Snapshot, words: crate::words::Words) {
        // What it was about may have left: then what is shown stays.
        let Some(data) = self.part.data(snapshot, words) else { return };
        let fresh = data.fingerprint();
        if fresh != self.shown {
            crate::browser::redraw(&self.place, data.draw(words).into_view());
            self.shown = fresh;
        }
    }
}

/// A part of `snapshot`, alive; nothing when what it is about is not there.
#[cfg(feature = "ssr")]
pub fn live(
    part: &super::Part,
    snapshot: &pharos_model::Snapshot,
    words: crate::words::Words,
) -> impl IntoView + use<> {
    part.data(snapshot, words).map(|data| live_data(part, data, words))
}

/// A part that shows `data`, alive: for what may be too old to stand in the snapshot.
#[cfg(feature = "ssr")]
pub fn live_data(
    part: &super::Part,
    data: super::PartData,
    words: crate::words::Words,
) -> impl IntoView + use<> {
    let (name, drawn) = (part.name(), data.fingerprint().to_string());
    view! { <div class="part" data-part=name data-drawn=drawn>{data.draw(words)}</div> }
}
