//! What is said of many latencies: percentiles by nearest rank, nothing interpolated.

use serde::Serialize;

/// A distribution, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub count: usize,
    /// The median.
    pub p50_ms: f64,
    /// 99 of 100 are at most this.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// Sums latencies in microseconds up.
pub fn summary(mut latencies_us: Vec<u64>) -> Summary {
    latencies_us.sort_unstable();
    let at = |hundredths: usize| {
        let rank = (latencies_us.len() * hundredths).div_ceil(100).max(1);
        latencies_us.get(rank - 1).copied().map_or(0.0, milliseconds)
    };
    Summary { count: latencies_us.len(), p50_ms: at(50), p99_ms: at(99), max_ms: at(100) }
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 microseconds")]
pub fn milliseconds(us: u64) -> f64 {
    us as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let summary = summary((1..=200).rev().map(|ms| ms * 1_000).collect());
        assert_eq!(
            (summary.count, summary.p50_ms, summary.p99_ms, summary.max_ms),
            (200, 100.0, 198.0, 200.0)
        );
    }

    #[test]
    fn one_slow_answer_in_ten_is_in_the_99th_percentile() {
        let mut latencies = vec![1_000; 9];
        latencies.push(80_000);
        assert_eq!(summary(latencies), Summary { count: 10, p50_ms: 1.0, p99_ms: 80.0, max_ms: 80.0 });
    }

    #[test]
    fn nothing_measured_is_no_latency() {
        assert_eq!(summary(Vec::new()), Summary::default());
    }
}
