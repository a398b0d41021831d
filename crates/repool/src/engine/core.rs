//! What a pool has on the heap once it is used.

use super::counts::Tally;
use super::demand::Demand;
use super::disposal::Disposal;
use super::exchange::Exchange;
use super::registry::Link;
use super::settings::{Plan, Settings};
use super::surplus::Surplus;
use crate::backend::{Backend, backend};
use crate::clock;
use crate::cpu::slots::Slots;
use crate::cpu::{Cpus, rseq};
use crate::depot::Depot;
use crate::process;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// See the module.
pub(crate) struct Core {
    pub(crate) depot: Depot,
    pub(crate) cpus: Storage,
    pub(crate) plan: Plan,
    pub(crate) surplus: Surplus,
    pub(crate) demand: Demand,
    pub(crate) tally: Tally,
    /// When ordinary calls sweep next, on the coarse clock.
    pub(super) due: AtomicU64,
    pub(super) sweep_every: u64,
    /// When it was last swept, for whatever reason, on the coarse clock.
    pub(super) swept: AtomicU64,
    /// The process that the pool was last used in.
    process: AtomicU32,
    /// The process whose objects are idle here, where that matters; see [`Core::idle_are`].
    owner: AtomicU32,
    /// The process a thread of which drops what the owner left, or 0.
    heir: AtomicU32,
    /// Returns so far, counted where a debugging switch asks for it.
    pub(crate) returns: AtomicUsize,
    /// How a thread that knows no types drops an idle object.
    pub(super) disposal: Option<Disposal>,
    /// Whether an object became idle that was never recycled.
    pub(super) has_unrecycled: AtomicBool,
    /// Whether outliers fade.
    pub(super) fades: bool,
    /// Whether a forked child drops its parent's idle objects before it uses the pool.
    drop_on_fork: bool,
    /// The place in the list of this process's used pools.
    pub(super) link: Link,
}

pub(crate) enum Storage {
    Rseq(rseq::Storage),
    Slots(Slots),
}

/// Does `$body` with the pool's exchange, whichever engine it runs on.
macro_rules! with_exchange {
    ($pool:expr, $core:expr, |$exchange:ident| $body:expr) => {{
        let core: &Core = $core;
        match &core.cpus {
            Storage::Rseq(storage) => {
                let table = &$pool.table;
                let $exchange = core.exchange(rseq::CpusOf { table, storage });
                $body
            }
            Storage::Slots(slots) => {
                let $exchange = core.exchange(slots.seen_from_here());
                $body
            }
        }
    }};
}
pub(super) use with_exchange;

impl Core {
    /// `None` when memory has run out.
    pub(crate) fn new(settings: &Settings, checks: rseq::Checks) -> Option<Self> {
        let cpus = rseq::cpus_online();
        let plan = settings.plan(cpus);
        let storage = match backend() {
            Backend::Rseq => rseq::Storage::new(settings.keeps(), checks).map(Storage::Rseq),
            Backend::Slots => None,
        };
        // Four times as many slots as CPUs, so that two threads that run seldom share one: with
        // twice as many, 64 threads on two CPUs took a third longer a pair. But no more than CPUs
        // where each may hold some beyond a bound.
        let bounded = !plan.shared || plan.is_bounded();
        let slots = if bounded {
            cpus
        } else {
            cpus.saturating_mul(4)
        };
        let sweep_every = settings.sweep_every;
        Some(Core {
            depot: Depot::new(plan.limit.max(1), plan.budget, plan.byte_budget),
            cpus: match storage {
                Some(storage) => storage,
                None => Storage::Slots(Slots::new(slots)?),
            },
            plan,
            surplus: Surplus::new(),
            demand: Demand::new(),
            tally: Tally::new(),
            due: AtomicU64::new(clock::coarse().saturating_add(sweep_every)),
            sweep_every,
            swept: AtomicU64::new(clock::coarse()),
            process: AtomicU32::new(process::id()),
            owner: AtomicU32::new(process::id()),
            heir: AtomicU32::new(0),
            returns: AtomicUsize::new(0),
            disposal: (settings.disposal)(),
            has_unrecycled: AtomicBool::new(false),
            fades: settings.fade_outliers,
            drop_on_fork: settings.drop_on_fork,
            link: Link::new(),
        })
    }

    pub(crate) fn exchange<C: Cpus>(&self, cpus: C) -> Exchange<'_, C> {
        Exchange {
            cpus,
            depot: &self.depot,
            surplus: &self.surplus,
            magazines: self.plan.limit > 0,
            bounded: self.plan.is_bounded(),
            shared: self.plan.shared,
        }
    }

    /// Whether it is time for a sweep, which is then the caller's to do.
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

    /// Whether the slots and the depot may be used by a thread that does not drop what a parent left.
    pub(super) fn may_be_visited(&self) -> bool {
        // Acquire: as in `idle_are`.
        !self.drop_on_fork || self.owner.load(Ordering::Acquire) == process::id()
    }

    /// Whose the idle objects are, in a pool that a child may not take over.
    pub(crate) fn idle_are(&self) -> Idle<'_> {
        let here = process::id();
        // Acquire: what the heir did is seen.
        if self.owner.load(Ordering::Acquire) == here {
            return Idle::Ours;
        }
        let heir = self.heir.load(Ordering::Relaxed);
        let first = heir != here
            && self
                .heir
                .compare_exchange(heir, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        match first {
            true => Idle::Parents(Inheriting { core: self, here }),
            false => Idle::InHand,
        }
    }

    /// Whether the caller is the first to use the pool in a forked child.
    pub(crate) fn is_first_in_a_fork(&self) -> bool {
        let last = self.process.load(Ordering::Relaxed);
        let here = process::id();
        last != here
            && self
                .process
                .compare_exchange(last, here, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// Whose the idle objects of a pool are.
pub(crate) enum Idle<'a> {
    /// This process's.
    Ours,
    /// The parent's, and the caller's to drop: nobody else in this process uses slots or depot
    /// until that is [done](Inheriting::done).
    Parents(Inheriting<'a>),
    /// The parent's, and another call is dropping them: neither slots nor depot may be used.
    InHand,
}

/// See [`Idle::Parents`]; where it is dropped before it is done, the next call begins anew.
pub(crate) struct Inheriting<'a> {
    core: &'a Core,
    here: u32,
}

impl Inheriting<'_> {
    pub(crate) fn done(self) {
        self.core.owner.store(self.here, Ordering::Release);
    }
}

impl Drop for Inheriting<'_> {
    fn drop(&mut self) {
        self.core.heir.store(0, Ordering::Release);
    }
}
