//! Which incident is behind a code of twelve characters. What nobody can tell from the code is looked up once for each place in the
//! journal, so that asking for codes that are none costs nothing. On further pages incidents have codes for names, and so codes of codes.

use std::collections::HashMap;
use std::sync::Arc;

use pharos_model::{IncidentId, Origin, Snapshot};
use pharos_store::{Store, StoreError};
use tokio::sync::Mutex;

use crate::limits::{API_PAGE_MAX, CODED_INCIDENTS_MAX};
use crate::wires::{code, is_code};

/// The codes of the newest incidents, as of one place in the journal.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug)]
struct Known {
    of: (Origin, u64),
    ids: HashMap<String, IncidentId>,
}

impl Codes {
    /// The incident of a code, of the newest [`CODED_INCIDENTS_MAX`].
    ///
    /// # Errors
    /// When history could not be read.
    pub async fn find(
        &self,
        wanted: &str,
        (snapshot, is_further): (&Snapshot, bool),
        store: &dyn Store,
    ) -> Result<Option<IncidentId>, StoreError> {
        if !is_code(wanted) {
            return Ok(None);
        }
        let mut known = self.known.lock().await;
        let of = (snapshot.origin.clone(), snapshot.seq);
        match &*known {
            Some(known) if known.of == of => Ok(known.ids.get(wanted).cloned()),
            _ => {
                let mut ids = read(store).await?;
                if is_further {
                    let twice = ids.iter().map(|(name, id)| (code("incident", name), id.clone()));
                    ids.extend(twice.collect::<Vec<_>>());
                }
                let found = ids.get(wanted).cloned();
                *known = Some(Known { of, ids });
                Ok(found)
            }
        }
    }
}

async fn read(store: &dyn Store) -> Result<HashMap<String, IncidentId>, StoreError> {
    let (mut ids, mut before) = (HashMap::new(), None);
    while ids.len() < CODED_INCIDENTS_MAX {
        let page = store.incidents_page(before, (None, None), API_PAGE_MAX).await?;
        ids.extend(page.iter().map(|known| (code("incident", known.id.as_str()), known.id.clone())));
        let Some(last) = page.last().filter(|_| page.len() == API_PAGE_MAX) else { break };
        before = Some((last.began_at, last.id.clone()));
    }
    Ok(ids)
}
