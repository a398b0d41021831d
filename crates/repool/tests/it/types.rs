//! Objects of unusual types: zero-sized, over-aligned, borrowing, not `Send`.

use std::cell::Cell;
use std::rc::Rc;

use repool::Pool;
use repool_testing::tracked::Census;

#[test]
fn zero_sized() {
    thread_local!(static DROPS: Cell<usize> = const { Cell::new(0) });
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    let pool = Pool::builder(|| Nothing).recycle(|_| true).build();
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    assert_eq!(pool.stats().idle, 100);
    let held: Vec<_> = (0..150).map(|_| pool.get()).collect();
    assert_eq!(pool.stats().created, 150);
    drop(held);
    assert_eq!(DROPS.get(), 0);
    drop(pool);
    assert_eq!(DROPS.get(), 150);
}

#[test]
fn over_aligned() {
    #[repr(align(4096))]
    struct Page([u8; 4096]);
    let pool = Pool::builder(|| Page([7; 4096])).recycle(|_| true).build();
    for _ in 0..3 {
        let held: Vec<_> = (0..40).map(|_| pool.get()).collect();
        for page in &held {
            assert_eq!(std::ptr::from_ref::<Page>(page).addr() % 4096, 0);
            assert!(page.0.iter().all(|&byte| byte == 7));
        }
    }
    assert_eq!(pool.stats().created, 40);
}

#[test]
fn larger_than_a_page() {
    let pool = Pool::builder(|| vec![[1u8; 10_000]; 1])
        .recycle(|_| true)
        .build();
    assert_eq!(pool.get()[0][9_999], 1);
}

#[test]
fn borrowing_from_the_stack() {
    let text = String::from("on the stack");
    let used = Cell::new(0);
    {
        let pool = Pool::builder(|| (&text[..], &used))
            .recycle(|(_, used)| {
                used.set(used.get() + 1);
                true
            })
            .build();
        assert_eq!(pool.get().0, "on the stack");
        assert_eq!(pool.get().0.len(), 12);
    }
    assert_eq!(used.get(), 2);
}

#[test]
fn not_send_on_one_thread() {
    let shared = Rc::new(5);
    let pool = Pool::builder(|| Rc::clone(&shared))
        .recycle(|_| true)
        .build();
    assert_eq!(**pool.get(), 5);
    drop(pool);
    assert_eq!(Rc::strong_count(&shared), 1);
}

#[test]
fn pooled_objects_that_hold_guards_of_another_pool() {
    let census = Census::default();
    {
        let lines = Pool::new(|| census.make(0));
        let requests = Pool::builder(Vec::new).recycle(|_| true).build();
        for _ in 0..3 {
            let mut request = requests.get();
            request.push(lines.get());
        }
        assert_eq!(lines.stats().in_use, 3);
        requests.clear();
        assert_eq!(lines.stats().in_use, 0);
    }
    assert_eq!(census.alive(), 0);
}

#[test]
fn many_pools_at_a_time() {
    let pools: Vec<Pool<Vec<usize>>> = (0..1000).map(|_| Pool::default()).collect();
    for round in 0..3 {
        for (n, pool) in pools.iter().enumerate() {
            let mut mine = pool.get();
            assert!(mine.is_empty() && (round == 0 || mine.capacity() > 0));
            mine.push(n);
        }
    }
}
