//! Buffers of many sizes, one in use at a time, with a write to the first and the last byte.

use std::hint::black_box;
use std::sync::LazyLock;

use super::on_cpus;
use crate::rival::SizedRival;

/// The smallest and the largest size, in bytes.
pub const SIZES: [usize; 2] = [256, 1 << 20];

/// The number of sizes: more than a branch predictor remembers. They take 16 KiB, half of an L1 cache.
const TURNS: usize = 4096;

/// Random sizes whose logarithms are evenly distributed; the same sequence for every rival.
static MIXED: LazyLock<[u32; TURNS]> = LazyLock::new(|| {
    // SplitMix64.
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / 2_f64.powi(64)
    };
    let [least, most] = SIZES.map(|size| (size as f64).log2());
    [(); TURNS].map(|()| (least + (most - least) * random()).exp2() as u32)
});

#[inline(never)]
fn work<R: SizedRival>(sizes: &[u32; TURNS], pairs: u64) {
    for turn in 0..pairs as usize {
        let size = sizes[turn % TURNS] as usize;
        let mut held = R::get(size);
        let bytes = R::bytes(&mut held);
        // SAFETY: a held buffer has room for `size` bytes, which is not zero.
        unsafe {
            bytes.write(1);
            bytes.add(size - 1).write(1);
        }
        black_box(bytes);
        R::put(held);
    }
}

/// Nanoseconds per buffer on `threads` threads, of one size, or of all sizes for `None`.
pub fn buffers<R: SizedRival>(size: Option<usize>, threads: usize, pairs: u64) -> f64 {
    let sizes = match size {
        Some(size) => [size as u32; TURNS],
        None => *MIXED,
    };
    on_cpus(threads, pairs, |pairs| work::<R>(&sizes, pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_spread_over_every_doubling() {
        let [least, most] = SIZES.map(|size| size as u32);
        assert!(MIXED.iter().all(|size| (least..=most).contains(size)));
        let doublings = most.ilog2() - least.ilog2();
        for bit in least.ilog2()..most.ilog2() {
            let here = MIXED.iter().filter(|size| size.ilog2() == bit).count();
            assert!(here > TURNS / doublings as usize / 2, "{here} at 2^{bit}");
        }
    }
}
