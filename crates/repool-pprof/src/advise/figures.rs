use std::collections::{BTreeMap, HashMap};

use super::chains::Chain;
use super::lifetime::Lifetime;
use super::stacks::{Frame, Stack, Stacks};

/// What is known of a site: sums over its chains.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    pub(super) in_use: f64,
    pub(super) sizes: BTreeMap<u64, Size>,
    /// Whether some stack had so many sizes that several may share a figure.
    pub(super) sizes_merged: bool,
    /// Sampled blocks, those of them that were fresh, that were freed, and that elsewhere.
    pub(super) births: u64,
    pub(super) fresh_births: u64,
    pub(super) deaths: u64,
    pub(super) grown_births: u64,
    pub(super) freed_elsewhere: u64,
    pub(super) has_lives: bool,
    pub(super) times: Lifetime,
    pub(super) meanwhile: Lifetime,
    /// The most alive in one chain, and that of all chains together.
    alive_in_one: f64,
    alive_in_all: f64,
    /// Whether nothing of this is an estimate.
    pub(super) is_exact: bool,
    /// Whether more than one was alive in some chain.
    meet: bool,
    /// What was allocated in chains of which samples cannot tell whether two were alive.
    unsure: f64,
    /// Whether the site's function calls itself.
    pub(super) is_recursive: bool,
    /// Whether these are tables that grow by a new block, which is not told to be a growth.
    pub(super) is_table: bool,
    pub(super) callers: Vec<Caller>,
    /// Their places, until they are sorted.
    known_callers: HashMap<Vec<Frame>, usize>,
}

/// Blocks of a size: estimates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Size {
    pub(super) fresh: f64,
    pub(super) grown: f64,
}

/// A way to the site, the innermost call first, the site itself not in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Caller {
    pub(super) frames: Vec<Frame>,
    pub(super) allocations: f64,
    pub(super) bytes: f64,
}

/// A stack's record of sizes has so many; what comes later shares one.
const MANY_SIZES: usize = 32;

impl Figures {
    pub(super) fn of(all: &Stacks, chains: &[&Chain], is_exact: bool) -> Self {
        let mut figures = Self {
            is_exact,
            ..Self::default()
        };
        for chain in chains {
            figures.add(all, chain);
        }
        figures.known_callers = HashMap::new();
        figures.callers.sort_by(|a, b| {
            let by_bytes = b.bytes.total_cmp(&a.bytes);
            by_bytes.then(b.allocations.total_cmp(&a.allocations))
        });
        figures.is_table = !figures.grows() && figures.doubles_as_tables();
        if figures.is_table {
            // The smallest is where a table begins.
            for size in figures.sizes.values_mut().skip(1) {
                size.grown = std::mem::take(&mut size.fresh);
            }
        }
        figures
    }

    fn add(&mut self, all: &Stacks, chain: &Chain) {
        let (mut alive, mut in_use) = (0.0_f64, 0.0);
        // The stack that is sampled most says best whether there is more than one.
        let mut best: Option<(u64, bool)> = None;
        let (mut allocations, mut bytes) = (0.0, 0.0);
        for stack in chain.stacks.iter().map(|stack| &all.stacks[*stack]) {
            for blocks in &stack.sizes {
                allocations += blocks.objects;
                bytes += blocks.bytes;
                in_use += blocks.in_use;
                let size = self.sizes.entry(blocks.size).or_default();
                size.fresh += blocks.fresh();
                size.grown += blocks.grown;
            }
            self.sizes_merged |= stack.sizes.len() >= MANY_SIZES;
            if let Some(sure) = self.add_lives(stack) {
                alive = alive.max(most_alive(stack));
                if best.is_none_or(|(births, _)| stack.births() > births) {
                    best = Some((stack.births(), sure));
                }
            }
            let site = stack.frames[chain.depth].function;
            let inner = &stack.frames[..chain.depth];
            self.is_recursive |= inner.iter().any(|frame| frame.function == site);
        }
        let alive = alive.max(in_use);
        self.meet |= alive > 1.0;
        if best.is_none_or(|(_, sure)| !sure) {
            self.unsure += allocations;
        }
        self.alive_in_one = self.alive_in_one.max(alive);
        self.alive_in_all += alive;
        self.in_use += in_use;
        self.allocations += allocations;
        self.bytes += bytes;
        let first = &all.stacks[chain.first];
        let frames = first.frames[..chain.depth].iter().rev().copied().collect();
        self.add_caller(frames, allocations, bytes);
    }

    /// Whether one can be sure of how many were alive, or `None` if nothing is known.
    fn add_lives(&mut self, stack: &Stack) -> Option<bool> {
        let lives = stack.lives.as_ref()?;
        self.has_lives = true;
        let grown = lives.grown.min(lives.allocs);
        self.births = self.births.saturating_add(lives.allocs);
        self.fresh_births = self.fresh_births.saturating_add(lives.allocs - grown);
        self.grown_births = self.grown_births.saturating_add(grown);
        self.deaths = self.deaths.saturating_add(lives.frees);
        self.freed_elsewhere = self.freed_elsewhere.saturating_add(lives.freed_elsewhere);
        let births = lives.allocs.max(1) as f64;
        let objects: f64 = stack.sizes.iter().map(|size| size.objects).sum();
        let weight = (objects / births).max(1.0);
        self.times.add(&lives.times, weight);
        self.meanwhile.add(&lives.bytes, weight);
        // Where n samples saw no other, there may be 3 in n that would have seen one (95 %), and
        // each stands for `weight`.
        Some(self.is_exact || 3.0 * weight / births < 1.0)
    }

    fn add_caller(&mut self, frames: Vec<Frame>, allocations: f64, bytes: f64) {
        let place = *self
            .known_callers
            .entry(frames)
            .or_insert_with_key(|frames| {
                self.callers.push(Caller {
                    frames: frames.clone(),
                    allocations: 0.0,
                    bytes: 0.0,
                });
                self.callers.len() - 1
            });
        self.callers[place].allocations += allocations;
        self.callers[place].bytes += bytes;
    }

    pub(super) fn grown(&self) -> f64 {
        self.sizes.values().map(|size| size.grown).sum()
    }

    /// Objects: blocks that are no growth of another.
    ///
    /// Small beginnings are sampled seldom, and what they grow into more often. Each object has each
    /// size once at most, so there are as many as there are growths to a size, as far as the error
    /// of the beginnings allows.
    pub(super) fn objects(&self) -> f64 {
        let fresh: f64 = self.sizes.values().map(|size| size.fresh).sum();
        let grown = self.sizes.values().map(|size| size.grown);
        let most = if fresh == 0.0 || self.fresh_births == 0 {
            f64::INFINITY
        } else if self.is_exact {
            fresh
        } else {
            fresh * (1.0 + 3.0 / (self.fresh_births as f64).sqrt())
        };
        grown.fold(fresh, f64::max).min(most)
    }

    /// Whether growth is a part of what happens here.
    pub(super) fn grows(&self) -> bool {
        self.grown() >= 0.1 * self.objects() && self.grown() > 0.0
    }

    /// The share of the objects that were freed.
    pub(super) fn churn(&self) -> f64 {
        (1.0 - self.in_use / self.objects().max(1.0)).clamp(0.0, 1.0)
    }

    /// The share of the objects that were freed on another thread than allocated them.
    pub(super) fn elsewhere(&self) -> f64 {
        // A growth is a death too, and no object's.
        let deaths = self.deaths.saturating_sub(self.grown_births).max(1);
        (self.freed_elsewhere as f64 / deaths as f64).min(1.0)
    }

    /// How many objects are alive at once at most, and so how many a pool would have.
    ///
    /// Each chain has its own highest number, and not all at the same time: then they are as many
    /// as are ever alive in the mean, with room for rises, and at least those that one chain had
    /// and those that are alive at the end.
    pub(super) fn most_alive(&self, duration_ns: f64) -> f64 {
        const RISES: f64 = 8.0;
        let least = self.alive_in_one.max(self.in_use);
        let mean = if duration_ns > 0.0 {
            (RISES * self.times.total() / duration_ns).ceil()
        } else {
            f64::INFINITY
        };
        let most = self.alive_in_all.min(mean).max(least);
        // A table that grows has two blocks for a moment.
        let most = if self.is_table {
            (most / 2.0).ceil().max(self.in_use)
        } else {
            most
        };
        most.max(1.0).min(self.objects().max(1.0))
    }

    /// Whether no two were ever seen alive at once on the same way through the program.
    pub(super) fn seems_one_at_a_time(&self) -> bool {
        let most = if self.is_table { 2.0 } else { 1.0 };
        let alone = !self.meet || self.alive_in_one <= most && self.in_use <= 1.0;
        alone && self.has_lives && !self.is_recursive
    }

    /// Whether that is so, and the samples are enough to rule out that they were just not seen.
    pub(super) fn is_one_at_a_time(&self) -> bool {
        const NEARLY_NONE: f64 = 0.05;
        self.seems_one_at_a_time() && self.unsure <= NEARLY_NONE * self.allocations
    }

    /// Whether the sizes are those of hash tables that grow: those of hashbrown, which std's are,
    /// have a group of control bytes that does not double; and what is large was small before.
    fn doubles_as_tables(&self) -> bool {
        /// Four buckets of four bytes, their control bytes and a group.
        const LEAST: u64 = 36;
        const SIZES: usize = 3;
        const TOLERATED: f64 = 1.1;
        let sizes: Vec<(u64, f64)> = self
            .sizes
            .iter()
            .map(|(size, blocks)| (*size, blocks.fresh))
            .collect();
        let follows = |pair: &[(u64, f64)]| {
            let [(size, count), (next, next_count)] = [pair[0], pair[1]];
            let double = u128::from(size) * 2;
            let is_double = [8, 16]
                .iter()
                .any(|group| u128::from(next) + group == double);
            is_double && next_count <= TOLERATED * count
        };
        let begins = sizes.first().is_some_and(|(least, _)| *least >= LEAST);
        begins && sizes.len() >= SIZES && sizes.windows(2).all(follows)
    }
}

/// The most alive at once, of what a stack allocates.
fn most_alive(stack: &Stack) -> f64 {
    match &stack.lives {
        // Stacks that differ in folded calls alone were added up, and so was their highest number.
        // But it is one call, and none of its blocks has ever met another.
        Some(lives) if lives.allocs > 0 && lives.live_at_allocs == 0 => 1.0,
        Some(lives) => lives.peak_live as f64,
        None => 0.0,
    }
}
