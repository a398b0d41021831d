//! The nodes of a store: views of the arena's words as a stack or as a record, which counts the
//! blocks of one size.
//!
//! A node is a slice of atomic words. The constants of each type are the indices of its fields. The
//! fields that are set before a node is linked into its chain do not change afterwards. The others
//! are counts, and the heads of a stack's chain of records and of its large histograms.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::{Arena, NodeId};
use super::encoded_stack::{self, EncodedStack};
use super::histogram::{LargeHistogram, SmallHistogram};
use super::{AllocCall, Free};
use crate::sampler::Weight;
use crate::snapshot::{Frame, Record, StackLifetimes};

/// A stack: the fields below, and then the words of its [`EncodedStack`].
pub(super) struct StackNode<'a>(pub(super) &'a [AtomicU64]);

impl<'a> StackNode<'a> {
    /// The next stack in the chain (low 32 bits), and the length of the encoded stack (high 32 bits).
    const LINK: usize = 0;
    /// The hash of the encoded stack.
    const HASH: usize = 1;
    /// The newest record (low 32 bits), and the number of records (high 32 bits).
    const RECORDS: usize = 2;
    /// Sampled blocks that this stack allocated.
    const ALLOCS: usize = 3;
    /// Of these blocks, those that were freed.
    const FREES: usize = 4;
    /// Of the freed blocks, those that another thread freed than the one that allocated them.
    const FREED_ELSEWHERE: usize = 5;
    /// The most blocks that were live at once.
    const PEAK_LIVE: usize = 6;
    /// A sum over the allocations: how many earlier blocks of this stack were live at each.
    const LIVE_AT_ALLOCS: usize = 7;
    /// Of the allocated blocks, those that a resize of another block allocated.
    const GROWN: usize = 8;
    /// Sampled blocks that could not be followed until their free. They are in no other field.
    const LOST: usize = 9;
    /// The longest prefix (low 32 bits), and the node of the large histograms (high 32 bits).
    const LINKS: usize = 10;
    /// The greatest alignment of the blocks, lost ones included.
    const ALIGNMENT: usize = 11;
    /// The stacks that allocated the first blocks of the objects that grew here: one (low 32 bits), and
    /// another (high 32 bits); or [`Self::MORE`].
    const ORIGINS: usize = 12;
    /// The small counters of the histogram of lifetimes in nanoseconds.
    const TIMES: usize = 13;
    /// The small counters of the histogram of the bytes that were allocated during a block's
    /// lifetime.
    const BYTES: usize = Self::TIMES + SmallHistogram::WORDS;
    /// The encoded stack, to the end of the node.
    const ENCODED: usize = Self::BYTES + SmallHistogram::WORDS;

    /// The number of words that the node of this stack takes.
    pub(super) fn words(encoded: &EncodedStack) -> usize {
        Self::ENCODED + encoded.words().len()
    }

    /// Sets the fields that never change, except the next node, which `Chains` sets. `prefix` is the
    /// longest that is counted, or 0.
    pub(super) fn init(&self, hash: u64, encoded: &EncodedStack, prefix: NodeId) {
        self.0[Self::LINKS].store(prefix.into(), Ordering::Relaxed);
        self.0[Self::HASH].store(hash, Ordering::Relaxed);
        self.0[Self::LINK].store((encoded.length() as u64) << 32, Ordering::Relaxed);
        for (word, part) in self.0[Self::ENCODED..].iter().zip(encoded.words()) {
            word.store(*part, Ordering::Relaxed);
        }
    }

    /// The length of the encoded stack in units of 32 bits, of which two are in a word.
    fn length(&self) -> usize {
        (self.0[Self::LINK].load(Ordering::Relaxed) >> 32) as usize
    }

    fn encoded(&self) -> impl Iterator<Item = u64> + use<'a> {
        let words = &self.0[Self::ENCODED..][..self.length().div_ceil(2)];
        words.iter().map(|word| word.load(Ordering::Relaxed))
    }

    pub(super) fn frames(&self) -> Vec<Frame> {
        encoded_stack::frames(self.encoded(), self.length())
    }

    /// Whether this is the node of the stack `encoded`, whose hash is `hash`.
    pub(super) fn matches(&self, hash: u64, encoded: &EncodedStack) -> bool {
        self.0[Self::HASH].load(Ordering::Relaxed) == hash
            && self.length() == encoded.length()
            && self.encoded().eq(encoded.words().iter().copied())
    }

    /// The newest record and the number of records, from one load.
    pub(super) fn records(&self) -> (NodeId, u32) {
        let records = self.0[Self::RECORDS].load(Ordering::Acquire);
        (records as NodeId, (records >> 32) as u32)
    }

    /// Adds the record `newest` if [`records`](Self::records) is still `current`, which the caller has
    /// read; else returns the records of now.
    pub(super) fn add_record(
        &self,
        current: (NodeId, u32),
        newest: NodeId,
    ) -> Result<(), (NodeId, u32)> {
        let bits = |(id, count): (NodeId, u32)| u64::from(count) << 32 | u64::from(id);
        let new = bits((newest, current.1 + 1));
        self.0[Self::RECORDS]
            .compare_exchange(bits(current), new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|_| self.records())
    }

    /// The longest prefix that is counted; 0 if none is.
    pub(super) fn prefix(&self) -> NodeId {
        self.0[Self::LINKS].load(Ordering::Relaxed) as NodeId
    }

    /// Counts the allocation of a sampled block.
    pub(super) fn record_alloc(&self, call: AllocCall) {
        let allocs = self.0[Self::ALLOCS].fetch_add(1, Ordering::Relaxed);
        if call == AllocCall::Realloc {
            self.0[Self::GROWN].fetch_add(1, Ordering::Relaxed);
        }
        let live = allocs.saturating_sub(self.0[Self::FREES].load(Ordering::Relaxed));
        if live > 0 {
            self.0[Self::LIVE_AT_ALLOCS].fetch_add(live, Ordering::Relaxed);
        }
        raise_to(&self.0[Self::PEAK_LIVE], live + 1);
    }

    /// Notes the alignment of a sampled block.
    pub(super) fn record_alignment(&self, alignment: u64) {
        raise_to(&self.0[Self::ALIGNMENT], alignment);
    }

    /// What `ORIGINS` holds if there are more than two.
    const MORE: u64 = u64::MAX;

    /// Notes that an object grew here whose first block the stack `origin` allocated.
    pub(super) fn record_origin(&self, origin: NodeId) {
        let add = |word: u64| {
            let (one, other) = (word as NodeId, (word >> 32) as NodeId);
            match () {
                () if word == Self::MORE || one == origin || other == origin => None,
                () if one == 0 => Some(origin.into()),
                () if other == 0 => Some(word | u64::from(origin) << 32),
                () => Some(Self::MORE),
            }
        };
        let _ = self.0[Self::ORIGINS].fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// The stacks that allocated the first blocks of the objects that grew here; `None` if there are more
    /// than two.
    pub(super) fn origins(&self) -> Option<Vec<NodeId>> {
        let word = self.0[Self::ORIGINS].load(Ordering::Relaxed);
        let both = [word as NodeId, (word >> 32) as NodeId];
        (word != Self::MORE).then(|| both.into_iter().filter(|origin| *origin != 0).collect())
    }

    /// Takes back the allocation that [`record_alloc`](Self::record_alloc) counted, for a block whose
    /// free will not be seen. The peak stays.
    pub(super) fn undo_alloc(&self) {
        self.0[Self::ALLOCS].fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts a sampled block that could not be followed.
    pub(super) fn record_lost(&self) {
        self.0[Self::LOST].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the free of a sampled block. `arena` may have `most` words in use.
    pub(super) fn record_free(&self, free: &Free, arena: &'a Arena, most: usize) {
        self.0[Self::FREES].fetch_add(1, Ordering::Relaxed);
        if free.is_other_thread {
            self.0[Self::FREED_ELSEWHERE].fetch_add(1, Ordering::Relaxed);
        }
        let large = || {
            let place = self.large().or_else(|| self.add_large(arena, most))?;
            Some(arena.at(place))
        };
        let large_times = || large().map(LargeHistogram);
        let large_bytes = || large().map(|words| LargeHistogram(&words[LargeHistogram::WORDS..]));
        SmallHistogram(&self.0[Self::TIMES..]).count(free.time, large_times);
        SmallHistogram(&self.0[Self::BYTES..]).count(free.bytes, large_bytes);
    }

    /// The node of the large histograms, that of times before that of bytes.
    fn large(&self) -> Option<NodeId> {
        let place = (self.0[Self::LINKS].load(Ordering::Acquire) >> 32) as NodeId;
        (place != 0).then_some(place)
    }

    /// Adds the node of the large histograms; `None` if there is no room.
    fn add_large(&self, arena: &Arena, most: usize) -> Option<NodeId> {
        let new = arena.take(2 * LargeHistogram::WORDS, most)?;
        let prefix = u64::from(self.prefix());
        let linked = u64::from(new) << 32 | prefix;
        // Fails if another thread has added the node.
        let _ = self.0[Self::LINKS].compare_exchange(
            prefix,
            linked,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        self.large()
    }

    /// Reads the counts. Concurrent changes may be seen in part; no part exceeds its whole.
    pub(super) fn lifetimes(&self, arena: &'a Arena) -> StackLifetimes {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // Frees are read first, because each is counted after its allocation. The maximum covers the
        // case that the relaxed loads still see fewer allocations.
        let frees = field(Self::FREES);
        let allocs = field(Self::ALLOCS).max(frees);
        let large = self.large().map(|place| arena.at(place));
        let large_bytes = large.map(|words| LargeHistogram(&words[LargeHistogram::WORDS..]));
        StackLifetimes {
            frees,
            allocs,
            grown: field(Self::GROWN).min(allocs),
            freed_elsewhere: field(Self::FREED_ELSEWHERE).min(frees),
            peak_live: u32::try_from(field(Self::PEAK_LIVE)).unwrap_or(u32::MAX),
            live_at_allocs: field(Self::LIVE_AT_ALLOCS),
            lost: field(Self::LOST),
            alignment: field(Self::ALIGNMENT),
            times: SmallHistogram(&self.0[Self::TIMES..]).read(large.map(LargeHistogram)),
            bytes: SmallHistogram(&self.0[Self::BYTES..]).read(large_bytes),
        }
    }
}

/// Raises `maximum` to `value` if it is less. Loads first, because it is seldom raised.
pub(super) fn raise_to(maximum: &AtomicU64, value: u64) {
    if maximum.load(Ordering::Relaxed) < value {
        maximum.fetch_max(value, Ordering::Relaxed);
    }
}

/// Converts a sum in units of 1 / [`Weight::ONE`] to whole blocks or bytes, rounded to the nearest.
fn rounded(weights: u128) -> i64 {
    let one = u128::from(Weight::ONE);
    i64::try_from((weights + one / 2) / one).unwrap_or(i64::MAX)
}

/// A record: estimates for the blocks of one size that a stack allocated. A record of size 0 has the
/// blocks of several sizes.
///
/// The objects are in units of 1 / [`Weight::ONE`]. The bytes are counted only in a record of size 0,
/// because otherwise they are the objects times the size.
pub(super) struct RecordNode<'a>(pub(super) &'a [AtomicU64]);

impl RecordNode<'_> {
    /// The next record in the chain of the stack's records.
    const NEXT: usize = 0;
    /// The bytes of each block, or 0 for blocks of several sizes.
    const SIZE: usize = 1;
    /// The objects that one sample stands for. Not used in a record of size 0.
    const WEIGHT: usize = 2;
    /// The objects allocated.
    const ALLOC_OBJECTS: usize = 3;
    /// Of the objects allocated, those that were freed.
    const FREED_OBJECTS: usize = 4;
    /// Of the objects allocated, those that a resize of another block allocated.
    const GROWN_OBJECTS: usize = 5;
    /// Of the objects allocated, those that `alloc_zeroed` allocated.
    const ZEROED_OBJECTS: usize = 6;
    /// The bytes of `ALLOC_OBJECTS`, in a record of size 0.
    const ALLOC_BYTES: usize = 7;
    /// The bytes of `FREED_OBJECTS`, in a record of size 0.
    const FREED_BYTES: usize = 8;
    /// The bytes of `GROWN_OBJECTS`, in a record of size 0.
    const GROWN_BYTES: usize = 9;
    /// The bytes of `ZEROED_OBJECTS`, in a record of size 0.
    const ZEROED_BYTES: usize = 10;

    /// The number of words that the record of blocks of `size` bytes takes.
    pub(super) const fn words(size: u64) -> usize {
        if size == 0 {
            Self::ZEROED_BYTES + 1
        } else {
            Self::ZEROED_OBJECTS + 1
        }
    }

    /// Sets the size, and the weight that a sample of this size has at the sampling rate `rate`.
    pub(super) fn init(&self, size: u64, rate: u64) {
        self.0[Self::SIZE].store(size, Ordering::Relaxed);
        let weight = Weight::new(size, rate).objects;
        self.0[Self::WEIGHT].store(weight, Ordering::Relaxed);
    }

    /// Sets the next record in the chain. To be called before this record is in the chain.
    pub(super) fn link(&self, next: NodeId) {
        self.0[Self::NEXT].store(u64::from(next), Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> NodeId {
        self.0[Self::NEXT].load(Ordering::Relaxed) as NodeId
    }

    pub(super) fn size(&self) -> u64 {
        self.0[Self::SIZE].load(Ordering::Relaxed)
    }

    /// The weight of a sampled block of `size` bytes that this record counts. Computed only in a record
    /// of size 0; otherwise stored, because `size` is always the same.
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

    pub(super) fn record_alloc(&self, weight: Weight, call: AllocCall) {
        self.add(Self::ALLOC_OBJECTS, Self::ALLOC_BYTES, weight);
        match call {
            AllocCall::Alloc => {}
            AllocCall::AllocZeroed => self.add(Self::ZEROED_OBJECTS, Self::ZEROED_BYTES, weight),
            AllocCall::Realloc => self.add(Self::GROWN_OBJECTS, Self::GROWN_BYTES, weight),
        }
    }

    pub(super) fn record_free(&self, weight: Weight) {
        self.add(Self::FREED_OBJECTS, Self::FREED_BYTES, weight);
    }

    /// Adds a weight to the fields at the indices `objects` and `bytes`.
    fn add(&self, objects: usize, bytes: usize, weight: Weight) {
        self.0[objects].fetch_add(weight.objects, Ordering::Relaxed);
        if self.size() == 0 {
            self.0[bytes].fetch_add(weight.bytes, Ordering::Relaxed);
        }
    }

    /// Reads the counts, and converts them to whole objects and bytes.
    pub(super) fn record(&self) -> Record {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // Allocations are read last, because each is counted before it is counted as one of the others.
        let freed_objects = field(Self::FREED_OBJECTS);
        let grown_objects = field(Self::GROWN_OBJECTS);
        let zeroed_objects = field(Self::ZEROED_OBJECTS);
        let alloc_objects = field(Self::ALLOC_OBJECTS);
        let inuse_objects = alloc_objects.saturating_sub(freed_objects);
        let grown_objects = grown_objects.min(alloc_objects);
        let zeroed_objects = zeroed_objects.min(alloc_objects - grown_objects);
        let size = self.size();
        let (alloc_bytes, inuse_bytes, grown_bytes, zeroed_bytes) = if size == 0 {
            let freed_bytes = field(Self::FREED_BYTES);
            let grown_bytes = field(Self::GROWN_BYTES);
            let zeroed_bytes = field(Self::ZEROED_BYTES);
            let alloc_bytes = field(Self::ALLOC_BYTES);
            let inuse_bytes = alloc_bytes.saturating_sub(freed_bytes);
            let grown_bytes = grown_bytes.min(alloc_bytes);
            let zeroed_bytes = zeroed_bytes.min(alloc_bytes - grown_bytes);
            (
                alloc_bytes as i64,
                inuse_bytes as i64,
                grown_bytes as i64,
                zeroed_bytes as i64,
            )
        } else {
            // Rounds each product once, so that equal counts of objects give equal bytes.
            let bytes = |objects: u64| rounded(u128::from(objects) * u128::from(size));
            (
                bytes(alloc_objects),
                bytes(inuse_objects),
                bytes(grown_objects),
                bytes(zeroed_objects),
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
            zeroed_objects: rounded(zeroed_objects.into()),
            zeroed_bytes,
        }
    }
}
