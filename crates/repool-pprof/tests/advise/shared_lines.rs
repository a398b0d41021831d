//! Programs in which one line allocates objects of several owners: live together, on several threads,
//! or partly kept.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use repool_pprof::advise::{Action, NoAction, Site};
use repool_prof::Counters;

use crate::run::{actions, own, profiled};

const OPERATIONS: u64 = 5_000;

/// Asserts that no single object is said to be enough.
#[track_caller]
fn needs_more_than_one(site: &Site, live: u64) {
    let peak = site.peak_live.expect("lifetimes are known");
    assert!(peak.upper >= live, "{peak:?}");
    assert!(!actions(site).contains(&Action::Scratch));
    assert!(!site.why.contains("at most 1 live"), "{}", site.why);
}

#[inline(never)]
fn make(n: usize) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(200);
    buffer.push(n as u8);
    buffer
}

/// Eight calls of one function, whose buffers are live together.
pub fn eight_at_once(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        for _ in 0..OPERATIONS {
            let (a, b, c, d) = (make(1), make(2), make(3), make(4));
            let (e, f, g, h) = (make(5), make(6), make(7), make(8));
            black_box([&a, &b, &c, &d, &e, &f, &g, &h]);
        }
        Counters::default()
    });
    let site = run.site("::make");
    needs_more_than_one(site, 8);
    assert_eq!(actions(site), [Action::Pool]);
    assert_eq!(site.peak_live.map(|peak| peak.upper), Some(8));
}

struct Node {
    name: &'static str,
    children: Vec<Node>,
}

impl Node {
    fn tree(depth: usize) -> Self {
        Self {
            name: "node",
            children: (0..2)
                .take(depth.min(2))
                .map(|_| Self::tree(depth - 1))
                .collect(),
        }
    }
}

/// A buffer that is live while the levels below fill theirs.
#[inline(never)]
fn render(node: &Node, out: &mut String) {
    let mut line = String::with_capacity(64);
    line.push_str(node.name);
    for child in &node.children {
        render(child, &mut line);
    }
    out.push('(');
    out.push_str(&line);
    out.push(')');
}

pub fn a_buffer_across_recursion(rate: u64) {
    let tree = Node::tree(3);
    let mut out = String::with_capacity(4096);
    let run = profiled(rate, OPERATIONS, || {
        for _ in 0..OPERATIONS {
            out.clear();
            render(&tree, &mut out);
        }
        Counters::default()
    });
    needs_more_than_one(run.site("::render"), 4);
}

#[inline(never)]
fn label(node: &Node) -> String {
    let mut label = String::with_capacity(64);
    label.push_str(node.name);
    label
}

#[inline(never)]
fn walk(node: &Node, out: &mut String) {
    let line = label(node);
    for child in &node.children {
        walk(child, out);
    }
    out.push_str(&line);
}

pub fn a_buffer_of_a_function_that_recursion_calls(rate: u64) {
    let tree = Node::tree(3);
    let mut out = String::with_capacity(4096);
    let run = profiled(rate, OPERATIONS, || {
        for _ in 0..OPERATIONS {
            out.clear();
            walk(&tree, &mut out);
        }
        Counters::default()
    });
    needs_more_than_one(run.site("::label"), 4);
}

#[inline(never)]
fn add(words: &mut HashMap<String, u32>, word: &str) {
    *words.entry(word.to_owned()).or_default() += 1;
}

/// An index that allocates an owned key for each word, and keeps one in five.
pub fn an_index_that_keeps_a_fifth(rate: u64) {
    let texts: Vec<String> = (0..OPERATIONS)
        .map(|n| format!("word number {n}"))
        .collect();
    let mut words = HashMap::with_capacity(OPERATIONS as usize);
    let run = profiled(rate, OPERATIONS, || {
        for _ in 0..5 {
            texts.iter().for_each(|word| add(&mut words, word));
        }
        Counters::default()
    });
    let site = run.site("::add");
    assert_eq!(actions(site), [Action::Borrow]);
    let recommendation = &site.recommendations[0];
    assert_eq!(recommendation.saves.allocations, 4 * OPERATIONS);
    assert!(
        recommendation.reason.contains("the rest stays"),
        "{}",
        recommendation.reason
    );
    // Follow it.
    let mut words: HashMap<String, u32> = HashMap::with_capacity(OPERATIONS as usize);
    let lean = own(|| {
        for word in texts.iter().cycle().take(5 * OPERATIONS as usize) {
            match words.get_mut(word.as_str()) {
                Some(count) => *count += 1,
                None => drop(words.insert(word.clone(), 1)),
            }
        }
    });
    assert_eq!(run.spent.allocations - lean.allocations, 4 * OPERATIONS);
}

#[inline(never)]
fn handle(len: usize) {
    let mut buffer: Vec<u8> = Vec::with_capacity(len);
    buffer.resize(len.min(64), 7);
    black_box(&buffer);
}

/// Four threads, each with one buffer at a time.
pub fn a_buffer_for_each_thread(rate: u64) {
    const THREADS: usize = 4;
    let run = profiled(rate, OPERATIONS, || {
        let together = Barrier::new(THREADS);
        let work = || {
            let first: Vec<u8> = Vec::with_capacity(100);
            together.wait();
            drop(first);
            (0..OPERATIONS as usize).for_each(|n| handle(100 + n * 37 % 900));
        };
        let mut spent = Counters::default();
        thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| scope.spawn(|| own(work)));
            for thread in threads {
                let own = thread.join().expect("it ends well");
                spent.allocations += own.allocations;
                spent.bytes += own.bytes;
                spent.frees += own.frees;
            }
        });
        spent
    });
    let site = run.site("::handle");
    match site.threads {
        Some(threads) => {
            assert_eq!(threads, THREADS as u64);
            assert_eq!(actions(site)[0], Action::ThreadLocal);
        }
        None => assert!(!actions(site).contains(&Action::ThreadLocal)),
    }
    assert!(
        !actions(site).contains(&Action::Scratch)
            || site.peak_live.is_some_and(|peak| peak.upper == 1)
    );
    assert!(actions(site).contains(&Action::Pool));
}

#[inline(never)]
fn seen(len: usize) -> u8 {
    let mut table = vec![0_u8; len];
    table[7] = 1;
    table[len / 2] = 2;
    black_box(&table)[7]
}

/// Tables of 1 MiB of which two pages are touched: a pool would have to clear them.
pub fn zeroed_tables_that_are_hardly_touched(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        (0..OPERATIONS).for_each(|_| assert_eq!(seen(1 << 20), 1));
        Counters::default()
    });
    let site = run.site("::seen");
    // Whether a pool saves time depends on the costs; no time is promised for certain.
    match site.no_action {
        Some(reason) => assert!(matches!(
            reason,
            NoAction::ZeroedBySystem | NoAction::AllocatorIsAsFast
        )),
        None => assert!(!site.recommendations[0].reason.contains("the stack will do")),
    }
}
