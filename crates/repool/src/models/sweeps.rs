//! Models of sweeps beside pops, pushes, other sweeps and the pool's drop.

use loom::sync::Arc;

use super::{ModelPool, alone, beside, model, sorted};

#[test]
fn sweep_against_get() {
    model(
        "sweep against get",
        "what a sweep moves is popped once or dropped once; what was used since the last sweep stays",
        || {
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            pool.push(0, 2);
            assert!(pool.sweep().is_empty());
            let other = beside(&pool, |pool| pool.pop(0));
            let gone = pool.sweep();
            let popped = other.join().expect("no panic");
            let seen = gone.into_iter().chain(popped).chain(alone(pool).rest());
            assert_eq!(sorted(seen), [1, 2]);
        },
    );
}

#[test]
fn sweep_against_put() {
    model(
        "sweep against put",
        "an object pushed while a sweep is under way is kept; the older one is dropped",
        || {
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            assert!(pool.sweep().is_empty());
            let other = beside(&pool, |pool| {
                pool.push(0, 2);
                pool.push(0, 3);
            });
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
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            assert!(pool.sweep().is_empty());
            pool.push(0, 2);
            let other = beside(&pool, |pool| pool.sweep());
            let mut gone = pool.sweep();
            gone.extend(other.join().expect("no panic"));
            let left = alone(pool).rest();
            // If one came after the other, they are two periods.
            assert!(gone.contains(&1) || left.contains(&1));
            assert_eq!(sorted(gone.into_iter().chain(left)), [1, 2]);
        },
    );
}

#[test]
fn sweep_and_drop() {
    model(
        "sweep and drop",
        "the last share of the pool is dropped after another thread has swept: nothing is lost",
        || {
            let pool = Arc::new(ModelPool::new(1));
            pool.push(0, 1);
            pool.push(0, 2);
            let other = beside(&pool, |pool| pool.sweep());
            let mine = pool.pop(0);
            drop(pool);
            let gone = other.join().expect("no panic");
            // Nothing is old enough; loom checks that the rest was dropped.
            assert!(mine.is_none_or(|value| value == 1 || value == 2) && gone.is_empty());
        },
    );
}

#[test]
fn trim() {
    model(
        "trim",
        "what a cache has not used since the last trim is dropped once, while another thread pops and pushes",
        || {
            let pool = Arc::new(ModelPool::per_cache(1));
            pool.push(0, 1);
            pool.push(0, 2);
            assert!(pool.sweep().is_empty());
            let other = beside(&pool, |pool| {
                let popped = pool.pop(0);
                pool.push(0, 3);
                popped
            });
            let gone = pool.sweep();
            let popped = other.join().expect("no panic");
            let seen = gone.into_iter().chain(popped).chain(alone(pool).rest());
            assert_eq!(sorted(seen), [1, 2, 3]);
        },
    );
}

#[test]
fn first_magazine_of_a_cache() {
    model(
        "first magazine of a cache",
        "a thread that counts cached objects while another loads the first magazine sees it initialised",
        || {
            let pool = Arc::new(ModelPool::per_cache(1));
            let other = beside(&pool, |pool| {
                pool.push(0, 1);
                pool.push(0, 2);
            });
            pool.push(0, 3);
            other.join().expect("no panic");
            drop(alone(pool).rest());
        },
    );
}
