//! Writing a profile of many stacks does not stop the program's other threads.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use repool_prof::Profiler;
use repool_testing::totals::assert_sane;

use crate::stacks;

const STACKS: u32 = 10_000;

/// A writer that accepts bytes only after another thread has allocated more.
struct Patient<'a> {
    allocated: &'a AtomicU64,
    bytes: usize,
    writes: u32,
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.allocated.load(Ordering::Relaxed);
        while self.allocated.load(Ordering::Relaxed) < before + 1000 {
            thread::yield_now();
        }
        self.bytes += bytes.len();
        self.writes += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Deadlocks if a profile is written under a lock that an allocation needs.
pub fn others_go_on(rate: u64) {
    let builder = Profiler::builder().rate(rate).memory_limit(64 << 20);
    let profiler = builder.start().expect("the profiler starts");
    stacks::allocate_on(STACKS);
    let (allocated, end) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                drop(black_box(vec![1u8; 100]));
                allocated.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut out = Patient {
            allocated: &allocated,
            bytes: 0,
            writes: 0,
        };
        for round in ["names are looked up", "names are known"] {
            let begin = Instant::now();
            let snapshot = profiler.snapshot();
            assert_sane(&snapshot);
            assert!(snapshot.stacks().len() >= STACKS as usize);
            out.bytes = 0;
            snapshot.write_to(&mut out).expect("memory takes it");
            println!(
                "{} stacks, {} bytes, in {:?} while {round}",
                snapshot.stacks().len(),
                out.bytes,
                begin.elapsed()
            );
        }
        end.store(true, Ordering::Relaxed);
        assert!(out.writes >= 2);
    });
}
