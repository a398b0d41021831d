//! Size classes: powers of two, each in four steps.
//!
//! ```text
//! class         0   1   2    3    4    5    6    7    8 …         80
//! capacity     64  80  96  112  128  160  192  224  256 …  64 << 20
//! ```
//!
//! A class is at most a quarter above what was asked for. Both ways to a class are the position
//! of the highest bit and the two bits below it: no loop, no table.

/// How many classes there are.
pub(crate) const COUNT: usize = of_request(HEAVIEST) + 1;

/// Capacity of the first class, in bytes: a cache line.
pub(crate) const LIGHTEST: usize = 64;

/// Capacity of the last class, in bytes.
pub(crate) const HEAVIEST: usize = 64 << 20;

/// Steps from one power of two to the next.
const STEPS: usize = 4;

/// Highest bit of the first class's capacity.
const FIRST_BIT: usize = LIGHTEST.ilog2() as usize;

/// The position of the highest bit, in steps, and the steps above it: the class but for a
/// constant. `n` is 4 or more.
#[inline(always)]
const fn steps(n: usize) -> usize {
    let bit = n.ilog2() as usize;
    STEPS * bit + (n >> (bit - STEPS.ilog2() as usize))
}

/// The first class whose buffers have room for `len` bytes; [`COUNT`] or more when none has.
#[inline(always)]
pub(crate) const fn of_request(len: usize) -> usize {
    // One less, so that a capacity is in its own class and the next length in the class above.
    let last = if len < LIGHTEST { LIGHTEST } else { len } - 1;
    steps(last) - (STEPS * FIRST_BIT + STEPS - 1)
}

/// The last class whose capacity a buffer of this capacity has: of those that are
/// [kept](is_kept), a class below [`COUNT`]; of lighter ones, none below it.
#[inline(always)]
pub(crate) const fn of_capacity(capacity: usize) -> usize {
    // The bit makes less than 4 of no account, and is among those that are shifted out of a
    // capacity that has a class.
    steps(capacity | STEPS).wrapping_sub(STEPS * FIRST_BIT + STEPS)
}

/// Whether there is a class for buffers of this capacity. One comparison.
#[inline(always)]
pub(crate) const fn is_kept(capacity: usize) -> bool {
    capacity.wrapping_sub(LIGHTEST) <= HEAVIEST - LIGHTEST
}

/// Capacity of a class's buffers, in bytes.
pub(crate) const fn capacity(class: usize) -> usize {
    (STEPS + class % STEPS) << (class / STEPS + FIRST_BIT - STEPS.ilog2() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_rise_in_four_steps_to_a_power_of_two() {
        let all: Vec<usize> = (0..COUNT).map(capacity).collect();
        assert_eq!(all[..9], [64, 80, 96, 112, 128, 160, 192, 224, 256]);
        assert_eq!((COUNT, all[COUNT - 1]), (81, HEAVIEST));
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// Around every edge, against a search through all capacities.
    #[test]
    fn classes_are_those_that_a_search_finds() {
        let edges = (0..COUNT).flat_map(|class| {
            let edge = capacity(class);
            [edge - 1, edge, edge + 1]
        });
        for size in (0..=5000).chain(edges) {
            let first = (0..COUNT).find(|&class| capacity(class) >= size);
            assert_eq!(of_request(size), first.unwrap_or(COUNT), "asked for {size}");
            let last = (0..COUNT).rfind(|&class| capacity(class) <= size);
            let found = Some(of_capacity(size)).filter(|&class| class < COUNT);
            assert_eq!(found, last, "of capacity {size}");
            let kept = (LIGHTEST..=HEAVIEST).contains(&size);
            assert_eq!(is_kept(size), kept, "of capacity {size}");
        }
    }

    #[test]
    fn nothing_overflows() {
        for bit in 0..usize::BITS {
            let size = 1usize << bit;
            for size in [size - 1, size, size + 1] {
                assert!(size <= HEAVIEST || of_request(size) >= COUNT, "{size}");
                assert!(size >= LIGHTEST || of_capacity(size) >= COUNT, "{size}");
            }
        }
        assert!(of_request(usize::MAX) >= COUNT && of_capacity(usize::MAX) >= COUNT);
        assert!(!is_kept(0) && !is_kept(usize::MAX));
    }

    #[test]
    fn at_most_a_quarter_is_wasted() {
        for class in 1..COUNT {
            let least = capacity(class - 1) + 1;
            assert!(4 * (capacity(class) - least) < least, "class {class}");
        }
    }
}
