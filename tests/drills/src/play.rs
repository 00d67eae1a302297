//! What a drill is played with: its seed, its rounds, what is falsified, and the binary.

use std::path::PathBuf;

use anyhow::Result;
use pharos_engine::simulator::Random;

use crate::workspace;

/// One run of a drill.
#[derive(Clone, Debug)]
pub struct Play {
    /// The seed of its chance.
    pub seed: u64,
    /// How many rounds.
    pub rounds: u32,
    /// What is falsified.
    pub sabotage: Option<&'static str>,
    /// The binary that is drilled, where the drill needs one.
    pub binary: Option<PathBuf>,
}

impl Play {
    /// A run that needs no binary.
    pub fn of_seed(seed: u64, rounds: u32, sabotage: Option<&'static str>) -> Self {
        Self { seed, rounds, sabotage, binary: None }
    }

    /// A run with the binary that `PHAROS_BIN` names, or the one in target/debug, which is built first.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(seed: u64, rounds: u32, sabotage: Option<&'static str>, needs_binary: bool) -> Result<Self> {
        let binary = if needs_binary { Some(workspace::binary()?) } else { None };
        Ok(Self { binary, ..Self::of_seed(seed, rounds, sabotage) })
    }

    /// Whether this is what is falsified.
    pub fn is(&self, sabotage: &str) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// A stream of chance for one purpose.
    pub fn chance(&self, purpose: u64) -> Random {
        Random::new(self.seed, purpose)
    }
}
