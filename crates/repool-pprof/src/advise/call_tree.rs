//! The nodes of the call tree of all stacks, in which `chains` looks for common callers.
//!
//! A node is a function with one call path: the frames outside of it, with their lines, and the function
//! without its line. Two stacks share the nodes of their common outer frames; the last shared node is
//! the innermost function that is common to both. A node is identified by a hash of its call path, so
//! that no tree has to be built.

use super::alloc_stacks::FrameKey;

/// Identifies a node. Different nodes have the same number with a probability of 2⁻⁶⁴, or in a profile
/// that was made so; [`is_shared`] decides.
pub(super) type NodeHash = u64;

/// Computes the nodes of stacks. Most stacks share their outer frames with the one before, whose hashes
/// are kept.
#[derive(Default)]
pub(super) struct CallPathHasher {
    frames: Vec<FrameKey>,
    /// The hash of the frames outside of each frame.
    outer: Vec<u64>,
    nodes: Vec<NodeHash>,
}

impl CallPathHasher {
    /// The nodes of a stack, whose frames are given from the outermost to the innermost.
    pub(super) fn nodes(&mut self, frames: &[FrameKey]) -> &[NodeHash] {
        let pairs = frames.iter().zip(&self.frames);
        let shared = pairs.take_while(|(one, other)| one == other).count();
        self.frames.truncate(shared);
        self.outer.truncate(shared);
        self.nodes.truncate(shared);
        for frame in &frames[shared..] {
            let before = self.frames.last().zip(self.outer.last());
            let outer = before.map_or(0, |(frame, outer)| mix(outer ^ mix(frame.bits())));
            self.nodes
                .push(mix(outer ^ mix(!u64::from(frame.function))));
            self.outer.push(outer);
            self.frames.push(*frame);
        }
        &self.nodes
    }
}

/// Whether two stacks share their nodes up to this depth.
pub(super) fn is_shared(one: &[FrameKey], other: &[FrameKey], depth: usize) -> bool {
    let function = |frames: &[FrameKey]| frames.get(depth).map(|frame| frame.function);
    function(one).is_some()
        && function(one) == function(other)
        && one.get(..depth) == other.get(..depth)
}

/// Mixes the bits of a number: the finalizer of splitmix64 (Steele, Lea and Flood, 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(calls: &[(u32, i64)]) -> Vec<FrameKey> {
        let frame = |(function, line): &(u32, i64)| FrameKey::new(*function, *line, 0);
        calls.iter().map(frame).collect()
    }

    #[test]
    fn stacks_share_the_nodes_of_their_common_outer_frames() {
        let stacks = [
            frames(&[(0, 1), (1, 2), (2, 3)]),
            frames(&[(0, 1), (1, 5), (2, 3)]),
            frames(&[(0, 2), (1, 2), (2, 3)]),
            frames(&[(0, 1), (1, 2), (2, 3), (0, 1)]),
        ];
        let mut hasher = CallPathHasher::default();
        let nodes: Vec<Vec<u64>> = stacks
            .iter()
            .map(|frames| hasher.nodes(frames).to_vec())
            .collect();
        for (a, one) in nodes.iter().enumerate() {
            for (b, other) in nodes.iter().enumerate() {
                for depth in 0..3 {
                    let is_equal = one[depth] == other[depth];
                    assert_eq!(
                        is_shared(&stacks[a], &stacks[b], depth),
                        is_equal,
                        "{a} {b} {depth}"
                    );
                }
            }
        }
        // The line of a node's own frame is not part of it, but that of its caller is.
        assert_eq!(nodes[0][..2], nodes[1][..2]);
        assert_ne!(nodes[0][2], nodes[1][2]);
        assert_eq!(nodes[0][0], nodes[2][0]);
        assert_ne!(nodes[0][1], nodes[2][1]);
        assert_eq!(nodes[0], nodes[3][..3]);
        assert!(!is_shared(&stacks[0], &stacks[3], 3));
    }
}
