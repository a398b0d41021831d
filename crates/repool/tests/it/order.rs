//! Which object a get returns: the behaviours that Go's own tests of `sync.Pool` state.

use repool::{Pool, Recycle};
use repool_testing::affinity::on_one_cpu;

struct Name(&'static str);

impl Recycle for Name {
    fn recycle(&mut self) -> bool {
        true
    }
}

fn empty() -> Pool<Name> {
    Pool::new(|| Name("new"))
}

#[test]
fn new_only_when_empty() {
    let pool = empty();
    assert!(pool.try_get().is_none());
    pool.put(Name("old"));
    let old = pool.get();
    assert_eq!(old.0, "old");
    assert_eq!(pool.get().0, "new");
    assert_eq!(pool.stats().created, 1);
}

#[test]
fn the_private_slot_comes_first_then_the_last_in() {
    on_one_cpu(0, || {
        let pool = empty();
        for name in ["a", "b", "c"] {
            pool.put(Name(name));
        }
        let out = [pool.get(), pool.get(), pool.get(), pool.get()];
        assert_eq!(out.each_ref().map(|one| one.0), ["a", "c", "b", "new"]);
    });
}

#[test]
fn one_thread_gets_its_own_object_back_each_time() {
    let pool = Pool::new(Vec::<u8>::new);
    pool.get().reserve(4096);
    for _ in 0..1000 {
        assert!(pool.get().capacity() >= 4096);
    }
}

#[test]
fn objects_in_use_are_not_retained() {
    let (pool, census) = {
        let census = repool_testing::tracked::Census::default();
        let make = census.clone();
        (Pool::new(move || make.make(0)), census)
    };
    for _ in 0..100 {
        drop(repool::Pooled::detach(pool.get()));
    }
    assert_eq!(census.made(), 100);
    assert_eq!(census.alive(), 0);
}

#[test]
fn all_returned_objects_are_reused() {
    for many in [1, 2, 31, 61, 62, 100, 1000, 10_000] {
        let pool = Pool::builder(|| 0u64).recycle(|_| true).build();
        (0..many).for_each(|value| pool.put(value));
        assert_eq!(pool.stats().idle, many as usize);
        let out: Vec<_> = (0..many).map(|_| pool.get()).collect();
        let mut values: Vec<_> = out.iter().map(|one| **one).collect();
        values.sort_unstable();
        assert!(values.into_iter().eq(0..many), "{many}");
        assert_eq!(pool.stats().created, 0);
        drop(out);
        assert_eq!(pool.stats().idle, many as usize);
    }
}
