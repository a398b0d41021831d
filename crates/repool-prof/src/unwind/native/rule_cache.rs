//! The process's cache of computed rules: a direct-mapped table without locks.
//!
//! An entry is two words, and the first is the key XOR the rule. If two threads write an entry at
//! the same time and each leaves one word, neither key matches, and the entry counts as empty (Hyatt
//! and Mann, "A lockless transposition-table implementation for parallel search", ICGA Journal
//! 25 (1), 2002).

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::rule::Rule;
use crate::snapshot::Frame;

/// The table has 2^`BITS` entries of 16 bytes: 128 KiB.
const BITS: u32 = 13;

/// An entry of the table.
struct Entry {
    /// The key XOR the rule.
    check: AtomicU64,
    rule: AtomicU64,
}

static ENTRIES: [Entry; 1 << BITS] = [const {
    Entry {
        check: AtomicU64::new(0),
        rule: AtomicU64::new(0),
    }
}; 1 << BITS];

/// Bytes of the table.
pub(super) const SIZE: usize = size_of_val(&ENTRIES);

/// The key of a frame: its bits times an odd factor, which keeps keys distinct, and makes the
/// difference of two similar frames unlike that of two rules.
#[inline(always)]
fn key(frame: Frame) -> u64 {
    frame.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The rule of an instruction, if it is in the table (U4).
#[inline(always)]
pub(super) fn get(frame: Frame) -> Option<Rule> {
    let key = key(frame);
    let entry = &ENTRIES[(key >> (64 - BITS)) as usize];
    let rule = entry.rule.load(Relaxed);
    (entry.check.load(Relaxed) ^ rule == key).then_some(Rule::from_bits(rule))
}

/// Stores a rule, in place of another that has the same index.
pub(super) fn put(frame: Frame, rule: Rule) {
    let key = key(frame);
    let entry = &ENTRIES[(key >> (64 - BITS)) as usize];
    entry.check.store(key ^ rule.to_bits(), Relaxed);
    entry.rule.store(rule.to_bits(), Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    // Numbers of modules that no other test registers.
    const MODULE: u16 = 60_000;

    #[test]
    fn finds_what_was_put_under_its_own_key_only() {
        let frame = Frame::new(MODULE, 0x1234);
        assert_eq!(get(frame), None);
        put(frame, Rule::END);
        assert_eq!(get(frame), Some(Rule::END));
        assert_eq!(get(Frame::new(MODULE + 1, 0x1234)), None);
        assert_eq!(get(Frame::new(MODULE, 0x1235)), None);
    }

    #[test]
    fn a_pair_written_half_by_each_of_two_is_not_found() {
        let (one, other) = (Frame::new(MODULE, 0x77_0000), Rule::from_bits(0x1005));
        put(one, other);
        let entry = &ENTRIES[(key(one) >> (64 - BITS)) as usize];
        entry.rule.store(0x2005, Relaxed);
        assert_eq!(get(one), None);
    }
}
