//! Puts together what is one object: a buffer that several functions grow.
//!
//! A profile has a stack for the block that a buffer begins with, and others for those that it
//! grows into. Which of them are the same buffer's it does not say. But whoever grows a buffer has
//! it from somewhere: their ways part in the function that holds it.

use std::collections::HashMap;

use super::calls::Calls;
use super::stacks::Stack;

/// Stacks at which the same objects are allocated: one, or that where they begin and those where
/// they grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Places of stacks.
    pub(super) stacks: Vec<usize>,
    /// The one where most of the objects begin.
    pub(super) first: usize,
    /// The place, in each of the stacks, of the innermost function that is common to all.
    pub(super) depth: usize,
}

/// A buffer is made at most so many calls further in than where it is held.
const MOST_BEYOND: usize = 4;

/// No more stacks are tried at a function; made-up profiles have any number.
const MOST_TRIED: usize = 32;

/// A beginning: a stack with fresh blocks, seen from a function that it came through.
#[derive(Clone, Copy)]
struct Beginning {
    stack: usize,
    /// How many calls further in it is.
    beyond: usize,
}

/// Every stack is in exactly one chain.
pub(super) fn chains(stacks: &[Stack]) -> Vec<Chain> {
    let calls = Calls::new(stacks);
    let beginnings = beginnings(stacks, &calls);
    let mut sets = Sets::new(stacks, &calls);
    for (number, stack) in stacks.iter().enumerate() {
        if stack.grown() > 0.0 {
            Growth::new(stacks, number).link(&calls, &beginnings, &mut sets);
        }
    }
    sets.into_chains(stacks)
}

/// By node, the nearest first.
fn beginnings(stacks: &[Stack], calls: &Calls) -> HashMap<u32, Vec<Beginning>> {
    let fresh: Vec<f64> = stacks.iter().map(Stack::fresh).collect();
    let mut all: HashMap<u32, Vec<Beginning>> = HashMap::new();
    for (stack, _) in fresh.iter().enumerate().filter(|(_, fresh)| **fresh > 0.0) {
        let nodes = calls.outwards(calls.leaf(stack));
        for (beyond, node) in nodes.take(MOST_BEYOND + 1).enumerate() {
            all.entry(node)
                .or_default()
                .push(Beginning { stack, beyond });
        }
    }
    for found in all.values_mut() {
        found.sort_by(|a, b| {
            let by_objects = fresh[b.stack].total_cmp(&fresh[a.stack]);
            a.beyond.cmp(&b.beyond).then(by_objects)
        });
        found.truncate(MOST_TRIED);
    }
    all
}

/// A stack at which something grew, and that needs a beginning.
struct Growth<'a> {
    stacks: &'a [Stack],
    number: usize,
    /// As each object has each size once, there are at least so many.
    objects: f64,
    least: u64,
    greatest: u64,
}

impl<'a> Growth<'a> {
    /// A beginning with less than this share of the objects that need one is another's.
    const ENOUGH: f64 = 0.25;
    /// So rare a growth does not say whose an object is.
    const RARE: f64 = 0.01;

    fn new(stacks: &'a [Stack], number: usize) -> Self {
        let grown = || stacks[number].sizes.iter().filter(|size| size.grown > 0.0);
        Self {
            stacks,
            number,
            objects: grown().map(|size| size.grown).fold(0.0, f64::max),
            least: grown().map(|size| size.size).min().unwrap_or(0),
            greatest: grown().map(|size| size.size).max().unwrap_or(0),
        }
    }

    /// Goes outwards until there are as many beginnings as objects. Nothing is linked where none is
    /// plausible: the buffer is older than the profile, or nobody sampled its small beginning.
    fn link(&self, calls: &Calls, all: &HashMap<u32, Vec<Beginning>>, sets: &mut Sets) {
        let mut missing = self.objects;
        let tolerated = self.objects * (0.1 + error(self.births())).min(0.5);
        let mut tried = 0;
        for node in calls.outwards(calls.leaf(self.number)) {
            let mut found = all.get(&node).cloned().unwrap_or_default();
            let depth = calls.depth(node);
            found.sort_by_cached_key(|beginning| self.distance(beginning, depth));
            for beginning in found {
                tried += 1;
                if tried > 2 * MOST_TRIED {
                    return;
                }
                let stack = &self.stacks[beginning.stack];
                let is_self = beginning.stack == self.number;
                let fresh = stack.fresh();
                let at_most = fresh * (1.0 + error(stack.births()));
                let moves_out = beginning.beyond > 0;
                if !is_self
                    && (at_most < Self::ENOUGH * missing
                        || moves_out && self.objects < Self::RARE * fresh)
                {
                    continue;
                }
                sets.join(self.number, beginning.stack, depth);
                missing -= at_most;
                if missing <= tolerated {
                    return;
                }
            }
        }
    }

    fn births(&self) -> u64 {
        self.stacks[self.number].births()
    }

    /// What is nearer is tried first: itself; what has half the size, or a quarter; what is made in
    /// this function and not further in; what can have grown at all; and the line before.
    fn distance(&self, beginning: &Beginning, depth: usize) -> impl Ord + use<> {
        let stack = &self.stacks[beginning.stack];
        let fresh = || stack.sizes.iter().filter(|size| size.fresh() > 0.0);
        let doubles = fresh().any(|size| {
            let halves = (1..=4).map(|times| self.least >> times);
            size.size >= 8 && halves.into_iter().any(|half| half == size.size)
        });
        let smaller = fresh().any(|size| size.size < self.greatest);
        let line = |stack: &Stack| stack.frames.get(depth).map_or(0, |frame| frame.line);
        let ahead = line(&self.stacks[self.number]).saturating_sub(line(stack));
        (
            beginning.stack != self.number,
            !doubles,
            beginning.beyond,
            !smaller,
            ahead < 0,
            ahead.unsigned_abs(),
        )
    }
}

/// By how much of itself an estimate from so many samples is off, hardly ever more.
fn error(births: u64) -> f64 {
    2.0 / (births.max(1) as f64).sqrt()
}

/// Stacks that were put together so far.
struct Sets {
    /// Another stack of the set; itself, if it is the set's head.
    parents: Vec<usize>,
    /// Of heads: the depth of the function that is common to all.
    depths: Vec<usize>,
}

impl Sets {
    fn new(stacks: &[Stack], calls: &Calls) -> Self {
        Self {
            parents: (0..stacks.len()).collect(),
            depths: (0..stacks.len())
                .map(|stack| calls.depth(calls.leaf(stack)))
                .collect(),
        }
    }

    fn head(&mut self, stack: usize) -> usize {
        let mut at = stack;
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// Puts two together, which part at `depth`.
    fn join(&mut self, one: usize, other: usize, depth: usize) {
        let (one, other) = (self.head(one), self.head(other));
        self.depths[one] = depth.min(self.depths[one]).min(self.depths[other]);
        self.parents[other] = one;
    }

    fn into_chains(mut self, stacks: &[Stack]) -> Vec<Chain> {
        let mut chains: Vec<Chain> = Vec::new();
        let mut places = HashMap::new();
        for stack in 0..stacks.len() {
            let head = self.head(stack);
            let place = *places.entry(head).or_insert_with(|| {
                chains.push(Chain {
                    stacks: Vec::new(),
                    first: stack,
                    depth: self.depths[head],
                });
                chains.len() - 1
            });
            let chain = &mut chains[place];
            chain.stacks.push(stack);
            if stacks[stack].fresh() > stacks[chain.first].fresh() {
                chain.first = stack;
            }
        }
        chains
    }
}
