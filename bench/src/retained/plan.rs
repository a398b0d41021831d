//! How much of everything: the same numbers for the programs in Rust and in Go.

/// Threads, in both workloads.
pub const THREADS: usize = 2;

/// Many small requests, some huge ones among them at first.
#[derive(Clone, Copy)]
pub struct Outliers {
    /// Periods in which one request in a hundred is huge.
    pub mixed: usize,
    /// Periods that have small requests only.
    pub small: usize,
    /// Requests a thread makes in a period.
    pub requests: usize,
    /// Where the random sequences begin.
    pub seed: u64,
}

/// One request in so many is huge.
pub const ONE_IN: u64 = 100;
/// What a huge one needs, in bytes.
pub const HUGE: usize = 16 << 20;
/// What the others need.
pub const SMALL: usize = 1 << 10;
/// Requests that each thread has in flight.
pub const IN_FLIGHT: usize = 8;

/// A steady need, with one burst.
#[derive(Clone, Copy)]
pub struct Burst {
    /// Periods before the one with the burst.
    pub before: usize,
    /// Periods after it.
    pub after: usize,
    /// How often a thread takes and returns its share in a period.
    pub rounds: usize,
}

/// Objects that are in use at a time, on all threads.
pub const STEADY: usize = 10;
/// And in the burst.
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

    /// All periods.
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

    /// The last period in which a huge request was over and its buffer came home: with the last of
    /// the requests in flight, that may be after the phase itself.
    pub fn last_homecoming(&self) -> usize {
        let last_huge = |thread| {
            let mut sequence = Sequence::new(self.seed, thread);
            (0..self.mixed * self.requests)
                .filter(|_| sequence.is_huge())
                .last()
        };
        let home = (0..THREADS).filter_map(last_huge).max();
        home.map_or(0, |request| (request + IN_FLIGHT) / self.requests)
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

    /// All periods.
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

    /// Whether the next request is huge, while there are any.
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
    fn buffers_come_home_a_few_requests_later() {
        let plan = |mixed, requests| Outliers {
            mixed,
            requests,
            ..Outliers::FULL
        };
        // Among so many the last periods have huge ones.
        assert!([9, 10].contains(&plan(10, 2000).last_homecoming()));
        // A period that is shorter than what is in flight ends before they are home.
        assert!(plan(1000, 1).last_homecoming() > 900);
    }
}
