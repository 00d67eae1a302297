//! The configuration, read anew: what the doors take from it directly changes while they are open, the rest goes to the core.

use std::sync::Arc;

use anyhow::Context;
use arc_swap::{ArcSwap, ArcSwapOption};
use pharos_bucket::Place;
use pharos_front::Proxies;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::accounts::{Provider, Settings};
use crate::archiving::Settings as Archiving;
use crate::config::{Brand, ConfigError, Loaded, Vantages};
use crate::hooks::Hooks;
use crate::http::HealthState;
use crate::ping;

/// What the doors take from the configuration, past the core.
#[derive(Clone)]
pub struct Beside {
    /// The operator's own files.
    pub brand: Arc<ArcSwap<Brand>>,
    /// Through whom operators sign in beside their passwords.
    pub provider: Arc<ArcSwapOption<Provider>>,
    /// The proxies that are believed.
    pub proxies: Arc<ArcSwap<Proxies>>,
    /// Where the copy of the page is kept.
    pub copy: Arc<ArcSwapOption<Place>>,
    /// The other places from which checks are looked at.
    pub vantages: Arc<ArcSwap<Vantages>>,
    /// How other systems report.
    pub hooks: Arc<ArcSwap<Hooks>>,
    /// What is kept outside of the database.
    pub archive: watch::Sender<Option<Archiving>>,
    /// To whom a sign of life is sent.
    pub ping: watch::Sender<Option<ping::Settings>>,
}

impl Beside {
    /// What the first configuration says.
    ///
    /// # Errors
    /// When no connections can be made to the provider.
    pub fn of(loaded: &Loaded) -> anyhow::Result<Self> {
        Ok(Self {
            brand: Arc::new(ArcSwap::from_pointee(loaded.brand.clone())),
            provider: Arc::new(ArcSwapOption::new(provider(loaded.provider.as_ref())?)),
            proxies: Arc::new(ArcSwap::from_pointee(loaded.proxies.clone())),
            copy: Arc::new(ArcSwapOption::from_pointee(loaded.copy.clone())),
            vantages: Arc::new(ArcSwap::from_pointee(loaded.vantages.clone())),
            hooks: Arc::new(ArcSwap::from_pointee(loaded.hooks.clone())),
            archive: watch::Sender::new(loaded.archive.clone()),
            ping: watch::Sender::new(loaded.ping.clone()),
        })
    }

    /// Takes what another says. Files of the one before are still served: pages that name them are on their way.
    fn take(&self, loaded: &Loaded, before: &Brand) {
        self.brand.store(Arc::new(loaded.brand.beside(before)));
        self.proxies.store(Arc::new(loaded.proxies.clone()));
        self.copy.store(loaded.copy.clone().map(Arc::new));
        self.vantages.store(Arc::new(loaded.vantages.clone()));
        self.hooks.store(Arc::new(loaded.hooks.clone()));
        self.archive.send_replace(loaded.archive.clone());
        self.ping.send_replace(loaded.ping.clone());
        match provider(loaded.provider.as_ref()) {
            Ok(provider) => self.provider.store(provider),
            Err(error) => tracing::error!("{error:#}"),
        }
    }
}

fn provider(settings: Option<&Settings>) -> anyhow::Result<Option<Arc<Provider>>> {
    let made = settings.map(|settings| Provider::new(settings.clone(), crate::clock::wall)).transpose();
    Ok(made.context("no connections can be made to the provider of `sign_in`")?.map(Arc::new))
}

/// Passes good configurations on and says what is wrong with the others, which change nothing.
pub async fn run(
    mut reloads: mpsc::Receiver<Result<Loaded, ConfigError>>,
    (configs, beside): (mpsc::Sender<Box<Loaded>>, Beside),
    health: Arc<HealthState>,
    shutdown: CancellationToken,
) {
    let mut before = Brand::clone(&beside.brand.load());
    loop {
        let reload = tokio::select! {
            () = shutdown.cancelled() => return,
            reload = reloads.recv() => reload,
        };
        match reload {
            None => return,
            Some(Ok(loaded)) => {
                tracing::info!("the configuration was read anew");
                health.config(None);
                beside.take(&loaded, &before);
                before = loaded.brand.clone();
                if configs.send(Box::new(loaded)).await.is_err() {
                    return;
                }
            }
            Some(Err(error)) => {
                tracing::error!("the new configuration is refused, the one before stays in force:\n{error}");
                health.config(Some(error.to_string()));
            }
        }
    }
}
