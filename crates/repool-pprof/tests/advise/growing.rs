//! Programs whose buffers grow.

use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use repool::Pool;
use repool_pprof::advise::Action;
use repool_prof::Counters;

use crate::run::{actions, own, profiled, saves};

const OPERATIONS: u64 = 5_000;

#[inline(never)]
fn write_line(line: &mut String, n: u64) {
    line.push_str(black_box("12:34:56"));
    line.push_str(" : ");
    for word in 0..n % 20 {
        write!(line, "{word}-").expect("memory takes it");
    }
    line.push_str("the end of this line");
    black_box(&line);
}

#[inline(never)]
fn log_line(n: u64) {
    let mut line = String::new();
    line.push_str(black_box("12:34:56"));
    line.push_str(" : ");
    append_words(&mut line, n);
    line.push_str("the end of this line");
    black_box(&line);
}

#[inline(never)]
fn append_words(line: &mut String, n: u64) {
    for word in 0..n % 20 {
        write!(line, "{word}-").expect("memory takes it");
    }
}

pub fn a_line_for_each_operation(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        (0..OPERATIONS).for_each(log_line);
        Counters::default()
    });
    // The site is the function that holds the line, not the one that grows it.
    let site = run.site("::log_line");
    run.is_all(site);
    run.near(site.objects, OPERATIONS);
    run.near(site.growths, run.spent.allocations - OPERATIONS);
    // The samples do not exclude that two lines are live at once.
    let scratch = [Action::Scratch].into_iter().filter(|_| rate == 1);
    let expected: Vec<Action> = scratch
        .chain([Action::Pool, Action::WithCapacity])
        .collect();
    assert_eq!(actions(site), expected);
    let [.., pool, with_capacity] = &site.recommendations[..] else {
        panic!("two recommendations")
    };
    let kept = own(|| {
        let mut line = String::new();
        for n in 0..OPERATIONS {
            line.clear();
            write_line(&mut line, n);
        }
    });
    if rate == 1 {
        saves(&site.recommendations[0], run.spent, kept);
    }
    let pooled = own(|| {
        let pool = Pool::new(String::new);
        (0..OPERATIONS).for_each(|n| write_line(&mut pool.get(), n));
    });
    saves(pool, run.spent, pooled);
    let at_once = own(|| {
        for n in 0..OPERATIONS {
            let mut line = String::new();
            write_line(&mut line, n);
            let capacity = line.capacity();
            // A line with the final capacity, written once more.
            write_line(&mut String::with_capacity(capacity), n);
        }
    });
    let at_once = Counters {
        allocations: at_once.allocations - run.spent.allocations,
        bytes: at_once.bytes - run.spent.bytes,
        frees: 0,
    };
    saves(with_capacity, run.spent, at_once);
    if rate == 1 {
        let saving = &with_capacity.saves;
        assert_eq!(saving.bytes, run.spent.bytes - at_once.bytes);
        assert_eq!(
            saving.allocations,
            run.spent.allocations - at_once.allocations
        );
    }
}

pub fn lines_of_several_threads(rate: u64) {
    const THREADS: u64 = 2;
    let run = profiled(rate, OPERATIONS * THREADS, || {
        let together = Barrier::new(THREADS as usize);
        let work = || {
            let mut first = String::new();
            write_line(&mut first, 19);
            together.wait();
            for n in 0..OPERATIONS {
                let mut line = String::new();
                write_line(&mut line, n);
            }
            drop(first);
        };
        let mut spent = Counters::default();
        thread::scope(|scope| {
            let threads = [(); THREADS as usize].map(|()| scope.spawn(|| own(work)));
            for thread in threads {
                let own = thread.join().expect("it ends well");
                spent.allocations += own.allocations;
                spent.bytes += own.bytes;
                spent.frees += own.frees;
            }
        });
        spent
    });
    let site = run.site("::write_line");
    assert_eq!(actions(site), [Action::Pool, Action::WithCapacity]);
    // Each thread has two lines at most. For several call paths, the peak is estimated as at most
    // eight times that.
    let alive = 2..=8 * 2 * THREADS;
    assert!(
        site.peak_live
            .is_some_and(|peak| alive.contains(&peak.value))
    );
}

/// A value to be serialized.
enum Value {
    Text(&'static str),
    List(Vec<Value>),
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => write_escaped(text, out),
            Self::List(values) => {
                out.push(b'[');
                values.iter().for_each(|value| value.write(out));
                out.push(b']');
            }
        }
    }
}

#[inline(never)]
fn write_escaped(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[inline(never)]
fn to_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    value.write(&mut out);
    out
}

#[inline(never)]
fn answer(value: &Value) {
    black_box(to_bytes(value));
}

pub fn a_serializer(rate: u64) {
    let texts = |count| {
        (0..count)
            .map(|_| Value::Text("a text of some length"))
            .collect()
    };
    let value = Value::List(vec![
        Value::List(texts(8)),
        Value::List(vec![Value::List(texts(30)), Value::Text("the end")]),
    ]);
    let run = profiled(rate, OPERATIONS, || {
        (0..OPERATIONS).for_each(|_| answer(&value));
        Counters::default()
    });
    let site = run.site("::to_bytes");
    run.is_all(site);
    assert!(run.advice.sites.len() == 1, "all of it is one buffer's");
    run.near(site.objects, OPERATIONS);
    assert_eq!(site.callers.len(), 1);
    assert!(site.callers[0].calls[0].function.ends_with("::answer"));
    // Samples do not exclude that two are live: some of the blocks that grew have no sampled first block.
    let expected = [Action::Scratch, Action::Pool, Action::WithCapacity];
    assert_eq!(actions(site), expected[usize::from(rate > 1)..]);
    // The capacities are 64, 128, 256, 512 and 1024.
    assert_eq!((site.sizes.least, site.sizes.greatest), (1024, 1024));
    let at_once = site.recommendations.last().expect("there are some");
    run.near(at_once.saves.allocations, 4 * OPERATIONS);
    run.near(at_once.saves.bytes, 960 * OPERATIONS);
}

#[inline(never)]
fn list_of(n: u64) -> Vec<u64> {
    let mut list = Vec::new();
    for element in 0..20 + n % 30 {
        list.push(black_box(element));
    }
    list
}

pub fn lists_that_are_kept(rate: u64) {
    let mut kept = Vec::with_capacity(OPERATIONS as usize);
    let run = profiled(rate, OPERATIONS, || {
        kept.extend((0..OPERATIONS).map(list_of));
        Counters::default()
    });
    let site = run.site("::list_of");
    assert_eq!(actions(site), [Action::WithCapacity]);
    assert!(site.churn.is_some_and(|share| share < 0.15));
    let at_once = own(|| {
        let lists = kept
            .iter()
            .map(|list| Vec::<u64>::with_capacity(list.capacity()));
        lists.for_each(|list| drop(black_box(list)));
    });
    saves(&site.recommendations[0], run.spent, at_once);
    if rate == 1 {
        assert_eq!(
            site.recommendations[0].saves.bytes,
            run.spent.bytes - at_once.bytes
        );
    }
}

#[inline(never)]
fn count_words(n: u64) {
    let mut words: HashMap<u64, u32> = HashMap::new();
    for word in 0..40 + n % 40 {
        *words.entry(black_box(word)).or_default() += 1;
    }
    black_box(&words);
}

pub fn a_table_for_each_operation(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        (0..OPERATIONS).for_each(count_words);
        Counters::default()
    });
    let site = run.site("::count_words");
    assert!(site.is_table);
    assert_eq!(site.objects, OPERATIONS);
    assert_eq!(
        actions(site),
        [Action::Scratch, Action::Pool, Action::WithCapacity]
    );
}
