//! Models of the sharded engine: pops, pushes, steals, and draining everything.

use loom::sync::Arc;

use super::{ModelPool, alone, beside, model, open};
use crate::engine::excess::Excess;

#[test]
fn one_cache() {
    model(
        "one cache",
        "two threads that share a cache push and pop: each value is seen once",
        || {
            let pool = Arc::new(ModelPool::new(1));
            let other = beside(&pool, |pool| {
                pool.push(0, 1);
                pool.pop(0)
            });
            pool.push(0, 2);
            let mine = pool.pop(0);
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
fn magazines_of_one_cache() {
    model(
        "magazines of one cache",
        "one thread fills private slot, loaded and previous magazine while another pops",
        || {
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            pool.push(0, 2);
            let other = beside(&pool, |pool| [pool.pop(0), pool.pop(0)]);
            pool.push(0, 3);
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
        "a thread that drains another's cache never pops what that other thread pops",
        || {
            let pool = Arc::new(ModelPool::new(2));
            pool.push(0, 1);
            pool.push(0, 2);
            let thief = beside(&pool, |pool| pool.pop(1));
            let mine = pool.pop(0);
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
        "everything is drained while another thread pushes and pops: nothing is lost or seen twice",
        || {
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            let other = beside(&pool, |pool| {
                pool.push(0, 2);
                pool.pop(0)
            });
            pool.collect();
            let mut seen: Vec<usize> = pool
                .depot
                .drain()
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
fn excess() {
    model("excess", "each excess object is removed once", || {
        let excess = Arc::new(Excess::new());
        excess.add(9);
        let other = beside(&excess, |excess| {
            excess.add(9);
            usize::from(excess.try_remove())
        });
        let mine = usize::from(excess.try_remove());
        let removed = mine + other.join().expect("no panic");
        let rest = (0..3).filter(|_| excess.try_remove()).count();
        assert_eq!(removed + rest, 2);
    });
}
