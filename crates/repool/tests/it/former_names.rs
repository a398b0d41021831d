//! Names from before the first release, which are deprecated and stay for one release.

#![allow(deprecated)]

use repool::{FnPool, Pool, StaticPool, SweepCounts, Sweeper, SweeperHandle, Sweeping, Sweeps};

#[test]
fn former_names_are_aliases() {
    static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).max_idle(1);
    static IDS: FnPool<u64> = FnPool::with(|| 0, |_| true).max_idle(1);
    let same: &StaticPool<u64> = &IDS;
    drop((LINES.get(), same.get()));
    let handle: Sweeping = Sweeper::new().spawn().unwrap();
    let counts: Sweeps = SweeperHandle::sweeps(&handle);
    assert_eq!(counts, SweepCounts::default());
}

#[test]
fn discarded_is_the_sum_of_dropped() {
    let bufs = repool::BufPool::new().max_idle_bytes(0);
    drop((bufs.get(100), bufs.get(1000)));
    let stats = bufs.stats().total();
    assert_eq!((stats.discarded, stats.dropped.total()), (2, 2));
}
