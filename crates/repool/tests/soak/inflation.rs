//! Contention never inflates a pool: however many threads are in each other's way, it has no more
//! idle than were out at once, and a magazine for each CPU; on slots, once the way is free.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::subject::{MAGAZINE, Traffic, cpus};
use crate::thing::Census;
use repool::{Backend, Pool, backend};

const THREADS: usize = 64;

/// Objects that are out, counted from before the get begins to after the drop has ended.
#[derive(Default)]
struct Out {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Out {
    fn add(&self) {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        if self.most.load(SeqCst) < now {
            self.most.fetch_max(now, SeqCst);
        }
    }
}

/// Every thread holds up to so many at a time.
pub fn run(length: Duration, held: usize) {
    let census = Arc::new(Census::default());
    let pool = Pool::new(|| census.create(0)).sweep_every(None);
    let (out, homecomings, done) = (Out::default(), Traffic::default(), AtomicBool::new(false));
    let room = MAGAZINE * cpus();
    let (mut samples, mut most_idle, mut nearest) = (0, 0, isize::MIN);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (pool, out, homecomings, done) = (&pool, &out, &homecomings, &done);
            scope.spawn(move || {
                let mut dice = Dice::new(number as u64);
                let mut mine = Vec::with_capacity(held);
                while !done.load(SeqCst) {
                    for _ in 0..=dice.below(held) {
                        out.add();
                        mine.push(pool.get());
                    }
                    for guard in mine.drain(..) {
                        homecomings.during(1, || drop(guard));
                        out.now.fetch_sub(1, SeqCst);
                    }
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < length {
            let ended = homecomings.ended();
            let idle = pool.stats().idle;
            // As in `Subject::check_sample`.
            let idle = idle.saturating_sub(homecomings.since(ended));
            let most = out.most.load(SeqCst);
            samples += 1;
            most_idle = most_idle.max(idle);
            nearest = nearest.max(idle as isize - most as isize);
        }
        done.store(true, SeqCst);
    });
    let most = out.most.load(SeqCst);
    let in_the_end = pool.stats().idle;
    // What was owed while others were in the way is paid back by the first calls that meet nobody.
    for _ in 0..20 {
        drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    }
    let stats = pool.stats();
    println!(
        "{THREADS} threads, 1 to {held} each: {} came home, {most} out at most, {in_the_end} idle in \
         the end, {} then; {most_idle} in {samples} samples, {nearest} more than had been out, {room} \
         allowed\n  {stats:#}",
        homecomings.ended(),
        stats.idle
    );
    assert_eq!(stats.in_use, 0);
    assert!(stats.idle <= most.max(100) + room, "{stats:#}");
    // On slots, a thread that has lost its CPU is in the way of many, for long: what is owed until
    // then may be more.
    if backend() == Backend::Rseq {
        assert!(in_the_end <= most + room, "{in_the_end} idle in the end");
        assert!(nearest <= room as isize, "{nearest} more than were out");
    }
}
