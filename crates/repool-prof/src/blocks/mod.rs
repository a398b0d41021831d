//! The sampled blocks that are alive, by address.
//!
//! Every block that is freed is looked at, so the first look is short: a [`Filter`]
//! says no of nearly all by one load. Sampled blocks could be told by an alignment that others
//! seldom have, as well; but an allocator hands out again what it gets back, so that soon any number
//! of others have it, in no order, and a branch that is guessed wrong half of the time costs more
//! than the load (2026-11, glibc: 2 ns of 8 for a pair).
//!
//! The table is a row of segments, each twice as large as the one before, which are added when the
//! others are full.

mod block;
mod filter;
mod segment;

use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use block::Block;
use filter::Filter;
use segment::Segment;

/// Places of the first segment, which takes 56 KiB.
const FIRST_CAPACITY: usize = 1 << 10;
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

/// The segments in use, the largest first: it holds the most.
fn segments() -> impl Iterator<Item = &'static Segment> {
    TABLE[..USED.load(Ordering::Acquire)].iter().rev()
}

/// Takes the block at `address`, which its owner is about to free, out of the table, if it is in
/// it.
///
/// In a session, the caller keeps [`clear`] away until this returns. Were the filter cleared
/// meanwhile, the count taken from it then would be that of a block of the next session, which would
/// not be seen any more.
pub(crate) fn remove(address: usize, in_session: bool) -> Option<Block> {
    let address = address as u64;
    if !FILTER.may_well_hold(address) {
        return None;
    }
    let (segment, (place, block)) =
        segments().find_map(|segment| Some((segment, segment.find(address)?)))?;
    // Without a session `clear` may be at work. Refused if it was faster; else its data, read
    // before, may be zero, and so a block of session 0, which never was.
    segment.remove(place, address).then(|| {
        if in_session {
            FILTER.remove(address);
        }
        block
    })
}

/// Adds a block that was just allocated, in a session that does not end meanwhile; more segments are
/// had while all take at most `most` bytes. Says whether there was room.
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
        // Release: who counts the segment finds it filled. Refused if another thread added it.
        let _ = USED.compare_exchange(used, used + 1, Ordering::Release, Ordering::Relaxed);
    }
    FILTER.add(address);
    true
}

/// Bytes that the table and its filter take.
pub(crate) fn bytes() -> usize {
    segments().map(Segment::bytes).sum::<usize>() + FILTER.bytes()
}

/// Forgets all blocks, and gives their memory back. Only between sessions, when nobody is in one any
/// more, so that nothing is added; blocks may be freed.
pub(crate) fn clear() {
    FILTER.clear();
    let used = USED.swap(0, Ordering::Relaxed);
    // Who is looking for a block finds it, or an empty place.
    TABLE[..used].iter().for_each(Segment::clear);
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::store::Site;

    fn block(size: u64) -> Block {
        Block {
            size,
            site: Site {
                stack: 1,
                record: 2,
            },
            session: 3,
            thread: 4,
            time: 5,
            thread_bytes: u64::MAX,
            program_bytes: 7,
        }
    }

    /// The table is the process's: one test at a time, which goes through all of it.
    #[test]
    fn a_block_is_known_from_its_begin_to_its_end() {
        let lots = usize::MAX;
        // Made up, and like none of an allocator's.
        let address = |number: usize| 0x1000_0000_0000 + number * 48;

        assert_eq!(remove(address(0), true), None);
        assert!(add(address(0), &block(10), lots));
        assert!(may_hold(address(0)));
        assert_eq!(remove(address(0), true), Some(block(10)));
        assert_eq!(remove(address(0), true), None);
        assert!(!may_hold(address(0)));

        // Without a session the filter may be another's by now, and keeps what it counts.
        assert!(add(address(0), &block(10), lots));
        assert_eq!(remove(address(0), false), Some(block(10)));
        assert!(may_hold(address(0)));

        // Many more than one segment holds.
        let count = 20 * FIRST_CAPACITY;
        assert!((0..count).all(|number| add(address(number), &block(number as u64), lots)));
        assert!(USED.load(Ordering::Relaxed) > 3);
        for number in (0..count).rev() {
            assert!(may_hold(address(number)));
            assert_eq!(remove(address(number), true), Some(block(number as u64)));
        }

        // Threads that add and remove at once, each its own addresses.
        thread::scope(|scope| {
            for part in 0..4 {
                scope.spawn(move || {
                    let numbers = (0..20_000).map(|number| number * 4 + part);
                    for number in numbers {
                        assert!(add(address(number), &block(number as u64), lots));
                        // A few stay behind for a while.
                        let Some(old) = number.checked_sub(4 * 100) else {
                            continue;
                        };
                        assert_eq!(remove(address(old), true), Some(block(old as u64)));
                    }
                });
            }
        });

        // No more than is allowed.
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
