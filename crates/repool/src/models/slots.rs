//! The slots engine: gets, returns, steals and the collection of everything.

use loom::sync::Arc;

use super::{Pool, alone, beside, model, open};
use crate::engine::surplus::Surplus;

#[test]
fn one_slot() {
    model(
        "one slot",
        "two threads that share a slot give and take: each value is seen once",
        || {
            let pool = Arc::new(Pool::new(1));
            let other = beside(&pool, |pool| {
                pool.give(0, 1);
                pool.take(0)
            });
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
            let other = beside(&pool, |pool| [pool.take(0), pool.take(0)]);
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
            let thief = beside(&pool, |pool| pool.take(1));
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
            let other = beside(&pool, |pool| {
                pool.give(0, 2);
                pool.take(0)
            });
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

#[test]
fn surplus() {
    model("surplus", "what is owed is paid back once for each", || {
        let surplus = Arc::new(Surplus::new());
        surplus.owe(9);
        let other = beside(&surplus, |surplus| {
            surplus.owe(9);
            usize::from(surplus.pay_back())
        });
        let mine = usize::from(surplus.pay_back());
        let paid = mine + other.join().expect("no panic");
        let rest = (0..3).filter(|_| surplus.pay_back()).count();
        assert_eq!(paid + rest, 2);
    });
}
