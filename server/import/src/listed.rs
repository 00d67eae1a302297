//! Looks that are few enough to be held at once.

use async_trait::async_trait;

use crate::limits::LOOKS_AT_ONCE;
use crate::{ImportError, Looked, Looks};

/// A few looks.
pub struct Listed(Vec<Looked>);

impl Listed {
    /// These, in their order.
    pub fn new(looks: Vec<Looked>) -> Self {
        Self(looks)
    }
}

#[async_trait]
impl Looks for Listed {
    async fn next(&mut self) -> Result<Vec<Looked>, ImportError> {
        Ok(self.0.drain(..self.0.len().min(LOOKS_AT_ONCE)).collect())
    }
}
