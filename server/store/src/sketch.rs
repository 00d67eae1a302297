//! Latency sketches: how often which latency occurred, within two percent, small and mergeable.
//!
//! Buckets grow by a factor of 1.04, so that the middle of a bucket is within 2 % of everything in it. The form on disk is
//! one version byte, then pairs of variable-length integers: the step to the next bucket and its count.

/// Version of the form on disk.
const VERSION: u8 = 1;
/// Logarithm to base 2 of the growth of buckets.
const GROWTH_LOG2: f64 = 0.056_583_528_366_367_5;
/// Buckets up to 1,200 seconds.
const BUCKETS_MAX: u16 = 560;

/// How often which latency occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    counts: Vec<u64>,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the clamp")]
fn bucket(us: u32) -> usize {
    (f64::from(us.max(1)).log2() / GROWTH_LOG2).ceil().clamp(0.0, f64::from(BUCKETS_MAX) - 1.0) as usize
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a bucket is a small number"
)]
fn middle_us(bucket: usize) -> u32 {
    let upper = (bucket as f64 * GROWTH_LOG2).exp2();
    (upper * 2.0 / (1.0 + GROWTH_LOG2.exp2())).round() as u32
}

impl Sketch {
    /// Counts one latency in microseconds.
    pub fn add(&mut self, us: u32) {
        let bucket = bucket(us);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
    }

    /// Adds everything another one counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The latency in microseconds that `percent` of all do not exceed; `None` when none was counted.
    pub fn quantile(&self, percent: u64) -> Option<u32> {
        let total = self.count();
        let rank = (total * percent.min(100)).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(middle_us(bucket));
            }
        }
        None
    }

    /// The form on disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        let mut last = 0;
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            write_varint(&mut bytes, (bucket - last) as u64);
            write_varint(&mut bytes, *count);
            last = bucket;
        }
        bytes
    }

    /// Reads the form on disk; `None` when it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (mut sketch, mut bucket) = (Self::default(), 0_usize);
        while !rest.is_empty() {
            bucket = bucket.checked_add(usize::try_from(read_varint(&mut rest)?).ok()?)?;
            if bucket >= usize::from(BUCKETS_MAX) {
                return None;
            }
            sketch.counts.resize(bucket + 1, 0);
            sketch.counts[bucket] = read_varint(&mut rest)?;
        }
        Some(sketch)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_within_two_percent() {
        let mut sketch = Sketch::default();
        for us in 1..=100_000 {
            sketch.add(us);
        }
        for percent in [1, 50, 95, 99] {
            let exact = f64::from(u32::try_from(percent).unwrap() * 1_000);
            let found = f64::from(sketch.quantile(percent).unwrap());
            assert!((found - exact).abs() <= exact * 0.021, "p{percent}: {found} for {exact}");
        }
    }

    #[test]
    fn merging_two_is_counting_all_in_one() {
        let (mut left, mut right, mut all) = (Sketch::default(), Sketch::default(), Sketch::default());
        for us in 1..5_000 {
            if us % 3 == 0 {
                left.add(us);
            } else {
                right.add(us);
            }
            all.add(us);
        }
        left.merge(&right);
        assert_eq!(left, all);
    }

    #[test]
    fn the_form_on_disk_reads_back_and_damage_is_noticed() {
        let mut sketch = Sketch::default();
        for us in [1, 1, 30, 4_000_000_000, 700] {
            sketch.add(us);
        }
        let bytes = sketch.to_bytes();
        assert_eq!(Sketch::from_bytes(&bytes), Some(sketch));
        assert_eq!(Sketch::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Sketch::from_bytes(&[9]), None);
        assert_eq!(Sketch::default().quantile(50), None);
    }
}
