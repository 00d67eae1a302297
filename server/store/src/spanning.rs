//! The spans that a journal makes, reckoned in memory: for filling a store with a whole journal at once, where asking the database about
//! each change would take hours. By the same rules as the projection, which a test of the contract holds it to.

use std::collections::BTreeMap;

use pharos_model::{Change, Status, UnixMs};

use crate::copies::SpanRow;

/// A span that has not ended.
struct Open {
    starts_at: UnixMs,
    status: Status,
    measured: Option<Status>,
}

/// The spans of all components, up to a place in the journal.
#[derive(Default)]
pub struct Spanning {
    open: BTreeMap<String, Open>,
    /// When the last span of a component ended.
    ended: BTreeMap<String, UnixMs>,
    closed: Vec<SpanRow>,
}

impl Spanning {
    /// Takes the next change.
    pub fn apply(&mut self, at: UnixMs, change: &Change) {
        match change {
            Change::StatusChanged { component, status, from } => {
                self.close(component.as_str(), *from);
                self.begin(component.as_str(), *from, *status);
            }
            Change::Unwatched { from, .. } => {
                let components: Vec<String> = self.open.keys().cloned().collect();
                for component in components {
                    self.close(&component, *from);
                    self.begin(&component, *from, Status::Unknown);
                }
            }
            Change::Configured(definition) => {
                let wanted: Vec<&str> =
                    definition.components.iter().map(|component| component.id.as_str()).collect();
                let gone: Vec<String> =
                    self.open.keys().filter(|known| !wanted.contains(&known.as_str())).cloned().collect();
                for component in gone {
                    self.close(&component, at);
                }
                for component in wanted {
                    if !self.open.contains_key(component) {
                        self.begin(component, at, Status::Unknown);
                    }
                }
            }
            Change::Stated { component, stated, from } => {
                let measured = stated.as_ref().map(|stated| stated.measured);
                self.state(component.as_str(), *from, measured);
            }
            _ => {}
        }
    }

    /// The spans that ended since the last time.
    pub fn take_closed(&mut self) -> Vec<SpanRow> {
        std::mem::take(&mut self.closed)
    }

    /// The spans that have not ended.
    pub fn open(&self) -> Vec<SpanRow> {
        self.open.iter().map(|(component, open)| open.row(component.clone(), None)).collect()
    }

    fn close(&mut self, component: &str, at: UnixMs) {
        let Some(open) = self.open.remove(component) else { return };
        let ends_at = open.starts_at.max(at);
        let ended = self.ended.entry(component.to_owned()).or_insert(ends_at);
        *ended = ends_at.max(*ended);
        self.closed.push(open.row(component.to_owned(), Some(ends_at)));
    }

    /// It begins where the one before it ended, which may be later than asked for.
    fn begin(&mut self, component: &str, at: UnixMs, status: Status) {
        let starts_at = self.ended.get(component).map_or(at, |ended| at.max(*ended));
        self.open.insert(component.to_owned(), Open { starts_at, status, measured: None });
    }

    fn state(&mut self, component: &str, from: UnixMs, measured: Option<Status>) {
        let Some(open) = self.open.get_mut(component).filter(|open| open.measured != measured) else {
            return;
        };
        if open.starts_at < from {
            let status = open.status;
            self.close(component, from);
            self.open.insert(component.to_owned(), Open { starts_at: from, status, measured });
        } else {
            open.measured = measured;
        }
    }
}

impl Open {
    fn row(&self, component: String, ends_at: Option<UnixMs>) -> SpanRow {
        let Self { starts_at, status, measured } = *self;
        let (status, measured) = (status.as_str(), measured.map(Status::as_str));
        SpanRow { component, starts_at, ends_at, status, measured }
    }
}
