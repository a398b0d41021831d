/// How long blocks lived: the profiler's buckets, each a power of two, weighted by what their
/// samples stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Lifetime {
    buckets: Vec<f64>,
}

/// A profile may claim any number of buckets.
const BUCKETS: usize = 40;

impl Lifetime {
    pub(super) fn add(&mut self, counts: &[u32], weight: f64) {
        self.buckets.resize(BUCKETS, 0.0);
        for (bucket, count) in self.buckets.iter_mut().zip(counts) {
            *bucket += f64::from(*count) * weight;
        }
    }

    /// The value that half are below, taken to lie evenly within a bucket; `None` if there are none.
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

    /// All together, each as the middle of its bucket.
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
    fn a_median_is_weighted_by_what_samples_stand_for() {
        let mut lifetime = Lifetime::default();
        assert_eq!(lifetime.median(), None);
        lifetime.add(&[0, 0, 2], 1.0);
        assert_eq!(lifetime.median(), Some(6));
        lifetime.add(&[0, 0, 0, 0, 0, 0, 0, 0, 1], 100.0);
        assert_eq!(lifetime.median(), Some(256 + 125));
    }

    #[test]
    fn buckets_that_there_are_not_are_left_out() {
        let mut lifetime = Lifetime::default();
        lifetime.add(&[u32::MAX; 100], f64::MAX);
        assert!(lifetime.median().is_some());
    }
}
