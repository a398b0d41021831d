//! The call tree of all stacks, in which `chains` looks for common callers.

use rustc_hash::FxHashMap;

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
        let mut known: FxHashMap<(u32, FrameKey, u32), u32> = FxHashMap::default();
        // The nodes of the stack before. In profiles, most stacks share their outer frames with it.
        let mut path: Vec<u32> = Vec::new();
        let mut before: &[FrameKey] = &[];
        for stack in stacks {
            let frames = &stack.frames;
            let pairs = frames.iter().zip(before);
            let shared = pairs.take_while(|(one, other)| one == other).count();
            path.truncate(shared);
            for depth in shared..frames.len() {
                let parent = path.last().copied().unwrap_or(ROOT);
                let from = depth.checked_sub(1).map_or(FrameKey::NONE, |at| frames[at]);
                let next = tree.parents.len() as u32;
                let key = (parent, from, frames[depth].function);
                let node = *known.entry(key).or_insert(next);
                if node == next {
                    tree.parents.push(parent);
                    tree.depths.push(depth as u32);
                }
                path.push(node);
            }
            before = frames;
            tree.leaves.push(path.last().copied().unwrap_or(ROOT));
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
