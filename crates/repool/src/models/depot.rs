//! The depot and its arena.

use loom::sync::Arc;

use super::{beside, model, object, open};
use crate::depot::hands::{Hands, InHand};
use crate::depot::magazine::Magazine;
use crate::depot::{Depot, Supply};

/// A depot with two magazines: 1 in the first, 2 in the one on top.
fn depot_of_two() -> Arc<Depot> {
    let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
    for value in 1..=2 {
        let magazine = depot.take_empty().expect("memory");
        assert!(magazine.push(object(value)));
        depot.store(magazine);
    }
    depot
}

/// The next recent magazine, and a raised hand.
fn take_full<'a>(depot: &'a Depot, hands: &'a Hands) -> Option<(&'a Magazine, InHand<'a>)> {
    match depot.take_full(hands)? {
        (Supply::Magazine(magazine), in_hand) => Some((magazine, in_hand)),
        (Supply::Object(_), _) => panic!("objects weigh nothing here"),
    }
}

#[test]
fn depot() {
    model(
        "depot",
        "a magazine is popped once, with what its last owner wrote, though heads come again (ABA)",
        || {
            let depot = depot_of_two();
            let other = beside(&depot, |depot| {
                let hands = Hands::new();
                // Takes both and brings the first back: the head looks as before, but what
                // was under it is gone.
                let (first, _in_hand) = take_full(depot, &hands)?;
                let second = take_full(depot, &hands).map(|(second, _)| second);
                depot.store(first);
                let value = second?.pop().map(open);
                depot.store(second?);
                value
            });
            let hands = Hands::new();
            let mut values: Vec<usize> = Vec::new();
            for _ in 0..2 {
                if let Some((magazine, _)) = take_full(&depot, &hands) {
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
            let other = beside(&depot, |depot| {
                let hands = Hands::new();
                // One comes back with another object in it.
                let (magazine, _in_hand) = take_full(depot, &hands)?;
                let value = magazine.pop().map(open);
                assert!(magazine.push(object(3)));
                depot.store(magazine);
                value
            });
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
            let depot = Arc::new(Depot::new(1, 1, usize::MAX, usize::MAX));
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
            let other = beside(&depot, move |depot| store(depot, 1));
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
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            let other = beside(&depot, |depot| {
                depot.take_empty().map(|magazine| magazine.id())
            });
            let mine = depot.take_empty().map(|magazine| magazine.id());
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
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            let maker = beside(&depot, |depot| {
                depot.take_empty().map(|magazine| magazine.id())
            });
            let statistician = beside(&depot, |depot| {
                depot.arena().iter().filter(|m| m.count() == 0).count()
            });
            assert_eq!(maker.join().expect("no panic"), Some(1));
            assert!(statistician.join().expect("no panic") <= 1);
        },
    );
}

#[test]
fn chunk_released_and_reused() {
    model(
        "chunk released and reused",
        "one trims while another takes an empty magazine: each is handed out once, and can be filled",
        || {
            let depot = Arc::new(Depot::new(1, usize::MAX, usize::MAX, usize::MAX));
            // Four are in the small chunk, two in a chunk of the directory, which come back.
            let all: Vec<_> = (0..6).filter_map(|_| depot.take_empty()).collect();
            all[4..].iter().for_each(|magazine| depot.store(magazine));
            drop(all);
            let other = beside(&depot, |depot| {
                let magazine = depot.take_empty().expect("memory");
                assert!(magazine.push(object(1)));
                assert_eq!(magazine.pop().map(open), Some(1));
                magazine.id()
            });
            depot.trim();
            let others = other.join().expect("no panic");
            let rest = (0..2).map(|_| depot.take_empty().expect("memory"));
            let mut ids: Vec<_> = rest.map(Magazine::id).chain([others]).collect();
            ids.sort_unstable();
            // A third is made now, or was while the two were being counted.
            assert_eq!(ids, [5, 6, 7]);
        },
    );
}
