//! Loom models of what threads share: every interleaving of a few steps, within the bound that
//! `ci/loom.sh` sets. Magazines hold one object here, so that each model reaches their boundaries.
//!
//! [`depot`] models the depot, [`sharded`] the sharded engine, [`sweeps`] both. Loom cannot run the
//! critical sections; `tests/restarts.rs` interrupts those with real preemptions.

mod depot;
mod sharded;
mod sweeps;

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

use crate::cpu::sharded::ShardedCaches;
use crate::cpu::{Cpus, Patience, Search};
use crate::depot::Depot;
use crate::depot::magazine::Magazine;
use crate::depot::stack::Stack;
use crate::engine::cursor::DrainCursor;
use crate::engine::drain::Collector;
use crate::engine::excess::Excess;
use crate::engine::exchange::Exchange;

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

/// An object that loom tracks: a model fails if it is leaked, or read without the write that made it.
fn object(value: usize) -> *mut () {
    Box::into_raw(Box::new(loom::alloc::Track::new(
        loom::cell::UnsafeCell::new(value),
    )))
    .cast()
}

/// Drops the object, and returns its value.
fn open(object: *mut ()) -> usize {
    type Object = loom::alloc::Track<loom::cell::UnsafeCell<usize>>;
    // SAFETY: made by `object`; the pool handed it out once, which the models check: loom reports a second
    // read of the dropped cell.
    let object = unsafe { Box::from_raw(object.cast::<Object>()) };
    // SAFETY: this thread alone has it.
    object.get_ref().with_mut(|value| unsafe { *value })
}

/// A pool without types, for values.
struct ModelPool {
    caches: ShardedCaches,
    depot: Depot,
    excess: Excess,
    /// Whether objects pass from cache to cache.
    shared: bool,
}

impl ModelPool {
    fn new(caches: usize) -> Self {
        ModelPool {
            caches: ShardedCaches::new(caches).expect("memory"),
            depot: Depot::new(1, usize::MAX, usize::MAX, usize::MAX),
            excess: Excess::new(),
            shared: true,
        }
    }

    /// A pool in which each cache has its own objects.
    fn per_cache(caches: usize) -> Self {
        let mut pool = ModelPool::new(caches);
        pool.shared = false;
        pool
    }

    fn view_as(&self, number: usize) -> Exchange<'_, impl Cpus> {
        Exchange {
            cpus: self.caches.view_as(number),
            depot: &self.depot,
            excess: &self.excess,
            magazines: true,
            bounded: false,
            shared: self.shared,
        }
    }

    /// Drains all caches into the depot.
    fn collect(&self) {
        let depot = &self.depot;
        let caches = self.caches.view_as(0);
        let mut collector = Collector::at_once(depot, caches.in_flight(), |magazine| {
            depot.store(magazine);
        });
        caches.drain_all(Patience::Some, &mut collector);
    }

    /// Ends a period; returns the dropped values.
    fn sweep(&self) -> Vec<usize> {
        let depot = &self.depot;
        let gone = if self.shared {
            let Some(aged) = depot.age() else {
                return Vec::new();
            };
            let caches = self.caches.view_as(0);
            let mut collector = Collector::at_once(depot, caches.in_flight(), |magazine| {
                depot.store_victims(magazine);
            });
            caches.drain_all(Patience::Some, &mut collector);
            drop(collector);
            opened(aged, depot)
        } else {
            let unused = Stack::new();
            let mut collector = Collector::gather(depot, |magazine| unused.push(magazine));
            self.caches
                .view_as(0)
                .trim(Patience::Some, &mut collector, None);
            drop(collector);
            opened(unused.drain(depot.arena()), depot)
        };
        gone
    }

    fn push(&self, number: usize, value: usize) {
        let object = object(value);
        if self.view_as(number).push(object).is_err() {
            open(object);
        }
    }

    fn pop(&self, number: usize) -> Option<usize> {
        self.view_as(number).pop(Search::Thorough).ok().map(open)
    }

    /// All idle values, sorted.
    fn rest(self) -> Vec<usize> {
        self.drain()
    }

    fn drain(&self) -> Vec<usize> {
        self.collect();
        sorted(opened(self.depot.drain(), &self.depot))
    }
}

impl Drop for ModelPool {
    /// Drops what is idle, as a pool does.
    fn drop(&mut self) {
        self.drain();
    }
}

/// Drops all objects of magazines, which go back to the depot, and returns their values.
fn opened<'a>(magazines: impl Iterator<Item = &'a Magazine>, depot: &'a Depot) -> Vec<usize> {
    let mut values = Vec::new();
    assert!(DrainCursor::new(magazines, depot).hand_to(&mut |object| values.push(open(object))));
    values
}

/// Runs `work` on another thread, which owns a share until it ends.
fn beside<T: Send + Sync + 'static, O: 'static>(
    shared: &Arc<T>,
    work: impl FnOnce(&T) -> O + 'static,
) -> JoinHandle<O> {
    let shared = Arc::clone(shared);
    thread::spawn(move || work(&shared))
}

/// Unwraps what no other thread shares any more.
fn alone<T>(shared: Arc<T>) -> T {
    Arc::try_unwrap(shared).unwrap_or_else(|_| panic!("a thread still shares it"))
}

/// Sorted values.
fn sorted(seen: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut seen: Vec<usize> = seen.into_iter().collect();
    seen.sort_unstable();
    seen
}
