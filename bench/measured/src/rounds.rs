//! Interleaved rounds, and the statistics of their figures.

use std::fmt;

/// One contender in one scenario: its name, and a function that times it once, in nanoseconds.
pub type Contender = (&'static str, Box<dyn FnMut() -> f64>);

/// Times every contender once per round, in turn, so that a change of the machine's speed affects all. An
/// additional first round warms up and is not counted.
pub fn run(rounds: usize, contenders: &mut [Contender]) -> Vec<Series> {
    let mut all = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for ((_, time), series) in contenders.iter_mut().zip(&mut all) {
            let figure = time();
            if round > 0 {
                series.push(figure);
            }
        }
    }
    all.into_iter().map(Series).collect()
}

/// One figure per round.
#[derive(Clone)]
pub struct Series(pub Vec<f64>);

impl Series {
    /// Divides by `other`, round by round.
    pub fn over(&self, other: &Series) -> Series {
        Series(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }

    /// Subtracts `other`, round by round.
    pub fn less(&self, other: &Series) -> Series {
        Series(self.0.iter().zip(&other.0).map(|(a, b)| a - b).collect())
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// The median; of an even number of figures the mean of the middle two.
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        let half = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[half]
        } else {
            (sorted[half - 1] + sorted[half]) / 2.0
        }
    }
}

impl fmt::Display for Series {
    /// `median [min–max]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sorted = self.sorted();
        write!(
            f,
            "{:.2} [{:.2}–{:.2}]",
            self.median(),
            sorted[0],
            sorted[sorted.len() - 1]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(Series(vec![3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(Series(vec![4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        let ratio = Series(vec![2.0, 6.0]).over(&Series(vec![1.0, 2.0]));
        assert_eq!(ratio.to_string(), "2.50 [2.00–3.00]");
    }

    #[test]
    fn the_first_round_warms_up() {
        let mut n = 0.0;
        let mut count: [Contender; 1] = [(
            "count",
            Box::new(move || {
                n += 1.0;
                n
            }),
        )];
        assert_eq!(run(3, &mut count)[0].0, [2.0, 3.0, 4.0]);
    }
}
