//! What the store tells, as far as it concerns the page that is made: everything on the main one.

use pharos_model::{ComponentId, Incident, IncidentId, Maintenance, Snapshot};

use super::cache::PagesError;
use super::render::Renderer;
use crate::limits::{API_PAGE_MAX, CODED_INCIDENTS_MAX};
use crate::wires::code;

impl Renderer {
    /// Whether it makes a further page.
    pub fn is_further(&self) -> bool {
        self.further.is_some()
    }

    /// What is told of these incidents.
    pub fn told(&self, known: Vec<Incident>, snapshot: &Snapshot) -> Vec<Incident> {
        match &self.further {
            None => known,
            Some(page) => known.iter().filter_map(|known| page.incident(known, snapshot)).collect(),
        }
    }

    /// What is told of a maintenance, if anything.
    pub(super) fn told_of_work(&self, known: Maintenance, snapshot: &Snapshot) -> Option<Maintenance> {
        match &self.further {
            None => Some(known),
            Some(page) => page.maintenance(&known, snapshot),
        }
    }

    /// An incident, however old.
    pub(super) async fn known(
        &self,
        id: &IncidentId,
        snapshot: &Snapshot,
    ) -> Result<Option<Incident>, PagesError> {
        if let Some(incident) = snapshot.incident(id) {
            return Ok(Some(incident.clone()));
        }
        let Some(page) = &self.further else { return Ok(self.store.incident(id).await?) };
        let own = self.codes.find(id.as_str(), (snapshot, true), &*self.store).await?;
        let Some(own) = own else { return Ok(None) };
        // What is shown bears the code of its name here, and what is asked for may be the code of that.
        let shown = IncidentId::new(&code("incident", own.as_str())).ok();
        if let Some(shown) = shown.and_then(|shown| snapshot.incident(&shown)) {
            return Ok(Some(shown.clone()));
        }
        let known = self.store.incident(&own).await?.and_then(|known| page.incident(&known, snapshot));
        // The history may be further than what is shown, which holds all that is open.
        Ok(known.filter(|known| known.resolved_at.is_some_and(|at| at <= snapshot.at)))
    }

    /// The newest incidents of a component, or of all, so many. On a further page they are looked for among as many as have codes.
    pub(super) async fn newest_incidents(
        &self,
        component: Option<ComponentId>,
        snapshot: &Snapshot,
        count: usize,
    ) -> Result<Vec<Incident>, PagesError> {
        if self.further.is_none() {
            return Ok(self.store.incidents_page(None, (component, None), count).await?);
        }
        let (mut found, mut before) = (Vec::new(), None);
        for _ in 0..CODED_INCIDENTS_MAX.div_ceil(API_PAGE_MAX) {
            let page = self.store.incidents_page(before, (component.clone(), None), API_PAGE_MAX).await?;
            let last = page.last().filter(|_| page.len() == API_PAGE_MAX);
            before = last.map(|last| (last.began_at, last.id.clone()));
            found.extend(self.told(page, snapshot));
            if before.is_none() || found.len() >= count {
                break;
            }
        }
        found.truncate(count);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pharos_app::{Shell, Words};
    use pharos_engine::Fact;
    use pharos_model::{Change, FurtherPage, IncidentStatus, PageId, PageView};
    use pharos_store::{SqliteStore, Store};

    use super::*;
    use crate::pages::Pages;
    use crate::wires::samples::{self, NOW};

    const HOUR_MS: u64 = 3_600_000;

    /// An incident of a component that was over long ago.
    fn over(name: &str, component: &str, hours_ago: u64) -> Incident {
        let began_at = NOW.minus_ms(hours_ago * HOUR_MS);
        Incident {
            id: IncidentId::new(name).unwrap(),
            components: vec![ComponentId::new(component).unwrap()],
            status: IncidentStatus::Resolved,
            began_at,
            resolved_at: Some(began_at.plus_ms(HOUR_MS)),
            ..samples::outage().incidents.remove(0)
        }
    }

    /// A page that shows the API alone, after an incident of it and many others.
    async fn pages(store: Arc<SqliteStore>) -> Pages {
        let hidden = (0..2 * API_PAGE_MAX).map(|number| over(&format!("search-{number}"), "search", 90));
        let past = std::iter::once(over("old-api", "api", 100)).chain(hidden);
        pages_of(samples::operational(), past, store).await
    }

    /// A page that shows the API alone of all this, after these incidents.
    async fn pages_of(
        board: Snapshot,
        incidents: impl IntoIterator<Item = Incident>,
        store: Arc<SqliteStore>,
    ) -> Pages {
        for known in incidents {
            store.append(NOW, vec![Fact::Public(Change::IncidentOpened(known))]).await.unwrap();
        }
        let page = FurtherPage {
            id: PageId::new("partners").unwrap(),
            host: String::new(),
            page: board.page.clone(),
            components: [ComponentId::new("api").unwrap()].into(),
            alone: std::collections::BTreeSet::new(),
            groups: Vec::new(),
        };
        let seen = PageView::laid_out(&[], std::slice::from_ref(&page), (board.seq, board.at))
            .remove(0)
            .seen(&board);
        Pages::new(Renderer::new(store, Shell::new(None)).of(page), Arc::new(seen))
    }

    #[tokio::test]
    async fn an_incident_that_is_over_is_found_by_its_code_where_it_concerns_the_page_and_by_no_other_name() {
        let folder = tempfile::tempdir().unwrap();
        let pages = pages(Arc::new(SqliteStore::open(folder.path()).await.unwrap())).await;
        let has = async |name: &str| pages.has_incident(&IncidentId::new(name).unwrap()).await.unwrap();
        let name = code("incident", "old-api");
        assert!(has(&name).await);
        for other in ["old-api", "search-3", &code("incident", "search-3")] {
            assert!(!has(other).await, "{other}");
        }
        for name in [&name, &code("incident", &name)] {
            let path = format!("/api/v2/incidents/{name}.json");
            assert!(pages.document(&path, None).await.unwrap().is_some(), "{path}");
        }
    }

    #[tokio::test]
    async fn an_incident_that_is_open_is_found_by_the_code_that_documents_give_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let board = samples::outage();
        let pages = pages_of(board.clone(), board.incidents, store).await;
        let known = pages.snapshot().incidents.clone();
        assert!(!known.is_empty() && known.iter().all(|known| known.resolved_at.is_none()));
        for known in known {
            let name = code("incident", known.id.as_str());
            for path in ["/api/v2/incidents", "/incidents"].map(|path| format!("{path}/{name}.json")) {
                assert!(pages.document(&path, None).await.unwrap().is_some(), "{path}");
            }
        }
    }

    #[tokio::test]
    async fn the_newest_incidents_of_a_page_are_found_behind_those_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let pages = pages(Arc::new(SqliteStore::open(folder.path()).await.unwrap())).await;
        let found = pages.renderer().newest_incidents(None, &pages.snapshot(), 5).await.unwrap();
        let names: Vec<&str> = found.iter().map(|known| known.id.as_str()).collect();
        assert_eq!(names, [code("incident", "old-api")]);
        let history = pages.document("/history.md", None).await.unwrap().unwrap();
        let text = String::from_utf8(history.body().to_vec()).unwrap();
        assert!(text.contains(names[0]) && !text.contains("search"), "{text}");
        let words = Words::of_page(&pages.snapshot().page);
        assert!(
            pages.index().is_none()
                && pages.get(&crate::pages::PageKey::Index, words).await.unwrap().is_some()
        );
    }
}
