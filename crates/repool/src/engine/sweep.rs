//! What a pool gives back: what was not used, what is too heavy, what a child must not have.

use super::core::{Core, Idle, Inheriting, Storage, with_exchange};
use super::counts::Why;
use super::haul::Collector;
use super::raw::RawPool;
use super::taken::Taken;
use crate::clock;
use crate::cpu::{Cpus, Loot, Patience, Sink, rseq};
use crate::depot::hands::Hands;
use crate::depot::magazine::weight;
use crate::depot::stack::Stack;
use core::sync::atomic::Ordering;

impl Core {
    /// The outliers among the victims.
    pub(super) fn fade(&self, hands: &Hands) -> Taken<'_> {
        let depot = &self.depot;
        let (outliers, kept) = (Stack::new(), Stack::new());
        let _in_hand = hands.raise();
        let mut collector = Collector::gather(depot, |magazine| outliers.push(magazine));
        while let Some(magazine) = depot.take_victims() {
            for place in (0..magazine.count()).rev() {
                if magazine
                    .get(place)
                    .is_some_and(|object| self.is_outlier(object))
                    && collector.has_room()
                    && let Some(outlier) = magazine.remove(place)
                {
                    collector.put(Loot::Object(outlier));
                }
            }
            kept.push(magazine);
        }
        drop(collector);
        for magazine in kept.take_all(depot.arena()) {
            depot.store_victims(magazine);
        }
        Taken::new(outliers.take_all(depot.arena()), depot)
    }

    /// Whether an object is far heavier than recent demand. For its owner, in a pool that fades
    /// outliers.
    pub(super) fn is_outlier(&self, object: *mut ()) -> bool {
        debug_assert!(self.fades);
        // SAFETY: W1: a pool that fades outliers weighs its objects; the caller owns this one.
        unsafe { weight(object) > self.demand.bound() }
    }
}

impl RawPool {
    /// Whether it is time for a sweep, which is then the caller's to do.
    pub(crate) fn sweep_is_due(&self) -> bool {
        self.made().is_some_and(Core::sweep_is_due)
    }

    /// Ends a period: hands what was not used since the last one ended to `sink`, which may panic,
    /// or use the pool.
    pub(crate) fn sweep(&self, patience: Patience, sink: &mut dyn FnMut(*mut (), Why)) {
        let Some(core) = self.made() else { return };
        core.swept.store(clock::coarse(), Ordering::Relaxed);
        let depot = &core.depot;
        let fades = self.settings.fade_outliers;
        let why = |object| match fades && core.is_outlier(object) {
            true => Why::Heavy,
            false => Why::Swept,
        };
        if !core.plan.shared {
            if fades {
                core.demand.turn();
            }
            let is_outlier = |object| core.is_outlier(object);
            let goes = fades.then_some(&is_outlier as &dyn Fn(*mut ()) -> bool);
            let unused = Stack::new();
            with_exchange!(self, core, |exchange| exchange.cpus.trim(
                patience,
                &mut Collector::gather(depot, |magazine| unused.push(magazine)),
                goes
            ));
            // And what a race may have left in the depot.
            let unused = unused.take_all(depot.arena()).chain(depot.take_all());
            let mut unused = Taken::new(unused, depot);
            if unused.hand_to(&mut |object| sink(object, why(object))) {
                depot.trim();
            }
            return;
        }
        let Some(aged) = depot.age() else { return };
        let mut aged = Taken::new(aged, depot);
        with_exchange!(self, core, |exchange| exchange.cpus.seize(
            patience,
            &mut Collector::at_once(depot, exchange.cpus.hands(), |magazine| {
                depot.store_victims(magazine);
            })
        ));
        if fades {
            core.demand.turn();
            with_exchange!(self, core, |exchange| core
                .fade(exchange.cpus.hands())
                .hand_to(&mut |object| sink(object, why(object))));
        }
        if aged.hand_to(&mut |object| sink(object, why(object))) {
            depot.trim();
        }
    }

    /// Hands every idle object to `sink`, which may panic, or use the pool. `false` in a child that
    /// `sink` forked, where what is left is still idle.
    pub(crate) fn drain(&self, sink: &mut dyn FnMut(*mut ())) -> bool {
        let Some(core) = self.made() else { return true };
        let depot = &core.depot;
        with_exchange!(self, core, |exchange| {
            exchange.cpus.seize(
                Patience::Some,
                &mut Collector::at_once(depot, exchange.cpus.hands(), |magazine| {
                    depot.store(magazine);
                }),
            )
        });
        core.surplus.forgive();
        let all = Taken::new(depot.take_all(), depot).hand_to(sink);
        if all {
            depot.trim();
        }
        all
    }

    /// Whether magazines may be moved. In a forked child, only after those that the parent's threads
    /// had taken out were found; and if the child is not to have what its parent had idle, after all of
    /// that went to `sink`, which may panic, or use the pool. Otherwise `sink` is not called.
    #[inline]
    pub(crate) fn may_move(&self, sink: &mut dyn FnMut(*mut ())) -> bool {
        let Some(core) = self.made() else { return true };
        match core.idle_are() {
            Idle::Ours => true,
            Idle::InHand => false,
            Idle::Parents(inheriting) => self.inherit(core, inheriting, sink),
        }
    }

    #[cold]
    #[inline(never)]
    fn inherit(
        &self,
        core: &Core,
        inheriting: Inheriting<'_>,
        sink: &mut dyn FnMut(*mut ()),
    ) -> bool {
        let recovered = with_exchange!(self, core, |exchange| {
            // Whoever had something in hand, or the slots shut, is a thread of the parent's.
            exchange.cpus.renew();
            core.recover(exchange.cpus.slots())
        });
        let done = recovered
            && (!self.settings.drop_on_fork || self.drop_the_parents(core, &inheriting, sink));
        if done {
            inheriting.done();
        }
        done
    }

    /// Hands all that the parent had idle to `sink`; `false` in a child that `sink` forked.
    fn drop_the_parents(
        &self,
        core: &Core,
        inheriting: &Inheriting<'_>,
        sink: &mut dyn FnMut(*mut ()),
    ) -> bool {
        let depot = &core.depot;
        // No barrier, which the system may refuse a child, and no lock, whose holder may be a
        // thread of the parent's: nobody else uses the slots (`Idle::Parents`).
        with_exchange!(self, core, |exchange| {
            let mut collector = Collector::gather(depot, |magazine| depot.store(magazine));
            // SAFETY: see above.
            unsafe { exchange.cpus.seize_alone(&mut collector) };
            drop(collector);
            // SAFETY: see above. Those for which there was no memory.
            unsafe { exchange.cpus.drain_privates(sink) };
        });
        core.surplus.forgive();
        inheriting.is_here() && Taken::new(depot.take_all(), depot).hand_to(sink)
    }
}
