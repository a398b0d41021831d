//! Random operations on a pool and on a plain model of the rules that its documentation states:
//! after each, both must agree on every object and on every figure.
//!
//! It runs on one CPU and one thread, where the rules leave the pool one choice only: which idle object a get
//! returns. The second test runs it again on the slots engine.

mod item;
mod operations;
mod rules;
mod run;

use proptest::collection::vec;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use repool_testing::affinity::on_one_cpu;
use repool_testing::rerun;

/// The number of cases, which take some seconds; `PROPTEST_CASES` overrides it.
const CASES: u32 = 1500;

#[test]
fn a_pool_does_what_its_documentation_says() {
    // The two engines' runs do not share a CPU.
    let cpu = usize::from(rerun::has_backend());
    on_one_cpu(cpu, || {
        let cases = vec(operations::operation(), 1..150);
        let asked = std::env::var("PROPTEST_CASES").map(|cases| cases.parse().unwrap());
        let config = Config {
            cases: asked.unwrap_or(CASES),
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
                "tests/model/regressions.txt",
            ))),
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(
            &(operations::settings(), cases),
            |(settings, operations)| {
                run::case(settings, &operations);
                Ok(())
            },
        );
        if let Err(failed) = outcome {
            panic!("on {}: {failed}", repool::backend());
        }
    });
}

#[test]
fn on_the_slots_engine_too() {
    rerun::all_on_slots();
}
