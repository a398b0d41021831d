//! Workloads whose true figures are known.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::hint::black_box;

use repool_prof::{Counters, Profiler};
use repool_testing::totals::{Totals, assert_sane};

use crate::theory::Group;

/// The blocks to allocate.
#[derive(Clone, Copy, Debug)]
pub enum Workload {
    /// `count` blocks of `size` bytes.
    Blocks { size: usize, count: usize },
    /// `times` over: `small.1` blocks of `small.0` bytes, and one of `large`.
    Mixed {
        small: (usize, usize),
        large: usize,
        times: usize,
    },
    /// `times` over: a block that doubles `doublings` times.
    Growing {
        from: usize,
        doublings: usize,
        times: usize,
    },
}

/// A list of kept blocks: each begins with the next one's address and its own size.
struct Kept(*mut [usize; 2]);

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

impl Kept {
    fn keep(&mut self, block: *mut u8, size: usize) {
        let block = block.cast::<[usize; 2]>();
        // SAFETY: every block has at least 16 bytes, and is aligned to 8.
        unsafe { block.write([self.0.expose_provenance(), size]) };
        self.0 = block;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        while !self.0.is_null() {
            let block = self.0;
            // SAFETY: `keep` wrote this; the list alone has the block.
            unsafe {
                let [next, size] = block.read();
                dealloc(block.cast(), layout(size));
                self.0 = std::ptr::with_exposed_provenance_mut(next);
            }
        }
    }
}

/// The only call that allocates blocks, so that all have one stack.
#[inline(never)]
fn blocks(sizes: impl Iterator<Item = usize>, kept: &mut Kept) {
    for (n, size) in sizes.enumerate() {
        // SAFETY: sizes are not 0; a block that is not kept is freed.
        unsafe {
            let block = black_box(alloc(layout(size)));
            assert!(!block.is_null());
            if n % 2 == 0 {
                kept.keep(block, size);
            } else {
                dealloc(block, layout(size));
            }
        }
    }
}

#[inline(never)]
fn grow(from: usize, doublings: usize, kept: Option<&mut Kept>) {
    let mut size = from;
    // SAFETY: sizes are not 0; the block has the layout that is given.
    unsafe {
        let mut block = black_box(alloc(layout(size)));
        for _ in 0..doublings {
            block = black_box(realloc(block, layout(size), 2 * size));
            size *= 2;
        }
        assert!(!block.is_null());
        match kept {
            Some(kept) => kept.keep(block, size),
            None => dealloc(block, layout(size)),
        }
    }
}

impl Workload {
    fn run(self, kept: &mut Kept) {
        match self {
            Self::Blocks { size, count } => blocks((0..count).map(|_| size), kept),
            Self::Mixed {
                small: (size, many),
                large,
                times,
            } => {
                let round = many + 1;
                let sizes =
                    (0..times * round).map(|n| if n % round == many { large } else { size });
                blocks(sizes, kept);
            }
            Self::Growing {
                from,
                doublings,
                times,
            } => {
                for n in 0..times {
                    grow(from, doublings, (n % 2 == 0).then_some(&mut *kept));
                }
            }
        }
    }

    /// The true figures.
    pub fn groups(self) -> Vec<Group> {
        let half = |count: usize| count.div_ceil(2);
        match self {
            Self::Blocks { size, count } => vec![Group {
                size,
                count,
                alive: half(count),
            }],
            Self::Mixed {
                small: (size, many),
                large,
                times,
            } => {
                let round = many + 1;
                let alive = (0..times).filter(|n| (n * round + many) % 2 == 0).count();
                vec![
                    Group {
                        size,
                        count: times * many,
                        alive: half(times * round) - alive,
                    },
                    Group {
                        size: large,
                        count: times,
                        alive,
                    },
                ]
            }
            Self::Growing {
                from,
                doublings,
                times,
            } => (0..=doublings)
                .map(|n| Group {
                    size: from << n,
                    count: times,
                    alive: if n == doublings { half(times) } else { 0 },
                })
                .collect(),
        }
    }

    /// The figures of a profile.
    pub fn measure(self, rate: u64, seed: u64) -> Totals {
        let groups = self.groups();
        let mut kept = Kept(std::ptr::null_mut());
        let profiler = Profiler::builder().rate(rate).seed(seed).start();
        let profiler = profiler.expect("the profiler starts");
        let before = Counters::now();
        self.run(&mut kept);
        let spent = Counters::now() - before;
        let snapshot = profiler.snapshot();
        assert_sane(&snapshot);
        let totals = Totals::of(&snapshot);
        let sum = |get: fn(&Group) -> usize| groups.iter().map(get).sum::<usize>() as u64;
        assert_eq!(spent.allocations, sum(|g| g.count));
        assert_eq!(spent.bytes, sum(|g| g.count * g.size));
        assert_eq!(spent.frees, sum(|g| g.count - g.alive));

        // A workload that frees all has nothing in use.
        drop(kept);
        let rest = Totals::of(&profiler.snapshot());
        assert_eq!((rest.inuse_objects, rest.inuse_bytes), (0, 0));
        assert_eq!(rest.alloc_bytes, totals.alloc_bytes);
        totals
    }
}
