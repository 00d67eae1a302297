//! Whether a database still holds what was put into it: the journal against its chain, what is derived from it against the journal, and the
//! history against the archive. It reads a little at a time, so that a server beside it notices nothing.

mod slices;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pharos_model::{Change, ComponentId, Incident, IncidentId, Maintenance, Snapshot, UnixMs};
use pharos_store::{Head, JournalRow, Mend, SpanRow, Spanning, Store, StoreError};

use crate::limits::{FAULTS_MAX, SCRUB_ENTRIES, SCRUB_MAINTENANCES, SCRUB_TRIES};
use crate::manifest::{Manifest, chain_of};
use crate::{Archive, ArchiveError, lines};

/// What was looked at, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Entries of the journal.
    pub entries: u64,
    /// Components whose spans were held against the journal.
    pub components: u64,
    /// Incidents that were held against the journal.
    pub incidents: u64,
    /// Slices of history that were held against the archive.
    pub slices: u64,
    /// What is wrong, each in a sentence. Of very many the first.
    pub faults: Vec<String>,
    /// How much of that was mended.
    pub mended: u64,
    /// Entries of the journal that are damaged still.
    pub lost: u64,
}

/// How it is gone about.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// What time it is.
    pub now: UnixMs,
    /// How long to pause after each piece.
    pub pause: Duration,
    /// Whether what is wrong is mended, from the archive and the journal. Nobody else may write meanwhile.
    pub mends: bool,
}

/// What the journal says that there should be.
struct Expected {
    head: Head,
    spanning: Spanning,
    /// A sum over the spans of each component that have ended.
    ended: BTreeMap<ComponentId, Sum>,
    components: BTreeSet<ComponentId>,
    incidents: BTreeMap<IncidentId, Incident>,
    hidden: BTreeSet<IncidentId>,
    /// By their identifiers.
    maintenances: BTreeMap<String, Maintenance>,
}

/// How many spans there are, and a sum over what they say that does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    sum: u128,
}

impl Sum {
    fn add(&mut self, (from, until): (UnixMs, Option<UnixMs>), status: &str, measured: Option<&str>) {
        let text = format!(
            "{}\t{}\t{status}\t{}",
            from.0,
            until.map_or(i64::MAX, |at| at.0),
            measured.unwrap_or("")
        );
        let hash = crate::seal::hash(text.as_bytes());
        let part = u128::from_str_radix(hash.get(..32).unwrap_or_default(), 16).unwrap_or(0);
        (self.count, self.sum) = (self.count + 1, self.sum.wrapping_add(part));
    }
}

/// Reads all of a store, with a pause after each piece.
///
/// # Errors
/// When the database or the archive's place fails. What is damaged is no error.
pub async fn scrub(
    store: &dyn Store,
    archive: Option<(&Archive, &Manifest)>,
    manner: Manner,
) -> Result<Scrubbed, ArchiveError> {
    let mut told = Scrubbed::default();
    let mut expected = Expected::new();
    let source = archive.filter(|_| manner.mends);
    journal(store, (&mut expected, &mut told), source, manner.pause).await?;
    derived(store, (&mut expected, &mut told), source, manner).await?;
    if let Some(archive) = archive {
        slices::history(store, archive, &mut told, manner).await?;
    }
    told.faults.truncate(FAULTS_MAX);
    Ok(told)
}

impl Expected {
    fn new() -> Self {
        Self {
            head: lines::beginning(),
            spanning: Spanning::default(),
            ended: BTreeMap::new(),
            components: BTreeSet::new(),
            incidents: BTreeMap::new(),
            hidden: BTreeSet::new(),
            maintenances: BTreeMap::new(),
        }
    }

    fn take(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        if row.after.is_none() {
            return Ok(());
        }
        let fact = row.fact()?;
        let Some(change) = fact.public() else { return Ok(()) };
        self.spanning.apply(row.at, change);
        for span in self.spanning.take_closed() {
            let Ok(id) = ComponentId::new(&span.component) else { continue };
            self.ended.entry(id).or_default().add((span.starts_at, span.ends_at), span.status, span.measured);
        }
        match change {
            Change::Configured(definition) => {
                self.components.extend(definition.components.iter().map(|component| component.id.clone()));
            }
            Change::IncidentOpened(incident) => self.incident(incident),
            Change::IncidentChanged(incident) => self.incident(incident),
            Change::MaintenanceChanged(maintenance) => {
                self.maintenances.insert(maintenance.id.to_string(), (**maintenance).clone());
            }
            Change::IncidentHidden { id } => drop(self.hidden.insert(id.clone())),
            Change::IncidentUpdated { id, .. } => {
                if let Some(incident) = self.incidents.remove(id) {
                    let mut alone = Snapshot { incidents: vec![incident], at: row.at, ..Snapshot::default() };
                    // What does not fit changes nothing, as in the database.
                    let _fits = alone.apply_change(row.at, change);
                    self.incidents.extend(alone.incidents.into_iter().map(|known| (known.id.clone(), known)));
                    self.hidden.remove(id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn incident(&mut self, incident: &Incident) {
        self.hidden.remove(&incident.id);
        self.incidents.insert(incident.id.clone(), incident.clone());
    }

    /// The sums over all spans, those that last among them.
    fn spans(&self) -> BTreeMap<ComponentId, Sum> {
        let mut all = self.ended.clone();
        for span in self.spanning.open() {
            let Ok(id) = ComponentId::new(&span.component) else { continue };
            all.entry(id).or_default().add((span.starts_at, None), span.status, span.measured);
        }
        all
    }
}

/// Follows the journal to its end. An entry that is damaged is told, and what follows it is followed by the chain that is written there.
async fn journal(
    store: &dyn Store,
    (expected, told): (&mut Expected, &mut Scrubbed),
    source: Option<(&Archive, &Manifest)>,
    pause: Duration,
) -> Result<(), ArchiveError> {
    let end = store.head().await?.seq;
    let mut limit = SCRUB_ENTRIES;
    while expected.head.seq < end {
        match store.rows_after(expected.head.seq, limit).await {
            Ok(rows) if rows.is_empty() => break,
            Ok(rows) => {
                for row in &rows {
                    expected.take(row)?;
                }
                told.entries += rows.len() as u64;
                expected.head = lines::end_of(&rows, expected.head);
                limit = SCRUB_ENTRIES;
            }
            // Those before the one that is damaged are read one by one.
            Err(StoreError::Damaged { .. }) if limit > 1 => limit = 1,
            Err(StoreError::Damaged { seq, why }) => {
                told.faults.push(format!("entry {seq} of the journal: {why}"));
                let Some(row) = archived(source, expected.head).await? else {
                    told.lost += 1;
                    expected.head.seq += 1;
                    continue;
                };
                store.mend(Mend::Entry(Box::new(row))).await?;
                told.mended += 1;
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// The entry that follows this end in the archive, if it is there.
async fn archived(
    source: Option<(&Archive, &Manifest)>,
    head: Head,
) -> Result<Option<JournalRow>, ArchiveError> {
    let Some((archive, manifest)) = source else { return Ok(None) };
    let segment = manifest.segments.iter().position(|segment| segment.last > head.seq);
    let Some(place) = segment else { return Ok(None) };
    let before = match place.checked_sub(1).and_then(|before| manifest.segments.get(before)) {
        Some(before) => Head { seq: before.last, chain: chain_of(&before.chain).unwrap_or_default() },
        None => lines::beginning(),
    };
    let segment = &manifest.segments[place];
    let content = archive.content(&segment.object, manifest.sealed).await?;
    let rows =
        lines::to_journal(&content, before).map_err(|why| archive.damaged(&segment.object.key, why))?;
    Ok(rows.into_iter().find(|row| row.follows(head)))
}

/// Holds spans and incidents against what the journal says. Where it went on meanwhile, that is followed and they are looked at again.
async fn derived(
    store: &dyn Store,
    (expected, told): (&mut Expected, &mut Scrubbed),
    source: Option<(&Archive, &Manifest)>,
    manner: Manner,
) -> Result<(), ArchiveError> {
    // What rests on a damaged journal proves nothing.
    if told.lost > 0 {
        return Ok(());
    }
    for _ in 0..SCRUB_TRIES {
        let found = compared(store, expected, manner.pause).await?;
        if store.head().await?.seq == expected.head.seq {
            told.components = expected.components.len() as u64;
            told.incidents = expected.incidents.len() as u64;
            told.faults.extend(found.faults());
            if manner.mends {
                told.mended += mended(store, expected, found).await?;
            }
            return Ok(());
        }
        journal(store, (expected, told), source, Duration::ZERO).await?;
    }
    told.faults
        .push("the journal went on all the time; spans and incidents were not held against it".to_owned());
    Ok(())
}

/// What is not as the journal says.
#[derive(Default)]
struct Differing {
    components: BTreeSet<ComponentId>,
    incidents: Vec<IncidentId>,
    maintenances: Vec<String>,
}

impl Differing {
    fn faults(&self) -> Vec<String> {
        let spans = self.components.iter();
        let spans = spans.map(|id| format!("the spans of {id} are not those that the journal tells of"));
        let incidents = self.incidents.iter();
        let incidents =
            incidents.map(|id| format!("the incident {id} is not the one that the journal tells of"));
        let maintenances = self.maintenances.iter();
        let maintenances =
            maintenances.map(|id| format!("the maintenance {id} is not the one that the journal tells of"));
        spans.chain(incidents).chain(maintenances).collect()
    }
}

/// Makes what is not as the journal says anew. Returns how much that was.
async fn mended(store: &dyn Store, expected: &Expected, found: Differing) -> Result<u64, ArchiveError> {
    let mut again = Spanning::default();
    let mut spans: BTreeMap<ComponentId, Vec<SpanRow>> =
        found.components.iter().map(|id| (id.clone(), Vec::new())).collect();
    let mut seq = if spans.is_empty() { expected.head.seq } else { 0 };
    while seq < expected.head.seq {
        let rows = store.rows_after(seq, SCRUB_ENTRIES).await?;
        let Some(last) = rows.last() else { break };
        seq = last.seq;
        for row in rows.iter().filter(|row| row.after.is_some()) {
            if let Some(change) = row.fact()?.public() {
                again.apply(row.at, change);
            }
        }
        sort_in(&mut spans, again.take_closed());
    }
    sort_in(&mut spans, again.open());
    let count = (spans.len() + found.incidents.len() + found.maintenances.len()) as u64;
    for (component, spans) in spans {
        store.mend(Mend::Spans(component, spans)).await?;
    }
    for id in found.incidents {
        if let Some(incident) = expected.incidents.get(&id) {
            let is_hidden = expected.hidden.contains(&id);
            store.mend(Mend::Incident(Box::new(incident.clone()), is_hidden)).await?;
        }
    }
    for maintenance in found.maintenances.iter().filter_map(|id| expected.maintenances.get(id)) {
        store.mend(Mend::Maintenance(Box::new(maintenance.clone()))).await?;
    }
    Ok(count)
}

fn sort_in(spans: &mut BTreeMap<ComponentId, Vec<SpanRow>>, more: Vec<SpanRow>) {
    for span in more {
        let known = ComponentId::new(&span.component).ok().and_then(|id| spans.get_mut(&id));
        if let Some(known) = known {
            known.push(span);
        }
    }
}

async fn compared(
    store: &dyn Store,
    expected: &Expected,
    pause: Duration,
) -> Result<Differing, ArchiveError> {
    const ALL: (UnixMs, UnixMs) = (UnixMs(i64::MIN), UnixMs(i64::MAX));
    let mut differing = Differing::default();
    let spans = expected.spans();
    for component in &expected.components {
        let mut sum = Sum::default();
        for span in store.spans(component, ALL.0, ALL.1, usize::MAX).await? {
            let measured = span.measured.map(pharos_model::Status::as_str);
            sum.add((span.starts_at, span.ends_at), span.status.as_str(), measured);
        }
        if Some(&sum) != spans.get(component) && (sum != Sum::default() || spans.contains_key(component)) {
            differing.components.insert(component.clone());
        }
        tokio::time::sleep(pause).await;
    }
    for (id, incident) in &expected.incidents {
        let is_hidden = expected.hidden.contains(id);
        let kept = store.incident(id).await;
        let is_same = match &kept {
            Ok(kept) => kept.as_ref() == Some(incident).filter(|_| !is_hidden),
            Err(StoreError::Damaged { .. }) => false,
            Err(error) => return Err(error.clone().into()),
        };
        if !is_same {
            differing.incidents.push(id.clone());
        }
    }
    let kept = maintenances(store).await?;
    let expected = expected.maintenances.iter();
    differing.maintenances =
        expected.filter(|(id, is)| kept.get(*id) != Some(*is)).map(|(id, _)| id.clone()).collect();
    Ok(differing)
}

/// All maintenance that is kept; where one of them cannot be read, none.
async fn maintenances(store: &dyn Store) -> Result<BTreeMap<String, Maintenance>, StoreError> {
    let (mut all, mut before) = (BTreeMap::new(), None);
    loop {
        let some = match store.maintenances_page(before, SCRUB_MAINTENANCES).await {
            Err(StoreError::Damaged { .. }) => return Ok(BTreeMap::new()),
            read => read?,
        };
        let Some(last) = some.last() else { return Ok(all) };
        before = Some((last.scheduled_start, last.id.to_string()));
        all.extend(some.into_iter().map(|maintenance| (maintenance.id.to_string(), maintenance)));
    }
}
