//! Contention does not inflate a pool: with any number of threads it has at most as many idle objects as were
//! in use at once, and a magazine for each CPU. On slots this holds once contention has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::subject::{CallCount, MAGAZINE, cpus};
use crate::thing::Census;
use repool::{Backend, Pool, backend};
use repool_testing::random::Random;

const THREADS: usize = 64;

/// Objects in use, counted from before the get begins to after the drop has ended.
#[derive(Default)]
struct InUse {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl InUse {
    fn add(&self) {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        if self.most.load(SeqCst) < now {
            self.most.fetch_max(now, SeqCst);
        }
    }
}

/// Every thread holds up to `held` objects at a time.
pub fn run(length: Duration, held: usize) {
    let census = Arc::new(Census::default());
    let pool = Pool::new(|| census.create(0)).sweep_every(None);
    let (in_use, returns, done) = (
        InUse::default(),
        CallCount::default(),
        AtomicBool::new(false),
    );
    let room = MAGAZINE * cpus();
    let (mut samples, mut most_idle, mut nearest) = (0, 0, isize::MIN);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (pool, in_use, returns, done) = (&pool, &in_use, &returns, &done);
            scope.spawn(move || {
                let mut random = Random::new(number as u64);
                let mut mine = Vec::with_capacity(held);
                while !done.load(SeqCst) {
                    for _ in 0..=random.below(held) {
                        in_use.add();
                        mine.push(pool.get());
                    }
                    for guard in mine.drain(..) {
                        returns.during(1, || drop(guard));
                        in_use.now.fetch_sub(1, SeqCst);
                    }
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < length {
            let ended = returns.ended();
            let idle = pool.stats().idle;
            // As in `Subject::check_sample`.
            let idle = idle.saturating_sub(returns.since(ended));
            let most = in_use.most.load(SeqCst);
            samples += 1;
            most_idle = most_idle.max(idle);
            nearest = nearest.max(idle as isize - most as isize);
        }
        done.store(true, SeqCst);
    });
    let most = in_use.most.load(SeqCst);
    let in_the_end = pool.stats().idle;
    // The excess objects that contention created are dropped by the first calls without contention.
    for _ in 0..20 {
        drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    }
    let stats = pool.stats();
    println!(
        "{THREADS} threads, 1 to {held} each: {} returns, {most} in use at most, {in_the_end} idle \
         at the end, {} after further calls; {most_idle} in {samples} samples, {nearest} more than had \
         been in use, {room} allowed\n  {stats:#}",
        returns.ended(),
        stats.idle
    );
    assert_eq!(stats.in_use, 0);
    assert!(stats.idle <= most.max(100) + room, "{stats:#}");
    // On slots, many threads contend for long with a thread that was preempted, so that the excess may be
    // larger until then.
    if backend() == Backend::Rseq {
        assert!(in_the_end <= most + room, "{in_the_end} idle at the end");
        assert!(nearest <= room as isize, "{nearest} more than were in use");
    }
}
