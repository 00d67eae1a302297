//! Several rounds of one figure: the median, with the smallest and the largest beside it.

use serde::Serialize;

/// A figure over several rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The one in the middle; of an even number the mean of the two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many there are.
    pub rounds: usize,
}

impl Spread {
    /// Sums rounds up; `None` of none.
    pub fn of(rounds: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = rounds.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (upper, lower) = (sorted[sorted.len() / 2], sorted[(sorted.len() - 1) / 2]);
        Some(Self { median: f64::midpoint(lower, upper), min, max, rounds: sorted.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let spread = Spread::of(&[9.0, 1.0, 5.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max, spread.rounds), (5.0, 1.0, 9.0, 3));
        assert_eq!(Spread::of(&[1.0, 2.0]).map(|spread| spread.median), Some(1.5));
    }

    #[test]
    fn what_is_no_number_does_not_count() {
        assert_eq!(Spread::of(&[f64::NAN]), None);
        assert_eq!(Spread::of(&[f64::INFINITY, 2.0]).map(|spread| spread.rounds), Some(1));
    }
}
