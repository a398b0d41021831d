//! Overwrites spare capacity in debug builds with `REPOOL_DEBUG=poison` (`debug.rs`), so that code that reads
//! old content fails.

use core::mem::MaybeUninit;
use core::ptr;

/// The byte that is written: it is no letter, no small number and not zero, so that it is easy to recognise.
const POISON: u8 = 0xA5;

/// Fills uninitialised memory with the byte.
pub(crate) fn fill<T>(memory: &mut [MaybeUninit<T>]) {
    // SAFETY: the slice is valid for writes, and any bytes are a `MaybeUninit`.
    unsafe { ptr::write_bytes(memory.as_mut_ptr(), POISON, memory.len()) };
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_filled() {
        let mut memory = [MaybeUninit::new(0x0102_0304u32); 3];
        fill(&mut memory[1..]);
        // SAFETY: every element was given a value, and any bytes are a `u32`.
        let values = memory.map(|element| unsafe { element.assume_init() });
        assert_eq!(values, [0x0102_0304, 0xA5A5_A5A5, 0xA5A5_A5A5]);
    }
}
