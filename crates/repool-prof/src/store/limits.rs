//! How much memory the tables of a profiler may take: that of stacks, which is the store's arena, and
//! that of live sampled blocks.
//!
//! Unless the user sets a limit, stacks may take a fixed amount and a share of the program's peak
//! live memory. The table of blocks grows with the sampled blocks that are in use, so that none is
//! lost: at the default rate that is a hundredth of the share.

/// The most bytes of the table of stacks, unless the user sets a limit.
pub(super) const MAX_STACKS: usize = 256 << 20;

/// The most bytes of the table of blocks beyond the program's peak live memory, unless the user sets
/// a limit.
const MAX_BLOCKS: usize = 256 << 20;

/// Bytes that the tables may take for any program. The profiler promises 2 MiB in all, of which
/// 512 KiB are for the unwinder.
pub(super) const BASE: usize = (2 << 20) - (512 << 10);

/// The tables may take `BASE` and 1/`SHARE` of the program's peak live memory.
pub(super) const SHARE: u64 = 100;

/// The part of that which is for blocks is 1/`BLOCKS`. In `BASE` it is the filter and the first
/// segment.
const BLOCKS: usize = 8;

/// The limits of the tables.
#[derive(Debug)]
pub(super) struct Limits {
    /// What the user set, in bytes, for both tables together.
    pub(super) user: Option<usize>,
    /// The most bytes of address space for the table of blocks.
    pub(super) room: usize,
}

impl Limits {
    /// Bytes for both tables, if no more blocks are live than at the default rate.
    fn base(peak_live: u64) -> usize {
        let share = usize::try_from(peak_live / SHARE).unwrap_or(MAX_STACKS);
        share.saturating_add(BASE).min(MAX_STACKS)
    }

    /// The most bytes of the table of stacks, while that of blocks takes `blocks`.
    pub(super) fn stacks(&self, peak_live: u64, blocks: usize) -> usize {
        let base = Self::base(peak_live);
        self.user
            .map_or(base - base / BLOCKS, |limit| limit.saturating_sub(blocks))
    }

    /// The most bytes of the table of blocks, while that of stacks takes `stacks`.
    pub(super) fn blocks(&self, peak_live: u64, stacks: usize) -> usize {
        let limit = match self.user {
            Some(limit) => limit.saturating_sub(stacks),
            None => usize::try_from(peak_live)
                .unwrap_or(usize::MAX)
                .saturating_add(MAX_BLOCKS),
        };
        limit.min(self.room)
    }

    /// The most bytes of both tables, while that of blocks takes `blocks`.
    pub(super) fn total(&self, peak_live: u64, blocks: usize) -> usize {
        self.user.unwrap_or_else(|| {
            let base = Self::base(peak_live);
            base - base / BLOCKS + blocks.max(base / BLOCKS)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        user: None,
        room: usize::MAX,
    };

    #[test]
    fn at_the_default_rate_the_tables_take_a_hundredth_of_the_heap() {
        for heap in [0, 100 << 20, 10_u64 << 30] {
            // The table of blocks is at most twice as large as its blocks, of 64 bytes each.
            let sampled = heap / (512 << 10);
            let blocks = (192 << 10) + 2 * 64 * sampled as usize;
            let total = LIMITS.total(heap, blocks);
            assert!(total <= BASE + heap as usize / 100, "{heap}: {total}");
            assert!(blocks <= LIMITS.blocks(heap, 0));
        }
    }

    #[test]
    fn more_blocks_take_more_and_leave_stacks_theirs() {
        let (stacks, blocks) = (LIMITS.stacks(0, 1 << 30), 100 << 20);
        assert_eq!(stacks, LIMITS.stacks(0, 0));
        assert_eq!(LIMITS.total(0, blocks), stacks + blocks);
        assert_eq!(LIMITS.blocks(1 << 30, stacks), (256 << 20) + (1 << 30));
    }

    #[test]
    fn the_users_limit_is_for_both() {
        let limits = Limits {
            user: Some(1000),
            room: 300,
        };
        assert_eq!(limits.stacks(u64::MAX, 400), 600);
        assert_eq!(limits.stacks(u64::MAX, 4000), 0);
        assert_eq!(limits.blocks(u64::MAX, 800), 200);
        assert_eq!(limits.blocks(u64::MAX, 100), 300);
        assert_eq!(limits.total(u64::MAX, 400), 1000);
    }
}
