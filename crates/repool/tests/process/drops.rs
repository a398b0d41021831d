//! On which thread objects are dropped, and what their `Drop` may do.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::{ALL_TURNS, rounds, sweeper, turn, until};
use repool::{IdleDrop, OwnedPooled, Pool, Recycle, SweeperHandle};

/// Sends the name of the thread that drops it.
struct Told(Sender<Option<String>>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().name().map(str::to_owned));
    }
}

impl Recycle for Told {
    fn recycle(&mut self) -> bool {
        true
    }

    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::on_any_thread()
    }
}

#[test]
fn a_type_that_allows_it_is_dropped_by_the_sweeper() {
    let _turn = turn();
    let (sender, dropped) = channel();
    let pool = Pool::new(move || Told(sender.clone()));
    drop((pool.get(), pool.get()));
    let _sweeping = sweeper();
    for _ in 0..2 {
        let by = dropped.recv().unwrap();
        assert_eq!(by.as_deref(), Some("repool-sweeper"));
    }
}

#[test]
fn any_other_is_dropped_by_threads_that_use_the_pool() {
    let _turn = turn();
    let shared = Rc::new(RefCell::new(Vec::new()));
    struct Own(Rc<RefCell<Vec<thread::ThreadId>>>);
    impl Drop for Own {
        fn drop(&mut self) {
            self.0.borrow_mut().push(thread::current().id());
        }
    }
    let pool = Pool::builder(|| Own(Rc::clone(&shared)))
        .recycle(|_| true)
        .build();
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    let handle = sweeper();
    rounds(&handle, ALL_TURNS);
    // The pool is not used, so that its idle objects stay.
    assert_eq!((pool.stats().idle, shared.borrow().len()), (100, 0));
    // The pool is used and shrinks, although each of these calls finds an object.
    until(|| {
        drop(pool.get());
        pool.stats().idle <= 2
    });
    let own = thread::current().id();
    assert!(shared.borrow().iter().all(|&id| id == own));
    assert_eq!(shared.borrow().len() + pool.stats().idle, 100);
}

#[test]
fn never_recycled_objects_wait_for_threads_that_use_the_pool() {
    let _turn = turn();
    let shared = Rc::new(());
    let make = || vec![Rc::clone(&shared)];
    let pool = Pool::new(make);
    let emptied = Pool::new(make);
    pool.prewarm(50);
    drop((0..50).map(|_| emptied.get()).collect::<Vec<_>>());
    let handle = sweeper();
    // A cleared collection owns memory only, which any thread may free.
    until(|| emptied.stats().idle == 0);
    rounds(&handle, ALL_TURNS);
    assert_eq!((pool.stats().idle, Rc::strong_count(&shared)), (50, 51));
}

#[test]
fn a_drop_may_use_make_and_drop_pools() {
    static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    let _turn = turn();
    struct Busy(Option<Arc<Pool<String>>>);
    impl Recycle for Busy {
        fn recycle(&mut self) -> bool {
            true
        }
        fn idle_drop() -> IdleDrop<Self> {
            IdleDrop::on_any_thread()
        }
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            drop((LINES.get(), LINES.get()));
            let fresh = Pool::new(String::new);
            drop(fresh.get());
            LINES.sweep();
            drop((fresh, self.0.take()));
            DROPS.fetch_add(1, Relaxed);
        }
    }
    let pool = Pool::new(|| {
        let own = Arc::new(Pool::new_static(String::new));
        drop(own.get());
        Busy(Some(own))
    });
    drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
    let _sweeping = sweeper();
    until(|| DROPS.load(Relaxed) == 10);
}

#[test]
fn a_drop_may_take_the_pool_or_the_sweeper_with_it() {
    type Own = Pool<Holder, fn() -> Holder>;
    static GONE: AtomicUsize = AtomicUsize::new(0);
    let _turn = turn();
    #[derive(Default)]
    struct Holder {
        handle: Option<SweeperHandle>,
        pool: Option<Arc<Own>>,
    }
    impl Recycle for Holder {
        fn recycle(&mut self) -> bool {
            true
        }
        fn idle_drop() -> IdleDrop<Self> {
            IdleDrop::on_any_thread()
        }
    }
    impl Drop for Holder {
        fn drop(&mut self) {
            drop((self.pool.take(), self.handle.take()));
            GONE.fetch_add(1, Relaxed);
        }
    }
    let pool: Arc<Own> = Arc::new(Pool::new(Holder::default));
    let kept = Arc::downgrade(&pool);
    let mut objects = [pool.get_owned(), pool.get_owned()];
    for object in &mut objects {
        object.pool = Some(Arc::clone(&pool));
    }
    objects[0].handle = Some(sweeper());
    drop::<[OwnedPooled<_, _>; 2]>(objects);
    drop(pool);
    until(|| GONE.load(Relaxed) == 2 && kept.upgrade().is_none());
    // The sweeper's thread has ended, or is about to.
    until(|| repool::Sweeper::new().spawn_for_process().is_ok());
}

#[test]
fn a_panic_ends_neither_the_round_nor_the_sweeper() {
    let _turn = turn();
    struct Bomb;
    impl Recycle for Bomb {
        fn recycle(&mut self) -> bool {
            true
        }
        fn idle_drop() -> IdleDrop<Self> {
            IdleDrop::on_any_thread()
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            // `resume_unwind` does not call the panic hook, which would print.
            std::panic::resume_unwind(Box::new("a bomb"));
        }
    }
    let pool = Pool::new(|| Bomb);
    drop((pool.get(), pool.get(), pool.get()));
    let handle = sweeper();
    until(|| handle.sweeps().panics == 3);
    let lines = Pool::new(String::new);
    drop(lines.get());
    until(|| lines.stats().idle == 0);
}
