//! Models of the depot and its arena.

use loom::sync::Arc;

use super::{beside, model, object, open};
use crate::depot::in_flight::{InFlight, InFlightGuard};
use crate::depot::magazine::Magazine;
use crate::depot::{Depot, Supply};

/// A depot with two magazines: 1 in the first, 2 in the one on top.
fn depot_of_two() -> Arc<Depot> {
    let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
    for value in 1..=2 {
        let magazine = depot.pop_empty().expect("memory");
        assert!(magazine.push(object(value)));
        depot.store(magazine);
    }
    depot
}

/// The next recent magazine, with its object in flight.
fn pop_full<'a>(
    depot: &'a Depot,
    in_flight: &'a InFlight,
) -> Option<(&'a Magazine, InFlightGuard<'a>)> {
    match depot.pop_full(in_flight)? {
        (Supply::Magazine(magazine), guard) => Some((magazine, guard)),
        (Supply::Object(_), _) => panic!("objects weigh nothing here"),
    }
}

#[test]
fn depot() {
    model(
        "depot",
        "a magazine is popped once, with what its last owner wrote, though the same head comes again (ABA)",
        || {
            let depot = depot_of_two();
            let other = beside(&depot, |depot| {
                let in_flight = InFlight::new();
                // Pops both and stores the first again: the head looks as before, but the magazine under
                // it is gone.
                let (first, _guard) = pop_full(depot, &in_flight)?;
                let second = pop_full(depot, &in_flight).map(|(second, _)| second);
                depot.store(first);
                let value = second?.pop().map(open);
                depot.store(second?);
                value
            });
            let in_flight = InFlight::new();
            let mut values: Vec<usize> = Vec::new();
            for _ in 0..2 {
                if let Some((magazine, _)) = pop_full(&depot, &in_flight) {
                    values.extend(magazine.pop().map(open));
                    depot.store(magazine);
                }
            }
            values.extend(other.join().expect("no panic"));
            for magazine in depot.drain() {
                values.extend(magazine.pop().map(open));
            }
            values.sort_unstable();
            assert_eq!(values, [1, 2]);
        },
    );
}

#[test]
fn depot_drained() {
    model(
        "depot drained",
        "draining all magazines and popping one never yield the same",
        || {
            let depot = depot_of_two();
            let other = beside(&depot, |depot| {
                let in_flight = InFlight::new();
                // One is stored again with another object in it.
                let (magazine, _guard) = pop_full(depot, &in_flight)?;
                let value = magazine.pop().map(open);
                assert!(magazine.push(object(3)));
                depot.store(magazine);
                value
            });
            let mut values: Vec<usize> = depot
                .drain()
                .filter_map(|magazine| magazine.pop().map(open))
                .collect();
            let brought = other.join().expect("no panic");
            values.extend(depot.drain().filter_map(|m| m.pop().map(open)));
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
        "two threads that store at once never exceed the budget, and what is refused stays the caller's",
        || {
            let depot = Arc::new(Depot::new(1, 1, usize::MAX, usize::MAX));
            let store = |depot: &Depot, value| {
                let magazine = depot.pop_empty().expect("memory");
                assert!(magazine.push(object(value)));
                let stored = depot.try_store(magazine);
                if !stored {
                    magazine.pop().map(open);
                    depot.store(magazine);
                }
                usize::from(stored)
            };
            let other = beside(&depot, move |depot| store(depot, 1));
            let stored = store(&depot, 2) + other.join().expect("no panic");
            assert!(stored <= 1);
            let left: Vec<usize> = depot
                .drain()
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
        "two threads that make the first magazine at once get two, and both see them initialised",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            let other = beside(&depot, |depot| {
                depot.pop_empty().map(|magazine| magazine.id())
            });
            let mine = depot.pop_empty().map(|magazine| magazine.id());
            let mut ids = [mine, other.join().expect("no panic")];
            ids.sort_unstable();
            assert_eq!(ids, [Some(1), Some(2)]);
        },
    );
}

#[test]
fn counting() {
    model(
        "counting",
        "a thread that counts while the first magazine is made sees none or an initialised one",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            let maker = beside(&depot, |depot| {
                depot.pop_empty().map(|magazine| magazine.id())
            });
            let counter = beside(&depot, |depot| {
                depot.arena().iter().filter(|m| m.count() == 0).count()
            });
            assert_eq!(maker.join().expect("no panic"), Some(1));
            assert!(counter.join().expect("no panic") <= 1);
        },
    );
}

#[test]
fn chunk_released_and_reused() {
    model(
        "chunk released and reused",
        "one thread trims while another pops an empty magazine: each is handed out once, and can be filled",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            // Four are in the small chunk; two are in a chunk of the directory, and stored again.
            let all: Vec<_> = (0..6).filter_map(|_| depot.pop_empty()).collect();
            all[4..].iter().for_each(|magazine| depot.store(magazine));
            drop(all);
            let other = beside(&depot, |depot| {
                let magazine = depot.pop_empty().expect("memory");
                assert!(magazine.push(object(1)));
                assert_eq!(magazine.pop().map(open), Some(1));
                magazine.id()
            });
            depot.trim();
            let others = other.join().expect("no panic");
            let rest = (0..2).map(|_| depot.pop_empty().expect("memory"));
            let mut ids: Vec<_> = rest.map(Magazine::id).chain([others]).collect();
            ids.sort_unstable();
            // The third was made now, or while `trim` counted the two.
            assert_eq!(ids, [5, 6, 7]);
        },
    );
}
