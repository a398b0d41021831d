//! The histograms of a stack's lifetimes: small counters in the stack's node, and large ones that a
//! busy stack gets.
//!
//! A bucket has sixteen bits in the node, which saves 480 bytes a stack. A bucket that reaches
//! [`CARRY`] is carried: that many are subtracted from it and added to a counter of 64 bits in a
//! node of its own. If there is no room for that node, a histogram with a bucket of [`FULL`] counts
//! no more, so that the shares of the buckets stay as they are.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::snapshot::Histogram;

/// Buckets in a word.
const COUNTS_A_WORD: usize = 4;
/// Bits of a bucket.
const COUNT_BITS: usize = 64 / COUNTS_A_WORD;
/// The count that is carried. Above it is room for as many threads that count at the same time.
const CARRY: u64 = 1 << (COUNT_BITS - 1);
/// The bits of a word of which one is set if a bucket has reached [`CARRY`].
const HIGH: u64 =
    CARRY << (3 * COUNT_BITS) | CARRY << (2 * COUNT_BITS) | CARRY << COUNT_BITS | CARRY;
/// The count at which a histogram without large counters ends.
const FULL: u64 = 0xFF00;

/// The small counters of a histogram.
pub(super) struct SmallHistogram<'a>(pub(super) &'a [AtomicU64]);

impl SmallHistogram<'_> {
    /// Words of the small counters.
    pub(super) const WORDS: usize = Histogram::BUCKETS / COUNTS_A_WORD;

    /// Counts `value`. `large` returns the large counters, if there is room for them.
    pub(super) fn count<'l>(&self, value: u64, large: impl FnOnce() -> Option<LargeHistogram<'l>>) {
        let bucket = Histogram::bucket(value);
        let high = |word: &AtomicU64| word.load(Ordering::Relaxed) & HIGH != 0;
        if self.0[..Self::WORDS].iter().any(high) {
            match large() {
                Some(large) if self.try_carry(bucket) => large.add(bucket, CARRY),
                None if (0..Histogram::BUCKETS).any(|bucket| self.bucket(bucket) >= FULL) => return,
                _ => {}
            }
        }
        self.word(bucket)
            .fetch_add(1 << shift(bucket), Ordering::Relaxed);
    }

    /// Subtracts [`CARRY`] from a bucket; `false` if another thread has done so.
    fn try_carry(&self, bucket: usize) -> bool {
        let carried = |word: u64| {
            (word >> shift(bucket) & (2 * CARRY - 1) >= CARRY)
                .then(|| word - (CARRY << shift(bucket)))
        };
        let (order, word) = (Ordering::Relaxed, self.word(bucket));
        word.fetch_update(order, order, carried).is_ok()
    }

    fn word(&self, bucket: usize) -> &AtomicU64 {
        &self.0[bucket / COUNTS_A_WORD]
    }

    fn bucket(&self, bucket: usize) -> u64 {
        self.word(bucket).load(Ordering::Relaxed) >> shift(bucket) & (2 * CARRY - 1)
    }

    /// All counts, with those that were carried to `large`.
    pub(super) fn read(&self, large: Option<LargeHistogram<'_>>) -> Histogram {
        let mut histogram = Histogram::default();
        for (bucket, count) in histogram.buckets.iter_mut().enumerate() {
            let carried = large
                .as_ref()
                .map_or(0, |large| large.0[bucket].load(Ordering::Relaxed));
            *count = carried + self.bucket(bucket);
        }
        histogram
    }
}

/// The place of a bucket in its word.
const fn shift(bucket: usize) -> usize {
    bucket % COUNTS_A_WORD * COUNT_BITS
}

/// The large counters of a histogram: one word a bucket.
pub(super) struct LargeHistogram<'a>(pub(super) &'a [AtomicU64]);

impl LargeHistogram<'_> {
    /// Words of the large counters.
    pub(super) const WORDS: usize = Histogram::BUCKETS;

    fn add(&self, bucket: usize, count: u64) {
        self.0[bucket].fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<const N: usize>() -> [AtomicU64; N] {
        [const { AtomicU64::new(0) }; N]
    }

    /// As if 5,000,000,000 blocks had been counted before.
    #[test]
    fn counts_of_more_than_32_bits_are_exact() {
        let (small, large) = (
            words::<{ SmallHistogram::WORDS }>(),
            words::<{ LargeHistogram::WORDS }>(),
        );
        large[3].store(5_000_000_000, Ordering::Relaxed);
        let histogram = SmallHistogram(&small);
        for _ in 0..100_000 {
            histogram.count(9, || Some(LargeHistogram(&large)));
            histogram.count(300, || Some(LargeHistogram(&large)));
        }
        let read = histogram.read(Some(LargeHistogram(&large)));
        assert_eq!(read.buckets()[3], 5_000_100_000);
        assert_eq!(read.buckets()[8], 100_000);
        assert_eq!(read.count(), 5_000_200_000);
    }

    #[test]
    fn threads_carry_each_count_once() {
        let (small, large) = (
            words::<{ SmallHistogram::WORDS }>(),
            words::<{ LargeHistogram::WORDS }>(),
        );
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for value in 0..200_000_u64 {
                        let large = || Some(LargeHistogram(&large));
                        SmallHistogram(&small).count(4 + value % 8, large);
                    }
                });
            }
        });
        let read = SmallHistogram(&small).read(Some(LargeHistogram(&large)));
        assert_eq!(read.buckets()[2..4], [400_000, 400_000]);
        assert_eq!(read.count(), 800_000);
    }

    #[test]
    fn without_room_a_full_histogram_stays_as_it_is() {
        let small = words::<{ SmallHistogram::WORDS }>();
        let histogram = SmallHistogram(&small);
        for _ in 0..70_000 {
            histogram.count(4, || None);
        }
        histogram.count(1 << 50, || None);
        let read = histogram.read(None);
        assert_eq!((read.buckets()[2], read.count()), (FULL, FULL));
    }
}
