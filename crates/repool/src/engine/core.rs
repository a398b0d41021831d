//! The part of a pool that is on the heap: caches, depot, counts and what settings led to. Made when the
//! pool is first used; [`raw`](super::raw) holds the pointer to it.

use super::counts::Tally;
use super::demand::Demand;
use super::disposal::Disposal;
use super::excess::Excess;
use super::exchange::Exchange;
use super::ownership::Owner;
use super::registry::Link;
use super::settings::{Plan, Settings};
use crate::backend::{Backend, backend};
use crate::clock;
use crate::cpu::sharded::ShardedCaches;
use crate::cpu::view::CpusView;
use crate::cpu::{CpuCache, rseq};
use crate::depot::Depot;
use crate::process;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The heap part of one pool.
pub(crate) struct Core {
    pub(crate) depot: Depot,
    pub(crate) caches: Caches,
    pub(crate) plan: Plan,
    pub(crate) excess: Excess,
    pub(crate) demand: Demand,
    pub(crate) tally: Tally,
    /// Time of the next sweep by an ordinary call, in nanoseconds of the coarse clock.
    pub(super) due: AtomicU64,
    /// Nanoseconds between sweeps; `u64::MAX` for never.
    pub(super) sweep_every: u64,
    /// Time of the last sweep of any kind, in nanoseconds of the coarse clock.
    pub(super) swept: AtomicU64,
    /// The process that may move magazines.
    pub(super) owner: Owner,
    /// Returns so far, counted only if a debugging switch needs it.
    pub(crate) returns: AtomicUsize,
    /// How a thread that does not know the type drops an idle object.
    pub(super) disposal: Option<Disposal>,
    /// Whether an object that was never recycled has become idle.
    pub(super) has_unrecycled: AtomicBool,
    /// Whether outliers fade.
    pub(super) fades: bool,
    /// Whether a forked child drops its parent's idle objects before it uses the pool.
    pub(super) drop_on_fork: bool,
    /// The pool's place in the list of this process's used pools.
    pub(super) link: Link,
}

/// The caches of the engine that the pool runs on.
pub(crate) enum Caches {
    Rseq(rseq::Storage),
    Sharded(ShardedCaches),
}

impl Core {
    /// `None` if memory has run out.
    pub(crate) fn new(settings: &Settings, checks: rseq::Checks) -> Option<Self> {
        let cpus = rseq::cpus_online();
        let plan = settings.plan(cpus);
        let storage = match backend() {
            Backend::Rseq => rseq::Storage::new(settings.keeps(), checks).map(Caches::Rseq),
            Backend::Slots => None,
        };
        // Four times as many shards as CPUs, so that two threads that run seldom share one: with twice as
        // many, 64 threads on two CPUs took a third longer a pair. No more than CPUs if each shard may
        // hold some objects beyond a bound.
        let bounded = !plan.shared || plan.is_bounded();
        let shards = if bounded {
            cpus
        } else {
            cpus.saturating_mul(4)
        };
        let sweep_every = settings.sweep_every;
        Some(Core {
            depot: Depot::new(
                plan.limit.max(1),
                plan.budget,
                plan.byte_budget,
                // A magazine of the heaviest objects that a CPU may cache.
                plan.light.saturating_mul(plan.limit.max(1)),
            ),
            caches: match storage {
                Some(storage) => storage,
                None => Caches::Sharded(ShardedCaches::new(shards)?),
            },
            plan,
            excess: Excess::new(),
            demand: Demand::new(),
            tally: Tally::new(),
            due: AtomicU64::new(clock::coarse().saturating_add(sweep_every)),
            sweep_every,
            swept: AtomicU64::new(clock::coarse()),
            owner: Owner::new(),
            returns: AtomicUsize::new(0),
            disposal: (settings.disposal)(),
            has_unrecycled: AtomicBool::new(false),
            fades: settings.fade_outliers,
            drop_on_fork: settings.drop_on_fork,
            link: Link::new(),
        })
    }

    /// The caches as the calling thread sees them; `table` is the pool's.
    #[inline(always)]
    pub(super) fn cpus<'a>(&'a self, table: &'a rseq::Table) -> CpusView<'a> {
        match &self.caches {
            Caches::Rseq(storage) => CpusView::Rseq(rseq::RseqView { table, storage }),
            Caches::Sharded(caches) => CpusView::Sharded(caches.view()),
        }
    }

    /// Those caches with the depot; `table` is the pool's.
    #[inline(always)]
    pub(super) fn exchange<'a>(&'a self, table: &'a rseq::Table) -> Exchange<'a, CpusView<'a>> {
        Exchange {
            cpus: self.cpus(table),
            depot: &self.depot,
            excess: &self.excess,
            magazines: self.plan.limit > 0,
            bounded: self.plan.is_bounded(),
            shared: self.plan.shared,
        }
    }

    /// Whether a sweep is due, which the caller then has to do.
    pub(crate) fn sweep_is_due(&self) -> bool {
        if self.sweep_every == u64::MAX {
            return false;
        }
        let now = clock::coarse();
        let due = self.due.load(Ordering::Relaxed);
        let next = now.saturating_add(self.sweep_every);
        now >= due
            && self
                .due
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Puts the magazines that threads of a parent had taken out at the fork back into the depot;
    /// `false` if there is no memory to do it with. For the claimant ([`ForkClaim`](super::ownership)),
    /// with every cache of the pool.
    pub(super) fn recover<'c>(&self, caches: impl Iterator<Item = &'c CpuCache>) -> bool {
        let arena = self.depot.arena();
        let cached = caches
            .flat_map(|cache| [&cache.loaded, &cache.previous])
            // SAFETY: the caches of this pool hold magazines of its arena only (C2).
            .filter_map(|magazine| unsafe { arena.at(magazine.load(Ordering::Acquire)) });
        // Where identities are uncertain, the parent's threads may share this memory (`vfork`).
        // Otherwise they are gone, and no other thread of this process moves magazines.
        !process::is_certain() || self.depot.recover(cached)
    }
}
