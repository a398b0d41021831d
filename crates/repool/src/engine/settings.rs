//! A pool's settings, and the plan for caches and depot that follows from them.

use super::disposal;
use crate::depot::magazine::CAPACITY;
use crate::recycle::Recycler;

/// Nanoseconds between sweeps by ordinary calls, by default.
const SWEEP_EVERY: u64 = 30_000_000_000;

/// Most objects that a CPU caches in a pool with a bound: a private one and two magazines. At most
/// [`CAPACITY`], by which a pool may exceed its bound for each further CPU.
const CACHED: usize = 1 + 2 * BOUNDED_LIMIT;
const BOUNDED_LIMIT: usize = (CAPACITY - 1) / 2;

/// A pool's settings. Plain: they are made before the pool is used and only read afterwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Most idle objects; `usize::MAX` for no bound.
    pub(crate) max_idle: usize,
    /// Most bytes that idle objects weigh; `usize::MAX` for no bound.
    pub(crate) max_idle_bytes: usize,
    /// Bytes above which an object is dropped on return; `usize::MAX` for no bound.
    pub(crate) max_object_bytes: usize,
    /// Nanoseconds between sweeps; `u64::MAX` for never.
    pub(crate) sweep_every: u64,
    /// Most idle objects for each CPU, in a pool without a depot; 0 for a pool with one.
    pub(crate) per_cpu: u16,
    /// Whether objects far heavier than recent demand are dropped.
    pub(crate) fade_outliers: bool,
    /// Whether objects can be weighed.
    pub(crate) weighs: bool,
    /// Whether a forked child drops what its parent had idle.
    pub(crate) drop_on_fork: bool,
    /// Finds how any thread may drop idle objects.
    pub(crate) disposal: disposal::Find,
}

/// How a pool with its settings uses caches and depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Objects in a magazine; 0 for caches that have a private slot only.
    pub(crate) limit: usize,
    /// Objects that the depot takes in.
    pub(crate) budget: usize,
    /// Bytes that the depot takes in.
    pub(crate) byte_budget: usize,
    /// Bytes above which an object is not cached, where objects are not counted.
    pub(crate) light: usize,
    /// Most objects in the depot and the cache of the CPU that an object is returned on; `usize::MAX` if
    /// the budget bounds them.
    pub(crate) most: usize,
    /// Whether there is a depot, and other CPUs' caches are searched.
    pub(crate) shared: bool,
}

impl Plan {
    /// Whether the depot has a budget.
    pub(crate) fn is_bounded(&self) -> bool {
        self.budget != usize::MAX || self.byte_budget != usize::MAX
    }
}

impl Settings {
    pub(crate) const fn new(weighs: bool) -> Self {
        Settings {
            max_idle: usize::MAX,
            max_idle_bytes: usize::MAX,
            max_object_bytes: usize::MAX,
            sweep_every: SWEEP_EVERY,
            per_cpu: 0,
            fade_outliers: false,
            weighs,
            drop_on_fork: false,
            disposal: disposal::none,
        }
    }

    /// For objects of type `T` that `R` recycles.
    pub(crate) const fn of<T, R: Recycler<T>>(mut self) -> Self {
        self.disposal = disposal::of::<T, R>;
        self
    }

    /// Whether an object has to be weighed when it is returned.
    pub(crate) const fn weighs_returns(&self) -> bool {
        self.max_idle_bytes != usize::MAX
            || self.max_object_bytes != usize::MAX
            || self.fade_outliers
    }

    /// Whether returns have to be checked before the object is kept. Every return to such a pool takes a
    /// slow path, and no return to another pool does.
    pub(crate) const fn checks_returns(&self) -> bool {
        self.weighs_returns() || self.per_cpu > 0 || self.drop_on_fork
    }

    /// Whether the pool keeps anything at all.
    pub(crate) const fn keeps(&self) -> bool {
        self.max_idle > 0
    }

    /// What is wrong with the settings together, in a sentence.
    pub(crate) const fn problem(&self) -> Option<&'static str> {
        if self.weighs_returns() && !self.weighs {
            return Some(UNWEIGHED);
        }
        if self.sweep_every == 0 {
            return Some(NO_INTERVAL);
        }
        None
    }

    /// The plan for a machine with `cpus` CPUs.
    pub(crate) const fn plan(&self, cpus: usize) -> Plan {
        let bytes_bounded = self.max_idle_bytes != usize::MAX;
        let cpus = if cpus > 0 { cpus } else { 1 };
        if self.per_cpu > 0 {
            let most = min(min(self.per_cpu as usize, self.max_idle), 1 + CAPACITY);
            return Plan {
                limit: most.saturating_sub(1),
                budget: 0,
                byte_budget: 0,
                // Caches hold all that is idle.
                light: match bytes_bounded && most > 0 {
                    true => self.max_idle_bytes / (most * cpus),
                    false => usize::MAX,
                },
                most: usize::MAX,
                shared: false,
            };
        }
        // Caches hold at most a quarter of the bytes, however heavy objects are.
        let light = match bytes_bounded {
            true => self.max_idle_bytes / (4 * CACHED * cpus),
            false => usize::MAX,
        };
        // For one thread the bound is exact: what it may cache is subtracted from the depot's budget.
        let bounded = bytes_bounded || self.max_idle != usize::MAX;
        let most = if bounded { BOUNDED_LIMIT } else { CAPACITY };
        let limit = min(most, self.max_idle.saturating_sub(1) / 2);
        // If objects may be too heavy to be cached, the depot may need all of the bound. Returns are
        // checked in such a pool and count what is cached.
        let (budget, most) = match self.max_idle {
            bound if bytes_bounded => (bound, bound),
            usize::MAX => (usize::MAX, usize::MAX),
            0 => (0, usize::MAX),
            bound => (bound - 1 - 2 * limit, usize::MAX),
        };
        Plan {
            limit,
            budget,
            byte_budget: self.max_idle_bytes,
            light,
            most,
            shared: true,
        }
    }
}

pub(crate) const UNWEIGHED: &str = "a bound in bytes needs to know what an object weighs: give \
    the pool `.weigh(|object| bytes)` first, or a type that is `repool::Recycle`";
pub(crate) const ALREADY_USED: &str = "this pool was used already, and its settings are fixed by \
    then: make them before the first get or put";
pub(crate) const NO_INTERVAL: &str =
    "sweep_every: an interval of zero would sweep all the time; give a longer one, or `None`";
pub(crate) const NO_PER_CPU: &str =
    "per_cpu(0) would keep nothing; give at least 1, or say so with `max_idle(0)`";

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_divided_up_without_rest() {
        for max_idle in [1, 2, 3, 4, 28, 29, 30, 31, 61, 1000] {
            let settings = Settings {
                max_idle,
                ..Settings::new(true)
            };
            let plan = settings.plan(2);
            assert_eq!(1 + 2 * plan.limit + plan.budget, max_idle);
            assert!(2 * plan.limit < CAPACITY);
        }
    }

    #[test]
    fn caches_hold_a_quarter_of_the_bytes() {
        for cpus in [1, 2, 64] {
            let settings = Settings {
                max_idle_bytes: 64 << 20,
                ..Settings::new(true)
            };
            let plan = settings.plan(cpus);
            assert!(cpus * CACHED * plan.light <= 16 << 20);
            assert_eq!(plan.limit, BOUNDED_LIMIT);
        }
    }

    #[test]
    fn caches_share_the_bytes_without_a_depot() {
        let settings = Settings {
            max_idle_bytes: 64 << 20,
            ..Settings::new(true)
        };
        for (per_cpu, each) in [(1, 32 << 20), (4, 8 << 20), (1000, (32 << 20) / 31)] {
            let plan = Settings {
                per_cpu,
                ..settings
            }
            .plan(2);
            assert_eq!(plan.light, each);
        }
    }

    #[test]
    fn only_what_needs_it_has_its_returns_checked() {
        let plain = Settings::new(true);
        assert!(!plain.checks_returns());
        assert!(
            !Settings {
                max_idle: 3,
                ..plain
            }
            .checks_returns()
        );
        assert!(
            Settings {
                max_idle_bytes: 3,
                ..plain
            }
            .checks_returns()
        );
        assert!(
            Settings {
                per_cpu: 3,
                ..plain
            }
            .checks_returns()
        );
    }
}
