//! Two places elsewhere that look too: each on a clock of its own, and handing in what it saw, as agents do.

use pharos_engine::simulator::Random;
use pharos_engine::{Check, CheckId, Config, Source, Vantages};
use pharos_model::{ComponentId, UnixMs};

use super::setting::{INTERVAL_MS, TIMEOUT_MS};
use crate::world;

/// What they are called.
const PLACES: [&str; 2] = ["fra", "sin"];

/// A check as one of them looks at it.
#[derive(Debug)]
struct Look {
    component: ComponentId,
    check: CheckId,
    /// Whether it is that of the first place.
    is_first: bool,
    due: UnixMs,
}

/// What they are to look at. Empty where nobody looks elsewhere.
#[derive(Debug, Default)]
pub struct Elsewhere(Vec<Look>);

impl Elsewhere {
    /// Has every component looked at from there too. `down_when` of the three must find an outage.
    pub fn add(config: &mut Config, down_when: usize, random: &mut Random) -> Self {
        let source = Source::Remote { interval_ms: INTERVAL_MS, timeout_ms: TIMEOUT_MS };
        let mut looks = Vec::new();
        for here in config.checks.clone() {
            let Some(component) = here.component.clone() else { continue };
            let mut checks = vec![here.id.clone()];
            for (number, place) in PLACES.iter().enumerate() {
                let check = CheckId(format!("{}@{place}", here.id));
                checks.push(check.clone());
                config.checks.push(Check { id: check.clone(), source, ..here.clone() });
                let due = world::BEGIN.plus_ms(random.between(0, INTERVAL_MS - 1));
                looks.push(Look { component: component.clone(), check, is_first: number == 0, due });
            }
            config.vantages.insert(component, vec![Vantages { checks, down_when }]);
        }
        Self(looks)
    }

    /// When the next look is due.
    pub fn next_due(&self) -> Option<UnixMs> {
        self.0.iter().map(|look| look.due).min()
    }

    /// A look that is due by now: at what, as which check, and whether it is of the first place. Its next one is an interval later.
    pub fn due(&mut self, now: UnixMs) -> Option<(ComponentId, CheckId, bool)> {
        let look = self.0.iter_mut().find(|look| look.due <= now)?;
        look.due = look.due.plus_ms(INTERVAL_MS);
        Some((look.component.clone(), look.check.clone(), look.is_first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_looks_at_each_component_once_in_an_interval_and_speaks_for_it_together_with_here() {
        let ids = ["a", "b"].map(|name| ComponentId::new(name).unwrap());
        let mut config = world::config(ids.iter(), |_| true);
        let mut elsewhere = Elsewhere::add(&mut config, 2, &mut Random::new(1, 1));
        let (mut looked, until) = (Vec::new(), world::BEGIN.plus_ms(INTERVAL_MS - 1));
        while let Some((_, check, is_first)) = elsewhere.due(until) {
            assert_eq!(is_first, check.0.ends_with("@fra"));
            looked.push(check.0);
        }
        assert_eq!(looked, ["a/probe@fra", "a/probe@sin", "b/probe@fra", "b/probe@sin"]);
        let together = &config.vantages[&ids[1]][0];
        assert_eq!(
            together.checks.iter().map(|check| check.0.as_str()).collect::<Vec<_>>()[..2],
            ["b/probe", "b/probe@fra"]
        );
        assert_eq!(config.checks.len(), 6);
    }
}
