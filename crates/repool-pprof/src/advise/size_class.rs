//! The size classes of `repool::BufPool`, for an estimate of how many buffers it would hold.

/// The number of the size class of a buffer with this many bytes: four classes for each power of
/// two, from 64 bytes.
pub(super) fn of(size: u64) -> u32 {
    const FIRST: u64 = 64;
    let last = size.max(FIRST) - 1;
    let bit = last.ilog2();
    4 * bit + ((last >> (bit - 2)) & 3) as u32
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn four_classes_divide_each_power_of_two() {
        let same = |one, other| of(one) == of(other);
        assert!(same(0, 64) && !same(64, 65));
        assert!(same(65, 80) && !same(80, 81));
        assert!(same(113, 128) && !same(128, 129) && same(129, 160));
        assert!(same(u64::MAX, u64::MAX - 1));
    }
}
