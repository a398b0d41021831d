//! Overwriting what nobody may read.

use core::mem::MaybeUninit;
use core::ptr;

/// A byte that no sound program mistakes for content: no letter, no small number, no zero.
const POISON: u8 = 0xA5;

/// Fills uninitialised places.
pub(crate) fn fill<T>(places: &mut [MaybeUninit<T>]) {
    // SAFETY: the slice is valid for writes, and any bytes are a `MaybeUninit`.
    unsafe { ptr::write_bytes(places.as_mut_ptr(), POISON, places.len()) };
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_filled() {
        let mut places = [MaybeUninit::new(0x0102_0304u32); 3];
        fill(&mut places[1..]);
        // SAFETY: every place was given a value, and any bytes are a `u32`.
        let values = places.map(|place| unsafe { place.assume_init() });
        assert_eq!(values, [0x0102_0304, 0xA5A5_A5A5, 0xA5A5_A5A5]);
    }
}
