//! What is recorded of failovers, held against the truth.

use crate::film::Film;
use crate::redundancy::pair;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Fifty failovers at known moments, looked at every ten seconds: whatever the moments are, the observed range holds the time that
/// it took in truth, and is at most two intervals wide.
#[test]
fn of_fifty_failovers_every_observed_range_holds_the_truth_within_two_intervals() {
    const EVERY_S: u64 = 10;
    for seed in 1..=5 {
        let mut dice = Dice(seed);
        let mut film = pair();
        let (mut primary, mut truths) = (0_usize, Vec::new());
        let members = ["a", "b"];
        let phases = [dice.below(EVERY_S), dice.below(EVERY_S)];
        let mut second = 0_u64;
        let look = |film: &mut Film, second: u64, letters: [char; 2]| {
            film.pass(1);
            for (index, member) in members.iter().enumerate() {
                if second % EVERY_S == phases[index] {
                    film.look(&format!("{member}/http"), letters[index]);
                }
            }
        };
        for _ in 0..10 {
            let letters = |primary: usize, dead: Option<usize>| {
                let letter = |index: usize| match (Some(index) == dead, index == primary) {
                    (true, _) => 'X',
                    (false, true) => '1',
                    (false, false) => '2',
                };
                [letter(0), letter(1)]
            };
            let (quiet, takes, rest) = (60 + dice.below(40), 1 + dice.below(55), 60 + dice.below(60));
            for _ in 0..quiet {
                second += 1;
                look(&mut film, second, letters(primary, None));
            }
            let dead = primary;
            for _ in 0..takes {
                second += 1;
                look(&mut film, second, letters(dead, Some(dead)));
            }
            primary = 1 - primary;
            for _ in 0..rest {
                second += 1;
                look(&mut film, second, letters(primary, Some(dead)));
            }
            truths.push((dead, takes * 1_000));
        }
        for _ in 0..60 {
            second += 1;
            look(&mut film, second, if primary == 0 { ['1', '2'] } else { ['2', '1'] });
        }
        let mut seen: Vec<_> =
            film.fold.failovers().filter(|known| known.to.as_ref() != Some(&known.from)).collect();
        seen.retain(|known| known.restored.is_some());
        seen.reverse();
        assert_eq!(seen.len(), truths.len(), "seed {seed}: {:?}", film.failovers());
        for (known, (dead, took_ms)) in seen.iter().zip(truths) {
            let rto = known.rto().unwrap();
            assert_eq!(known.from.as_str(), members[dead], "seed {seed}: {known:?}");
            assert!(
                (rto.least_ms..=rto.most_ms).contains(&took_ms),
                "seed {seed}: {took_ms} in {rto:?}: {known:?}"
            );
            // Two intervals, and the 20 ms of the look that shows the takeover.
            let most_ms = 2 * EVERY_S * 1_000 + 20;
            assert!(rto.most_ms - rto.least_ms <= most_ms, "seed {seed}: {rto:?}: {known:?}");
            assert_eq!(known.lag_ms, Some(400), "seed {seed}: {known:?}");
        }
    }
}
