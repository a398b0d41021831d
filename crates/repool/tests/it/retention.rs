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
