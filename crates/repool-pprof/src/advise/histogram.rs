//! Histograms of the lifetimes of blocks.

use repool_profile::BUCKETS;

/// A histogram with the profiler's buckets: bucket `n` has the values from 2ⁿ to 2ⁿ⁺¹, bucket 0
/// also those below. Each sample counts with its weight.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    buckets: Vec<f64>,
}

impl Histogram {
    /// Adds the counts of a stack, all with one weight. A profile may claim any number of buckets; those
    /// after the first [`BUCKETS`] are ignored.
    pub(super) fn add(&mut self, counts: &[u64], weight: f64) {
        self.buckets.resize(BUCKETS, 0.0);
        for (bucket, count) in self.buckets.iter_mut().zip(counts) {
            *bucket += *count as f64 * weight;
        }
    }

    /// The median, if values are distributed evenly within each bucket; `None` without values.
    pub(super) fn median(&self) -> Option<u64> {
        let half = self.buckets.iter().sum::<f64>() / 2.0;
        let mut below = 0.0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            if *count > 0.0 && below + count >= half {
                let start = if bucket == 0 { 0 } else { 1_u64 << bucket };
                let width = if bucket == 0 { 2.0 } else { start as f64 };
                return Some(start + ((half - below) / count * width) as u64);
            }
            below += count;
        }
        None
    }

    /// The sum of all values, if each is in the middle of its bucket.
    pub(super) fn total(&self) -> f64 {
        let middle = |bucket: usize| 1.5 * (1_u64 << bucket) as f64;
        let buckets = self.buckets.iter().enumerate();
        buckets.map(|(bucket, count)| middle(bucket) * count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_depends_on_the_weights_of_samples() {
        let mut lifetime = Histogram::default();
        assert_eq!(lifetime.median(), None);
        lifetime.add(&[0, 0, 2], 1.0);
        assert_eq!(lifetime.median(), Some(6));
        lifetime.add(&[0, 0, 0, 0, 0, 0, 0, 0, 1], 100.0);
        assert_eq!(lifetime.median(), Some(256 + 125));
    }

    #[test]
    fn further_buckets_are_ignored() {
        let mut lifetime = Histogram::default();
        lifetime.add(&[u64::MAX; 100], f64::MAX);
        assert!(lifetime.median().is_some());
    }
}
