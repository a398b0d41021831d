//! The growth of buffers, derived from the sizes of a site's blocks.

use std::collections::BTreeMap;

use super::site_stats::BlockCounts;

/// The final sizes of buffers, and the blocks that larger ones replaced.
///
/// Collections at least double their capacity. A grown block is therefore assumed to replace the
/// largest available block of at most half its size; if there is none, the largest smaller block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Growth {
    /// The number of objects with each final size.
    pub(super) final_sizes: BTreeMap<u64, f64>,
    /// The bytes of blocks that larger ones replaced.
    pub(super) replaced_bytes: f64,
}

impl Growth {
    /// Matches grown blocks with the blocks that they replaced.
    pub(super) fn of(sizes: &BTreeMap<u64, BlockCounts>) -> Self {
        let mut growth = Self::default();
        for (size, blocks) in sizes {
            growth.replace(size / 2, blocks.grown, *size);
            if blocks.fresh + blocks.grown > 0.0 {
                *growth.final_sizes.entry(*size).or_default() += blocks.fresh + blocks.grown;
            }
        }
        growth
    }

    /// Replaces `wanted` blocks of at most `half` bytes, or else of less than `size` bytes.
    fn replace(&mut self, half: u64, mut wanted: f64, size: u64) {
        for end in [half.saturating_add(1), size] {
            while wanted > 0.0 {
                let Some((before, count)) = self.final_sizes.range_mut(..end).next_back() else {
                    break;
                };
                let (before, taken) = (*before, count.min(wanted));
                *count -= taken;
                let is_used_up = *count <= 0.0;
                wanted -= taken;
                self.replaced_bytes += taken * before as f64;
                if is_used_up {
                    self.final_sizes.remove(&before);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(sizes: &[(u64, f64, f64)]) -> Growth {
        let size = |(size, fresh, grown): &(u64, f64, f64)| {
            let size_of = BlockCounts {
                fresh: *fresh,
                grown: *grown,
                ..BlockCounts::default()
            };
            (*size, size_of)
        };
        Growth::of(&sizes.iter().map(size).collect())
    }

    #[test]
    fn a_buffer_that_doubles_replaces_all_but_its_last_block() {
        let growth = growth(&[(8, 10.0, 0.0), (16, 0.0, 10.0), (32, 0.0, 4.0)]);
        assert_eq!(growth.final_sizes, BTreeMap::from([(16, 6.0), (32, 4.0)]));
        assert_eq!(growth.replaced_bytes, 10.0 * 8.0 + 4.0 * 16.0);
    }

    #[test]
    fn a_block_of_half_the_size_is_replaced_first() {
        // The eight blocks of 64 bytes grow to 200 bytes; those that begin with 150 bytes do not.
        let growth = growth(&[(64, 8.0, 0.0), (150, 5.0, 0.0), (200, 0.0, 8.0)]);
        assert_eq!(growth.final_sizes, BTreeMap::from([(150, 5.0), (200, 8.0)]));
    }

    #[test]
    fn growth_without_a_smaller_block_replaces_nothing() {
        let growth = growth(&[(16, 0.0, 3.0)]);
        assert_eq!(growth.final_sizes, BTreeMap::from([(16, 3.0)]));
        assert_eq!(growth.replaced_bytes, 0.0);
    }
}
