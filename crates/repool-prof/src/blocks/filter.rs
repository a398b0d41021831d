//! A counting Bloom filter, by which a free finds out that its block is not in the table.

use std::sync::atomic::{AtomicU8, Ordering};

/// Each row has 2^`BITS` counters of a byte: 64 KiB. A program that holds 10 GB has 20,000 live
/// sampled blocks at the default rate, for 65,536 counters.
const BITS: u32 = 16;

/// The factor of Knuth's multiplicative hash, whose upper bits are well mixed.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// A counting Bloom filter (Fan, Cao, Almeida and Broder, "Summary Cache", 2000) of two rows. An
/// address has one counter in each; if either is 0, the block is not in the table.
///
/// The index in the first row is the address itself, without the four low bits that allocators leave
/// at zero: every free reads this row, so the index must be cheap. The second row has a hash, and
/// is read only if the first does not exclude the block.
pub(super) struct Filter {
    near: [AtomicU8; 1 << BITS],
    far: [AtomicU8; 1 << BITS],
}

/// A counter that reached this value stays there, because its true count is no longer known.
const STUCK: u8 = u8::MAX;

impl Filter {
    pub(super) const fn new() -> Self {
        Self {
            near: [const { AtomicU8::new(0) }; 1 << BITS],
            far: [const { AtomicU8::new(0) }; 1 << BITS],
        }
    }

    #[inline]
    fn near(&self, address: u64) -> &AtomicU8 {
        &self.near[usize::from((address >> 4) as u16)]
    }

    fn far(&self, address: u64) -> &AtomicU8 {
        &self.far[(address.wrapping_mul(FACTOR) >> (u64::BITS - BITS)) as usize]
    }

    #[inline]
    pub(super) fn may_hold(&self, address: u64) -> bool {
        // Relaxed: a thread that frees a block got its address after it was added, in a way that
        // orders the two.
        self.near(address).load(Ordering::Relaxed) != 0
    }

    /// As [`may_hold`](Filter::may_hold), by both rows.
    pub(super) fn may_well_hold(&self, address: u64) -> bool {
        self.may_hold(address) && self.far(address).load(Ordering::Relaxed) != 0
    }

    pub(super) fn add(&self, address: u64) {
        self.change(address, 1);
    }

    pub(super) fn remove(&self, address: u64) {
        self.change(address, -1);
    }

    fn change(&self, address: u64, by: i8) {
        let changed = |count: u8| (count != STUCK).then(|| count.saturating_add_signed(by));
        for place in [self.near(address), self.far(address)] {
            let _ = place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
        }
    }

    /// Removes all addresses.
    pub(super) fn clear(&self) {
        let places = self.near.iter().chain(&self.far);
        places.for_each(|place| place.store(0, Ordering::Relaxed));
    }

    /// Bytes that the filter takes.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_added_and_not_removed() {
        let filter = Filter::new();
        assert!(!filter.may_hold(4096));
        filter.add(4096);
        filter.add(4096);
        filter.remove(4096);
        assert!(filter.may_hold(4096));
        filter.remove(4096);
        assert!(!filter.may_hold(4096));
    }

    #[test]
    fn a_counter_that_overflowed_stays() {
        let filter = Filter::new();
        (0..300).for_each(|_| filter.add(4096));
        (0..300).for_each(|_| filter.remove(4096));
        assert!(filter.may_hold(4096));
    }

    #[test]
    fn false_positives_are_few() {
        let filter = Filter::new();
        let address = |number: u64| 0x7f12_3450_0010 + number * 48;
        (0..20_000).for_each(|number| filter.add(address(number)));
        assert!((0..20_000).all(|number| filter.may_well_hold(address(number))));
        let wrong = (20_000..120_000).filter(|number| filter.may_well_hold(address(*number)));
        // (1 - exp(-20,000 / 65,536))^2 is 6.9 %.
        let wrong = wrong.count();
        assert!(wrong < 9_000, "{wrong} of 100,000");
    }
}
