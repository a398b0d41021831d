use std::collections::BTreeMap;

use super::figures::Size;

/// How buffers grew, as far as their sizes tell.
///
/// Collections at least double when they grow. So a block that grew is taken to have been the
/// largest that is there of half its size or less, and else the largest that is smaller.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Growth {
    /// How many objects ended with each size.
    pub(super) last: BTreeMap<u64, f64>,
    /// The bytes of blocks that grew into others.
    pub(super) left_behind: f64,
}

impl Growth {
    pub(super) fn of(sizes: &BTreeMap<u64, Size>) -> Self {
        let mut growth = Self::default();
        for (size, blocks) in sizes {
            growth.take(size / 2, blocks.grown, *size);
            if blocks.fresh + blocks.grown > 0.0 {
                *growth.last.entry(*size).or_default() += blocks.fresh + blocks.grown;
            }
        }
        growth
    }

    /// So many blocks of at most `half`, or else of less than `size`, are left behind.
    fn take(&mut self, half: u64, mut wanted: f64, size: u64) {
        for end in [half.saturating_add(1), size] {
            while wanted > 0.0 {
                let Some((before, count)) = self.last.range_mut(..end).next_back() else {
                    break;
                };
                let (before, taken) = (*before, count.min(wanted));
                *count -= taken;
                let is_used_up = *count <= 0.0;
                wanted -= taken;
                self.left_behind += taken * before as f64;
                if is_used_up {
                    self.last.remove(&before);
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
            let size_of = Size {
                fresh: *fresh,
                grown: *grown,
            };
            (*size, size_of)
        };
        Growth::of(&sizes.iter().map(size).collect())
    }

    #[test]
    fn a_buffer_that_doubles_leaves_all_but_its_last_block() {
        let growth = growth(&[(8, 10.0, 0.0), (16, 0.0, 10.0), (32, 0.0, 4.0)]);
        assert_eq!(growth.last, BTreeMap::from([(16, 6.0), (32, 4.0)]));
        assert_eq!(growth.left_behind, 10.0 * 8.0 + 4.0 * 16.0);
    }

    #[test]
    fn one_that_begins_later_is_met_by_its_double() {
        // Eight of 64 grow to 200; those that begin with 150 do not.
        let growth = growth(&[(64, 8.0, 0.0), (150, 5.0, 0.0), (200, 0.0, 8.0)]);
        assert_eq!(growth.last, BTreeMap::from([(150, 5.0), (200, 8.0)]));
    }

    #[test]
    fn what_was_never_begun_leaves_nothing() {
        let growth = growth(&[(16, 0.0, 3.0)]);
        assert_eq!(growth.last, BTreeMap::from([(16, 3.0)]));
        assert_eq!(growth.left_behind, 0.0);
    }
}
