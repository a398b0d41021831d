//! [`Axis`]: a scale from 0 to a round number, and its marks.

/// The largest value that an axis shows. Longer bars are cut here.
const LARGEST: f64 = 1e300;

/// A scale from 0 to `end`, with its marks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) end: f64,
    pub(super) marks: Vec<f64>,
}

impl Axis {
    /// An axis for values up to `most`, with about `wanted` marks at 1, 2 or 5 times a power of ten.
    pub(super) fn decimal(most: f64, wanted: f64) -> Self {
        let least = usable(most) / wanted;
        let power = 10_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|step| step * power >= least * (1.0 - 1e-9));
        Self::of_steps(usable(most), step.unwrap_or(10.0) * power)
    }

    /// An axis for bytes up to `most`, with about `wanted` marks at multiples of a power of two.
    pub(super) fn binary(most: f64, wanted: f64) -> Self {
        let least = (usable(most) / wanted).max(1.0);
        Self::of_steps(usable(most), 2_f64.powf(least.log2().ceil()))
    }

    fn of_steps(most: f64, step: f64) -> Self {
        let steps = (most / step - 1e-9).ceil().max(1.0);
        Self {
            end: steps * step,
            marks: (0..=steps as u32)
                .map(|mark| f64::from(mark) * step)
                .collect(),
        }
    }

    /// The position of a value on the axis, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value / self.end).clamp(0.0, 1.0)
    }
}

/// The largest value as a positive finite number; 1 if there is none.
fn usable(most: f64) -> f64 {
    if most.is_finite() && most > 0.0 {
        // The axis' end is larger than `most`, and must be finite.
        most.min(LARGEST)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_reach_the_greatest() {
        assert_eq!(
            Axis::decimal(170.9, 4.0).marks,
            [0.0, 50.0, 100.0, 150.0, 200.0]
        );
        assert_eq!(Axis::decimal(4.0, 4.0).marks, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(Axis::decimal(0.0, 4.0).end, 1.0);
        assert_eq!(Axis::decimal(f64::NAN, 4.0).end, 1.0);
        assert_eq!(
            Axis::binary(3000.0, 4.0).marks,
            [0.0, 1024.0, 2048.0, 3072.0]
        );
        assert_eq!(Axis::binary(0.0, 4.0).marks, [0.0, 1.0]);
        for most in [1e-9, 0.3, 7.0, 99.0, 1e6, 1e300] {
            let axis = Axis::decimal(most, 4.0);
            assert!(axis.end >= most, "{axis:?}");
            assert!((2..=6).contains(&axis.marks.len()), "{axis:?}");
        }
    }
}
