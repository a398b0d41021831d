//! The first workload: many small requests, and in the first periods some huge ones (golang/go#23199).

use std::hint::black_box;

use repool::Pool;

use crate::contender::{Contender, LocalStack, ObjectPool, empty};
use crate::lockstep;
use crate::plan::{HUGE, IN_FLIGHT, Outliers, SMALL, Sequence};
use crate::sample::{Sample, Series};

/// The pool with `fade_outliers`. `facts` checks its samples.
pub const FADING: &str = "repool + fade_outliers";
/// The pool with default settings, swept after each period.
pub const PLAIN: &str = "repool";
/// The pool that drops objects above a size when they are returned.
pub const BOUNDED: &str = "repool + max_object_bytes 64 KiB";

/// Runs every contender that is written in Rust.
pub fn all(plan: &Outliers) -> Vec<Series> {
    // Swept explicitly, because time is counted in sweeps.
    let pool = || Pool::new_static(empty).sweep_every(None);
    vec![
        series(FADING, plan, &pool().fade_outliers()),
        series(BOUNDED, plan, &pool().max_object_bytes(64 << 10)),
        series(PLAIN, plan, &pool()),
        series("object-pool", plan, &ObjectPool::new(empty)),
        series("thread_local Vec", plan, &LocalStack(empty)),
    ]
}

fn series<C: Contender>(name: &str, plan: &Outliers, contender: &C) -> Series {
    let samples = lockstep::run(
        contender,
        plan.periods(),
        |period| plan.phase(period),
        |thread| {
            let mut sequence = Sequence::new(plan.seed, thread);
            let mut in_flight: [Option<C::Held<'_>>; IN_FLIGHT] = [const { None }; IN_FLIGHT];
            let mut oldest = 0;
            move |period| {
                for _ in 0..plan.requests {
                    let huge = sequence.is_huge() && period < plan.mixed;
                    let mut buffer = contender.get();
                    buffer.clear();
                    buffer.resize(if huge { HUGE } else { SMALL }, 0x5a);
                    black_box(buffer.as_mut_ptr());
                    // Replaces the oldest request in flight, whose buffer is returned.
                    in_flight[oldest] = Some(buffer);
                    oldest = (oldest + 1) % IN_FLIGHT;
                }
            }
        },
    );
    // Buffers have many sizes in this workload, so only bytes are counted.
    let only_bytes = |sample| Sample {
        objects: None,
        ..sample
    };
    Series {
        name: name.to_owned(),
        samples: samples.into_iter().map(only_bytes).collect(),
    }
}
