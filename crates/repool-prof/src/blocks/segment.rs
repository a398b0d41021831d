//! One segment of the table of live sampled blocks: a set-associative hash table of fixed size.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Block;
use crate::pages::LazyPages;
use crate::sampler::mix;

/// Slots of a bucket: eight addresses fill one cache line.
const WAYS: usize = 8;

/// Stands in a slot, in place of an address, while the slot's data is written.
const CLAIMED: u64 = 1;

/// A set-associative hash table: a block is in one of the two buckets that the hash of its address
/// selects, or not in this segment. So blocks never move, a removed block leaves no tombstone, and a
/// lookup reads two cache lines of addresses.
///
/// A block is added before the allocating thread returns its address, and removed by the thread that
/// frees it, so no two threads work on one address at the same time. Threads that want the same
/// empty slot compete for it by compare-and-swap.
pub(super) struct Segment {
    /// The addresses, bucket by bucket, 0 if the slot is empty; then the data, in the same order.
    words: LazyPages,
    slots: usize,
}

impl Segment {
    /// A segment of `slots` slots, a power of two, without memory until [`fill`](Segment::fill).
    pub(super) const fn new(slots: usize) -> Self {
        assert!(slots.is_power_of_two() && slots >= WAYS);
        Self {
            words: LazyPages::new(slots * (1 + Block::WORDS)),
            slots,
        }
    }

    /// Maps the segment's memory, unless it is mapped.
    pub(super) fn fill(&self) -> io::Result<()> {
        self.words.fill()
    }

    /// Removes all blocks and returns the memory to the system.
    pub(super) fn clear(&self) {
        self.words.clear();
    }

    /// Bytes that the segment takes when it is mapped.
    pub(super) const fn bytes(&self) -> usize {
        self.slots * (1 + Block::WORDS) * size_of::<u64>()
    }

    fn parts(&self) -> Option<(&[AtomicU64], &[AtomicU64])> {
        Some(self.words.get()?.split_at(self.slots))
    }

    /// The slots in which the block at `address` may be.
    fn candidates(&self, address: u64) -> impl Iterator<Item = usize> + use<> {
        let hash = mix(address);
        let mask = self.slots / WAYS - 1;
        let (first, second) = (hash as usize & mask, (hash >> 32) as usize & mask);
        (first * WAYS..(first + 1) * WAYS).chain(second * WAYS..(second + 1) * WAYS)
    }

    /// The slot and the data of the block at `address`. Valid until the block is removed.
    pub(super) fn find(&self, address: u64) -> Option<(usize, Block)> {
        let (keys, data) = self.parts()?;
        let slot = self
            .candidates(address)
            .find(|slot| keys[*slot].load(Ordering::Acquire) == address)?;
        Some((slot, Block::read(&data[slot * Block::WORDS..])))
    }

    /// Adds a block; `false` if both of its buckets are full.
    pub(super) fn add(&self, address: u64, block: &Block) -> bool {
        let Some((keys, data)) = self.parts() else {
            return false;
        };
        let claimed = self
            .candidates(address)
            .find(|slot| replace(&keys[*slot], 0, CLAIMED));
        let Some(slot) = claimed else { return false };
        block.write(&data[slot * Block::WORDS..]);
        // Release: a thread that finds the address reads its data.
        keys[slot].store(address, Ordering::Release);
        true
    }

    /// Removes the block at `address` from `slot`; `false` if it is no longer there.
    pub(super) fn remove(&self, slot: usize, address: u64) -> bool {
        self.parts()
            .is_some_and(|(keys, _)| replace(&keys[slot], address, 0))
    }
}

/// Sets `key` to `new`, if it is `was`.
fn replace(key: &AtomicU64, was: u64, new: u64) -> bool {
    // Loads first: most slots are in use, and a failed exchange costs as much as a successful one.
    key.load(Ordering::Relaxed) == was
        && key
            .compare_exchange(was, new, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
}
