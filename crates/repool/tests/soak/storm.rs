//! All operations at once, on several pools with different settings.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::subject::{Bounds, Subject, Things, Watched};
use crate::worker::Worker;
use repool::Sweeper;
use repool_testing::pressure_file::PressureFile;
use repool_testing::random::Random;

const THREADS: usize = 64;
/// Samples between two quiet points.
const SAMPLES: usize = 200;
/// Percentages of no, low and high memory pressure.
const LEVELS: [(u32, u32); 3] = [(0, 0), (20, 0), (20, 20)];

fn subjects() -> Vec<Arc<Subject>> {
    let gate = Arc::new(Mutex::new(()));
    let none = Bounds::default();
    let count = |max_idle| Bounds { max_idle, ..none };
    let bytes = Bounds {
        max_idle_bytes: Some(512 << 10),
        ..none
    };
    let both = Bounds {
        max_idle: Some(100),
        max_idle_bytes: Some(256 << 10),
        ..none
    };
    let itself = Bounds {
        sweeps_itself: true,
        ..count(Some(64))
    };
    let per_cpu = Bounds {
        per_cpu: Some(4),
        ..none
    };
    let few = Some(Duration::from_millis(3));
    let new = |name, weight, bounds: Bounds, set: fn(Things) -> Things| {
        let set = move |pool: Things| {
            let pool = set(pool).name(name);
            match bounds.sweeps_itself {
                true => pool.sweep_every(few),
                false => pool.sweep_every(None),
            }
        };
        Subject::new(name, weight, bounds, &gate, set)
    };
    vec![
        new("unbounded", 0, none, |pool| pool),
        new("small", 0, count(Some(3)), |pool| pool.max_idle(3)),
        new("large", 0, count(Some(200)), |pool| pool.max_idle(200)),
        new("bytes", 500, bytes, |pool| {
            let pool = pool.weigh(|thing| thing.weight);
            pool.max_idle_bytes(512 << 10).max_object_bytes(60 << 10)
        }),
        new("both", 3000, both, |pool| {
            pool.max_idle(100).max_idle_bytes(256 << 10)
        }),
        new("per-cpu", 100, per_cpu, |pool| {
            pool.per_cpu(4).fade_outliers()
        }),
        new("fading", 100, none, |pool| pool.fade_outliers()),
        new("ageing", 0, itself, |pool| pool.max_idle(64)),
    ]
}

pub fn run(length: Duration) {
    let subjects = subjects();
    let pressure = PressureFile::new();
    let mut sweeper = Sweeper::new().every(Duration::from_millis(2));
    for subject in &subjects {
        sweeper = sweeper.watch(Arc::new(Watched(Arc::clone(subject))));
    }
    let handle = sweeper.on_memory_pressure_of(pressure.path()).spawn();
    let handle = handle.unwrap();
    let all = Barrier::new(THREADS + 1);
    let (quiet, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let (mut samples, mut quiet_points, mut least) = (0, 0, usize::MAX);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| sync_channel(8)).unzip();
    thread::scope(|scope| {
        for (number, inbox) in receivers.into_iter().enumerate() {
            let outbox = senders[(number + 1) % THREADS].clone();
            let (subjects, all, quiet, done) = (&subjects, &all, &quiet, &done);
            scope.spawn(move || {
                let mut worker = Worker::new(number, subjects, inbox, outbox);
                while !done.load(SeqCst) {
                    match quiet.load(SeqCst) {
                        true => {
                            all.wait();
                            all.wait();
                        }
                        false => worker.turn(),
                    }
                }
                // Wait until every thread has stopped sending.
                all.wait();
                worker.end();
            });
        }
        drop(senders);
        scope.spawn(|| {
            let mut random = Random::new(1);
            let mut seen = handle.sweeps();
            while !done.load(SeqCst) {
                // A new level after each sweep, which has read the last one.
                let now = handle.sweeps();
                if now != seen {
                    seen = now;
                    let (some, full) = LEVELS[random.below(LEVELS.len())];
                    pressure.set(some, full);
                }
                thread::yield_now();
            }
        });
        let start = Instant::now();
        while start.elapsed() < length {
            for _ in 0..SAMPLES {
                for subject in &subjects {
                    least = least.min(subject.check_sample());
                    samples += 1;
                }
            }
            quiet.store(true, SeqCst);
            all.wait();
            {
                // The sweeper waits for the gate too.
                let _gate = subjects[0].gate();
                subjects.iter().for_each(|subject| subject.check_quiet());
                quiet_points += 1;
            }
            quiet.store(false, SeqCst);
            all.wait();
        }
        done.store(true, SeqCst);
        all.wait();
    });
    let sweeps = handle.sweeps();
    drop(handle);
    println!(
        "{THREADS} threads, {} pools: {samples} samples (off by {least} at best), {quiet_points} \
         quiet points; {sweeps}",
        subjects.len()
    );
    assert!(sweeps.by_time > 0 && sweeps.panics == 0, "{sweeps}");
    for subject in subjects {
        settle(&subject);
    }
}

/// After all threads have ended, every object is idle, and `clear` drops it.
fn settle(subject: &Subject) {
    subject.check_quiet();
    let stats = subject.pool.stats();
    assert_eq!(stats.in_use, 0);
    println!(
        "  {stats:#}\n  at most {} idle at a quiet point, {} in a sample, of {}",
        subject.most.load(SeqCst),
        subject.most_sampled.load(SeqCst),
        match subject.most_idle() {
            usize::MAX => "any number".to_string(),
            most => most.to_string(),
        }
    );
    assert!(stats.dropped.total() > 0 && stats.detached > 0 && stats.adopted > 0);
    subject.pool.clear();
    subject.check_quiet();
    assert_eq!(subject.pool.stats().idle, 0);
}
