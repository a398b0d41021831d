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
use crate::cpu::{Cpus, Slot, rseq};
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
    /// The process that has taken the pool over; see [`Core::idle_are`].
    owner: AtomicU32,
    /// The process a thread of which takes over what the owner left, or 0.
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
    pub(super) drop_on_fork: bool,
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
            depot: Depot::new(
                plan.limit.max(1),
                plan.budget,
                plan.byte_budget,
                // A magazine of the heaviest objects that may be there.
                plan.light.saturating_mul(plan.limit.max(1)),
            ),
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

    /// Whether slots and depot are this process's to use, as [`Core::idle_are`] would say it, without a
    /// claim.
    #[inline]
    pub(super) fn is_ours(&self) -> bool {
        // Acquire: what the heir did is seen.
        self.owner.load(Ordering::Acquire) == process::id()
    }

    /// Whether slots and depot are this process's to use: magazines that a parent's threads had taken
    /// out at the fork have to be found first, and in a pool with `drop_on_fork` all objects dropped.
    #[inline]
    pub(crate) fn idle_are(&self) -> Idle<'_> {
        match self.is_ours() {
            true => Idle::Ours,
            false => self.idle_are_a_parents(),
        }
    }

    #[cold]
    fn idle_are_a_parents(&self) -> Idle<'_> {
        let here = process::id();
        let heir = self.heir.load(Ordering::Relaxed);
        let first = heir != here
            && self
                .heir
                .compare_exchange(heir, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if !first {
            return Idle::InHand;
        }
        let inheriting = Inheriting { core: self, here };
        // Another thread may have done it since the owner was read.
        match self.owner.load(Ordering::Acquire) == here {
            true => Idle::Ours,
            false => Idle::Parents(inheriting),
        }
    }

    /// Puts the magazines that threads of a parent had taken out at the fork back into the depot;
    /// `false` if there is no memory to do it with. For a caller that has [`Idle::Parents`], with every
    /// slot of the pool.
    pub(super) fn recover<'s>(&self, slots: impl Iterator<Item = &'s Slot>) -> bool {
        let arena = self.depot.arena();
        let in_slots = slots
            .flat_map(|slot| [&slot.loaded, &slot.previous])
            // SAFETY: the slots of this pool hold magazines of its arena only (C2).
            .filter_map(|place| unsafe { arena.at(place.load(Ordering::Acquire)) });
        // Where identities are uncertain, the parent's threads may share this memory (`vfork`).
        // Otherwise they are gone, and no other thread of this process moves magazines.
        !process::is_certain() || self.depot.recover(in_slots)
    }
}

/// Whose the idle objects of a pool are.
pub(crate) enum Idle<'a> {
    /// This process's.
    Ours,
    /// The parent's, and the caller's to take over: no other thread of this process moves magazines
    /// until that is [done](Inheriting::done).
    Parents(Inheriting<'a>),
    /// The parent's, and another call is taking them over: no magazine may be moved.
    InHand,
}

/// See [`Idle::Parents`]; where it is dropped before it is done, the next call begins anew.
pub(crate) struct Inheriting<'a> {
    core: &'a Core,
    here: u32,
}

impl Inheriting<'_> {
    /// Whether it is this process that inherits: not in a child that the user's code forked meanwhile.
    pub(crate) fn is_here(&self) -> bool {
        process::id() == self.here
    }

    pub(crate) fn done(self) {
        self.core.owner.store(self.here, Ordering::Release);
    }
}

impl Drop for Inheriting<'_> {
    fn drop(&mut self) {
        // Unless another process has become the heir.
        let _ = self
            .core
            .heir
            .compare_exchange(self.here, 0, Ordering::Release, Ordering::Relaxed);
    }
}
