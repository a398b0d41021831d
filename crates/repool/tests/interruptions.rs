//! Which CPUs a call on one pool interrupts: those whose caches it takes objects from, and no other.
//!
//! A program of its own, because restarts are counted for the whole process.

#![cfg(target_os = "linux")]

use std::hint::spin_loop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use repool::{Backend, Pool, backend, restarts};
use repool_testing::affinity::{cpus, stay_on};

/// Times that the calling thread has lost its CPU against its will; each restarts a section at most once.
fn switches() -> u64 {
    // SAFETY: fills a struct of plain integers about the calling thread.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage
    };
    usage.ru_nivcsw.unsigned_abs()
}

/// Held by the test that counts.
static TURN: Mutex<()> = Mutex::new(());

/// Waits until the other thread has got a few more objects.
fn wait_for_gets(gets: &AtomicU64) {
    let before = gets.load(Relaxed);
    while gets.load(Relaxed) < before + 4 {
        spin_loop();
    }
}

/// How often `work` is called.
const CALLS: u64 = 20_000;

/// Calls `work`, which may use other pools, on the first CPU, while a thread on the second one does nothing
/// but get from `pool` and return. Returns how many sections were restarted, and how often that thread lost
/// its CPU.
fn restarts_on_another_cpu(
    pool: &Pool<String, fn() -> String>,
    work: impl Fn(&AtomicU64) + Sync,
) -> (u64, u64) {
    let _turn = TURN.lock();
    let (gets, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let busy = scope.spawn(|| {
            stay_on(1);
            let before = switches();
            while !done.load(Relaxed) {
                drop(pool.get());
                gets.fetch_add(1, Relaxed);
            }
            switches() - before
        });
        let here = scope.spawn(|| {
            stay_on(0);
            wait_for_gets(&gets);
            let (restarted, mine) = (restarts(), switches());
            (0..CALLS).for_each(|_| work(&gets));
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
    let pool = Pool::new(String::new as fn() -> String);
    for (name, work) in [
        ("clear", &(|| pool.clear()) as &(dyn Fn() + Sync)),
        ("sweep", &|| pool.sweep()),
    ] {
        let other = Pool::new(String::new as fn() -> String);
        let (restarted, switches) = restarts_on_another_cpu(&other, |_| {
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

/// A sweep asks the CPUs in use for what they have cached, and interrupts only those that have made no call
/// since the sweep before.
#[test]
fn a_sweep_interrupts_no_cpu_that_uses_the_pool() {
    if backend() != Backend::Rseq || cpus().len() < 2 {
        eprintln!("skipped: needs restartable sequences and two CPUs");
        return;
    }
    let pool = Pool::new(String::new as fn() -> String);
    let (restarted, switches) = restarts_on_another_cpu(&pool, |gets| {
        wait_for_gets(gets);
        pool.sweep();
    });
    assert!(
        restarted <= switches,
        "{restarted} restarts on a CPU that was left {switches} times"
    );
}
