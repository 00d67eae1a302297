//! Whether an agent can tell its targets' failures from its own, by the rules of a node.

use std::collections::BTreeMap;

use pharos_engine::{CheckId, is_blind};
use pharos_model::Status;

/// What the reference targets answered last.
#[derive(Debug, Default)]
pub struct Sight {
    answers: BTreeMap<CheckId, Option<bool>>,
    is_blind: bool,
}

impl Sight {
    /// From now on looks at these.
    pub fn expect<'t>(&mut self, references: impl Iterator<Item = &'t CheckId>) {
        let mut before = std::mem::take(&mut self.answers);
        self.answers = references.map(|id| (id.clone(), before.remove(id).flatten())).collect();
        self.judge();
    }

    /// Takes what one of them answered.
    pub fn note(&mut self, reference: &CheckId, status: Status) {
        if let Some(answers) = self.answers.get_mut(reference) {
            *answers = Some(!status.is_outage() && status != Status::Unknown);
            self.judge();
        }
    }

    fn judge(&mut self) {
        let is_blind = is_blind(self.answers.values().copied(), self.is_blind);
        if is_blind != self.is_blind {
            if is_blind {
                tracing::warn!("blind: every reference target fails; results count as unknown");
            } else {
                tracing::info!("sees again: a reference target answers");
            }
        }
        self.is_blind = is_blind;
    }

    /// Whether nothing that is seen tells anything.
    pub fn is_blind(&self) -> bool {
        self.is_blind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_whose_references_all_fail_is_blind() {
        let ids = ["@reference/a", "@reference/b"].map(|id| CheckId(id.to_owned()));
        let mut sight = Sight::default();
        sight.expect(ids.iter());
        sight.note(&ids[0], Status::MajorOutage);
        assert!(!sight.is_blind(), "the other was not asked yet");
        sight.note(&ids[1], Status::MajorOutage);
        assert!(sight.is_blind());
        sight.expect(ids.iter());
        assert!(sight.is_blind(), "the same assignment changes nothing");
        sight.note(&ids[1], Status::Operational);
        assert!(!sight.is_blind());
        sight.note(&ids[1], Status::MajorOutage);
        sight.expect(std::iter::empty());
        assert!(!sight.is_blind(), "without references nobody is blind");
    }
}
