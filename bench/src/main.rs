//! The race: repool and its rivals in the same scenarios, measured in interleaved rounds.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml [-- --rounds N] [--scale X]
//! [--only buffers]`; `REPOOL_BACKEND=slots` selects the portable engine. Prints
//! nanoseconds of a pair of get and put (with more threads than CPUs: of the elapsed time), and the
//! ratio to the first rival of the scenario, computed in each round: medians with minimum and maximum.

// The rivals keep boxed buffers, as the pool does.
#![allow(clippy::box_collection, clippy::vec_box)]

mod rival;
mod rivals;
mod scenarios;

use measured::rounds::{Contender, Series, run};
use rival::{Rival, SizedRival, check, check_sized};
use rivals::allocators::{Glibc, Jemalloc, Mimalloc};
use rivals::buffers::Buffers;
use rivals::cell::LocalCell;
use rivals::channel::Channel;
use rivals::repool::Repool;
use rivals::stack::LocalStack;
use scenarios::{SIZES, buffers, bulk, cells, handoff, held, pair, pools};

/// One scenario for each rival of a list: a function compiled with the rival inlined.
macro_rules! contenders {
    ($scenario:ident $arguments:tt; $($rival:ty),* $(,)?) => {
        contenders![Rival, $scenario $arguments; $($rival),*]
    };
    ($trait:ident, $scenario:ident $arguments:tt; $($rival:ty),* $(,)?) => {
        vec![$((
            <$rival as $trait>::NAME,
            Box::new(move || $scenario::<$rival> $arguments) as Box<dyn FnMut() -> f64>,
        )),*]
    };
}

fn main() {
    let mut rounds = 9;
    let mut scale = 1.0;
    let mut all = true;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().unwrap_or_default();
        match (arg.as_str(), value.parse::<f64>()) {
            ("--rounds", Ok(value)) if value >= 1.0 => rounds = value as usize,
            ("--scale", Ok(value)) if value > 0.0 => scale = value,
            ("--only", _) if value == "buffers" => all = false,
            _ => {
                eprintln!(
                    "race: {arg}: give --rounds N (1 or more), --scale X (above 0), or --only buffers"
                );
                std::process::exit(2);
            }
        }
    }
    check::<Repool>();
    check::<Channel>();
    check::<LocalCell>();
    check::<LocalStack>();
    check::<Glibc>();
    check::<Jemalloc>();
    check::<Mimalloc>();
    for size in SIZES {
        check_sized::<Buffers>(size);
        check_sized::<Glibc>(size);
        check_sized::<Jemalloc>(size);
        check_sized::<Mimalloc>(size);
    }

    let scaled = move |pairs: f64| ((pairs * scale) as u64).next_multiple_of(1000);
    println!(
        "engine: {} ({})",
        repool::backend(),
        repool::backend().reason()
    );
    println!("{rounds} rounds; ns per pair, and the ratio to the first row: median [min–max]");

    if all {
        objects(rounds, scaled);
    }
    for threads in [1, 2] {
        let sizes = (8..=20).step_by(2).map(|bit| Some(1 << bit));
        for size in sizes.chain([None]) {
            // Most allocators take a hundred times as long for large blocks.
            let pairs = scaled(if size.is_some_and(|size| size < 1 << 16) {
                1e7
            } else {
                2e6
            });
            let kind = size.map_or("of 256 B to 1 MiB".into(), |size| format!("of {size} B"));
            table(
                &format!("buffers {kind}, {threads} thread(s)"),
                rounds,
                contenders![
                    SizedRival, buffers(size, threads, pairs); Buffers, Glibc, Jemalloc, Mimalloc
                ],
            );
        }
    }
}

/// The scenarios with buffers of one size.
fn objects(rounds: usize, scaled: impl Fn(f64) -> u64 + Copy + 'static) {
    for threads in [1, 2, 64] {
        let pairs = scaled(if threads == 64 { 1e6 } else { 2e7 });
        let title = format!("one pair, {threads} thread(s)");
        table(
            &title,
            rounds,
            contenders![
                pair(threads, pairs); LocalCell, Repool, LocalStack, Glibc, Jemalloc, Mimalloc
            ],
        );
    }
    for threads in [1, 2] {
        let title = format!("16 held, {threads} thread(s)");
        table(
            &title,
            rounds,
            contenders![
                held(threads, scaled(1e7)); LocalStack, Repool, Glibc, Jemalloc, Mimalloc
            ],
        );
    }
    let pairs = scaled(1e7);
    table(
        "1,000 pools in turn",
        rounds,
        vec![
            ("thread_local [Cell; 1000]", Box::new(move || cells(pairs))),
            ("repool", Box::new(move || pools(pairs))),
        ],
    );
    table(
        "1,000 taken on one CPU, then returned on another",
        rounds,
        contenders![
            bulk(scaled(1e6)); Channel, Repool, Glibc, Jemalloc, Mimalloc
        ],
    );
    handoffs(rounds, scaled(2e6));
}

/// Runs one scenario, and prints a row for each contender with its ratio to the first.
fn table(title: &str, rounds: usize, mut contenders: Vec<Contender>) {
    let series = run(rounds, &mut contenders);
    println!("\n{title}");
    for ((name, _), figures) in contenders.iter().zip(&series) {
        let (ns, ratio) = (figures.to_string(), figures.over(&series[0]).to_string());
        println!("  {name:26} {ns:>26} {ratio:>24}");
    }
}

/// As `table`, with the time less that of the channel instead of a ratio.
fn handoffs(rounds: usize, pairs: u64) {
    let mut contenders = contenders![
        handoff(pairs); Channel, Repool, Glibc, Jemalloc, Mimalloc
    ];
    let series: Vec<Series> = run(rounds, &mut contenders);
    println!("\ntaken on one CPU, returned on another: with the channel's cost, and without");
    for ((name, _), figures) in contenders.iter().zip(&series) {
        let (ns, own) = (figures.to_string(), figures.less(&series[0]).to_string());
        println!("  {name:26} {ns:>26} {own:>24}");
    }
}
