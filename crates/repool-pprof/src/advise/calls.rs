use std::collections::HashMap;

use super::stacks::{Frame, Stack};

/// All stacks as a tree of calls, the outermost at its root. A node is a function that was called
/// from one and the same place: two stacks share a node as long as they have come the same way, and
/// the last that they share is that function in which their ways part.
pub(super) struct Calls {
    /// Each node's parent; the first has none.
    parents: Vec<u32>,
    /// The node of each stack's innermost function.
    leaves: Vec<u32>,
    /// How many functions are outside of each node's.
    depths: Vec<u32>,
}

const ROOT: u32 = 0;

impl Calls {
    pub(super) fn new(stacks: &[Stack]) -> Self {
        let mut calls = Self {
            parents: vec![ROOT],
            leaves: Vec::with_capacity(stacks.len()),
            depths: vec![0],
        };
        // By the node of the caller, the place there, and the function.
        let mut known: HashMap<(u32, Option<Frame>, u32), u32> = HashMap::new();
        for stack in stacks {
            let (mut node, mut from) = (ROOT, None);
            for (depth, frame) in stack.frames.iter().enumerate() {
                let next = calls.parents.len() as u32;
                let parent = node;
                node = *known.entry((node, from, frame.function)).or_insert(next);
                if node == next {
                    calls.parents.push(parent);
                    calls.depths.push(depth as u32);
                }
                from = Some(*frame);
            }
            calls.leaves.push(node);
        }
        calls
    }

    /// The node of a stack's innermost function.
    pub(super) fn leaf(&self, stack: usize) -> u32 {
        self.leaves[stack]
    }

    /// A node and those outside of it, the innermost first.
    pub(super) fn outwards(&self, node: u32) -> impl Iterator<Item = u32> {
        let parent = |node: &u32| Some(self.parents[*node as usize]);
        std::iter::successors(Some(node), parent).take_while(|node| *node != ROOT)
    }

    /// The place of a node's function in every stack through it.
    pub(super) fn depth(&self, node: u32) -> usize {
        self.depths[node as usize] as usize
    }
}
