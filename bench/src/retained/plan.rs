//! The workloads' parameters, shared by the programs in Rust and in Go.

/// The number of threads in both workloads.
pub const THREADS: usize = 2;

/// The first workload: many small requests, and in the first periods some huge ones.
#[derive(Clone, Copy)]
pub struct Outliers {
    /// Periods in which one request in a hundred is huge.
    pub mixed: usize,
    /// Periods that have small requests only.
    pub small: usize,
    /// Requests a thread makes in a period.
    pub requests: usize,
    /// The seed of the random sequences.
    pub seed: u64,
}

/// One request in this many is huge.
pub const ONE_IN: u64 = 100;
/// The bytes of a huge request.
pub const HUGE: usize = 16 << 20;
/// The bytes of a small request.
pub const SMALL: usize = 1 << 10;
/// Requests that each thread has in flight.
pub const IN_FLIGHT: usize = 8;

/// The second workload: a steady load with one burst.
#[derive(Clone, Copy)]
pub struct Burst {
    /// Periods before the one with the burst.
    pub before: usize,
    /// Periods after it.
    pub after: usize,
    /// How often a thread takes and returns its share in a period.
    pub rounds: usize,
}

/// Objects in use at a time in the steady load, of all threads together.
pub const STEADY: usize = 10;
/// Objects in use at a time in the burst, of all threads together.
pub const AT_ONCE: usize = 10_000;

impl Outliers {
    pub const FULL: Outliers = Outliers {
        mixed: 10,
        small: 20,
        requests: 2000,
        seed: 1,
    };
    pub const QUICK: Outliers = Outliers {
        mixed: 4,
        small: 5,
        requests: 500,
        seed: 1,
    };

    /// The number of periods.
    pub fn periods(&self) -> usize {
        self.mixed + self.small
    }

    /// The phase that a period belongs to.
    pub fn phase(&self, period: usize) -> &'static str {
        if period < self.mixed {
            "mixed"
        } else {
            "small"
        }
    }

    /// The last period in which the buffer of a huge request is returned. That may be after the mixed phase,
    /// because the last huge requests are still in flight at its end.
    pub fn last_huge_return(&self) -> usize {
        let last_huge = |thread| {
            let mut sequence = Sequence::new(self.seed, thread);
            (0..self.mixed * self.requests)
                .filter(|_| sequence.is_huge())
                .last()
        };
        let returned = (0..THREADS).filter_map(last_huge).max();
        returned.map_or(0, |request| (request + IN_FLIGHT) / self.requests)
    }
}

impl Burst {
    pub const FULL: Burst = Burst {
        before: 4,
        after: 10,
        rounds: 5000,
    };
    pub const QUICK: Burst = Burst {
        before: 3,
        after: 5,
        rounds: 1000,
    };

    /// The number of periods.
    pub fn periods(&self) -> usize {
        self.before + 1 + self.after
    }

    /// The phase that a period belongs to.
    pub fn phase(&self, period: usize) -> &'static str {
        if period == self.before {
            "burst"
        } else {
            "steady"
        }
    }
}

/// Which requests are huge: a linear congruential generator (Knuth's, MMIX), of which the upper
/// bits are used. bench/go/retained has the same.
pub struct Sequence(u64);

impl Sequence {
    pub fn new(seed: u64, thread: usize) -> Self {
        Sequence(
            seed.wrapping_mul(THREADS as u64)
                .wrapping_add(thread as u64),
        )
    }

    /// Advances, and returns whether the next request is huge.
    pub fn is_huge(&mut self) -> bool {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).is_multiple_of(ONE_IN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_huge() {
        let mut sequence = Sequence::new(1, 0);
        let huge = (0..100_000).filter(|_| sequence.is_huge()).count();
        assert!((900..1100).contains(&huge), "{huge}");
    }

    #[test]
    fn huge_buffers_are_returned_a_few_requests_later() {
        let plan = |mixed, requests| Outliers {
            mixed,
            requests,
            ..Outliers::FULL
        };
        // With 2,000 requests a period, one of the last two periods has a huge request.
        assert!([9, 10].contains(&plan(10, 2000).last_huge_return()));
        // A period with fewer requests than are in flight ends before their buffers are returned.
        assert!(plan(1000, 1).last_huge_return() > 900);
    }
}
