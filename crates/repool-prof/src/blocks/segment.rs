use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Block;
use crate::pages::LazyPages;
use crate::sampler::mix;

/// Blocks that share a bucket: their addresses fill one cache line.
const WAYS: usize = 8;

/// An address that is not one: the place's data is being written.
const CLAIMED: u64 = 1;

/// A set-associative table: a block lies in one of the two buckets that its address chooses, or not
/// in this segment. So nothing moves, nothing is left behind by what is removed, and a lookup ends
/// after two cache lines.
///
/// A block is added before its owner knows its address and removed by whoever frees it, so no two
/// threads ever work on one address; on a free place they meet by compare-and-swap.
pub(super) struct Segment {
    /// The addresses, bucket by bucket, 0 where there is none; then the data, in the same order.
    words: LazyPages,
    places: usize,
}

impl Segment {
    /// Room for `places` blocks, a power of two; once it is [`fill`](Segment::fill)ed.
    pub(super) const fn new(places: usize) -> Self {
        assert!(places.is_power_of_two() && places >= WAYS);
        Self {
            words: LazyPages::new(places * (1 + Block::WORDS)),
            places,
        }
    }

    /// Gets its memory, unless it has it.
    pub(super) fn fill(&self) -> io::Result<()> {
        self.words.fill()
    }

    /// Forgets its blocks and gives its memory back.
    pub(super) fn clear(&self) {
        self.words.clear();
    }

    /// Bytes that it takes when filled.
    pub(super) const fn bytes(&self) -> usize {
        self.places * (1 + Block::WORDS) * size_of::<u64>()
    }

    fn parts(&self) -> Option<(&[AtomicU64], &[AtomicU64])> {
        Some(self.words.get()?.split_at(self.places))
    }

    /// The places where the block at `address` may be.
    fn candidates(&self, address: u64) -> impl Iterator<Item = usize> + use<> {
        let hash = mix(address);
        let mask = self.places / WAYS - 1;
        let (first, second) = (hash as usize & mask, (hash >> 32) as usize & mask);
        (first * WAYS..(first + 1) * WAYS).chain(second * WAYS..(second + 1) * WAYS)
    }

    /// Where the block at `address` is, and what is known of it: true as long as nobody takes it
    /// away.
    pub(super) fn find(&self, address: u64) -> Option<(usize, Block)> {
        let (keys, data) = self.parts()?;
        let place = self
            .candidates(address)
            .find(|place| keys[*place].load(Ordering::Acquire) == address)?;
        Some((place, Block::read(&data[place * Block::WORDS..])))
    }

    /// Adds a block, if there is a place.
    pub(super) fn add(&self, address: u64, block: &Block) -> bool {
        let Some((keys, data)) = self.parts() else {
            return false;
        };
        let claimed = self
            .candidates(address)
            .find(|place| replace(&keys[*place], 0, CLAIMED));
        let Some(place) = claimed else { return false };
        block.write(&data[place * Block::WORDS..]);
        // Release: who finds the address finds its data.
        keys[place].store(address, Ordering::Release);
        true
    }

    /// Takes the block at `address` away from `place`, unless someone else has.
    pub(super) fn remove(&self, place: usize, address: u64) -> bool {
        self.parts()
            .is_some_and(|(keys, _)| replace(&keys[place], address, 0))
    }
}

fn replace(key: &AtomicU64, was: u64, new: u64) -> bool {
    // Looked at first, for most are taken and a failed exchange costs as much as one that is not.
    key.load(Ordering::Relaxed) == was
        && key
            .compare_exchange(was, new, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
}
