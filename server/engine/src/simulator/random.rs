//! Chance that can be had again: the same seed gives the same numbers on every machine.

/// A stream of numbers: an odd constant is added and the sum is mixed by shifts and multiplications (splitmix64).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A stream of its own for each seed and each purpose.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut random = Self { state: seed ^ purpose.wrapping_mul(0xa24b_aed4_963e_e407) };
        random.state = random.next_u64();
        random
    }

    /// The next number, any of 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = u128::from(high.saturating_sub(low)) + 1;
        low + u64::try_from((u128::from(self.next_u64()) * width) >> 64).unwrap_or(0)
    }

    /// Whether something happens that does in `per_million` of a million cases.
    pub fn chance(&mut self, per_million: u64) -> bool {
        self.between(1, 1_000_000) <= per_million
    }

    /// A duration around `mean_ms`: often much shorter, at times four times as long.
    pub fn around(&mut self, mean_ms: u64) -> u64 {
        let stretch = [1, 1, 2, 4, 8, 16, 32];
        let eighths = self.pick(&stretch);
        let most = mean_ms.saturating_mul(*eighths) / 8;
        self.between(most / 2, most.max(1))
    }

    /// One of `choices`, which are not empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let last = choices.len() - 1;
        &choices[self.index(last)]
    }

    /// A place from 0 to `last`.
    pub fn index(&mut self, last: usize) -> usize {
        usize::try_from(self.between(0, last as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_numbers_and_another_seed_others() {
        let numbers = |seed| {
            let mut random = Random::new(seed, 1);
            [random.next_u64(), random.next_u64(), random.next_u64()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn a_number_between_two_reaches_both() {
        let mut random = Random::new(1, 1);
        let seen: std::collections::BTreeSet<u64> = (0..200).map(|_| random.between(3, 6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
    }
}
