//! What sweeps leave: what was used since the last one.

use crate::affinity::on_one_cpu;
use crate::tracked::Census;
use repool::{Pool, Pooled};

#[test]
fn what_was_used_between_two_sweeps_stays_where_there_is_no_depot_too() {
    let census = Census::default();
    on_one_cpu(0, || {
        for many in 1..30 {
            let pool = Pool::new(|| census.make(0)).per_cpu(31);
            let (unused, mut used) = (pool.get(), pool.get());
            drop(unused);
            pool.sweep();
            // It comes to lie above the unused one, or below it.
            used.value = 1;
            drop(used);
            (1..many).for_each(|_| pool.put(census.make(1)));
            pool.sweep();
            let stats = pool.stats();
            assert_eq!((stats.dropped.swept, stats.idle), (1, many), "{stats}");
            while let Some(left) = pool.try_get() {
                assert_eq!(left.value, 1);
                Pooled::detach(left);
            }
        }
    });
}

#[test]
fn outliers_fade_where_there_is_no_depot_too() {
    on_one_cpu(0, || {
        for (many, last) in [(1, 0), (5, 0), (5, 4)] {
            let pool = Pool::new(Vec::<u8>::new).per_cpu(many).fade_outliers();
            let mut held: Vec<_> = (0..many).map(|_| pool.get()).collect();
            held[last].resize(1 << 20, 0);
            drop(held);
            for period in 0..3 {
                // It is used, but not for what it is.
                let mut held: Vec<_> = (0..many).filter_map(|_| pool.try_get()).collect();
                held.iter_mut().for_each(|line| line.push(0));
                let huge = held.iter().filter(|line| line.capacity() >= 1 << 20);
                assert_eq!(huge.count(), usize::from(period < 2));
                drop(held);
                pool.sweep();
            }
            assert_eq!(pool.stats().discarded, 1);
        }
    });
}

#[test]
fn demand_counts_from_the_first_object_on() {
    let huge = || Vec::<u8>::with_capacity(1 << 20);
    let made = Pool::from_fn(huge).fade_outliers();
    assert_eq!(made.prewarm(1), 1);
    let brought = Pool::from_fn(Vec::<u8>::new).fade_outliers();
    brought.put(huge());
    for pool in [made, brought] {
        drop(pool.get());
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.discarded), (1, 0), "{stats}");
    }
}
