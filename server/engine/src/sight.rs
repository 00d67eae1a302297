//! Whether the watcher can tell its targets' failures from its own: what the reference targets say.

use pharos_model::Status;

use crate::engine::{Engine, Now, Output};
use crate::watch::Watch;
use crate::{Fact, Source};

/// Whether a watcher is blind, by what its reference targets answered last; `None` for one that was not looked at yet. One that
/// answers suffices to see; all must fail to be blind; until enough of them have been looked at, what was held before stays.
pub fn is_blind(answers: impl Iterator<Item = Option<bool>>, before: bool) -> bool {
    let (mut references, mut failing, mut answering) = (0_usize, 0_usize, 0_usize);
    for answers in answers {
        references += 1;
        match answers {
            Some(true) => answering += 1,
            Some(false) => failing += 1,
            None => {}
        }
    }
    match (references, failing, answering) {
        (0, ..) | (_, _, 1..) => false,
        (all, failing, 0) if failing == all => true,
        _ => before,
    }
}

impl Engine {
    /// Weighs what the reference targets answered last. Who looks elsewhere has its own.
    pub(crate) fn judge_sight(&mut self, now: Now, out: &mut Output) {
        let references = self.watches.values().filter(|watch| watch.check.component.is_none());
        let blind = is_blind(references.map(Watch::reference_answers), self.fold.blind);
        if blind == self.fold.blind {
            return;
        }
        if blind {
            self.record(out, Fact::Blinded);
            self.blinded = Some(now);
            let own = |watch: &&mut Watch| !matches!(watch.check.source, Source::Remote { .. });
            self.watches.values_mut().filter(own).for_each(Watch::forget_run);
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
