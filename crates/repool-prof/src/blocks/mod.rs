//! The table of live sampled blocks, by address.
//!
//! Every free asks it, so the first test is one load: a [`Filter`] excludes nearly all blocks.
//! Marking sampled blocks by a rare alignment was tried instead. An allocator reuses such blocks, so
//! that soon many other blocks have the alignment in random order, and the mispredicted branch
//! costs more than the load (2026-11, glibc: 2 ns of 8 for a pair).
//!
//! The table is a list of segments, each twice as large as the previous one. The next is added when
//! all others are full. `lifecycle` adds and removes blocks, `session` clears the table.

mod block;
mod filter;
mod segment;

use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use block::Block;
use filter::Filter;
use segment::Segment;

/// Slots of the first segment, which takes 64 KiB.
const FIRST_CAPACITY: usize = 1 << 10;
/// Segments at most: the last has 2²⁹ slots, more than any memory limit allows.
const SEGMENTS: usize = 20;

static FILTER: Filter = Filter::new();
static TABLE: [Segment; SEGMENTS] = {
    let mut table = [const { Segment::new(FIRST_CAPACITY) }; SEGMENTS];
    let mut number = 1;
    while number < SEGMENTS {
        table[number] = Segment::new(FIRST_CAPACITY << number);
        number += 1;
    }
    table
};
/// Segments in use.
static USED: AtomicUsize = AtomicUsize::new(0);

/// Whether a live block may be in the table.
#[inline]
pub(crate) fn may_hold(address: usize) -> bool {
    FILTER.may_hold(address as u64)
}

/// The segments in use, the largest first, because it holds most blocks.
fn segments() -> impl Iterator<Item = &'static Segment> {
    TABLE[..USED.load(Ordering::Acquire)].iter().rev()
}

/// Removes the block at `address`, which its owner is about to free, and returns it if it was in the
/// table.
///
/// With `in_session` the caller holds a session's guard, so that [`clear`] does not run meanwhile.
/// Without it the filter is not changed: if it was cleared, the counters may be those of blocks of
/// the next session, whose frees would then be missed.
pub(crate) fn remove(address: usize, in_session: bool) -> Option<Block> {
    let address = address as u64;
    if !FILTER.may_well_hold(address) {
        return None;
    }
    let (segment, (slot, block)) =
        segments().find_map(|segment| Some((segment, segment.find(address)?)))?;
    // Without a session `clear` may run at the same time. If it has cleared the slot, `remove` fails.
    // If it has cleared the data alone, the block read above is of session 0, which no session has.
    segment.remove(slot, address).then(|| {
        if in_session {
            FILTER.remove(address);
        }
        block
    })
}

/// Adds a block that was just allocated; `false` if there is no room. Adds a segment if all are full
/// and the table then takes at most `most` bytes. The caller holds a session's guard.
pub(crate) fn add(address: usize, block: &Block, most: usize) -> bool {
    let address = address as u64;
    while !segments().any(|segment| segment.add(address, block)) {
        let used = USED.load(Ordering::Acquire);
        let Some(next) = TABLE.get(used) else {
            return false;
        };
        if bytes().saturating_add(next.bytes()) > most || next.fill().is_err() {
            return false;
        }
        // Release: a thread that reads this count finds the segment mapped. Fails if another thread
        // has added the segment.
        let _ = USED.compare_exchange(used, used + 1, Ordering::Release, Ordering::Relaxed);
    }
    FILTER.add(address);
    true
}

/// Bytes that the table and the filter take.
pub(crate) fn bytes() -> usize {
    segments().map(Segment::bytes).sum::<usize>() + FILTER.bytes()
}

/// Removes all blocks and returns the table's memory to the system. Called between sessions, when no
/// guard exists, so that no block is added meanwhile; blocks may be freed.
pub(crate) fn clear() {
    FILTER.clear();
    let used = USED.swap(0, Ordering::Relaxed);
    // A thread that searches for a block meanwhile finds it, or an empty slot.
    TABLE[..used].iter().for_each(Segment::clear);
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::store::{Object, Site};

    fn block(size: u64) -> Block {
        Block {
            size,
            site: Site {
                stack: 1,
                record: 2,
            },
            object: Object {
                origin: 1,
                thread: 4,
            },
            session: 3,
            time: 5,
            thread_bytes: u64::MAX,
            program_bytes: 7,
        }
    }

    /// One test of all operations, because the table is a static of the process.
    #[test]
    fn a_block_is_in_the_table_until_it_is_removed() {
        let lots = usize::MAX;
        // Invented addresses, which no allocator returns.
        let address = |number: usize| 0x1000_0000_0000 + number * 48;

        assert_eq!(remove(address(0), true), None);
        assert!(add(address(0), &block(10), lots));
        assert!(may_hold(address(0)));
        assert_eq!(remove(address(0), true), Some(block(10)));
        assert_eq!(remove(address(0), true), None);
        assert!(!may_hold(address(0)));

        // Without a session the filter is not changed.
        assert!(add(address(0), &block(10), lots));
        assert_eq!(remove(address(0), false), Some(block(10)));
        assert!(may_hold(address(0)));

        // Many more blocks than one segment holds.
        let count = 20 * FIRST_CAPACITY;
        assert!((0..count).all(|number| add(address(number), &block(number as u64), lots)));
        assert!(USED.load(Ordering::Relaxed) > 3);
        for number in (0..count).rev() {
            assert!(may_hold(address(number)));
            assert_eq!(remove(address(number), true), Some(block(number as u64)));
        }

        // Threads that add and remove at the same time, each its own addresses.
        thread::scope(|scope| {
            for part in 0..4 {
                scope.spawn(move || {
                    let numbers = (0..20_000).map(|number| number * 4 + part);
                    for number in numbers {
                        assert!(add(address(number), &block(number as u64), lots));
                        // Removes each block 100 rounds later.
                        let Some(old) = number.checked_sub(4 * 100) else {
                            continue;
                        };
                        assert_eq!(remove(address(old), true), Some(block(old as u64)));
                    }
                });
            }
        });

        // The table takes no more than the limit.
        clear();
        assert_eq!(bytes(), FILTER.bytes());
        assert!(!may_hold(address(0)));
        let most = bytes() + TABLE[0].bytes();
        let added = (0..count)
            .take_while(|number| add(address(*number), &block(1), most))
            .count();
        assert!(
            (FIRST_CAPACITY / 2..=FIRST_CAPACITY).contains(&added),
            "{added} of {FIRST_CAPACITY}"
        );
        assert!(bytes() <= most);
        clear();
    }
}
