//! Where the time of looks went, as sums: they add up over time, and a mean of them is exact.

/// Stages of a look: name look-up, connect, TLS, first byte, body.
pub const STAGES: usize = 5;

/// How long the stages of some looks took together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageSums {
    /// How many looks told.
    pub looks: u64,
    /// Their times in microseconds, stage by stage.
    pub us: [u64; STAGES],
}

impl StageSums {
    /// Counts the stages of one look. One without a first byte is no request and tells nothing; a stage that it has not,
    /// such as TLS, took no time.
    pub fn add(&mut self, stages_us: [Option<u32>; STAGES]) {
        let [.., first_byte, _] = stages_us;
        if first_byte.is_none() {
            return;
        }
        self.looks += 1;
        for (sum, us) in self.us.iter_mut().zip(stages_us) {
            *sum += u64::from(us.unwrap_or(0));
        }
    }

    /// Adds everything that others counted.
    pub fn merge(&mut self, others: &Self) {
        self.looks += others.looks;
        for (sum, us) in self.us.iter_mut().zip(others.us) {
            *sum += us;
        }
    }

    /// The mean time of each stage in microseconds; `None` when no look told.
    pub fn means_us(&self) -> Option<[u32; STAGES]> {
        (self.looks > 0).then(|| self.us.map(|us| u32::try_from(us / self.looks).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_over_the_looks_that_told() {
        let mut sums = StageSums::default();
        sums.add([Some(1_000), Some(2_000), None, Some(30_000), Some(500)]);
        sums.add([None, Some(7_000), None, None, None]);
        let mut others = StageSums::default();
        others.add([None, Some(4_000), None, Some(10_000), Some(1_500)]);
        sums.merge(&others);
        assert_eq!(sums.means_us(), Some([500, 3_000, 0, 20_000, 1_000]));
        assert_eq!(StageSums::default().means_us(), None);
    }
}
