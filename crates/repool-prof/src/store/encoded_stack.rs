//! The compact form of a stack in the store: four bytes for a frame in the program's first 2 GiB,
//! which most are, and eight for every other.

use crate::snapshot::Frame;
use crate::unwind::DEPTH;

/// Set in the first half of a frame that takes two halves.
const TWO: u32 = 1 << 31;

/// The encoded frames of a stack: a sequence of half words, the lower half of each word first.
pub(super) struct EncodedStack {
    words: [u64; DEPTH],
    /// How many halves are in use.
    length: usize,
}

impl EncodedStack {
    pub(super) fn new(frames: &[Frame]) -> Self {
        let mut code = Self {
            words: [0; DEPTH],
            length: 0,
        };
        for frame in frames.iter().take(DEPTH) {
            let bits = frame.to_bits();
            if bits >= u64::from(TWO) {
                code.push((bits >> 32) as u32 | TWO);
            }
            code.push(bits as u32);
        }
        code
    }

    #[inline]
    fn push(&mut self, half: u32) {
        self.words[self.length / 2] |= u64::from(half) << (self.length % 2 * 32);
        self.length += 1;
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words[..self.length.div_ceil(2)]
    }

    /// How many halves are in use.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// FxHash over the words, followed by a mixer, so that all bits of the last word count too.
    pub(super) fn hash(&self) -> u64 {
        let step = |hash: u64, word: &u64| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
        };
        crate::sampler::mix(self.words().iter().fold(self.length as u64, step))
    }
}

/// Decodes the frames of `words`, of which `length` halves are in use.
pub(super) fn frames(words: impl Iterator<Item = u64>, length: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut halves = words
        .flat_map(|word| [word as u32, (word >> 32) as u32])
        .take(length);
    while let Some(half) = halves.next() {
        let bits = if half & TWO == 0 {
            u64::from(half)
        } else {
            u64::from(half & !TWO) << 32 | u64::from(halves.next().unwrap_or(0))
        };
        frames.push(Frame::from_bits(bits));
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(code: &EncodedStack) -> Vec<Frame> {
        frames(code.words().iter().copied(), code.length())
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let odd = [
            Frame::new(0, 0),
            Frame::new(0, u64::from(TWO) - 1),
            Frame::new(0, u64::from(TWO)),
            Frame::new(0, u64::from(u32::MAX)),
            Frame::new(0, (1 << 48) - 1),
            Frame::new(1, 0),
            Frame::new(1, 0x8000_0000),
            Frame::new(Frame::NO_MODULE - 1, 7),
            Frame::new(Frame::NO_MODULE, 0x7fff_ffff_f000),
        ];
        for count in 0..=odd.len() {
            assert_eq!(decoded(&EncodedStack::new(&odd[..count])), odd[..count]);
        }
        assert_eq!(EncodedStack::new(&odd).length(), 2 + 2 * 7);
    }

    #[test]
    fn the_deepest_stack_of_the_widest_frames_has_room() {
        let frames = [Frame::new(Frame::NO_MODULE, u64::MAX); DEPTH];
        let code = EncodedStack::new(&frames);
        assert_eq!(code.length(), 2 * DEPTH);
        assert_eq!(decoded(&code), frames);
    }

    #[test]
    fn stacks_that_differ_in_a_frame_differ_in_their_hash() {
        let stacks = (0..10_000).map(|number| [Frame::new(0, 5), Frame::new(0, number)]);
        let hashes: std::collections::HashSet<u64> = stacks
            .map(|frames| EncodedStack::new(&frames).hash() % (1 << 32))
            .collect();
        assert!(hashes.len() > 9_990);
    }
}
