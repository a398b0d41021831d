//! Size classes: powers of two, each in four steps.
//!
//! ```text
//! class         0   1   2    3    4    5    6    7    8 …         80
//! capacity     64  80  96  112  128  160  192  224  256 …  64 << 20
//! ```
//!
//! A class is at most a quarter above what was asked for. Both ways to a class are the position
//! of the highest bit and the two bits below it.

/// How many classes there are.
pub(crate) const COUNT: usize = of_request(HEAVIEST) + 1;

/// Capacity of the first class, in bytes: a cache line.
pub(crate) const LIGHTEST: usize = 64;

/// Capacity of the last class, in bytes.
pub(crate) const HEAVIEST: usize = 64 << 20;

/// Steps from one power of two to the next.
const STEPS: usize = 4;

/// How many bits those are.
const STEP_BITS: usize = STEPS.ilog2() as usize;

/// Position of the highest bit of the first class's capacity.
const FIRST_BIT: usize = LIGHTEST.ilog2() as usize;

/// The position of the highest bit. As an exclusive or, which is one instruction less.
#[inline(always)]
const fn highest_bit(n: usize) -> usize {
    ((usize::BITS - 1) ^ n.leading_zeros()) as usize
}

/// The first class whose buffers have room for `len` bytes; [`COUNT`] or more if none has.
#[inline(always)]
pub(crate) const fn of_request(len: usize) -> usize {
    // One less, so that a capacity is in its own class and the next length in the class above.
    let last = if len < LIGHTEST { LIGHTEST } else { len } - 1;
    let bit = highest_bit(last);
    STEPS * bit + (last >> (bit - STEP_BITS)) - (STEPS * FIRST_BIT + STEPS - 1)
}

/// The last class whose capacity a buffer of this capacity has; `None` if it is lighter than the
/// first or heavier than the last.
pub(crate) const fn of_capacity(capacity: usize) -> Option<usize> {
    if capacity < LIGHTEST || capacity > HEAVIEST {
        return None;
    }
    let bit = highest_bit(capacity);
    Some(STEPS * bit + (capacity >> (bit - STEP_BITS)) - (STEPS * FIRST_BIT + STEPS))
}

/// Capacity of a class's buffers, in bytes. One load: what is known of a class in a get is its
/// number.
#[inline(always)]
pub(crate) const fn capacity(class: usize) -> usize {
    CAPACITIES[class] as usize
}

static CAPACITIES: [u32; COUNT] = {
    let mut all = [0; COUNT];
    let mut class = 0;
    while class < COUNT {
        let step = STEPS + class % STEPS;
        all[class] = (step << (class / STEPS + FIRST_BIT - STEP_BITS)) as u32;
        class += 1;
    }
    all
};

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

    /// Every small size and those around every edge, against a search through all capacities.
    #[test]
    fn classes_are_those_that_a_search_finds() {
        let edges = (0..COUNT).flat_map(|index| {
            let edge = capacity(index);
            [edge - 1, edge, edge + 1]
        });
        for size in (0..=5000).chain(edges) {
            let first = (0..COUNT).find(|&index| capacity(index) >= size);
            assert_eq!(of_request(size), first.unwrap_or(COUNT), "asked for {size}");
            let last = (0..COUNT).rfind(|&index| capacity(index) <= size);
            let last = last.filter(|_| size <= HEAVIEST);
            assert_eq!(of_capacity(size), last, "of capacity {size}");
        }
    }

    #[test]
    fn nothing_overflows() {
        for bit in 0..usize::BITS {
            let size = 1usize << bit;
            for size in [size - 1, size, size + 1] {
                assert!(size <= HEAVIEST || of_request(size) >= COUNT, "{size}");
                assert!(size <= HEAVIEST || of_capacity(size).is_none(), "{size}");
            }
        }
        assert!(of_request(usize::MAX) >= COUNT && of_capacity(usize::MAX).is_none());
    }

    #[test]
    fn at_most_a_quarter_is_wasted() {
        for index in 1..COUNT {
            let least = capacity(index - 1) + 1;
            assert!(4 * (capacity(index) - least) < least, "class {index}");
        }
    }
}
