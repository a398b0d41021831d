//! The hash function of the symbols' table.

use std::hash::{BuildHasherDefault, Hasher};

/// A fast hash for tables by frame: each profile that is written looks up every frame of every
/// stack. It need not resist chosen keys, because frames do not come from input.
pub(super) type FrameHash = BuildHasherDefault<FrameHasher>;

/// Multiplies the frame to 128 bits and folds the halves.
#[derive(Clone, Copy, Default)]
pub(super) struct FrameHasher(u64);

impl Hasher for FrameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, frame: u64) {
        // The hash table uses the highest and the lowest bits. Each half of the product depends only
        // on a part of the frame's bits; both together depend on all.
        let product = u128::from(self.0 ^ frame) * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
