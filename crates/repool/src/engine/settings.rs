//! What a pool was told about what it may keep, and what follows from it.

use super::disposal;
use crate::depot::magazine::CAPACITY;
use crate::recycle::Recycler;

/// Nanoseconds between sweeps that ordinary calls do, unless told otherwise.
const SWEEP_EVERY: u64 = 30_000_000_000;

/// Most objects that a CPU has at hand while the pool has a bound: its private one and two
/// magazines. Less than one magazine of [`CAPACITY`], which is what the bounds may be passed by.
const AT_HAND: usize = 1 + 2 * BOUNDED_LIMIT;
const BOUNDED_LIMIT: usize = (CAPACITY - 1) / 2;

/// A pool's settings. Plain: they are made before the pool is used and only read afterwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Most idle objects; `usize::MAX` for no bound.
    pub(crate) max_idle: usize,
    /// Most bytes that idle objects weigh; `usize::MAX` for no bound.
    pub(crate) max_idle_bytes: usize,
    /// What a heavier object is dropped for on return; `usize::MAX` for no bound.
    pub(crate) max_object_bytes: usize,
    /// Nanoseconds between sweeps; `u64::MAX` for never.
    pub(crate) sweep_every: u64,
    /// Most idle objects a CPU, which then has no depot behind it; 0 for no such bound.
    pub(crate) per_cpu: u16,
    /// Whether objects far heavier than recent demand go.
    pub(crate) fade_outliers: bool,
    /// Whether it is known what objects weigh.
    pub(crate) weighs: bool,
    /// Whether a forked child drops what its parent had idle.
    pub(crate) drop_on_fork: bool,
    /// What is known of dropping idle objects on any thread.
    pub(crate) disposal: disposal::Find,
}

/// How a pool with its settings uses CPUs and depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Objects in a magazine; 0 for CPUs that have a private place only.
    pub(crate) limit: usize,
    /// Objects that the depot takes in.
    pub(crate) budget: usize,
    /// Bytes that the depot takes in.
    pub(crate) byte_budget: usize,
    /// Heavier objects are not kept at hand, where they are not counted.
    pub(crate) light: usize,
    /// Most objects in the depot and at hand of the CPU where one comes home; `usize::MAX` where
    /// the budget sees to it.
    pub(crate) most: usize,
    /// Whether there is a depot, and other CPUs are looked at.
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

    /// Whether anything needs to know what an object weighs when it comes home.
    pub(crate) const fn weighs_returns(&self) -> bool {
        self.max_idle_bytes != usize::MAX
            || self.max_object_bytes != usize::MAX
            || self.fade_outliers
    }

    /// Whether a return has to be looked at before the object is kept: such pools take the slow
    /// way with each, and all others pay nothing for it.
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
                // All that is at hand is all that there is.
                light: match bytes_bounded && most > 0 {
                    true => self.max_idle_bytes / (most * cpus),
                    false => usize::MAX,
                },
                most: usize::MAX,
                shared: false,
            };
        }
        // All that is at hand is at most a quarter of the bytes, however heavy objects are.
        let light = match bytes_bounded {
            true => self.max_idle_bytes / (4 * AT_HAND * cpus),
            false => usize::MAX,
        };
        // One thread alone finds the bound exact: what it may have at hand comes off the depot's.
        let bounded = bytes_bounded || self.max_idle != usize::MAX;
        let most = if bounded { BOUNDED_LIMIT } else { CAPACITY };
        let limit = min(most, self.max_idle.saturating_sub(1) / 2);
        // Where objects may be too heavy to be at hand, all of the bound may be needed in the depot:
        // what is at hand is counted then, as one comes home, which is looked at anyway.
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
    fn what_is_at_hand_is_a_quarter_of_the_bytes() {
        for cpus in [1, 2, 64] {
            let settings = Settings {
                max_idle_bytes: 64 << 20,
                ..Settings::new(true)
            };
            let plan = settings.plan(cpus);
            assert!(cpus * AT_HAND * plan.light <= 16 << 20);
            assert_eq!(plan.limit, BOUNDED_LIMIT);
        }
    }

    #[test]
    fn the_bytes_are_shared_out_where_there_is_no_depot() {
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
