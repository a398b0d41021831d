//! The export of many stacks.

use std::time::Instant;

use super::made::{Made, record};
use super::rules::check;
use crate::snapshot::Frame;

/// Exports as many stacks as a large program has. `cargo test --release -p repool-prof --lib large
/// -- --nocapture` prints the time that it takes.
#[test]
fn ten_thousand_stacks() {
    const STACKS: u64 = 10_000;
    const DEPTH: u64 = 30;
    let mut made = Made::new();
    // The same sequence in each run.
    let mut state = 1_u64;
    let mut dice = |sides: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % sides
    };
    let frames: Vec<Frame> = (0..20_000)
        .map(|number| {
            let names: Vec<String> = (0..=number % 3)
                .map(|inlined| format!("<app::part{number}::Thing<T, {inlined}> as Work>::run"))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            made.frame(number * 16, &names)
        })
        .collect();
    for _ in 0..STACKS {
        let stack: Vec<Frame> = (0..DEPTH).map(|_| frames[dice(20_000) as usize]).collect();
        let lifetimes = &mut made
            .stack(&stack, &[record(64, 1000, 10), record(96, 10, 1)])
            .lifetimes;
        for _ in 0..10 {
            lifetimes.times.buckets[dice(30) as usize] += 1;
            lifetimes.bytes.buckets[dice(30) as usize] += 1;
        }
    }
    let start = Instant::now();
    let profile = made.profile();
    let built = start.elapsed();
    let mut bytes = Vec::new();
    profile.write_to(&mut bytes).expect("a Vec takes all");
    let written = start.elapsed();
    println!(
        "built in {built:?}, written after {written:?}: {} bytes",
        bytes.len()
    );
    check(&profile);
    assert_eq!(profile.sample.len() as u64, 2 * STACKS);
    assert_eq!(super::numbers::decode(&*bytes), profile);
}
