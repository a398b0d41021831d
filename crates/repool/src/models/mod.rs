//! Loom's models of the parts that threads share: every interleaving of a few steps, within the
//! bound that `ci/loom.sh` sets. Magazines hold one object here, so that each boundary is met.
//!
//! What is not here: the critical sections, which loom cannot run; `tests/restarts.rs` has those
//! really interrupted.

mod depot;
mod slots;
mod sweeps;

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

use crate::cpu::slots::Slots;
use crate::cpu::{Cpus, Patience, Search};
use crate::depot::Depot;
use crate::depot::magazine::Magazine;
use crate::depot::stack::Stack;
use crate::engine::exchange::Exchange;
use crate::engine::haul::Collector;
use crate::engine::surplus::Surplus;
use crate::engine::taken::Taken;

/// Counts what one model explored, and prints it: a model that explores nothing proves nothing.
fn model(name: &str, proves: &str, body: impl Fn() + Sync + Send + 'static) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let explored = std::sync::Arc::new(AtomicUsize::new(0));
    let count = explored.clone();
    loom::model::Builder::new().check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        body();
    });
    let explored = explored.load(Ordering::Relaxed);
    println!("{name}: {explored} executions; {proves}");
    assert!(explored >= 10, "{name} explored next to nothing");
}

/// An object that loom keeps track of: leaking it, or seeing it without the write that made it,
/// fails the model.
fn object(value: usize) -> *mut () {
    Box::into_raw(Box::new(loom::alloc::Track::new(
        loom::cell::UnsafeCell::new(value),
    )))
    .cast()
}

/// Takes the object for good, and reads what is in it.
fn open(object: *mut ()) -> usize {
    type Object = loom::alloc::Track<loom::cell::UnsafeCell<usize>>;
    // SAFETY: made by `object`; the pool handed it out once, which is what the models check: a
    // second time, loom would see the cell read after it was dropped.
    let object = unsafe { Box::from_raw(object.cast::<Object>()) };
    // SAFETY: this thread alone has it.
    object.get_ref().with_mut(|value| unsafe { *value })
}

/// What one thread of a model does to the pool.
struct Pool {
    slots: Slots,
    depot: Depot,
    surplus: Surplus,
    /// Whether objects go from slot to slot.
    shared: bool,
}

impl Pool {
    fn new(slots: usize) -> Self {
        Pool {
            slots: Slots::new(slots).expect("memory"),
            depot: Depot::new(1, usize::MAX, usize::MAX, usize::MAX),
            surplus: Surplus::new(),
            shared: true,
        }
    }

    /// One where each slot has its own objects only.
    fn per_slot(slots: usize) -> Self {
        let mut pool = Pool::new(slots);
        pool.shared = false;
        pool
    }

    fn seen_by(&self, number: usize) -> Exchange<'_, impl Cpus> {
        Exchange {
            cpus: self.slots.seen_by(number),
            depot: &self.depot,
            surplus: &self.surplus,
            magazines: true,
            bounded: false,
            shared: self.shared,
        }
    }

    /// Moves all that slots have to the depot.
    fn collect(&self) {
        let depot = &self.depot;
        let slots = self.slots.seen_by(0);
        let mut collector = Collector::at_once(depot, slots.hands(), |magazine| {
            depot.store(magazine);
        });
        slots.seize(Patience::Some, &mut collector);
    }

    /// Ends a period; what goes is returned.
    fn sweep(&self) -> Vec<usize> {
        let depot = &self.depot;
        let gone = if self.shared {
            let Some(aged) = depot.age() else {
                return Vec::new();
            };
            let slots = self.slots.seen_by(0);
            let mut collector = Collector::at_once(depot, slots.hands(), |magazine| {
                depot.store_victims(magazine);
            });
            slots.seize(Patience::Some, &mut collector);
            drop(collector);
            opened(aged, depot)
        } else {
            let unused = Stack::new();
            let mut collector = Collector::gather(depot, |magazine| unused.push(magazine));
            self.slots
                .seen_by(0)
                .trim(Patience::Some, &mut collector, None);
            drop(collector);
            opened(unused.take_all(depot.arena()), depot)
        };
        gone
    }

    fn give(&self, number: usize, value: usize) {
        let object = object(value);
        if self.seen_by(number).give(object).is_err() {
            open(object);
        }
    }

    fn take(&self, number: usize) -> Option<usize> {
        self.seen_by(number).take(Search::Thorough).ok().map(open)
    }

    /// All that is left, in order.
    fn rest(self) -> Vec<usize> {
        self.drain()
    }

    fn drain(&self) -> Vec<usize> {
        self.collect();
        sorted(opened(self.depot.take_all(), &self.depot))
    }
}

impl Drop for Pool {
    /// Drops what is idle, as a real one does.
    fn drop(&mut self) {
        self.drain();
    }
}

/// Opens all that is in magazines, which go back to the depot.
fn opened<'a>(magazines: impl Iterator<Item = &'a Magazine>, depot: &'a Depot) -> Vec<usize> {
    let mut values = Vec::new();
    assert!(Taken::new(magazines, depot).hand_to(&mut |object| values.push(open(object))));
    values
}

/// Runs `work` on a thread of its own, which has a share of its own until it ends.
fn beside<T: Send + Sync + 'static, O: 'static>(
    shared: &Arc<T>,
    work: impl FnOnce(&T) -> O + 'static,
) -> JoinHandle<O> {
    let shared = Arc::clone(shared);
    thread::spawn(move || work(&shared))
}

/// Unwraps what all threads have let go of.
fn alone<T>(shared: Arc<T>) -> T {
    Arc::try_unwrap(shared).unwrap_or_else(|_| panic!("a thread still has it"))
}

/// All that was seen, in order.
fn sorted(seen: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut seen: Vec<usize> = seen.into_iter().collect();
    seen.sort_unstable();
    seen
}
