//! Which CPUs a call on one pool interrupts: those whose caches it takes objects from, and no other.
//!
//! A program of its own, because restarts are counted for the whole process.

#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use repool::{Backend, Pool, backend, restarts};
use repool_testing::affinity::{cpus, stay_on};

/// Times that the calling thread has lost its CPU; each restarts a section at most once.
fn switches() -> u64 {
    // SAFETY: fills a struct of plain integers about the calling thread.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage
    };
    (usage.ru_nvcsw + usage.ru_nivcsw).unsigned_abs()
}

/// Calls `work`, which may use other pools, 20,000 times on the first CPU, while a thread on the second one
/// does nothing but get and return. Returns how many sections were restarted, and how often that thread
/// lost its CPU.
fn restarts_on_another_cpu(work: impl Fn() + Sync) -> (u64, u64) {
    let pool = Pool::new(String::new);
    let (started, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let busy = scope.spawn(|| {
            stay_on(1);
            drop(pool.get());
            let before = switches();
            started.store(true, Relaxed);
            while !done.load(Relaxed) {
                drop(pool.get());
            }
            switches() - before
        });
        let here = scope.spawn(|| {
            stay_on(0);
            while !started.load(Relaxed) {
                thread::yield_now();
            }
            let (restarted, mine) = (restarts(), switches());
            (0..20_000).for_each(|_| work());
            // This thread's own sections are restarted where it loses its CPU.
            (restarts() - restarted).saturating_sub(switches() - mine)
        });
        let restarted = here.join().unwrap();
        done.store(true, Relaxed);
        (restarted, busy.join().unwrap())
    })
}

#[test]
fn only_the_cpus_that_objects_are_taken_from_are_interrupted() {
    if backend() != Backend::Rseq || cpus().len() < 2 {
        eprintln!("skipped: needs restartable sequences and two CPUs");
        return;
    }
    let pool = Pool::new(String::new);
    for (name, work) in [
        ("clear", &(|| pool.clear()) as &(dyn Fn() + Sync)),
        ("sweep", &|| pool.sweep()),
    ] {
        let (restarted, switches) = restarts_on_another_cpu(|| {
            // Cached on this CPU, whose cache the call stops.
            drop(pool.get());
            work();
        });
        assert!(
            restarted <= switches,
            "{name}: {restarted} restarts on a CPU that was left {switches} times"
        );
    }
}
