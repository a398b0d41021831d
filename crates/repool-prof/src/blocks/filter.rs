use std::sync::atomic::{AtomicU8, Ordering};

/// 128 KiB. A program has one sampled block alive for each 512 KiB that it holds, so that of 10 GB
/// 20,000 fall on 131,072 places.
const BITS: u32 = 17;

/// The factor of Knuth's multiplicative hash, whose upper bits are the good ones.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Says of nearly all blocks that they are not in the table. A counting Bloom filter with two
/// places for each address (Fan, Cao, Almeida and Broder, "Summary Cache", 2000).
pub(super) struct Filter([AtomicU8; 1 << BITS]);

/// A count that got so far stays: how many there are is no longer known.
const STUCK: u8 = u8::MAX;

impl Filter {
    pub(super) const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; 1 << BITS])
    }

    #[inline]
    fn places(&self, address: u64) -> [&AtomicU8; 2] {
        let hash = address.wrapping_mul(FACTOR);
        let second = (hash >> (u64::BITS - 2 * BITS)) as usize % self.0.len();
        [
            &self.0[(hash >> (u64::BITS - BITS)) as usize],
            &self.0[second],
        ]
    }

    #[inline]
    pub(super) fn may_hold(&self, address: u64) -> bool {
        // Relaxed: who frees a block learnt its address after it was added, on a way that orders
        // the two.
        self.places(address)
            .iter()
            .all(|place| place.load(Ordering::Relaxed) != 0)
    }

    pub(super) fn add(&self, address: u64) {
        self.change(address, 1);
    }

    pub(super) fn remove(&self, address: u64) {
        self.change(address, -1);
    }

    fn change(&self, address: u64, by: i8) {
        let changed = |count: u8| (count != STUCK).then(|| count.saturating_add_signed(by));
        for place in self.places(address) {
            let _ = place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
        }
    }

    /// Forgets all addresses.
    pub(super) fn clear(&self) {
        self.0
            .iter()
            .for_each(|place| place.store(0, Ordering::Relaxed));
    }

    /// Bytes that it takes.
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
    fn a_place_that_overflowed_says_yes_for_ever() {
        let filter = Filter::new();
        (0..300).for_each(|_| filter.add(4096));
        (0..300).for_each(|_| filter.remove(4096));
        assert!(filter.may_hold(4096));
    }

    #[test]
    fn few_others_are_taken_for_what_it_holds() {
        let filter = Filter::new();
        let address = |number: u64| 0x7f12_3450_0010 + number * 48;
        (0..20_000).for_each(|number| filter.add(address(number)));
        assert!((0..20_000).all(|number| filter.may_hold(address(number))));
        let wrong = (20_000..120_000)
            .filter(|number| filter.may_hold(address(*number)))
            .count();
        // (1 - exp(-40,000 / 131,072))^2 is 6.9 %.
        assert!(wrong < 9_000, "{wrong} of 100,000");
    }
}
