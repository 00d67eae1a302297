//! Incidents of an import in the form of the model, an update after the other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::tz::TimeZone;
use pharos_engine::day_at;
use pharos_import::{Said, slug};
use pharos_model::{
    Affected, Impact, Incident, IncidentId, IncidentSource, IncidentUpdate, Prose, Text, Transition,
};

use crate::operators::prose;

/// An incident that is told step by step.
pub struct Told {
    source: pharos_import::Incident,
    id: IncidentId,
}

impl Told {
    /// An incident, under a name that no other has.
    ///
    /// # Errors
    /// When it can be given none.
    pub fn new(source: pharos_import::Incident, zone: &TimeZone, taken: &mut Taken) -> anyhow::Result<Self> {
        let id = if let Some(id) = &source.id {
            taken.note(id.as_str());
            id.clone()
        } else {
            let date = day_at(zone, source.began_at).date;
            let words = slug(source.title.plain());
            let words = if words.is_empty() { "incident".to_owned() } else { words };
            let text = taken.free(&format!("{date}-{words}"));
            IncidentId::new(&text).with_context(|| format!("`{text}` is no name for an incident"))?
        };
        Ok(Self { source, id })
    }

    /// What it is about, in the page's own language.
    pub fn title(&self) -> &str {
        self.source.title.plain()
    }

    /// What was said of it, in order.
    pub fn said(&self) -> &[Said] {
        &self.source.said
    }

    /// Whether it is open at the end.
    pub fn is_open(&self) -> bool {
        self.source.said.last().is_some_and(|last| last.status.is_open())
    }

    /// One thing that was said.
    ///
    /// # Errors
    /// When it cannot be shown.
    pub fn update(&self, index: usize) -> anyhow::Result<Option<IncidentUpdate>> {
        let Some(said) = self.source.said.get(index) else { return Ok(None) };
        let transition = match &said.noticed {
            Some(noticed) => noticed.clone(),
            None => Transition::Written(Box::new(shown(&said.body)?)),
        };
        let mut update = IncidentUpdate::new(said.at, said.status, transition);
        let affected = |(component, status): &(pharos_model::ComponentId, pharos_model::Status)| Affected {
            component: component.clone(),
            status: *status,
        };
        update.components = said.components.iter().map(affected).collect();
        update.next_update_by = said.next_update_by;
        update.edited_at = said.edited_at;
        Ok(Some(update))
    }

    /// The worst it has been up to an update.
    pub fn impact(&self, index: usize) -> Impact {
        if let Some(impact) = self.source.impact {
            return impact;
        }
        let said = self.source.said.iter().take(index + 1);
        let worst = said.flat_map(|said| &said.components).map(|(_, status)| Impact::of_status(*status));
        worst.max().unwrap_or(Impact::None)
    }

    /// The incident with the first thing that was said.
    ///
    /// # Errors
    /// As [`Told::update`].
    pub fn opened(&self) -> anyhow::Result<Option<Incident>> {
        let Some(first) = self.update(0)? else { return Ok(None) };
        let source = &self.source;
        let mut incident = Incident {
            id: self.id.clone(),
            title: source.title.clone(),
            source: if source.is_automatic { IncidentSource::Automatic } else { IncidentSource::Operator },
            status: first.status,
            impact: self.impact(0),
            components: source.components.clone(),
            root: None,
            began_at: source.began_at.min(first.at),
            resolved_at: None,
            updates: Vec::new(),
            pinned: source.is_pinned,
            taken_over: source.is_led_by_people,
            impact_stated: source.impact.is_some() && source.impact_stated,
            revision: 0,
            edited_at: None,
        };
        incident.follow(&first);
        incident.root.clone_from(&source.root);
        Ok(Some(incident))
    }

    /// What it became, where the source tells that exactly.
    pub fn exactly(&self, told: &Incident) -> Option<Incident> {
        let mut exact = told.clone();
        exact.revision = self.source.revision?;
        exact.resolved_at = self.source.resolved_at;
        exact.edited_at = self.source.edited_at;
        exact.root.clone_from(&self.source.root);
        exact.components.clone_from(&self.source.components);
        for (update, said) in exact.updates.iter_mut().zip(&self.source.said) {
            update.kept = said.kept;
        }
        (exact != *told).then_some(exact)
    }
}

/// What a person wrote, as it is shown.
///
/// # Errors
/// When it is too long.
pub fn shown(body: &Text) -> anyhow::Result<Prose> {
    if body.is_empty() {
        return Ok(Prose::default());
    }
    prose("body", body.clone()).map_err(|refusal| anyhow::anyhow!("{refusal}"))
}

/// Names that were given away.
#[derive(Debug, Default)]
pub struct Taken {
    names: BTreeSet<String>,
    /// The last number that a name was given with.
    numbers: BTreeMap<String, u64>,
}

impl Taken {
    /// Notes a name that something has already.
    pub fn note(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    /// A name that nobody has, with a number where it must.
    pub fn free(&mut self, stem: &str) -> String {
        if self.names.insert(stem.to_owned()) {
            return stem.to_owned();
        }
        let number = self.numbers.entry(stem.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{stem}-{number}");
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }
}
