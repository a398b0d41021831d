//! Sweeps against gets, returns, other sweeps and the end of the pool.

use loom::sync::Arc;

use super::{Pool, alone, beside, model, sorted};

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
            let other = beside(&pool, |pool| pool.take(0));
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
            let other = beside(&pool, |pool| {
                pool.give(0, 2);
                pool.give(0, 3);
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
            let pool = Arc::new(Pool::new(1));
            pool.give(0, 1);
            assert!(pool.sweep().is_empty());
            pool.give(0, 2);
            let other = beside(&pool, |pool| pool.sweep());
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
            let other = beside(&pool, |pool| pool.sweep());
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
            let other = beside(&pool, |pool| {
                let taken = pool.take(0);
                pool.give(0, 3);
                taken
            });
            let gone = pool.sweep();
            let taken = other.join().expect("no panic");
            let seen = gone.into_iter().chain(taken).chain(alone(pool).rest());
            assert_eq!(sorted(seen), [1, 2, 3]);
        },
    );
}

#[test]
fn first_magazine_of_a_slot() {
    model(
        "first magazine of a slot",
        "who notes what is at hand while another brings the slot's first magazine sees it made",
        || {
            let pool = Arc::new(Pool::per_slot(1));
            let other = beside(&pool, |pool| {
                pool.give(0, 1);
                pool.give(0, 2);
            });
            pool.give(0, 3);
            other.join().expect("no panic");
            drop(alone(pool).rest());
        },
    );
}
