//! What a pool gives back: what was not used, what is too heavy, what a child must not have.

use super::core::{Core, Idle, Storage, with_exchange};
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
        while let Some((magazine, _)) = depot.take_victims(hands) {
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
            return Taken::new(unused, depot).hand_to(&mut |object| sink(object, why(object)));
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
        aged.hand_to(&mut |object| sink(object, why(object)));
    }

    /// Hands every idle object to `sink`, which may panic, or use the pool.
    pub(crate) fn drain(&self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
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
        Taken::new(depot.take_all(), depot).hand_to(sink);
    }

    /// Whether slots and depot may be used: in a forked child that is not to have what its parent
    /// had idle, only after all of that went to `sink`, which may panic, or use the pool.
    pub(crate) fn is_rid_of_the_parents(&self, sink: &mut dyn FnMut(*mut ())) -> bool {
        if !self.settings.drop_on_fork {
            return true;
        }
        let Some(core) = self.made() else { return true };
        match core.idle_are() {
            Idle::Ours => true,
            Idle::InHand => false,
            Idle::Parents(inheriting) => {
                self.drop_the_parents(core, sink);
                inheriting.done();
                true
            }
        }
    }

    #[cold]
    fn drop_the_parents(&self, core: &Core, sink: &mut dyn FnMut(*mut ())) {
        let depot = &core.depot;
        // Whoever had something in hand is a thread of the parent's.
        core.is_first_in_a_fork();
        with_exchange!(self, core, |exchange| exchange.cpus.forget_hands());
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
        Taken::new(depot.take_all(), depot).hand_to(sink);
    }
}
