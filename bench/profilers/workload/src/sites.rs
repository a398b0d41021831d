//! Allocation sites whose objects and bytes are known exactly.

use std::hint::black_box;

/// The true figures of a site.
#[derive(Clone, Copy, Default)]
pub struct Truth {
    pub objects: u64,
    pub bytes: u64,
}

/// A site: the one function that does its allocations, and their sizes.
pub struct Site {
    pub name: &'static str,
    /// The function's name.
    pub function: &'static str,
    work: Work,
}

/// The allocations of a site; one variant for each function.
enum Work {
    /// Blocks of one size.
    Same { size: usize, count: u64 },
    /// Blocks of 32 bytes, and every `nth` one of 1 MiB.
    Mixed { count: u64, nth: u64 },
    /// Vectors that grow to `length` elements by `push`.
    Growing { vectors: u64, length: u64 },
}

const SITES: [Site; 6] = [
    same("64B", 64, 5_000_000),
    same("1KiB", 1 << 10, 200_000),
    same("100KiB", 100 << 10, 2_000),
    same("4MiB", 4 << 20, 50),
    Site {
        name: "mixed",
        function: "profiled_mixed",
        work: Work::Mixed {
            count: 5_000_000,
            nth: 10_000,
        },
    },
    Site {
        name: "growing",
        function: "profiled_growing",
        work: Work::Growing {
            vectors: 200_000,
            length: 512,
        },
    },
];

const fn same(name: &'static str, size: usize, count: u64) -> Site {
    Site {
        name,
        function: "profiled_same",
        work: Work::Same { size, count },
    }
}

impl Site {
    pub fn find(name: &str) -> Option<&'static Site> {
        SITES.iter().find(|site| site.name == name)
    }

    /// The function's address in this process.
    pub fn address(&self) -> usize {
        match self.work {
            Work::Same { .. } => profiled_same as *const () as usize,
            Work::Mixed { .. } => profiled_mixed as *const () as usize,
            Work::Growing { .. } => profiled_growing as *const () as usize,
        }
    }

    /// Does the allocations: the site's count times `scale`, at least one.
    pub fn run(&self, scale: f64) -> Truth {
        let scaled = |count: u64| ((count as f64 * scale) as u64).max(1);
        match self.work {
            Work::Same { size, count } => profiled_same(black_box(size), scaled(count)),
            Work::Mixed { count, nth } => profiled_mixed(scaled(count), black_box(nth)),
            Work::Growing { vectors, length } => {
                profiled_growing(scaled(vectors), black_box(length))
            }
        }
    }
}

#[inline(never)]
fn profiled_same(size: usize, count: u64) -> Truth {
    for _ in 0..count {
        black_box(Vec::<u8>::with_capacity(size).as_ptr());
    }
    Truth {
        objects: count,
        bytes: count * size as u64,
    }
}

#[inline(never)]
fn profiled_mixed(count: u64, nth: u64) -> Truth {
    let mut truth = Truth::default();
    for place in 1..=count {
        let size = match place % nth {
            0 => 1 << 20,
            _ => 32,
        };
        black_box(Vec::<u8>::with_capacity(size).as_ptr());
        truth.objects += 1;
        truth.bytes += size as u64;
    }
    truth
}

/// Counts each growth as an allocation of the new size, as for Go's slices.
#[inline(never)]
fn profiled_growing(vectors: u64, length: u64) -> Truth {
    let mut truth = Truth::default();
    for _ in 0..vectors {
        let mut vector: Vec<u64> = Vec::new();
        for element in 0..length {
            if vector.len() == vector.capacity() {
                truth.objects += 1;
                vector.push(element);
                truth.bytes += (vector.capacity() * size_of::<u64>()) as u64;
            } else {
                vector.push(element);
            }
        }
        black_box(vector.as_ptr());
    }
    truth
}
