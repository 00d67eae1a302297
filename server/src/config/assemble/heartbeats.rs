//! Heartbeats: their periods, and tokens that are nobody else's and cannot be guessed.

use pharos_engine::{CheckId, Source};

use super::super::check::{CheckEntry, PushSettings};
use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{
    GRACE_DEFAULT_MS, GRACE_MAX_MS, PERIOD_MAX_MS, PERIOD_MIN_MS, TOKEN_CHARS_MAX, TOKEN_CHARS_MIN,
    TOKEN_DISTINCT_MIN,
};
use super::super::loaded::PushCheck;
use super::Assembly;

impl Assembly {
    /// Takes the heartbeat of the check `id`, which stands at `at`.
    pub fn heartbeat(&mut self, push: &PushSettings, entry: &CheckEntry, id: &CheckId, at: At<'_>) -> Source {
        let unfit = [("interval", entry.interval.is_some()), ("timeout", entry.timeout.is_some())];
        for (key, _) in unfit.into_iter().filter(|(_, given)| *given) {
            self.findings.push(
                Finding::new(at.key(key).key_place(), format!("`{key}` does not go with `push`"))
                    .hint("nobody looks: write `period` and `grace` under `push` instead"),
            );
        }
        let at = at.key("push");
        let period_ms = self.duration(push.period, (PERIOD_MIN_MS, PERIOD_MAX_MS), at.key("period"));
        let grace_ms = push
            .grace
            .map_or(GRACE_DEFAULT_MS, |grace| self.duration(grace, (0, GRACE_MAX_MS), at.key("grace")));
        let token_at = at.key("token");
        if self.strong(&push.token, "push token", token_at) {
            let check = PushCheck { check: id.clone(), period_ms, grace_ms };
            match self.heartbeats.add(&push.token, check) {
                Ok(()) => {
                    self.token_places.insert(id.clone(), token_at.place());
                }
                Err(other) => {
                    let first = self.token_places.get(&other).copied().unwrap_or_default();
                    self.findings.push(
                        Finding::new(token_at.place(), format!("`{id}` has the same token as `{other}`"))
                            .related(first, "the first is here")
                            .hint("one token tells one job: make another with `openssl rand -hex 24`"),
                    );
                }
            }
        }
        Source::Heartbeat { period_ms, grace_ms }
    }

    /// Whether a token can stand in an address and cannot be guessed.
    pub fn strong(&mut self, token: &str, name: &str, at: At<'_>) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut distinct: Vec<char> = token.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let what = if !token.chars().all(allowed) {
            format!("the {name} holds a character that may not stand in an address")
        } else if token.len() < TOKEN_CHARS_MIN {
            format!("the {name} is so short that it can be guessed")
        } else if token.len() > TOKEN_CHARS_MAX {
            format!("the {name} is longer than {TOKEN_CHARS_MAX} characters")
        } else if distinct.len() < TOKEN_DISTINCT_MIN {
            format!("the {name} repeats the same few characters and can be guessed")
        } else {
            return true;
        };
        self.findings.push(Finding::new(at.place(), what).hint(format!(
            "use at least {TOKEN_CHARS_MIN} of A-Z, a-z, 0-9, `-` and `_`; `openssl rand -hex 24` makes \
                     a good one"
        )));
        false
    }
}
