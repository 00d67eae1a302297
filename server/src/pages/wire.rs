//! Documents for programs: what each is about and what the store tells for it, then the bytes.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue,
};
use pharos_app::Words;
use pharos_model::{ComponentId, GroupId, Incident, IncidentId, Maintenance, Snapshot};
use pharos_store::Resolution;

use super::cache::PagesError;
use super::encode::{Encoded, QUICK};
use super::render::Renderer;
use crate::limits::{API_PAGE_MAX, SPANS_MAX};
use crate::wires::{Asked, Need, Of, Subject, View, Wire, Written, code};

const HOUR_MS: u64 = 3_600_000;

impl Renderer {
    /// A document; `None` when there is none.
    pub(super) async fn wire(
        &self,
        asked: &Asked,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Encoded>, PagesError> {
        self.of_wire(asked, (snapshot, words), encoded).await
    }

    /// The same as it is, for those who keep it elsewhere.
    pub(super) async fn plain_wire(
        &self,
        asked: &Asked,
        snapshot: Arc<Snapshot>,
        words: Words,
    ) -> Result<Option<Bytes>, PagesError> {
        self.of_wire(asked, (snapshot, words), |_, _, written| Bytes::from(written.body)).await
    }

    async fn of_wire<T: Send + 'static>(
        &self,
        asked: &Asked,
        (snapshot, words): (Arc<Snapshot>, Words),
        finish: fn(&Wire, &View, Written) -> T,
    ) -> Result<Option<T>, PagesError> {
        let wire = asked.wire;
        let id = asked.id.as_deref().unwrap_or_default();
        let Some(subject) = self.subject((wire.of, id), &snapshot).await? else { return Ok(None) };
        let view = View::new(snapshot, words, subject, asked.page);
        let mut view = View { look: asked.look, is_further: self.is_further(), ..view };
        for need in wire.needs {
            self.learn(*need, &mut view).await?;
        }
        let make = move || (wire.write)(&view).map(|written| finish(wire, &view, written));
        Ok(tokio::task::spawn_blocking(make).await?)
    }

    /// What a document is about, by our name for it or by its code.
    pub(super) async fn subject(
        &self,
        (of, id): (Of, &str),
        snapshot: &Snapshot,
    ) -> Result<Option<Subject>, PagesError> {
        let found = match of {
            Of::Page => Some(Subject::Page),
            Of::Component => {
                let ids = || snapshot.components.iter().map(|component| &component.definition.id);
                let own = ComponentId::new(id).ok().filter(|id| ids().any(|known| known == id));
                own.or_else(|| ids().find(|known| code("component", known.as_str()) == id).cloned())
                    .map(Subject::Component)
            }
            Of::Group => {
                let id = GroupId::new(id).ok();
                snapshot
                    .groups
                    .iter()
                    .find(|group| Some(&group.id) == id.as_ref())
                    .cloned()
                    .map(Subject::Group)
            }
            Of::Incident => {
                let own = match IncidentId::new(id) {
                    Ok(own) => self.known(&own, snapshot).await?,
                    Err(_) => None,
                };
                let found = match own {
                    Some(own) => Some(own),
                    None => match self.codes.find(id, (snapshot, self.is_further()), &*self.store).await? {
                        Some(own) => self.known(&own, snapshot).await?,
                        None => None,
                    },
                };
                found.map(|incident| Subject::Incident(Box::new(incident)))
            }
        };
        Ok(found)
    }

    async fn learn(&self, need: Need, view: &mut View) -> Result<(), PagesError> {
        match need {
            Need::Incidents(count) => view.incidents = self.incidents_of(view, count).await?,
            Need::Maintenances(count) => {
                let mut known = self.store.maintenances_page(None, API_PAGE_MAX).await?;
                known.retain_mut(|known| as_shown(known, &view.snapshot));
                // Much may be planned farther ahead than what is being done.
                for shown in &view.snapshot.maintenances {
                    if known.iter().all(|known| known.id != shown.id) {
                        known.push(shown.clone());
                    }
                }
                known.sort_by(|one, other| {
                    (other.scheduled_start, &other.id).cmp(&(one.scheduled_start, &one.id))
                });
                let told = known.into_iter().filter_map(|known| self.told_of_work(known, &view.snapshot));
                let concerned = told.filter(|known| view.concerns(&known.components));
                view.maintenances = concerned.take(count).collect();
            }
            Need::Spans(hours) => {
                let Subject::Component(id) = &view.subject else { return Ok(()) };
                let until = view.snapshot.at.plus_ms(1);
                let from = until.minus_ms(hours * HOUR_MS);
                view.spans = self.store.spans(id, from, until, SPANS_MAX).await?;
            }
            Need::Latency(hours, minutes) => {
                let Subject::Component(id) = &view.subject else { return Ok(()) };
                let until = crate::clock::wall();
                let from = until.minus_ms(hours * HOUR_MS);
                let (resolution, merged) = if minutes < 60 {
                    (Resolution::Minute, minutes)
                } else {
                    (Resolution::Hour, minutes / 60)
                };
                view.latency = self.store.latency(id, from, until, resolution, merged).await?;
            }
        }
        Ok(())
    }

    /// The newest incidents of what a document is about; those in memory that are open first where there are more.
    async fn incidents_of(&self, view: &View, count: usize) -> Result<Vec<Incident>, PagesError> {
        let components: Vec<Option<ComponentId>> = match &view.subject {
            Subject::Page => vec![None],
            Subject::Component(id) => vec![Some(id.clone())],
            Subject::Group(group) => {
                let is_child = |component: &&pharos_model::Component| {
                    component.definition.group.as_ref() == Some(&group.id)
                };
                let children = view.snapshot.components.iter().filter(is_child).take(API_PAGE_MAX);
                children.map(|component| Some(component.definition.id.clone())).collect()
            }
            Subject::Incident(_) => Vec::new(),
        };
        let mut found: Vec<Incident> = Vec::new();
        for component in components {
            for incident in self.newest_incidents(component, &view.snapshot, count).await? {
                if found.iter().all(|known| known.id != incident.id) {
                    found.push(incident);
                }
            }
        }
        let snapshot = &view.snapshot;
        found.retain_mut(|known| as_told(known, snapshot));
        found.sort_by(|one, other| other.began_at.cmp(&one.began_at).then_with(|| other.id.cmp(&one.id)));
        found.truncate(count);
        Ok(found)
    }
}

/// Takes what is told of an incident; tells whether it is told of, or was over by then. The history may be further than what is shown,
/// which holds all that is open.
pub fn as_told(known: &mut Incident, snapshot: &Snapshot) -> bool {
    match snapshot.incident(&known.id) {
        Some(shown) => {
            known.clone_from(shown);
            true
        }
        None => known.resolved_at.is_some_and(|at| at <= snapshot.at),
    }
}

/// Takes what is shown of a maintenance; tells whether it is shown, or was over by then.
pub fn as_shown(known: &mut Maintenance, snapshot: &Snapshot) -> bool {
    match snapshot.maintenances.iter().find(|shown| shown.id == known.id) {
        Some(shown) => {
            known.clone_from(shown);
            true
        }
        None => known.ended_at.is_some_and(|at| at <= snapshot.at),
    }
}

/// What a picture may do that somebody opens by itself: have its own colours, and nothing else.
const PICTURE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors *");

/// The document with its headers. Any site may read it.
fn encoded(wire: &Wire, view: &View, written: Written) -> Encoded {
    let mut headers = wire.headers(view, &written);
    let cache =
        format!("public, max-age={}, stale-while-revalidate=30, stale-if-error=86400", wire.max_age_s);
    if let Ok(cache) = HeaderValue::from_str(&cache) {
        headers.insert(CACHE_CONTROL, cache);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if wire.media_type.starts_with("image/") {
        headers.insert(CONTENT_SECURITY_POLICY, PICTURE);
    }
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    Encoded::new(StatusCode::OK, &headers, &Bytes::from(written.body), QUICK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use pharos_app::Shell;
    use pharos_engine::Fact;
    use pharos_model::{Change, UnixMs};
    use pharos_store::{SqliteStore, Store};

    use crate::pages::Pages;
    use crate::wires::samples;

    async fn opened(store: &SqliteStore, incident: &Incident, name: &str, (began, at): (i64, i64)) {
        let id = IncidentId::new(name).unwrap();
        let incident = Incident { id, title: name.into(), began_at: UnixMs(began), ..incident.clone() };
        store.append(UnixMs(at), vec![Fact::Public(Change::IncidentOpened(incident))]).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_being_done_is_told_of_however_much_is_planned_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let active = samples::in_progress().maintenances.remove(0);
        let planned = samples::scheduled().maintenances.remove(0);
        let ahead = (0..API_PAGE_MAX).map(|days| {
            let name = format!("later-{days}");
            let scheduled_start = planned.scheduled_start.plus_ms(days as u64 * 86_400_000);
            Maintenance {
                id: pharos_model::MaintenanceId::new(&name).unwrap(),
                title: name.as_str().into(),
                scheduled_start,
                ..planned.clone()
            }
        });
        let all = ahead.chain([active]);
        let facts = all.map(|known| Fact::Public(Change::MaintenanceChanged(Box::new(known)))).collect();
        store.append(UnixMs(5), facts).await.unwrap();
        let snapshot = Arc::new(store.load().await.unwrap().board.clone());
        let pages =
            Pages::new(Renderer::new(Arc::clone(&store) as Arc<dyn Store>, Shell::new(None)), snapshot);
        for path in ["/history.atom", "/history.rss", "/feed.json", "/api/v2/scheduled-maintenances.json"] {
            let document = pages.document(path, None).await.unwrap().unwrap();
            let body = document.respond(&http::HeaderMap::new()).into_body().collect().await.unwrap();
            let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
            assert!(text.contains("Database upgrade; read-only"), "{path}");
        }
    }

    #[tokio::test]
    async fn a_document_tells_no_more_than_the_snapshot_that_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let incident = samples::outage().incidents.remove(1);
        opened(&store, &incident, "shown", (5, 5)).await;
        let snapshot = Arc::new(store.load().await.unwrap().board.clone());
        let pages =
            Pages::new(Renderer::new(Arc::clone(&store) as Arc<dyn Store>, Shell::new(None)), snapshot);
        opened(&store, &incident, "not-yet", (4, 6)).await;
        for path in ["/history.atom", "/api/v2/incidents.json", "/history.md"] {
            let document = pages.document(path, None).await.unwrap().unwrap();
            let body = document.respond(&http::HeaderMap::new()).into_body().collect().await.unwrap();
            let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
            assert!(text.contains("shown") && !text.contains("not-yet"), "{path}: {text}");
        }
    }
}
