//! Forked children have no sweeper's thread, and may start one.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use super::{ALL_TURNS, SOON, rounds, sweeper, turn, until};
use repool::{Pool, PressureError, Sweeper};
use repool_testing::done::DoneGuard;
use repool_testing::fork::in_a_fork;

fn many(pool: &Pool<Vec<u8>>) {
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
}

#[test]
fn a_child_is_not_swept_until_it_spawns_a_sweeper() {
    static INHERITED: Pool<Vec<u8>> = Pool::new(Vec::new);
    let _turn = turn();
    let mut handle = Some(sweeper());
    for _ in 0..30 {
        many(&INHERITED);
        in_a_fork(|| {
            let parents = handle.take().unwrap();
            assert!(matches!(parents.pressure(), Err(PressureError::Forked)));
            drop(parents);
            many(&INHERITED);
            let fresh: Pool<Vec<u8>> = Pool::new(Vec::new);
            many(&fresh);
            drop(fresh);
            let own = Sweeper::new().every(SOON).spawn_for_process().unwrap();
            assert!(Sweeper::new().spawn_for_process().is_err());
            until(|| INHERITED.stats().idle <= 1);
            drop(own);
            drop(sweeper());
        });
    }
    // The parent's sweeper runs all the time.
    until(|| INHERITED.stats().idle == 0);
}

#[test]
fn objects_that_a_child_has_to_drop_are_left_to_it() {
    let _turn = turn();
    let pool = Pool::new_static(Vec::<u8>::new).drop_on_fork();
    many(&pool);
    in_a_fork(|| {
        let own = sweeper();
        rounds(&own, ALL_TURNS);
        assert_eq!(pool.stats().idle, 100);
        // The first use drops the parent's objects; from then on the pool is swept.
        drop(pool.get());
        assert_eq!(pool.stats().dropped.fork, 100);
        until(|| pool.stats().idle == 0);
        drop(own);
    });
    let own = sweeper();
    until(|| pool.stats().idle == 0);
    drop(own);
}

/// Children of a process whose other threads are at any point of a pool's calls.
#[test]
fn a_child_may_be_made_at_any_moment() {
    static INHERITED: Pool<Vec<u8>> = Pool::new(Vec::new);
    let _turn = turn();
    let over = AtomicBool::new(false);
    let handle = sweeper();
    thread::scope(|scope| {
        let _end = DoneGuard(&over);
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    let pools = [(); 3].map(|()| Pool::new(Vec::<u8>::new));
                    pools.iter().for_each(|pool| drop(pool.get()));
                    many(&INHERITED);
                    let [first, second, third] = pools;
                    drop((second, first, third));
                }
            });
        }
        for _ in 0..100 {
            in_a_fork(|| {
                let pools = [(); 3].map(|()| Pool::new_static(Vec::<u8>::new));
                pools.iter().for_each(many);
                let own = sweeper();
                until(|| pools.iter().all(|pool| pool.stats().idle == 0));
                many(&INHERITED);
                drop(pools);
                rounds(&own, 3);
            });
        }
    });
    drop(handle);
}

/// The child's sweeper and its first calls both find a pool that the parent's threads were using.
#[test]
fn a_childs_sweeper_and_its_calls_share_what_was_the_parents() {
    static INHERITED: Pool<Vec<u8>> = Pool::new(Vec::new);
    let _turn = turn();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = DoneGuard(&over);
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    many(&INHERITED);
                }
            });
        }
        for round in 0..100 {
            in_a_fork(|| {
                let own = sweeper();
                // In turn: the sweeper is first, or a call is, or either.
                if round % 3 == 0 {
                    rounds(&own, ALL_TURNS);
                }
                for _ in 0..20 {
                    let mut taken = (0..100).map(|_| INHERITED.get()).collect::<Vec<_>>();
                    for (buffer, value) in taken.iter_mut().zip(0..) {
                        buffer.push(value);
                    }
                    let values = taken.iter().map(|buffer| (***buffer).to_vec());
                    assert!(values.eq((0..100).map(|value| vec![value])));
                }
                // Each idle object is somewhere that the sweeper reaches.
                until(|| INHERITED.stats().idle == 0);
            });
        }
    });
}
