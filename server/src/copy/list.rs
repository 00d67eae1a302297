//! What a copy consists of: one list, the most needed first.

use pharos_app::{LANGUAGES, Range, Variant, Words};
use pharos_bucket::Key;
use pharos_model::{ComponentId, Incident, IncidentId, Snapshot};

use super::bases::Basis;
use crate::config::Brand;
use crate::http::Assets;
use crate::limits::COPY_MONTHS_MAX;
use crate::pages::{Month, PageKey, date_at, zone};
use crate::wires::{self, Of};

/// A part of the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A page, or a picture of one.
    Page(PageKey),
    /// What is shown for everything that is not there.
    NotFound,
    /// What is told to a page or a widget that asks for a stream: a word, in place of a whole page at each of its tries.
    NoStream,
    /// The state in a few words, for widgets.
    Summary,
    /// A page that other sites frame.
    Framed(Variant),
    /// The state as a small picture.
    Favicon,
    /// A file that is the same for all pages: its media type follows from its name.
    File(File),
}

/// A file that is the same for all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// A script or WebAssembly, under a name that changes with its content.
    Asset(String),
    /// The operator's own, under such a name too.
    Brand(String),
    /// What browsers run when nobody answers.
    Worker,
    /// What other sites run.
    Widget,
    /// What a page in a frame runs.
    Frame,
}

/// A part of the copy, and where it stands.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its key.
    pub key: Key,
    /// Of which of the pages it is, counted from the main one.
    pub page: usize,
    /// What it is.
    pub what: What,
    /// In which language.
    pub words: Words,
    /// What must change before it is made anew.
    pub basis: Basis,
}

/// From what the list is made.
pub struct Sources<'a> {
    /// What is shown.
    pub snapshot: &'a Snapshot,
    /// The incidents that have pages, beside those of the snapshot.
    pub incidents: &'a [Incident],
    /// Scripts and WebAssembly.
    pub assets: &'a Assets,
    /// The operator's own files.
    pub brand: &'a Brand,
}

/// The months that have pages, the newest first.
pub fn months(snapshot: &Snapshot) -> Vec<Month> {
    let zone = zone(snapshot);
    let began = snapshot.components.iter().map(|component| component.began).min().unwrap_or(snapshot.at);
    Month::back(date_at(&zone, snapshot.at), date_at(&zone, began), COPY_MONTHS_MAX)
}

/// What a copy consists of.
#[derive(Debug, Default)]
pub struct List {
    /// What tells of everything as it is now, and the files that it needs: never left for later.
    pub front: Vec<Wanted>,
    /// Everything else.
    pub rest: Vec<Wanted>,
    /// How much there was no room for.
    pub left_out: usize,
}

/// Everything of a page, so many parts at most: what comes last is what is needed least.
pub fn list(sources: &Sources<'_>, parts_max: usize) -> List {
    let (snapshot, own) = (sources.snapshot, Words::of_page(&sources.snapshot.page));
    let others: Vec<Words> = LANGUAGES.iter().map(|language| own.in_language(language)).collect();
    let languages: Vec<Words> = std::iter::once(own).chain(others.iter().copied()).collect();
    let mut front = Vec::new();
    front.extend(files(sources, own));
    front.extend(languages.iter().flat_map(|words| now(*words)));
    let mut all = Vec::new();
    all.extend(languages.iter().flat_map(|words| first(*words)));
    all.extend(languages.iter().flat_map(|words| history(sources, *words)));
    // What programs read is read at its own address, without a language.
    all.extend(documents(snapshot, own));
    all.extend(languages.iter().flat_map(|words| components(snapshot, *words)));
    all.extend(days(snapshot, own));
    all.extend(months_of_components(snapshot, own));
    all.extend(others.iter().flat_map(|words| documents(snapshot, *words)));
    all.extend(others.iter().flat_map(|words| months_of_components(snapshot, *words)));
    let room = parts_max.saturating_sub(front.len());
    let left_out = all.len().saturating_sub(room);
    all.truncate(room);
    List { front, rest: all, left_out }
}

fn wanted(path: &str, what: What, words: Words, basis: Basis) -> Option<Wanted> {
    let path = path.trim_start_matches('/');
    let is_page = match &what {
        What::Page(key) => !matches!(key, PageKey::Card(_) | PageKey::Wire(_)),
        What::Framed(_) => true,
        _ => false,
    };
    let path = match path.trim_end_matches('/') {
        "" => "index.html".to_owned(),
        path if is_page => format!("{path}/index.html"),
        path => path.to_owned(),
    };
    // What no file can be called has no place in a copy.
    Some(Wanted { key: Key::new(&path).ok()?, page: 0, what, words, basis })
}

fn page(path: &str, key: PageKey, words: Words, basis: Basis) -> Option<Wanted> {
    wanted(&words.address(path), What::Page(key), words, basis)
}

fn files(sources: &Sources<'_>, own: Words) -> impl Iterator<Item = Wanted> {
    let assets = sources.assets.iter().map(|(name, ..)| (format!("/assets/{name}"), name.to_owned()));
    let assets = assets.map(|(path, name)| (path, File::Asset(name), Basis::Name));
    let brand = sources.brand.iter().map(|(name, _)| (format!("/brand/{name}"), name.to_owned()));
    let brand = brand.map(|(path, name)| (path, File::Brand(name), Basis::Name));
    let fixed =
        [("/service-worker.js", File::Worker), ("/widget.js", File::Widget), ("/frame.js", File::Frame)];
    let fixed = fixed.into_iter().map(|(path, file)| (path.to_owned(), file, Basis::State));
    let streams = ["/events", "/embed/events"].into_iter();
    let streams =
        streams.filter_map(move |path| wanted(&own.shared_address(path), What::NoStream, own, Basis::State));
    let all = assets.chain(brand).chain(fixed);
    let all: Vec<Wanted> = all
        .filter_map(|(path, file, basis)| wanted(&own.shared_address(&path), What::File(file), own, basis))
        .chain(streams)
        .collect();
    all.into_iter()
}

/// What tells of everything as it is now.
fn now(words: Words) -> impl Iterator<Item = Wanted> {
    let at = |path: &str, what: What| wanted(&words.address(path), what, words, Basis::Everything);
    let favicon = (!words.is_prefixed()).then(|| at("/favicon.svg", What::Favicon)).flatten();
    let now = [at("/", What::Page(PageKey::Index)), at("/embed/summary.json", What::Summary), favicon];
    now.into_iter().flatten()
}

/// What is asked for first beside that.
fn first(words: Words) -> impl Iterator<Item = Wanted> {
    let framed = Variant::ALL.map(|variant| {
        let path = words.address(&format!("/embed/{}", variant.name()));
        wanted(&path, What::Framed(variant), words, Basis::Layout)
    });
    let others = [
        wanted(&words.address("/404.html"), What::NotFound, words, Basis::State),
        page("/card.png", PageKey::Card(None), words, Basis::Layout),
        page("/resilience", PageKey::Resilience, words, Basis::State),
        page("/embed", PageKey::Gallery, words, Basis::State),
    ];
    others.into_iter().chain(framed).flatten()
}

/// Documents for programs: feeds, calendars, badges, and what speaks the interfaces of others.
fn documents(snapshot: &Snapshot, words: Words) -> Vec<Wanted> {
    let spoken = wires::all().filter(|wire| wire.is_spoken || !words.is_prefixed());
    let addresses = spoken.flat_map(|wire| wire.addresses(snapshot));
    let document = |address: String| {
        let (_, asked) = wires::find(&address, None)?;
        let basis = match (asked.wire.of, &asked.id) {
            (Of::Component, Some(id)) => ComponentId::new(id).map_or(Basis::State, Basis::Component),
            _ => Basis::State,
        };
        page(&address, PageKey::Wire(asked), words, basis)
    };
    addresses.filter_map(document).collect()
}

/// Incidents and the months in which they were.
fn history(sources: &Sources<'_>, words: Words) -> Vec<Wanted> {
    let mut all = vec![page("/history", PageKey::History(None, None), words, Basis::State)];
    all.extend(months(sources.snapshot).into_iter().enumerate().map(|(back, month)| {
        let key = PageKey::History(Some(month), None);
        let basis = if back == 0 { Basis::State } else { Basis::Month(month, None) };
        page(&format!("/history/{}", month.text()), key, words, basis)
    }));
    let known = |id: &IncidentId| sources.snapshot.incident(id).is_some();
    let older = sources.incidents.iter().filter(|incident| !known(&incident.id));
    for incident in sources.snapshot.incidents.iter().chain(older) {
        let (path, id) = (format!("/incidents/{}", incident.id), &incident.id);
        let is_over = incident.resolved_at.is_some();
        let basis = || if is_over { Basis::Incident(id.clone()) } else { Basis::State };
        all.push(page(&path, PageKey::Incident(id.clone()), words, basis()));
        // It says what its incident says, and not how anything is.
        let card = PageKey::Card(Some(id.clone()));
        all.push(page(&format!("{path}/card.png"), card, words, Basis::Incident(id.clone())));
    }
    all.into_iter().flatten().collect()
}

/// Components with all that is told of them.
fn components(snapshot: &Snapshot, words: Words) -> Vec<Wanted> {
    let of = |id: &ComponentId| {
        let basis = Basis::Component(id.clone());
        let at =
            |rest: &str, key: PageKey| page(&format!("/components/{id}{rest}"), key, words, basis.clone());
        let ranges = Range::ALL.map(|range| at(range.suffix(), PageKey::Component(id.clone(), range)));
        let tables =
            [at("/days", PageKey::Days(id.clone())), at("/calendar", PageKey::Year(id.clone(), None))];
        ranges.into_iter().chain(tables).flatten().collect::<Vec<_>>()
    };
    snapshot.components.iter().flat_map(|component| of(&component.definition.id)).collect()
}

/// The months of each component.
fn months_of_components(snapshot: &Snapshot, words: Words) -> Vec<Wanted> {
    let months = months(snapshot);
    let of = |id: &ComponentId| {
        let of = |(back, month): (usize, &Month)| {
            let key = PageKey::History(Some(*month), Some(id.clone()));
            let path = format!("/history/{}/{id}", month.text());
            let is_over = back > 0;
            let over = || Basis::Month(*month, Some(id.clone()));
            let basis = if is_over { over() } else { Basis::Component(id.clone()) };
            page(&path, key, words, basis)
        };
        months.iter().enumerate().filter_map(of).collect::<Vec<_>>()
    };
    snapshot.components.iter().flat_map(|component| of(&component.definition.id)).collect()
}

/// Each day and year of a component, in the page's own language alone: they are many, and few ever ask for them.
fn days(snapshot: &Snapshot, words: Words) -> Vec<Wanted> {
    let zone = zone(snapshot);
    let this_year = date_at(&zone, snapshot.at).year();
    let of = |component: &pharos_model::Component| {
        let id = &component.definition.id;
        let basis = Basis::Component(id.clone());
        let began = date_at(&zone, component.began).year();
        let years = (began..=this_year).rev().take(COPY_MONTHS_MAX / 12).map(|year| {
            let path = format!("/components/{id}/calendar/{year:04}");
            page(&path, PageKey::Year(id.clone(), Some(year)), words, basis.clone())
        });
        let days = snapshot.days.iter().rev().enumerate().map(|(back, day)| {
            let path = format!("/components/{id}/days/{}", day.date);
            let basis = if back == 0 { basis.clone() } else { Basis::Day(id.clone(), day.date) };
            page(&path, PageKey::Day(id.clone(), day.date), words, basis)
        });
        years.chain(days).flatten().collect::<Vec<_>>()
    };
    snapshot.components.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::COPY_DOCUMENTS_MAX;
    use pharos_model::{Component, ComponentDefinition, UnixMs};

    fn snapshot() -> Snapshot {
        let definition = ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into());
        let component = Component::unseen(definition, UnixMs(1_790_000_000_000));
        Snapshot { at: UnixMs(1_795_000_000_000), components: vec![component], ..Snapshot::default() }
    }

    fn keys(snapshot: &Snapshot) -> Vec<String> {
        let (assets, brand) = (Assets::default(), Brand::default());
        let List { front, rest, .. } =
            list(&Sources { snapshot, incidents: &[], assets: &assets, brand: &brand }, COPY_DOCUMENTS_MAX);
        front.iter().chain(&rest).map(|wanted| wanted.key.to_string()).collect()
    }

    #[test]
    fn every_page_stands_where_a_plain_web_server_finds_it() {
        let keys = keys(&snapshot());
        for expected in [
            "index.html",
            "404.html",
            "de/index.html",
            "de/404.html",
            "history/index.html",
            "history/2026-11/index.html",
            "ja/history/2026-09/index.html",
            "resilience/index.html",
            "components/api/index.html",
            "fr/components/api/90d/index.html",
            "components/api/days/index.html",
            "components/api/calendar/2026/index.html",
            "components/api/spans.csv",
            "embed/summary.json",
            "embed/index.html",
            "card.png",
            "favicon.svg",
            "service-worker.js",
            "widget.js",
            "robots.txt",
            "history.atom",
            "de/feed.json",
            "api/v2/summary.json",
            "badge/api.svg",
            "calendar.ics",
            "llms.txt",
        ] {
            assert!(keys.iter().any(|key| key == expected), "{expected} is not among {keys:?}");
        }
    }

    #[test]
    fn nothing_stands_there_twice() {
        let mut keys = keys(&snapshot());
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn where_there_is_no_room_what_few_ask_for_is_left_out_and_told() {
        let definition = |number| {
            ComponentDefinition::new(ComponentId::new(&format!("part-{number}")).unwrap(), "P".into())
        };
        let began = UnixMs(1_640_000_000_000);
        let components = (0..150).map(|number| Component::unseen(definition(number), began)).collect();
        let snapshot = Snapshot { components, ..snapshot() };
        let (assets, brand) = (Assets::default(), Brand::default());
        let sources = Sources { snapshot: &snapshot, incidents: &[], assets: &assets, brand: &brand };
        let List { front, rest, left_out } = list(&sources, COPY_DOCUMENTS_MAX);
        assert_eq!(front.len() + rest.len(), COPY_DOCUMENTS_MAX);
        assert!(left_out > 0);
        let has = |key: &str| front.iter().chain(&rest).any(|wanted| wanted.key.as_str() == key);
        for needed in [
            "index.html",
            "de/index.html",
            "api/v2/summary.json",
            "components/part-149/index.html",
            "ja/components/part-149/index.html",
        ] {
            assert!(has(needed), "{needed}");
        }
    }
}
