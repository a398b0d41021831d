//! The second workload: a few objects in use at a time, and once very many.

use std::hint::black_box;
use std::sync::Barrier;

use repool::Pool;

use crate::contender::{Contender, LocalStack, ObjectPool, object};
use crate::heap::OBJECT;
use crate::lockstep;
use crate::plan::{AT_ONCE, Burst, STEADY, THREADS};
use crate::sample::Series;

/// The pool with default settings, swept after each period. `facts` checks its samples.
pub const PLAIN: &str = "repool";
/// The pool with a limit of idle objects.
pub const BOUNDED: &str = "repool + max_idle 100";

/// Runs every contender that is written in Rust.
pub fn all(plan: &Burst) -> Vec<Series> {
    let pool = || Pool::new_static(object).sweep_every(None);
    vec![
        series(PLAIN, plan, &pool()),
        series(BOUNDED, plan, &pool().max_idle(100)),
        series("object-pool", plan, &ObjectPool::new(object)),
        series("thread_local Vec", plan, &LocalStack(object)),
    ]
}

fn series<C: Contender>(name: &str, plan: &Burst, contender: &C) -> Series {
    let all_taken = Barrier::new(THREADS);
    let samples = lockstep::run(
        contender,
        plan.periods(),
        |period| plan.phase(period),
        |_| {
            let all_taken = &all_taken;
            let mut held: Vec<C::Held<'_>> = Vec::with_capacity(AT_ONCE / THREADS);
            // All threads hold their objects before one returns any, so that `count` objects are in
            // use at once, however the threads are scheduled.
            let mut take = move |count: usize| {
                for _ in 0..count / THREADS {
                    let mut object = contender.get();
                    object.clear();
                    object.resize(OBJECT, 0x5a);
                    black_box(object.as_mut_ptr());
                    held.push(object);
                }
                all_taken.wait();
                held.clear();
            };
            move |period| {
                if period == plan.before {
                    take(AT_ONCE);
                }
                for _ in 0..plan.rounds {
                    take(STEADY);
                }
            }
        },
    );
    Series {
        name: name.to_owned(),
        samples,
    }
}
