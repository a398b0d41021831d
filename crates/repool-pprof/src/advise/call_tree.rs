//! The call tree of all stacks, in which `chains` looks for common callers.

use std::collections::HashMap;

use super::alloc_stacks::{AllocStack, FrameKey};

/// All stacks as a tree, with the outermost functions at the root. A node is a function with one
/// call path. Two stacks share the nodes of their common outer frames; the last shared node is the
/// innermost function that is common to both.
pub(super) struct CallTree {
    /// The parent of each node; the root is its own parent.
    parents: Vec<u32>,
    /// The node of each stack's innermost function.
    leaves: Vec<u32>,
    /// The number of frames outside of each node.
    depths: Vec<u32>,
}

/// The node outside of all stacks.
const ROOT: u32 = 0;

impl CallTree {
    /// The call tree of these stacks.
    pub(super) fn new(stacks: &[AllocStack]) -> Self {
        let mut tree = Self {
            parents: vec![ROOT],
            leaves: Vec::with_capacity(stacks.len()),
            depths: vec![0],
        };
        // The node of each function, by the caller's node, the caller's frame and the function.
        let mut known: HashMap<(u32, Option<FrameKey>, u32), u32> = HashMap::new();
        for stack in stacks {
            let (mut node, mut from) = (ROOT, None);
            for (depth, frame) in stack.frames.iter().enumerate() {
                let next = tree.parents.len() as u32;
                let parent = node;
                node = *known.entry((node, from, frame.function)).or_insert(next);
                if node == next {
                    tree.parents.push(parent);
                    tree.depths.push(depth as u32);
                }
                from = Some(*frame);
            }
            tree.leaves.push(node);
        }
        tree
    }

    /// The node of a stack's innermost function.
    pub(super) fn leaf(&self, stack: usize) -> u32 {
        self.leaves[stack]
    }

    /// A node and its ancestors without the root, the innermost first.
    pub(super) fn outwards(&self, node: u32) -> impl Iterator<Item = u32> {
        let parent = |node: &u32| Some(self.parents[*node as usize]);
        std::iter::successors(Some(node), parent).take_while(|node| *node != ROOT)
    }

    /// The index of a node's frame in every stack that contains it.
    pub(super) fn depth(&self, node: u32) -> usize {
        self.depths[node as usize] as usize
    }
}
