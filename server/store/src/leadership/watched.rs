//! What a node has seen of a lease that is not its own, by its own stopwatch.

use tokio::time::Instant;

use crate::limits::LEASE_TTL;
use crate::{Fence, Holder};

/// A clock of the database that jumps ends no lease that was seen to last, and keeps none for ever.
#[derive(Debug, Default)]
pub struct Watched {
    /// Until when the lease of this leadership lasts, as it was last seen.
    until: Option<(Fence, Instant)>,
    /// Since when it has been dated further ahead than a lease can last. Who leads would have renewed it.
    beyond: Option<Instant>,
}

impl Watched {
    /// Whether the lease may be asked for, from who was told to hold it when it was asked at a moment.
    pub fn is_free(&mut self, holder: Option<&Holder>, asked: Instant) -> bool {
        let Some(holder) = holder else {
            *self = Self::default();
            return true;
        };
        if holder.left > LEASE_TTL {
            let since = *self.beyond.get_or_insert(asked);
            return asked.duration_since(since) >= LEASE_TTL;
        }
        self.beyond = None;
        if holder.left.is_zero() {
            return self.until.is_none_or(|(fence, until)| fence != holder.fence || asked >= until);
        }
        self.until = Some((holder.fence, asked + holder.left));
        false
    }
}
