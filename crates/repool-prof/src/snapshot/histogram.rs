//! [`Histogram`]: counts of values by their order of magnitude.

/// Counts of values, with one bucket for each power of two.
///
/// Bucket 0 holds the values 0 and 1, bucket *n* those from 2^n to 2^(n+1) - 1, and the last bucket
/// also all larger ones.
///
/// ```
/// let none = repool_prof::Histogram::default();
/// assert_eq!(none.count(), 0);
/// assert_eq!(none.median(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    pub(crate) buckets: [u64; Self::BUCKETS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: [0; Self::BUCKETS],
        }
    }
}

impl Histogram {
    pub(crate) const BUCKETS: usize = repool_profile::BUCKETS;

    /// The bucket of `value`.
    pub(crate) const fn bucket(value: u64) -> usize {
        let magnitude = (value | 1).ilog2() as usize;
        if magnitude < Self::BUCKETS {
            magnitude
        } else {
            Self::BUCKETS - 1
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The count of each bucket.
    #[must_use]
    pub fn buckets(&self) -> &[u64] {
        &self.buckets
    }

    /// The median: [`quantile`](Histogram::quantile) of 0.5.
    #[must_use]
    pub fn median(&self) -> Option<u64> {
        self.quantile(0.5)
    }

    /// The value that the share `q` of the values is below; `None` if there are none.
    ///
    /// Interpolates linearly within a bucket, so the result is right to a factor of two. In the last
    /// bucket, which has no upper end, the result is its lower end, and the true value may be
    /// larger. A `q` below 0 counts as 0, one above 1 as 1.
    ///
    /// ```no_run
    /// # let profiler = repool_prof::Profiler::builder().start()?;
    /// for stack in profiler.snapshot().stacks() {
    ///     println!("99 % live less than {:?} ns", stack.lifetimes().times.quantile(0.99));
    /// }
    /// # Ok::<(), repool_prof::StartError>(())
    /// ```
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        // The comparison is false for NaN too.
        let q = if q > 0.0 { q.min(1.0) } else { 0.0 };
        let wanted = q * self.count() as f64;
        let mut below = 0.0;
        let mut found = None;
        for (bucket, count) in self.buckets.iter().enumerate() {
            if *count == 0 {
                continue;
            }
            let count = *count as f64;
            let share = ((wanted - below) / count).min(1.0);
            found = Some(Self::within(bucket, share));
            below += count;
            if wanted <= below {
                break;
            }
        }
        found
    }

    /// The value at the share `share` of a bucket's width.
    fn within(bucket: usize, share: f64) -> u64 {
        let (start, width) = match bucket {
            0 => (0, 2),
            last if last == Self::BUCKETS - 1 => (1 << last, 0),
            n => (1 << n, 1_u64 << n),
        };
        start + (share * width as f64) as u64
    }

    /// The difference to `earlier`, at least 0 in each bucket.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut since = self.clone();
        for (count, before) in since.buckets.iter_mut().zip(earlier.buckets) {
            *count = count.saturating_sub(before);
        }
        since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.buckets[Histogram::bucket(*value)] += 1;
        }
        histogram
    }

    #[test]
    fn buckets_are_powers_of_two() {
        let places = [0, 1, 2, 3, 4, 7, 8, u64::MAX].map(Histogram::bucket);
        assert_eq!(places, [0, 0, 1, 1, 2, 2, 3, 39]);
        assert_eq!(Histogram::bucket((1 << 39) - 1), 38);
        assert_eq!(Histogram::bucket(1 << 39), 39);
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(of(&[]).median(), None);
        assert_eq!(of(&[]).quantile(1.0), None);
    }

    #[test]
    fn a_median_lies_within_its_bucket() {
        // The middle of the bucket 1024..2048.
        assert_eq!(of(&[1500, 1500]).median(), Some(1536));
        // Of six values two are in lower buckets, so the median is in the middle of the bucket of 1024.
        assert_eq!(of(&[1, 9, 1100, 1200, 5000, 5000]).median(), Some(1536));
        // The median is the upper end of a bucket, if half of the values are in higher buckets.
        assert_eq!(of(&[4, 4, 1 << 20, 1 << 20]).median(), Some(8));
        assert_eq!(of(&[0, 0, 1, 1]).median(), Some(1));
    }

    #[test]
    fn quantiles_go_from_end_to_end_and_no_further() {
        let values = of(&[8, 8, 300]);
        assert_eq!(values.quantile(0.0), Some(8));
        assert_eq!(values.quantile(1.0), Some(512));
        assert_eq!(values.quantile(-3.0), Some(8));
        assert_eq!(values.quantile(7.0), Some(512));
        assert_eq!(values.quantile(f64::NAN), Some(8));
        assert_eq!(of(&[u64::MAX]).quantile(1.0), Some(1 << 39));
    }

    #[test]
    fn a_difference_never_wraps() {
        let later = of(&[1, 8, 8]);
        assert_eq!(later.since(&of(&[8])), of(&[1, 8]));
        assert_eq!(of(&[8]).since(&later).count(), 0);
    }
}
