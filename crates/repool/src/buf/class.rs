//! The size classes of [`BufPool`](super::BufPool): powers of two, each in four steps.
//!
//! ```text
//! class         0   1   2    3    4    5    6    7    8 …         80
//! capacity     64  80  96  112  128  160  192  224  256 …  64 << 20
//! ```
//!
//! A class is at most a quarter above the requested capacity. A class's number is computed from the
//! position of the highest bit and the two bits below it.

/// The number of classes.
pub(crate) const COUNT: usize = of_request(LARGEST) + 1;

/// Capacity of the first class, in bytes: a cache line.
pub(crate) const SMALLEST: usize = 64;

/// Capacity of the last class, in bytes.
pub(crate) const LARGEST: usize = 64 << 20;

/// Steps from one power of two to the next.
const STEPS: usize = 4;

/// The number of bits for a step.
const STEP_BITS: usize = STEPS.ilog2() as usize;

/// Position of the highest bit of the first class's capacity.
const FIRST_BIT: usize = SMALLEST.ilog2() as usize;

/// The position of the highest bit. The exclusive or is one instruction less than a subtraction.
#[inline(always)]
const fn highest_bit(n: usize) -> usize {
    ((usize::BITS - 1) ^ n.leading_zeros()) as usize
}

/// The first class whose buffers have room for `capacity` bytes; [`COUNT`] or more if none has.
#[inline(always)]
pub(crate) const fn of_request(capacity: usize) -> usize {
    // Minus one, so that a class's capacity is in that class, and one byte more in the next.
    let last = if capacity < SMALLEST {
        SMALLEST
    } else {
        capacity
    } - 1;
    let bit = highest_bit(last);
    STEPS * bit + (last >> (bit - STEP_BITS)) - (STEPS * FIRST_BIT + STEPS - 1)
}

/// The last class whose capacity is at most `capacity`; `None` if `capacity` is below the first or above the
/// last class.
pub(crate) const fn of_capacity(capacity: usize) -> Option<usize> {
    if capacity < SMALLEST || capacity > LARGEST {
        return None;
    }
    let bit = highest_bit(capacity);
    Some(STEPS * bit + (capacity >> (bit - STEP_BITS)) - (STEPS * FIRST_BIT + STEPS))
}

/// Capacity of a class's buffers, in bytes. It is one load from a table, because a get has computed only the
/// number of the class.
#[inline(always)]
pub(crate) const fn capacity(class: usize) -> usize {
    CAPACITIES[class] as usize
}

/// The capacity of each class, in bytes.
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
        assert_eq!((COUNT, all[COUNT - 1]), (81, LARGEST));
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// Every small size and those around every edge, against a search through all capacities.
    #[test]
    fn classes_agree_with_a_linear_search() {
        let edges = (0..COUNT).flat_map(|index| {
            let edge = capacity(index);
            [edge - 1, edge, edge + 1]
        });
        for size in (0..=5000).chain(edges) {
            let first = (0..COUNT).find(|&index| capacity(index) >= size);
            assert_eq!(of_request(size), first.unwrap_or(COUNT), "requested {size}");
            let last = (0..COUNT).rfind(|&index| capacity(index) <= size);
            let last = last.filter(|_| size <= LARGEST);
            assert_eq!(of_capacity(size), last, "of capacity {size}");
        }
    }

    #[test]
    fn nothing_overflows() {
        for bit in 0..usize::BITS {
            let size = 1usize << bit;
            for size in [size - 1, size, size + 1] {
                assert!(size <= LARGEST || of_request(size) >= COUNT, "{size}");
                assert!(size <= LARGEST || of_capacity(size).is_none(), "{size}");
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
