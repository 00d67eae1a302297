//! Whether the watcher can tell its targets' failures from its own: what the reference targets say.

use pharos_model::Status;

use crate::Fact;
use crate::engine::{Engine, Now, Output};

impl Engine {
    /// Weighs what the reference targets answered last. One that answers suffices to see; all must fail to be blind;
    /// until enough of them have been looked at, what was held before stays.
    pub(crate) fn judge_sight(&mut self, now: Now, out: &mut Output) {
        let (mut references, mut failing, mut answering) = (0_usize, 0_usize, 0_usize);
        for watch in self.watches.values().filter(|watch| watch.check.component.is_none()) {
            references += 1;
            match watch.reference_answers() {
                Some(true) => answering += 1,
                Some(false) => failing += 1,
                None => {}
            }
        }
        let blind = match (references, failing, answering) {
            (0, ..) | (_, _, 1..) => false,
            (all, failing, 0) if failing == all => true,
            _ => self.fold.blind,
        };
        if blind == self.fold.blind {
            return;
        }
        if blind {
            self.record(out, Fact::Blinded);
            self.blinded = Some(now);
            self.watches.values_mut().for_each(crate::watch::Watch::forget_run);
        } else {
            self.record(out, Fact::Sighted);
            self.blinded = None;
            for watch in self.watches.values_mut() {
                let held = self.fold.verdicts.get(&watch.check.id);
                watch.hear_again(held.map_or(Status::Unknown, |held| held.status), now);
            }
        }
    }
}
