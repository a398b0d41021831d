use std::hash::{BuildHasherDefault, Hasher};

/// Makes tables by frame quick: each time that a profile is written every frame of every stack is
/// looked up. Nobody outside of the program chooses its frames, so nothing need be hard to guess.
pub(super) type FrameHash = BuildHasherDefault<FrameHasher>;

#[derive(Clone, Copy, Default)]
pub(super) struct FrameHasher(u64);

impl Hasher for FrameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, frame: u64) {
        // The table reads the highest bits and the lowest; both halves of the product depend on
        // all bits of the frame only together.
        let product = u128::from(self.0 ^ frame) * 0x9E37_79B9_7F4A_7C15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
