//! Loom's models of the parts that threads share: every interleaving of a few steps, within the
//! bound that `ci/loom.sh` sets. Magazines hold one object here, so that each boundary is met.
//!
//! What is not here: the critical sections, which loom cannot run; `tests/restarts.rs` has those
//! really interrupted.

use loom::sync::Arc;
use loom::thread;

use crate::cpu::slots::Slots;
use crate::cpu::{Cpus, Search};
use crate::depot::Depot;
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
}

impl Pool {
    fn new(slots: usize) -> Self {
        Pool {
            slots: Slots::new(slots).expect("memory"),
            depot: Depot::new(1, usize::MAX),
        }
    }

    fn seen_by(&self, number: usize) -> Exchange<'_, impl Cpus> {
        Exchange {
            cpus: self.slots.seen_by(number),
            depot: &self.depot,
            magazines: true,
        }
    }

    fn give(&self, number: usize, value: usize) {
        let object = object(value);
        if !self.seen_by(number).give(object) {
            open(object);
        }
    }

    fn take(&self, number: usize) -> Option<usize> {
        let object = self.seen_by(number).take(Search::Thorough);
        (!object.is_null()).then(|| open(object))
    }

    /// All that is left, in order.
    fn rest(self) -> Vec<usize> {
        let mut rest = Vec::new();
        self.seen_by(0).collect();
        for magazine in self.depot.take_all() {
            rest.extend(std::iter::from_fn(|| magazine.pop()).map(open));
        }
        rest.sort_unstable();
        rest
    }
}

/// A depot with two magazines: 1 in the first, 2 in the one on top.
fn depot_of_two() -> Arc<Depot> {
    let depot = Arc::new(Depot::new(1, usize::MAX));
    for value in 1..=2 {
        let magazine = depot.take_empty().expect("memory");
        assert!(magazine.push(object(value)));
        depot.store(magazine);
    }
    depot
}

/// Unwraps what all threads have let go of.
fn alone<T>(shared: Arc<T>) -> T {
    Arc::try_unwrap(shared).unwrap_or_else(|_| panic!("a thread still has it"))
}

#[test]
fn depot() {
    model(
        "depot",
        "a magazine is popped once, with what its last owner wrote, though heads come again (ABA)",
        || {
            let depot = depot_of_two();
            let other = {
                let depot = depot.clone();
                thread::spawn(move || {
                    // Takes both and brings the first back: the head looks as before, but what
                    // was under it is gone.
                    let first = depot.take_full()?;
                    let second = depot.take_full();
                    depot.store(first);
                    let value = second?.pop().map(open);
                    depot.store(second?);
                    value
                })
            };
            let mut values: Vec<usize> = Vec::new();
            for _ in 0..2 {
                if let Some(magazine) = depot.take_full() {
                    values.extend(magazine.pop().map(open));
                    depot.store(magazine);
                }
            }
            values.extend(other.join().expect("no panic"));
            for magazine in depot.take_all() {
                values.extend(magazine.pop().map(open));
            }
            values.sort_unstable();
            assert_eq!(values, [1, 2]);
        },
    );
}

#[test]
fn depot_taken_whole() {
    model(
        "depot taken whole",
        "all magazines at once and one at a time never hand out the same",
        || {
            let depot = depot_of_two();
            let other = {
                let depot = depot.clone();
                thread::spawn(move || {
                    // One comes back with another object in it.
                    let magazine = depot.take_full()?;
                    let value = magazine.pop().map(open);
                    assert!(magazine.push(object(3)));
                    depot.store(magazine);
                    value
                })
            };
            let mut values: Vec<usize> = depot
                .take_all()
                .filter_map(|magazine| magazine.pop().map(open))
                .collect();
            let brought = other.join().expect("no panic");
            values.extend(depot.take_all().filter_map(|m| m.pop().map(open)));
            values.sort_unstable();
            if let Some(value) = brought {
                assert_eq!(values, [3 - value, 3]);
            } else {
                assert_eq!(values, [1, 2]);
            }
        },
    );
}

#[test]
fn depot_budget() {
    model(
        "depot budget",
        "two that store at once never pass the budget, and what is refused stays the caller's",
        || {
            let depot = Arc::new(Depot::new(1, 1));
            let store = |depot: &Depot, value| {
                let magazine = depot.take_empty().expect("memory");
                assert!(magazine.push(object(value)));
                let stored = depot.try_store(magazine);
                if !stored {
                    magazine.pop().map(open);
                    depot.store(magazine);
                }
                usize::from(stored)
            };
            let other = {
                let depot = depot.clone();
                thread::spawn(move || store(&depot, 1))
            };
            let stored = store(&depot, 2) + other.join().expect("no panic");
            assert!(stored <= 1);
            let left: Vec<usize> = depot
                .take_all()
                .filter_map(|magazine| magazine.pop().map(open))
                .collect();
            assert_eq!(left.len(), stored);
        },
    );
}

#[test]
fn arena() {
    model(
        "arena",
        "two that make the first magazine at once get two, and both see them made",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX));
            let other = {
                let depot = depot.clone();
                thread::spawn(move || depot.take_empty().map(|magazine| magazine.id))
            };
            let mine = depot.take_empty().map(|magazine| magazine.id);
            let mut ids = [mine, other.join().expect("no panic")];
            ids.sort_unstable();
            assert_eq!(ids, [Some(1), Some(2)]);
        },
    );
}

#[test]
fn statistician() {
    model(
        "statistician",
        "who counts while the first magazine is made sees none or a whole one",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX));
            let maker = {
                let depot = depot.clone();
                thread::spawn(move || depot.take_empty().map(|magazine| magazine.id))
            };
            let statistician = {
                let depot = depot.clone();
                thread::spawn(move || depot.arena().iter().filter(|m| m.count() == 0).count())
            };
            assert_eq!(maker.join().expect("no panic"), Some(1));
            assert!(statistician.join().expect("no panic") <= 1);
        },
    );
}

#[test]
fn one_slot() {
    model(
        "one slot",
        "two threads that share a slot give and take: each value is seen once",
        || {
            let pool = Arc::new(Pool::new(1));
            let other = {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.give(0, 1);
                    pool.take(0)
                })
            };
            pool.give(0, 2);
            let mine = pool.take(0);
            let mut seen: Vec<usize> = mine
                .into_iter()
                .chain(other.join().expect("no panic"))
                .chain(alone(pool).rest())
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, [1, 2]);
        },
    );
}

#[test]
fn magazines_of_one_slot() {
    model(
        "magazines of one slot",
        "one thread fills private place, loaded and previous magazine while another takes",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            pool.give(0, 2);
            let other = {
                let pool = pool.clone();
                thread::spawn(move || [pool.take(0), pool.take(0)])
            };
            pool.give(0, 3);
            let mut seen: Vec<usize> = other
                .join()
                .expect("no panic")
                .into_iter()
                .flatten()
                .chain(alone(pool).rest())
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, [1, 2, 3]);
        },
    );
}

#[test]
fn steal() {
    model(
        "steal",
        "a thread that empties another's slot and that other never have the same",
        || {
            let pool = Arc::new(Pool::new(2));
            pool.give(0, 1);
            pool.give(0, 2);
            let thief = {
                let pool = pool.clone();
                thread::spawn(move || pool.take(1))
            };
            let mine = pool.take(0);
            let mut seen: Vec<usize> = mine
                .into_iter()
                .chain(thief.join().expect("no panic"))
                .chain(alone(pool).rest())
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, [1, 2]);
        },
    );
}

#[test]
fn clear() {
    model(
        "clear",
        "everything is collected while another gives and takes: nothing is lost or seen twice",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            let other = {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.give(0, 2);
                    pool.take(0)
                })
            };
            pool.seen_by(0).collect();
            let mut seen: Vec<usize> = pool
                .depot
                .take_all()
                .flat_map(|magazine| {
                    let taken: Vec<_> = std::iter::from_fn(|| magazine.pop()).map(open).collect();
                    pool.depot.store(magazine);
                    taken
                })
                .collect();
            seen.extend(other.join().expect("no panic"));
            seen.extend(alone(pool).rest());
            seen.sort_unstable();
            assert_eq!(seen, [1, 2]);
        },
    );
}
