//! What the doors and the looks of a node take from the configuration, whether it leads or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use pharos_engine::desk::KeptComponent;
use pharos_model::ComponentId;
use tokio::sync::watch;

use crate::checks::Configured;
use crate::config::{Heartbeats, Loaded};

/// What is in force.
#[derive(Clone)]
pub struct Equipment {
    /// All of it, with the components that are kept beside the file.
    pub loaded: Arc<ArcSwap<Loaded>>,
    /// Who may report heartbeats.
    pub tokens: Arc<ArcSwap<Heartbeats>>,
    /// What operators see of the checks.
    pub configured: Arc<ArcSwap<Configured>>,
    /// The text of the configuration file.
    pub source: Arc<ArcSwap<Arc<str>>>,
    /// A fingerprint of it, by which nodes know whether they have the same.
    pub config: watch::Sender<String>,
}

impl Equipment {
    /// Of a configuration, for a start.
    pub fn of(base: &Loaded) -> Self {
        let (config, _) = watch::channel(base.digest.short());
        Self {
            loaded: Arc::new(ArcSwap::from_pointee(base.clone())),
            tokens: Arc::new(ArcSwap::from_pointee(base.heartbeats.clone())),
            configured: Arc::new(ArcSwap::from_pointee(Configured::of(base))),
            source: Arc::new(ArcSwap::from_pointee(Arc::clone(&base.source))),
            config,
        }
    }

    /// Puts a configuration in force, with what is kept beside it, which it gives back.
    pub fn take(&self, base: &Loaded, kept: &BTreeMap<ComponentId, KeptComponent>) -> Arc<Loaded> {
        let loaded = Arc::new(base.with_kept(kept));
        self.loaded.store(Arc::clone(&loaded));
        self.tokens.store(Arc::new(loaded.heartbeats.clone()));
        self.configured.store(Arc::new(Configured::of(&loaded)));
        self.source.store(Arc::new(Arc::clone(&base.source)));
        self.config.send_replace(base.digest.short());
        loaded
    }
}
