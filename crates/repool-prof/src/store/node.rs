//! The nodes of a store: views of the arena's words as a stack, or as a record of one size.
//!
//! Every field is an atomic word. Fields that are set before a node is linked into its chain do not
//! change afterwards; the others are counts.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::NodeId;
use super::encoded_stack::{self, EncodedStack};
use crate::sampler::Weight;
use crate::snapshot::{Frame, Histogram, Record, StackLifetimes};

/// Buckets of a histogram in a word. Counts of sixteen bits are enough for a median, and save 160
/// bytes a stack.
const COUNTS_A_WORD: usize = 4;
/// Bits of a bucket.
const COUNT_BITS: usize = 64 / COUNTS_A_WORD;
/// A histogram with a bucket of this count takes no more. The rest up to 2¹⁶ is room for 255 threads
/// that count at the same time, so that no bucket overflows into the next.
const FULL: u64 = 0xFF00;
/// Words of a histogram.
const HISTOGRAM: usize = Histogram::BUCKETS / COUNTS_A_WORD;

/// A stack: the fields below, and then the words of its `EncodedStack`.
pub(super) struct StackNode<'a>(pub(super) &'a [AtomicU64]);

impl<'a> StackNode<'a> {
    const LINK: usize = 0;
    const HASH: usize = 1;
    const RECORDS: usize = 2;
    const ALLOCS: usize = 3;
    const FREES: usize = 4;
    const FREED_ELSEWHERE: usize = 5;
    const PEAK_LIVE: usize = 6;
    const LIVE_AT_ALLOCS: usize = 7;
    const GROWN: usize = 8;
    const TIMES: usize = 9;
    const BYTES: usize = Self::TIMES + HISTOGRAM;
    const CODE: usize = Self::BYTES + HISTOGRAM;

    /// Words that the node of this stack takes.
    pub(super) fn words(code: &EncodedStack) -> usize {
        Self::CODE + code.words().len()
    }

    /// Sets the fields that never change. [`link`](Self::link) sets the next node.
    pub(super) fn begin(&self, hash: u64, code: &EncodedStack) {
        self.0[Self::HASH].store(hash, Ordering::Relaxed);
        self.0[Self::LINK].store((code.length() as u64) << 32, Ordering::Relaxed);
        for (word, part) in self.0[Self::CODE..].iter().zip(code.words()) {
            word.store(*part, Ordering::Relaxed);
        }
    }

    /// Sets the next stack in the chain. Called before this node is in the chain.
    pub(super) fn link(&self, next: NodeId) {
        let length = self.0[Self::LINK].load(Ordering::Relaxed) >> 32 << 32;
        self.0[Self::LINK].store(length | u64::from(next), Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> NodeId {
        self.0[Self::LINK].load(Ordering::Relaxed) as NodeId
    }

    fn length(&self) -> usize {
        (self.0[Self::LINK].load(Ordering::Relaxed) >> 32) as usize
    }

    fn code(&self) -> impl Iterator<Item = u64> + use<'a> {
        let words = &self.0[Self::CODE..][..self.length().div_ceil(2)];
        words.iter().map(|word| word.load(Ordering::Relaxed))
    }

    pub(super) fn frames(&self) -> Vec<Frame> {
        encoded_stack::frames(self.code(), self.length())
    }

    pub(super) fn is(&self, hash: u64, code: &EncodedStack) -> bool {
        self.0[Self::HASH].load(Ordering::Relaxed) == hash
            && self.length() == code.length()
            && self.code().eq(code.words().iter().copied())
    }

    /// The newest record and the number of records, which are one word and change together.
    pub(super) fn records(&self) -> (NodeId, u32) {
        let records = self.0[Self::RECORDS].load(Ordering::Acquire);
        (records as NodeId, (records >> 32) as u32)
    }

    /// Adds the record `newest`, if the records are still `was`; else returns what they are.
    pub(super) fn add_record(
        &self,
        was: (NodeId, u32),
        newest: NodeId,
    ) -> Result<(), (NodeId, u32)> {
        let bits = |(place, count): (NodeId, u32)| u64::from(count) << 32 | u64::from(place);
        let new = bits((newest, was.1 + 1));
        self.0[Self::RECORDS]
            .compare_exchange(bits(was), new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|_| self.records())
    }

    /// Counts the allocation of a sampled block, `grown` if by a resize of another block.
    pub(super) fn record_alloc(&self, grown: bool) {
        let allocs = self.0[Self::ALLOCS].fetch_add(1, Ordering::Relaxed);
        if grown {
            self.0[Self::GROWN].fetch_add(1, Ordering::Relaxed);
        }
        let others = allocs.saturating_sub(self.0[Self::FREES].load(Ordering::Relaxed));
        if others > 0 {
            self.0[Self::LIVE_AT_ALLOCS].fetch_add(others, Ordering::Relaxed);
        }
        raise_to(&self.0[Self::PEAK_LIVE], others + 1);
    }

    /// Reverts [`record_alloc`](Self::record_alloc) for a block whose free will not be seen.
    pub(super) fn undo_alloc(&self, grown: bool) {
        self.0[Self::ALLOCS].fetch_sub(1, Ordering::Relaxed);
        if grown {
            self.0[Self::GROWN].fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Counts the free of a sampled block after `time` nanoseconds and `bytes` allocated meanwhile.
    pub(super) fn record_free(&self, elsewhere: bool, time: u64, bytes: u64) {
        self.0[Self::FREES].fetch_add(1, Ordering::Relaxed);
        if elsewhere {
            self.0[Self::FREED_ELSEWHERE].fetch_add(1, Ordering::Relaxed);
        }
        count(&self.0[Self::TIMES..], time);
        count(&self.0[Self::BYTES..], bytes);
    }

    pub(super) fn lifetimes(&self) -> StackLifetimes {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // Frees are read first: each was counted after its allocation.
        let frees = field(Self::FREES);
        let allocs = field(Self::ALLOCS).max(frees);
        StackLifetimes {
            frees,
            allocs,
            grown: field(Self::GROWN).min(allocs),
            freed_elsewhere: field(Self::FREED_ELSEWHERE).min(frees),
            peak_live: u32::try_from(field(Self::PEAK_LIVE)).unwrap_or(u32::MAX),
            live_at_allocs: field(Self::LIVE_AT_ALLOCS),
            times: histogram(&self.0[Self::TIMES..]),
            bytes: histogram(&self.0[Self::BYTES..]),
        }
    }
}

/// Raises `most` to `value` if it is less. Loads first, because it is seldom raised.
pub(super) fn raise_to(most: &AtomicU64, value: u64) {
    if most.load(Ordering::Relaxed) < value {
        most.fetch_max(value, Ordering::Relaxed);
    }
}

/// Counts `value` in the histogram that begins at `words`, unless it is full.
fn count(words: &[AtomicU64], value: u64) {
    let bucket = Histogram::bucket(value);
    let (word, shift) = (
        &words[bucket / COUNTS_A_WORD],
        bucket % COUNTS_A_WORD * COUNT_BITS,
    );
    let full = words[..HISTOGRAM].iter().any(|word| {
        let word = word.load(Ordering::Relaxed);
        (0..COUNTS_A_WORD).any(|place| word >> (place * COUNT_BITS) & 0xFFFF >= FULL)
    });
    if !full {
        word.fetch_add(1 << shift, Ordering::Relaxed);
    }
}

fn histogram(words: &[AtomicU64]) -> Histogram {
    let mut histogram = Histogram::default();
    for (bucket, count) in histogram.buckets.iter_mut().enumerate() {
        let word = words[bucket / COUNTS_A_WORD].load(Ordering::Relaxed);
        *count = (word >> (bucket % COUNTS_A_WORD * COUNT_BITS) & 0xFFFF) as u32;
    }
    histogram
}

/// Converts a sum in units of 1 / `Weight::ONE` to blocks or bytes, rounded.
fn rounded(weights: u128) -> i64 {
    let one = u128::from(Weight::ONE);
    i64::try_from((weights + one / 2) / one).unwrap_or(i64::MAX)
}

/// A record: the blocks of one size that a stack allocated, or with size 0 those of several sizes.
pub(super) struct RecordNode<'a>(pub(super) &'a [AtomicU64]);

impl RecordNode<'_> {
    const NEXT: usize = 0;
    const SIZE: usize = 1;
    /// The weight of one sample, if all have the same size.
    const WEIGHT: usize = 2;
    const ALLOC_OBJECTS: usize = 3;
    const FREED_OBJECTS: usize = 4;
    /// The allocated blocks that came from another block by a resize.
    const GROWN_OBJECTS: usize = 5;
    /// Bytes are counted only with size 0; else they follow from the objects.
    const ALLOC_BYTES: usize = 6;
    const FREED_BYTES: usize = 7;
    const GROWN_BYTES: usize = 8;

    /// Words that the record of blocks of `size` bytes takes.
    pub(super) const fn words(size: u64) -> usize {
        if size == 0 {
            Self::GROWN_BYTES + 1
        } else {
            Self::GROWN_OBJECTS + 1
        }
    }

    pub(super) fn begin(&self, size: u64, rate: u64) {
        self.0[Self::SIZE].store(size, Ordering::Relaxed);
        let weight = Weight::new(size, rate).objects;
        self.0[Self::WEIGHT].store(weight, Ordering::Relaxed);
    }

    /// Sets the next record in the chain. Called before this one is in the chain.
    pub(super) fn link(&self, next: NodeId) {
        self.0[Self::NEXT].store(u64::from(next), Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> NodeId {
        self.0[Self::NEXT].load(Ordering::Relaxed) as NodeId
    }

    pub(super) fn size(&self) -> u64 {
        self.0[Self::SIZE].load(Ordering::Relaxed)
    }

    /// The weight of a sampled block of `size` bytes that this record counts.
    pub(super) fn weight(&self, size: u64, rate: u64) -> Weight {
        if self.size() == 0 {
            return Weight::new(size, rate);
        }
        let objects = self.0[Self::WEIGHT].load(Ordering::Relaxed);
        Weight {
            objects,
            bytes: rounded(u128::from(objects) * u128::from(size)) as u64,
        }
    }

    pub(super) fn record_alloc(&self, weight: Weight, grown: bool) {
        self.add(Self::ALLOC_OBJECTS, Self::ALLOC_BYTES, weight);
        if grown {
            self.add(Self::GROWN_OBJECTS, Self::GROWN_BYTES, weight);
        }
    }

    pub(super) fn record_free(&self, weight: Weight) {
        self.add(Self::FREED_OBJECTS, Self::FREED_BYTES, weight);
    }

    fn add(&self, objects: usize, bytes: usize, weight: Weight) {
        self.0[objects].fetch_add(weight.objects, Ordering::Relaxed);
        if self.size() == 0 {
            self.0[bytes].fetch_add(weight.bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn record(&self) -> Record {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // Frees are read first, so that the allocations read are at least as many.
        let freed_objects = field(Self::FREED_OBJECTS);
        let grown_objects = field(Self::GROWN_OBJECTS);
        let alloc_objects = field(Self::ALLOC_OBJECTS);
        let inuse_objects = alloc_objects.saturating_sub(freed_objects);
        let grown_objects = grown_objects.min(alloc_objects);
        let size = self.size();
        let (alloc_bytes, inuse_bytes, grown_bytes) = if size == 0 {
            let freed_bytes = field(Self::FREED_BYTES);
            let grown_bytes = field(Self::GROWN_BYTES);
            let alloc_bytes = field(Self::ALLOC_BYTES);
            let inuse_bytes = alloc_bytes.saturating_sub(freed_bytes);
            let grown_bytes = grown_bytes.min(alloc_bytes);
            (alloc_bytes as i64, inuse_bytes as i64, grown_bytes as i64)
        } else {
            // Rounds each product once, so that equal counts of objects give equal bytes.
            let bytes = |objects: u64| rounded(u128::from(objects) * u128::from(size));
            (
                bytes(alloc_objects),
                bytes(inuse_objects),
                bytes(grown_objects),
            )
        };
        Record {
            size,
            alloc_objects: rounded(alloc_objects.into()),
            alloc_bytes,
            inuse_objects: rounded(inuse_objects.into()),
            inuse_bytes,
            grown_objects: rounded(grown_objects.into()),
            grown_bytes,
        }
    }
}
