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
            depot: Depot::new(1, usize::MAX, usize::MAX),
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
            shared: self.shared,
        }
    }

    /// Moves all that slots have to the depot.
    fn collect(&self) {
        let depot = &self.depot;
        let mut collector = Collector::new(depot, |magazine| depot.store(magazine));
        self.slots.seen_by(0).seize(&mut collector);
    }

    /// Ends a period; what goes is returned.
    fn sweep(&self) -> Vec<usize> {
        let depot = &self.depot;
        let gone = if self.shared {
            let Some(aged) = depot.age() else {
                return Vec::new();
            };
            let mut collector = Collector::new(depot, |magazine| depot.store_victims(magazine));
            self.slots.seen_by(0).seize(&mut collector);
            drop(collector);
            opened(aged, depot)
        } else {
            let unused = Stack::new();
            let mut collector = Collector::new(depot, |magazine| unused.push(magazine));
            self.slots.seen_by(0).trim(&mut collector, None);
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
    Taken::new(magazines, depot).hand_to(&mut |object| values.push(open(object)));
    values
}

/// A depot with two magazines: 1 in the first, 2 in the one on top.
fn depot_of_two() -> Arc<Depot> {
    let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX));
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
            let depot = Arc::new(Depot::new(1, 1, usize::MAX));
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
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX));
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
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX));
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
            pool.collect();
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

/// All that was seen, in order.
fn sorted(seen: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut seen: Vec<usize> = seen.into_iter().collect();
    seen.sort_unstable();
    seen
}

#[test]
fn sweep_against_get() {
    model(
        "sweep against get",
        "what a sweep moves is taken once or dropped once; what was used since the last stays",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            pool.give(0, 2);
            assert!(pool.sweep().is_empty());
            let other = {
                let pool = pool.clone();
                thread::spawn(move || pool.take(0))
            };
            let gone = pool.sweep();
            let taken = other.join().expect("no panic");
            let seen = gone.into_iter().chain(taken).chain(alone(pool).rest());
            assert_eq!(sorted(seen), [1, 2]);
        },
    );
}

#[test]
fn sweep_against_put() {
    model(
        "sweep against put",
        "an object that comes home while a sweep is under way is kept; the older one goes",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            assert!(pool.sweep().is_empty());
            let other = {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.give(0, 2);
                    pool.give(0, 3);
                })
            };
            let gone = pool.sweep();
            other.join().expect("no panic");
            assert_eq!(gone, [1]);
            assert_eq!(alone(pool).rest(), [2, 3]);
        },
    );
}

#[test]
fn two_sweeps() {
    model(
        "two sweeps at once",
        "they drop no object that is younger than one period, and none twice",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            assert!(pool.sweep().is_empty());
            pool.give(0, 2);
            let other = {
                let pool = pool.clone();
                thread::spawn(move || pool.sweep())
            };
            let mut gone = pool.sweep();
            gone.extend(other.join().expect("no panic"));
            let left = alone(pool).rest();
            // Where one came after the other, they are two periods.
            assert!(gone.contains(&1) || left.contains(&1));
            assert_eq!(sorted(gone.into_iter().chain(left)), [1, 2]);
        },
    );
}

#[test]
fn sweep_and_drop() {
    model(
        "sweep and drop",
        "the last share in the pool goes while another thread has just swept: nothing is lost",
        || {
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            pool.give(0, 2);
            let other = {
                let pool = pool.clone();
                thread::spawn(move || pool.sweep())
            };
            let mine = pool.take(0);
            drop(pool);
            let gone = other.join().expect("no panic");
            // Nothing is old enough; loom sees to it that the rest was dropped.
            assert!(mine.is_none_or(|value| value == 1 || value == 2) && gone.is_empty());
        },
    );
}

#[test]
fn trim() {
    model(
        "trim",
        "what a slot has not used since the last trim goes once, while another takes and gives",
        || {
            let pool = Arc::new(Pool::per_slot(1));
            pool.give(0, 1);
            pool.give(0, 2);
            assert!(pool.sweep().is_empty());
            let other = {
                let pool = pool.clone();
                thread::spawn(move || {
                    let taken = pool.take(0);
                    pool.give(0, 3);
                    taken
                })
            };
            let gone = pool.sweep();
            let taken = other.join().expect("no panic");
            let seen = gone.into_iter().chain(taken).chain(alone(pool).rest());
            assert_eq!(sorted(seen), [1, 2, 3]);
        },
    );
}

#[test]
fn surplus() {
    model("surplus", "what is owed is paid back once for each", || {
        let surplus = Arc::new(Surplus::new());
        surplus.owe();
        let other = {
            let surplus = surplus.clone();
            thread::spawn(move || {
                surplus.owe();
                usize::from(surplus.pay_back())
            })
        };
        let mine = usize::from(surplus.pay_back());
        let paid = mine + other.join().expect("no panic");
        let rest = (0..3).filter(|_| surplus.pay_back()).count();
        assert_eq!(paid + rest, 2);
    });
}
