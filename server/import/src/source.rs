//! The list of sources: one line each.

use async_trait::async_trait;

use crate::cachet::Cachet;
use crate::csv::Csv;
use crate::gatus::Gatus;
use crate::kuma::Kuma;
use crate::pharos::Pharos;
use crate::prometheus::Prometheus;
use crate::statuspage::Statuspage;
use crate::upptime::Upptime;
use crate::{Haul, ImportError, Input};

/// Something from which can be imported.
#[async_trait]
pub trait Source: Send + Sync {
    /// The word for it on the command line.
    fn name(&self) -> &'static str;

    /// What is given to it, in one line for the help.
    fn takes(&self) -> &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// When the input cannot be read or is not what it should be.
    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError>;
}

/// All of them.
pub const SOURCES: &[&dyn Source] =
    &[&Cachet, &Csv, &Gatus, &Kuma, &Pharos, &Prometheus, &Statuspage, &Upptime];

/// The one with this name.
pub fn named(name: &str) -> Option<&'static dyn Source> {
    SOURCES.iter().copied().find(|source| source.name() == name)
}
