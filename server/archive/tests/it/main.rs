//! Archives of real stores in real folders, restored into others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod begin;
mod damage;
mod garbage;
mod history;
mod restore;
mod scrub;
mod writing;

use std::path::Path;
use std::sync::Arc;

use pharos_archive::{Archive, Restored, Seal, Target, Writer};
use pharos_bucket::{Durability, Folder};
use pharos_engine::{CheckId, Fact, Fold};
use pharos_model::{Change, ComponentDefinition, ComponentId, PageDefinition, Status, UnixMs};
use pharos_store::{STAGES, Sample, SqliteStore, Store};
use tempfile::TempDir;

/// A folder for an archive, and one for each store.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { root: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    fn archive(&self) -> Archive {
        self.sealed(Seal::default())
    }

    fn sealed(&self, seal: Seal) -> Archive {
        archive_in(&self.path("archive"), seal)
    }

    async fn store(&self, name: &str) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.path(name)).await.unwrap())
    }

    async fn restored(&self, archive: &Archive, name: &str, target: Target) -> Restored {
        let manifest = archive.manifest_of(None).await.unwrap();
        let store = SqliteStore::open_to_fill(&self.path(name)).await.unwrap();
        pharos_archive::restore(archive, &manifest, Arc::new(store), target).await.unwrap()
    }
}

fn archive_in(path: &Path, seal: Seal) -> Archive {
    Archive::new(Arc::new(Folder::open(path, Durability::Fast).unwrap()), seal)
}

async fn archived(archive: &Archive, store: &Arc<dyn Store>, now: i64) -> Writer {
    let mut writer = Writer::begin(archive.clone(), Arc::clone(store), 1).await.unwrap();
    writer.journal(UnixMs(now)).await.unwrap();
    writer.rest().await.unwrap();
    writer
}

fn id(text: &str) -> ComponentId {
    ComponentId::new(text).unwrap()
}

fn configured(ids: &[&str]) -> Fact {
    let definition = |name: &&str| ComponentDefinition::new(id(name), (*name).into());
    let components = ids.iter().map(definition).collect();
    Fact::Public(Change::Configured(PageDefinition { components, ..PageDefinition::default() }))
}

fn status(name: &str, status: Status, from: i64) -> Fact {
    Fact::Public(Change::StatusChanged { component: id(name), status, from: UnixMs(from) })
}

/// Appends entries that turn a component up and down, one at each multiple of ten.
async fn live(store: &Arc<dyn Store>, from: i64, count: i64) {
    if store.head().await.unwrap().seq == 0 {
        store.append(UnixMs(0), vec![configured(&["api"])]).await.unwrap();
    }
    for number in from..from + count {
        let is = if number % 2 == 0 { Status::Operational } else { Status::MajorOutage };
        let at = (number + 1) * 10;
        store.append(UnixMs(at), vec![status("api", is, at)]).await.unwrap();
    }
}

fn sample(check: &str, at: i64) -> Sample {
    Sample {
        check: CheckId(check.to_owned()),
        component: Some(id("api")),
        scheduled_at: UnixMs(at),
        at: UnixMs(at),
        status: if at % 70_000 == 0 { Status::MajorOutage } else { Status::Operational },
        latency_us: Some(u32::try_from(1_000 + at.rem_euclid(977)).unwrap()),
        stages_us: [Some(10); STAGES],
        reason: (at % 70_000 == 0).then(|| "it\tfell".to_owned()),
    }
}

/// The fold of a store, whatever its journal is called.
async fn folded(store: &Arc<dyn Store>) -> Fold {
    let mut fold = store.load().await.unwrap();
    fold.board.origin = pharos_model::Origin::new("0000000000000000").unwrap();
    fold
}
