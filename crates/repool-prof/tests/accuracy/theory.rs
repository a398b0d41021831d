//! The accuracy that sampling can reach.
//!
//! Points are distributed over the allocated bytes independently, one for each `rate` bytes on
//! average. A block of s bytes is sampled if a point is in it: with p = 1 - e^(-s/rate),
//! independently of all others. It then counts as 1/p blocks and s/p bytes, so the estimates are
//! unbiased, and a block adds a variance of (1/p)² p (1-p) = (1-p)/p = 1/(e^(s/rate) - 1) to the
//! objects and s² times that to the bytes. For blocks much smaller than the rate this is s rate: the
//! standard deviation of B bytes of small blocks is √(B rate), about 1/√samples of them.

use repool_testing::totals::Totals;

/// A number of blocks of one size, and how many of them are not freed.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub size: usize,
    pub count: usize,
    pub alive: usize,
}

/// A figure, its true value and the standard deviation of its estimate, as a share of it.
pub struct Figure {
    pub name: &'static str,
    pub get: fn(Totals) -> i64,
    pub truth: f64,
    pub deviation: f64,
}

/// The mean and the standard deviation of each figure in profiles of `groups`.
pub fn figures(groups: &[Group], rate: u64) -> [Figure; 4] {
    let figure = |name, get, count: fn(&Group) -> usize, in_bytes: bool| {
        let (mut truth, mut variance) = (0.0, 0.0);
        for group in groups {
            let (size, count) = (group.size as f64, count(group) as f64);
            let unit = if in_bytes { size } else { 1.0 };
            truth += count * unit;
            variance += count * unit * unit / (size / rate as f64).exp_m1();
        }
        Figure {
            name,
            get,
            truth,
            deviation: variance.sqrt() / truth,
        }
    };
    [
        figure("alloc_objects", |t| t.alloc_objects, |g| g.count, false),
        figure("alloc_bytes", |t| t.alloc_bytes, |g| g.count, true),
        figure("inuse_objects", |t| t.inuse_objects, |g| g.alive, false),
        figure("inuse_bytes", |t| t.inuse_bytes, |g| g.alive, true),
    ]
}
