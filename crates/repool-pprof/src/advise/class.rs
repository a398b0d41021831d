/// The size class of `repool::BufPool` that a buffer of so many bytes is from, as far as that
/// matters here: four classes for each power of two, from 64 bytes on.
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
    fn a_class_is_what_fits_into_the_same_buffer() {
        let same = |one, other| of(one) == of(other);
        assert!(same(0, 64) && !same(64, 65));
        assert!(same(65, 80) && !same(80, 81));
        assert!(same(113, 128) && !same(128, 129) && same(129, 160));
        assert!(same(u64::MAX, u64::MAX - 1));
    }
}
