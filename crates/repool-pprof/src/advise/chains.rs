//! Links the stacks at which blocks of the same objects are allocated: a buffer's first block, and
//! the larger blocks that replace it.
//!
//! A profile says at which stacks the first blocks of what grew were allocated, as far as these were
//! sampled. For others the functions that allocate and grow a buffer have it from a common caller,
//! which holds it: stacks are linked at the innermost function that is common to both (`call_tree`).

use rustc_hash::FxHashMap;

use super::alloc_stacks::{AllocStack, FrameKey, SizedBlocks};
use super::call_tree::{CallPathHasher, NodeHash, is_shared};

/// Stacks at which the same objects are allocated: a single stack, or one where objects are
/// allocated and those where they grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// The indices of the stacks.
    pub(super) stacks: Vec<usize>,
    /// The index of the stack with the most first blocks.
    pub(super) first: usize,
    /// The index, in the frames of each of the stacks, of the innermost function that is common to
    /// all.
    pub(super) depth: usize,
}

/// The most calls between the function that holds a buffer and the one that allocates it.
const MAX_CALLS_BELOW: usize = 4;

/// The most stacks that are tried at a function, to bound the time for hostile profiles.
const MAX_TRIED: usize = 32;

/// A stack, as seen from one of its functions.
#[derive(Clone, Copy)]
struct Origin {
    /// The index of the stack. It may have no first blocks, but only those that grew.
    stack: usize,
    /// The number of calls from the function to the allocating one.
    calls_below: usize,
}

/// The stacks of each node that a grown stack has.
type Origins = FxHashMap<NodeHash, Vec<Origin>>;

/// Links stacks to chains. Every stack is in exactly one chain.
pub(super) fn chains(stacks: &[AllocStack]) -> Vec<Chain> {
    let origins = origins(stacks);
    let mut sets = DisjointSets::new(stacks);
    let mut hasher = CallPathHasher::default();
    for (index, stack) in stacks.iter().enumerate() {
        let mut is_known = false;
        for origin in &stack.origins {
            let frames = (&stack.frames, &stacks[*origin].frames);
            if let Some(depth) = common_depth(frames.0, frames.1) {
                sets.join(index, *origin, depth);
                is_known = true;
            }
        }
        if stack.grown() > 0.0 && !is_known {
            let nodes = hasher.nodes(&stack.frames);
            GrownStack::new(stacks, index).link(nodes, &origins, &mut sets);
        }
    }
    sets.into_chains(stacks)
}

/// The depth of the innermost function that is common to two stacks.
fn common_depth(one: &[FrameKey], other: &[FrameKey]) -> Option<usize> {
    let pairs = one.iter().zip(other);
    let same = pairs.take_while(|(one, other)| one == other).count();
    let last = (one.len().min(other.len()) > same && one[same].function == other[same].function)
        .then_some(same);
    last.or(same.checked_sub(1))
}

/// For each node of a stack that grew: its stacks, those with the fewest calls below first, then those
/// with the most first blocks.
fn origins(stacks: &[AllocStack]) -> Origins {
    let mut all = Origins::default();
    let mut hasher = CallPathHasher::default();
    for stack in stacks.iter().filter(|stack| stack.grown() > 0.0) {
        for node in hasher.nodes(&stack.frames) {
            all.entry(*node).or_default();
        }
    }
    if all.is_empty() {
        return all;
    }
    let fresh: Vec<f64> = stacks.iter().map(AllocStack::fresh).collect();
    for (stack, frames) in stacks.iter().map(|stack| &stack.frames).enumerate() {
        let nodes = hasher.nodes(frames).iter().rev();
        for (calls_below, node) in nodes.take(MAX_CALLS_BELOW + 1).enumerate() {
            if let Some(found) = all.get_mut(node) {
                found.push(Origin { stack, calls_below });
            }
        }
    }
    for found in all.values_mut() {
        found.sort_by(|a, b| {
            let by_objects = fresh[b.stack].total_cmp(&fresh[a.stack]);
            a.calls_below.cmp(&b.calls_below).then(by_objects)
        });
        found.truncate(MAX_TRIED);
    }
    all
}

/// A stack at which blocks grew, which must be linked to stacks with first blocks.
struct GrownStack<'a> {
    stacks: &'a [AllocStack],
    /// The index of the stack.
    index: usize,
    /// The least number of objects: each object has each size once at most.
    objects: f64,
    /// The smallest size that blocks grew to.
    least: u64,
    /// The largest size that blocks grew to.
    greatest: u64,
}

impl<'a> GrownStack<'a> {
    /// The least first blocks of a linked stack, as a fraction of the objects that need one.
    const ENOUGH: f64 = 0.25;
    /// Growth of a smaller fraction of objects does not link stacks of different functions.
    const RARE: f64 = 0.01;

    /// The stack with this index, at which blocks grew.
    fn new(stacks: &'a [AllocStack], index: usize) -> Self {
        let sizes = &stacks[index].sizes;
        let grown = || sizes.iter().filter(|size| size.grown > 0.0);
        Self {
            stacks,
            index,
            objects: grown().map(|size| size.grown).fold(0.0, f64::max),
            least: grown().map(|size| size.size).min().unwrap_or(0),
            greatest: grown().map(|size| size.size).max().unwrap_or(0),
        }
    }

    /// Links stacks with first blocks, from the innermost common function outwards, until there are
    /// as many first blocks as objects. Links no stack if none is plausible: the buffers may be
    /// older than the profile, or their small first blocks may not have been sampled.
    fn link(&self, nodes: &[NodeHash], all: &Origins, sets: &mut DisjointSets) {
        let mut missing = self.objects;
        let tolerance = self.objects * (0.1 + relative_error(self.samples())).min(0.5);
        let mut tried = 0;
        // The first stack whose blocks are too large to double to this stack's.
        let mut fallback = None;
        for (depth, node) in nodes.iter().enumerate().rev() {
            let Some(found) = all.get(node).filter(|found| !found.is_empty()) else {
                continue;
            };
            let mut found = found.clone();
            found.sort_by_cached_key(|origin| self.distance(origin, depth));
            for origin in found {
                tried += 1;
                if tried > 2 * MAX_TRIED {
                    break;
                }
                let stack = &self.stacks[origin.stack];
                let is_self = origin.stack == self.index;
                if !is_shared(&self.stacks[self.index].frames, &stack.frames, depth) {
                    continue;
                }
                let fresh = stack.fresh();
                if fresh == 0.0 {
                    // An earlier growth of the same objects has first blocks of its own.
                    let is_same = has_same_alignment(&self.stacks[self.index], stack);
                    if !is_self && is_same && self.doubles(stack) {
                        sets.join(self.index, origin.stack, depth);
                        return;
                    }
                    continue;
                }
                let at_most = fresh * (1.0 + relative_error(stack.samples()));
                let moves_out = origin.calls_below > 0;
                if !is_self
                    && (!has_same_alignment(&self.stacks[self.index], stack)
                        || at_most < Self::ENOUGH * missing
                        || moves_out && self.objects < Self::RARE * fresh)
                {
                    continue;
                }
                if !is_self && !self.may_double(stack) {
                    fallback = fallback.or(Some((origin.stack, depth)));
                    continue;
                }
                sets.join(self.index, origin.stack, depth);
                missing -= at_most;
                if missing <= tolerance {
                    return;
                }
            }
        }
        // Some growth, as that of `reserve_exact`, does not double.
        if missing == self.objects
            && let Some((stack, depth)) = fallback
        {
            sets.join(self.index, stack, depth);
        }
    }

    /// The blocks of this stack that grew.
    fn grown(&self) -> impl Iterator<Item = &SizedBlocks> {
        let sizes = self.stacks[self.index].sizes.iter();
        sizes.filter(|size| size.grown > 0.0)
    }

    /// The blocks of this stack that grew to a size with this property.
    fn grown_to(&self, is: impl Fn(u64) -> bool) -> f64 {
        let sizes = self.grown().filter(|size| is(size.size));
        sizes.map(|size| size.grown).sum()
    }

    /// Whether blocks of this stack may have doubled from the first blocks of another: the median of the
    /// smallest first blocks, as many as grew, is at most half of the median of those that grew.
    fn may_double(&self, stack: &AllocStack) -> bool {
        let grown = || self.grown().map(|size| (size.size, size.grown));
        let fresh = || stack.sizes.iter().map(|size| (size.size, size.fresh()));
        let count: f64 = grown().map(|(_, count)| count).sum();
        let all: f64 = fresh().map(|(_, count)| count).sum();
        size_at(fresh(), 0.5 * count.min(all)) <= size_at(grown(), 0.5 * count) / 2
    }

    /// Whether most blocks of this stack have twice the size of blocks of another, which begins with
    /// smaller ones. Two stacks are never each the other's beginning.
    fn doubles(&self, stack: &AllocStack) -> bool {
        /// The smallest size whose double tells anything.
        const LEAST: u64 = 8;
        let has_half = |size: u64| {
            let mut sizes = stack.sizes.iter();
            size >= 2 * LEAST && size.is_multiple_of(2) && sizes.any(|half| half.size == size / 2)
        };
        let least = stack.sizes.iter().map(|size| size.size).min();
        least.is_some_and(|least| least < self.least)
            && self.grown_to(has_half) >= 0.5 * self.grown_to(|_| true)
    }

    /// The number of sampled blocks of this stack.
    fn samples(&self) -> u64 {
        self.stacks[self.index].samples()
    }

    /// The order in which stacks are tried at a function: this stack itself; stacks with blocks of
    /// half the size, or of a quarter, eighth or sixteenth; those that allocate with fewer calls
    /// below the function; those with smaller blocks; and those of the nearest line before.
    fn distance(&self, origin: &Origin, depth: usize) -> impl Ord + use<> {
        let stack = &self.stacks[origin.stack];
        let fresh = || stack.sizes.iter().filter(|size| size.fresh() > 0.0);
        let doubles = fresh().any(|size| {
            let halves = (1..=4).map(|times| self.least >> times);
            size.size >= 8 && halves.into_iter().any(|half| half == size.size)
        });
        let doubles = doubles || stack.fresh() == 0.0 && self.doubles(stack);
        let smaller = fresh().any(|size| size.size < self.greatest);
        let line = |stack: &AllocStack| {
            let frame = stack.frames.get(depth);
            frame.map_or(0, |frame| i64::from(frame.line()))
        };
        let ahead = line(&self.stacks[self.index]) - line(stack);
        (
            origin.stack != self.index,
            !doubles,
            origin.calls_below,
            !smaller,
            ahead < 0,
            ahead.unsigned_abs(),
        )
    }
}

/// The size below which this many blocks are, and no more, of blocks with their sizes and numbers.
fn size_at(blocks: impl Iterator<Item = (u64, f64)>, number: f64) -> u64 {
    let mut sizes: Vec<(u64, f64)> = blocks.collect();
    sizes.sort_unstable_by_key(|(size, _)| *size);
    let mut below = 0.0;
    let found = sizes.iter().find(|(_, count)| {
        below += count;
        below >= number
    });
    found.or(sizes.last()).map_or(0, |(size, _)| *size)
}

/// Whether two stacks may allocate blocks of the same objects: a resize keeps the alignment.
fn has_same_alignment(one: &AllocStack, other: &AllocStack) -> bool {
    let both = one.alignment().zip(other.alignment());
    both.is_none_or(|(one, other)| one == other)
}

/// Twice the relative standard error of an estimate from this many samples.
fn relative_error(samples: u64) -> f64 {
    2.0 / (samples.max(1) as f64).sqrt()
}

/// The sets of linked stacks, as a union-find structure.
struct DisjointSets {
    /// For each stack, another stack of its set, or itself if it is the root of its set.
    parents: Vec<usize>,
    /// For each root, the depth of the innermost function that is common to all stacks of its set.
    depths: Vec<usize>,
}

impl DisjointSets {
    /// One set for each stack.
    fn new(stacks: &[AllocStack]) -> Self {
        Self {
            parents: (0..stacks.len()).collect(),
            depths: stacks
                .iter()
                .map(|stack| stack.frames.len().saturating_sub(1))
                .collect(),
        }
    }

    /// The root of a stack's set.
    fn root(&mut self, stack: usize) -> usize {
        let mut at = stack;
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// Merges the sets of two stacks, whose innermost common function is at `depth`.
    fn join(&mut self, one: usize, other: usize, depth: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.depths[one] = depth.min(self.depths[one]).min(self.depths[other]);
        self.parents[other] = one;
    }

    /// The sets as chains, in the order of their first stacks.
    fn into_chains(mut self, stacks: &[AllocStack]) -> Vec<Chain> {
        let mut chains: Vec<Chain> = Vec::new();
        let mut indices = FxHashMap::default();
        for stack in 0..stacks.len() {
            let root = self.root(stack);
            let index = *indices.entry(root).or_insert_with(|| {
                chains.push(Chain {
                    stacks: Vec::new(),
                    first: stack,
                    depth: self.depths[root],
                });
                chains.len() - 1
            });
            let chain = &mut chains[index];
            chain.stacks.push(stack);
            if stacks[stack].fresh() > stacks[chain.first].fresh() {
                chain.first = stack;
            }
        }
        chains
    }
}
