//! Stacks in little room: most instructions are the program's own and less than 2 GiB into it, so
//! that four bytes say which; the others take eight.

use crate::snapshot::Frame;
use crate::unwind::DEPTH;

/// Set in the first of two words.
const TWO: u32 = 1 << 31;

/// A stack's frames as the store keeps them.
pub(super) struct Code {
    words: [u32; 2 * DEPTH],
    length: usize,
}

impl Code {
    pub(super) fn new(frames: &[Frame]) -> Self {
        let mut code = Self {
            words: [0; 2 * DEPTH],
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

    fn push(&mut self, word: u32) {
        self.words[self.length] = word;
        self.length += 1;
    }

    pub(super) fn words(&self) -> &[u32] {
        &self.words[..self.length]
    }
}

/// The frames that were made into `words`.
pub(super) fn frames(words: impl IntoIterator<Item = u32>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let bits = if word & TWO == 0 {
            u64::from(word)
        } else {
            u64::from(word & !TWO) << 32 | u64::from(words.next().unwrap_or(0))
        };
        frames.push(Frame::from_bits(bits));
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

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
            Frame::new(Frame::NOWHERE - 1, 7),
            Frame::new(Frame::NOWHERE, 0x7fff_ffff_f000),
        ];
        let code = Code::new(&odd);
        assert_eq!(code.words().len(), 2 + 2 * 7);
        assert_eq!(frames(code.words().iter().copied()), odd);
        assert!(frames([]).is_empty());
    }

    #[test]
    fn the_deepest_stack_of_the_widest_frames_has_room() {
        let frames = [Frame::new(Frame::NOWHERE, u64::MAX); DEPTH];
        assert_eq!(Code::new(&frames).words().len(), 2 * DEPTH);
    }
}
