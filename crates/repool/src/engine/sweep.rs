//! What drops idle objects: sweeps, `clear`, and the first use in a forked child.
//!
//! The functions take objects out of the [`Core`] and hand them to a sink; [`Engine`](super::Engine)
//! drops them there. The process's sweeper does the same without the pool, in [`visit`](super::visit).

use super::core::Core;
use super::counts::DropReason;
use super::cursor::DrainCursor;
use super::drain::Collector;
use super::ownership::{ForkClaim, Ownership};
use super::raw::RawPool;
use crate::clock;
use crate::cpu::{Cpus, DrainSink, Drained, Patience};
use crate::depot::in_flight::InFlight;
use crate::depot::magazine::weight;
use crate::depot::stack::Stack;
use core::sync::atomic::Ordering;

impl Core {
    /// Removes the outliers among the victims.
    pub(super) fn fade(&self, in_flight: &InFlight) -> DrainCursor<'_> {
        let depot = &self.depot;
        let (outliers, kept) = (Stack::new(), Stack::new());
        let _guard = in_flight.enter();
        let mut collector = Collector::gather(depot, |magazine| outliers.push(magazine));
        while let Some(magazine) = depot.pop_victim_magazine() {
            for index in (0..magazine.count()).rev() {
                if magazine
                    .get(index)
                    .is_some_and(|object| self.is_outlier(object))
                    && collector.has_room()
                    && let Some(outlier) = magazine.remove(index)
                {
                    collector.put(Drained::Object(outlier));
                }
            }
            kept.push(magazine);
        }
        drop(collector);
        for magazine in kept.drain(depot.arena()) {
            depot.store_victims(magazine);
        }
        DrainCursor::new(outliers.drain(depot.arena()), depot)
    }

    /// Whether an object is far heavier than recent demand. For its owner (M1), in a pool that fades
    /// outliers.
    pub(super) fn is_outlier(&self, object: *mut ()) -> bool {
        debug_assert!(self.fades);
        // SAFETY: W1: a pool that fades outliers weighs its objects; the caller owns this one.
        unsafe { weight(object) > self.demand.outlier_threshold() }
    }
}

impl RawPool {
    /// Whether a sweep is due, which the caller then has to do.
    pub(crate) fn sweep_is_due(&self) -> bool {
        self.made().is_some_and(Core::sweep_is_due)
    }

    /// Ends a period: hands what was not used since the last one ended to `sink`, which may panic,
    /// or use the pool.
    pub(crate) fn sweep(&self, patience: Patience, sink: &mut dyn FnMut(*mut (), DropReason)) {
        let Some(core) = self.made() else { return };
        core.swept.store(clock::coarse(), Ordering::Relaxed);
        let cpus = core.cpus(&self.table);
        let depot = &core.depot;
        let fades = self.settings.fade_outliers;
        let why = |object| match fades && core.is_outlier(object) {
            true => DropReason::Heavy,
            false => DropReason::Swept,
        };
        if !core.plan.shared {
            if fades {
                core.demand.end_period();
            }
            let is_outlier = |object| core.is_outlier(object);
            let drops = fades.then_some(&is_outlier as &dyn Fn(*mut ()) -> bool);
            let unused = Stack::new();
            cpus.trim(
                patience,
                &mut Collector::gather(depot, |magazine| unused.push(magazine)),
                drops,
            );
            // And what a race has left in the depot.
            let unused = unused.drain(depot.arena()).chain(depot.drain());
            let mut unused = DrainCursor::new(unused, depot);
            if unused.hand_to(&mut |object| sink(object, why(object))) {
                depot.trim();
            }
            return;
        }
        let Some(aged) = depot.age() else { return };
        let mut aged = DrainCursor::new(aged, depot);
        let unused = Stack::new();
        cpus.drain_for_sweep(
            patience,
            &mut Collector::at_once(depot, cpus.in_flight(), |magazine| {
                depot.store_victims(magazine);
            }),
            &mut Collector::gather(depot, |magazine| unused.push(magazine)),
        );
        let mut unused = DrainCursor::new(unused.drain(depot.arena()), depot);
        if fades {
            core.demand.end_period();
            core.fade(cpus.in_flight())
                .hand_to(&mut |object| sink(object, why(object)));
        }
        let mut sink = |object| sink(object, why(object));
        if aged.hand_to(&mut sink) && unused.hand_to(&mut sink) {
            depot.trim();
        }
    }

    /// Hands every idle object to `sink`, which may panic, or use the pool. `false` in a child that
    /// `sink` forked, where what is left is still idle.
    pub(crate) fn drain(&self, sink: &mut dyn FnMut(*mut ())) -> bool {
        let Some(core) = self.made() else { return true };
        let depot = &core.depot;
        let cpus = core.cpus(&self.table);
        cpus.drain_all(
            Patience::Some,
            &mut Collector::at_once(depot, cpus.in_flight(), |magazine| depot.store(magazine)),
        );
        core.excess.clear();
        let all = DrainCursor::new(depot.drain(), depot).hand_to(sink);
        if all {
            depot.trim();
        }
        all
    }

    /// Whether the calling thread may move magazines. In a forked child it claims the pool first and, with
    /// `drop_on_fork`, hands all that the parent had idle to `sink`, which may panic, or use the pool.
    /// Otherwise `sink` is not called.
    #[inline]
    pub(crate) fn may_move(&self, sink: &mut dyn FnMut(*mut ())) -> bool {
        let Some(core) = self.made() else { return true };
        match core.owner.ownership() {
            Ownership::Ours => true,
            Ownership::BeingClaimed => false,
            Ownership::Inherited(claim) => self.take_over(core, claim, sink),
        }
    }

    #[cold]
    #[inline(never)]
    fn take_over(&self, core: &Core, claim: ForkClaim<'_>, sink: &mut dyn FnMut(*mut ())) -> bool {
        let cpus = core.cpus(&self.table);
        // Threads that had stopped the caches or had objects in flight are the parent's.
        cpus.reset_after_fork();
        let recovered = core.recover(cpus.caches());
        let done =
            recovered && (!self.settings.drop_on_fork || self.drop_inherited(core, &claim, sink));
        if done {
            claim.finish();
        }
        done
    }

    /// Hands all that the parent had idle to `sink`; `false` in a child that `sink` forked.
    fn drop_inherited(
        &self,
        core: &Core,
        claim: &ForkClaim<'_>,
        sink: &mut dyn FnMut(*mut ()),
    ) -> bool {
        let depot = &core.depot;
        // Without a fence, which the system may refuse a child, and without locks, whose holders may be
        // threads of the parent: no other thread uses the caches (`Ownership::Inherited`).
        let cpus = core.cpus(&self.table);
        let mut collector = Collector::gather(depot, |magazine| depot.store(magazine));
        // SAFETY: see above.
        unsafe { cpus.drain_all_alone(&mut collector) };
        drop(collector);
        // SAFETY: see above. Private objects that no magazine had room for, if memory ran out.
        unsafe { cpus.drain_private_slots(sink) };
        core.excess.clear();
        claim.is_current() && DrainCursor::new(depot.drain(), depot).hand_to(sink)
    }
}
