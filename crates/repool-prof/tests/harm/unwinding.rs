//! Panics while the profiler runs.

use std::panic::{self, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use repool_testing::totals::{Totals, assert_sane};

use crate::program::{block, intact, start};

const PANICS: i64 = 1000;
const IN_DROP: usize = 3333;
const IN_HOOK: usize = 2929;
const PAYLOAD: usize = 2222;

static DROPS: AtomicI64 = AtomicI64::new(0);

struct Allocates;

impl Drop for Allocates {
    fn drop(&mut self) {
        DROPS.fetch_add(i64::from(intact(&block(IN_DROP))), SeqCst);
    }
}

/// Panics after `deep` nested calls, each of which has a value to drop.
#[inline(never)]
fn panic_below(deep: u32, mark: u8) {
    let _guard = Allocates;
    if deep == 0 {
        panic::panic_any([mark; PAYLOAD]);
    }
    panic_below(deep - 1, mark);
}

pub fn unwinding(rate: u64) {
    panic::set_hook(Box::new(|info| {
        if !info.payload().is::<[u8; PAYLOAD]>() {
            eprintln!("{info}");
        }
        drop(block(IN_HOOK));
    }));
    let profiler = start(rate);
    let mut kept = Vec::with_capacity(PANICS as usize);
    for n in 0..PANICS {
        let payload = catch_unwind(|| panic_below(3, n as u8)).expect_err("it panics");
        let payload = payload.downcast::<[u8; PAYLOAD]>().expect("the payload");
        assert_eq!(*payload, [n as u8; PAYLOAD]);
        if n % 2 == 0 {
            kept.push(payload);
        }
    }
    let _ = panic::take_hook();
    assert_eq!(DROPS.load(SeqCst), 4 * PANICS);

    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    for (size, count, alive) in [
        (IN_DROP, 4 * PANICS, 0),
        (IN_HOOK, PANICS, 0),
        (PAYLOAD, PANICS, PANICS / 2),
    ] {
        let truth = Totals::blocks(size as u64, count, alive);
        Totals::of_size(&snapshot, size as u64).assert_estimates(truth, rate);
    }
    drop(kept);
    let inuse = Totals::of_size(&profiler.snapshot(), PAYLOAD as u64).inuse_objects;
    assert_eq!(inuse, 0, "freed");
}
