//! Sentences that conclude from the figures: how much faster, and which memory the pool saves.

use std::cmp::Ordering;
use std::fmt::Write;

use repool::Backend;
use repool_bench::Record;

use super::figures::median;
use super::workloads::Work;
use crate::outcome::Outcome;

/// Times that differ by a smaller share are called equal: two measurements of the same code on a busy
/// machine differ by as much (5 %).
const NOISE: f64 = 0.05;

/// Conclusions from the figures, one sentence each. A sentence that the figures do not support is replaced
/// by its opposite.
///
/// `records` holds the same number of records for every implementation; the medians are compared.
pub(super) fn sentences<R>(work: &Work<R>, records: &[Record], backend: Backend) -> Vec<String> {
    let figures: Vec<Figures> = work
        .implementations
        .iter()
        .map(|implementation| Figures::of(implementation.name, records))
        .collect();
    let (before, after) = (&figures[0], &figures[1]);
    let mut sentences = vec![format!("The pool: {}.", after.speed_against(before))];
    sentences.extend(saved_by_pool(work.saved_work, before, after));
    sentences.extend(left_by_pool(after, figures.get(2)));
    if let Some(last) = figures.get(2) {
        sentences.push(format!("Both steps: {}.", last.speed_against(before)));
    }
    sentences.push(format!(
        "The pool ran on its {backend} engine: {}.",
        backend.reason()
    ));
    sentences
}

/// The sentences as a list. No line can be taken for a result or a key of Go's benchmark format.
pub(super) fn text(outcome: &Outcome) -> String {
    let first = outcome.benchmarks.first().map(|record| &record.name);
    let rounds = outcome
        .benchmarks
        .iter()
        .filter(|record| Some(&record.name) == first)
        .count();
    let mut text = match rounds {
        1 => "\nTakeaways\n".to_string(),
        _ => format!("\nTakeaways (medians of {rounds} rounds)\n"),
    };
    for sentence in &outcome.takeaways {
        let _ = writeln!(text, "- {sentence}");
    }
    text
}

/// The medians of one implementation.
#[derive(Clone, Copy, Debug)]
struct Figures {
    name: &'static str,
    ns: f64,
    /// B/op and allocs/op, if the global allocator counts.
    memory: Option<(u64, u64)>,
}

impl Figures {
    /// The median of each figure over the records named `name`.
    fn of(name: &'static str, records: &[Record]) -> Self {
        let own = || records.iter().filter(|record| record.name == name);
        let counts = |figure: fn(&Record) -> Option<u64>| {
            let mut counts: Vec<u64> = own().filter_map(figure).collect();
            counts.sort_unstable();
            // Of an even number, the lower of the middle two: a value that was measured.
            counts.get(counts.len().saturating_sub(1) / 2).copied()
        };
        let bytes = counts(|record| record.bytes_per_op);
        let allocs = counts(|record| record.allocs_per_op);
        let ns = median(own().map(|record| record.ns_per_op).collect());
        Self {
            name,
            ns,
            memory: bytes.zip(allocs),
        }
    }

    /// The speed compared with `other`, as a sentence without its full stop.
    fn speed_against(&self, other: &Self) -> String {
        let (name, than) = (self.name, other.name);
        let times = format!("{:.1} ns/op against {:.1}", self.ns, other.ns);
        if self.ns <= other.ns * (1.0 - NOISE) {
            format!(
                "{name} is {:.2} times as fast as {than} ({times})",
                other.ns / self.ns
            )
        } else if self.ns >= other.ns * (1.0 + NOISE) {
            let ratio = self.ns / other.ns;
            format!("{name} is slower here: it takes {ratio:.2} times as long as {than} ({times})")
        } else {
            format!("{name} and {than} are equally fast ({times})")
        }
    }
}

/// The memory that the pool saves. The two implementations differ in nothing but the pool, so the
/// difference is the memory of `saved_work`.
fn saved_by_pool(saved_work: &str, no_pool: &Figures, with_pool: &Figures) -> Option<String> {
    let ((before, allocs_before), (after, allocs_after)) = no_pool.memory.zip(with_pool.memory)?;
    Some(match after.cmp(&before) {
        Ordering::Less => format!(
            "{saved_work} was {:.1} % of the bytes: {} of {before} B/op, \
             {} of {allocs_before} allocs/op. The pool saves them.",
            share(before - after, before),
            before - after,
            allocs_before.saturating_sub(allocs_after),
        ),
        _ => format!(
            "The pool saves no memory here: {after} B/op and {allocs_after} allocs/op, against \
             {before} and {allocs_before} without it."
        ),
    })
}

/// The memory that is still allocated with the pool. A third implementation, if there is one, differs from
/// the one with the pool in the formatting of the time only.
fn left_by_pool(with_pool: &Figures, last: Option<&Figures>) -> Option<String> {
    let (before, allocs_before) = with_pool.memory?;
    if (before, allocs_before) == (0, 0) {
        return Some("With the pool no allocation is left.".to_string());
    }
    let left = format!("With the pool {before} B/op and {allocs_before} allocs/op are left");
    let Some(last) = last else {
        return Some(format!("{left}."));
    };
    let (name, (after, allocs_after)) = (last.name, last.memory?);
    Some(match (after, allocs_after) {
        (0, 0) => format!(
            "{left}: the text of the time. Written straight into the buffer it needs none: {name} \
             makes 0 B/op, 0 allocs/op."
        ),
        _ if after < before => format!(
            "{left}, {:.1} % of the bytes for the text of the time. {name}, which does not make \
             one, still makes {after} B/op, {allocs_after} allocs/op.",
            share(before - after, before),
        ),
        _ => format!(
            "{left}. Writing the time straight into the buffer does not help here: {name} makes \
             {after} B/op, {allocs_after} allocs/op."
        ),
    })
}

fn share(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::super::workloads::{json, log};
    use super::*;

    fn record(name: &str, ns_per_op: f64, memory: Option<(u64, u64)>) -> Record {
        let mut record = Record::new(name, 1000, ns_per_op);
        record.bytes_per_op = memory.map(|(bytes, _)| bytes);
        record.allocs_per_op = memory.map(|(_, allocs)| allocs);
        record
    }

    fn round(
        no_pool: (f64, u64, u64),
        pool: (f64, u64, u64),
        none: (f64, u64, u64),
    ) -> [Record; 3] {
        let named = |name, (ns, bytes, allocs)| record(name, ns, Some((bytes, allocs)));
        [
            named(NO_POOL, no_pool),
            named(WITH_POOL, pool),
            named(NO_ALLOC, none),
        ]
    }

    const NO_POOL: &str = "LogNoPool";
    const WITH_POOL: &str = "LogWithPool";
    const NO_ALLOC: &str = "LogNoAlloc";

    fn lines_of<R>(work: &Work<R>, records: &[Record]) -> Vec<String> {
        let outcome = Outcome {
            takeaways: sentences(work, records, repool::backend()),
            benchmarks: records.to_vec(),
            ..Outcome::default()
        };
        let text = text(&outcome);
        let lines = text.strip_prefix('\n').unwrap().lines();
        lines.map(str::to_string).collect()
    }

    fn takeaways(records: &[Record]) -> Vec<String> {
        lines_of(&log::work(None).unwrap(), records)
    }

    #[test]
    fn of_two_ways_the_second_is_the_last() {
        let work = json::work(None).unwrap();
        let pair = |left| {
            [
                record("JsonNoPool", 1000.0, Some((1280, 4))),
                record("JsonWithPool", 800.0, Some(left)),
            ]
        };
        let lines = lines_of(&work, &pair((0, 0)));
        assert_eq!(
            lines[1..4],
            [
                "- The pool: JsonWithPool is 1.25 times as fast as JsonNoPool (800.0 ns/op against \
                 1000.0).",
                "- A fresh text for each record was 100.0 % of the bytes: 1280 of 1280 B/op, 4 of \
                 4 allocs/op. The pool saves them.",
                "- With the pool no allocation is left.",
            ]
        );
        assert_eq!(lines.len(), 5, "{lines:?}");
        let lines = lines_of(&work, &pair((8, 1)));
        assert_eq!(lines[3], "- With the pool 8 B/op and 1 allocs/op are left.");
    }

    /// The figures of the Go study, and a third step.
    #[test]
    fn says_what_the_figures_support() {
        let lines = takeaways(&round((183.2, 72, 2), (155.2, 8, 1), (45.8, 0, 0)));
        assert_eq!(
            lines[..5],
            [
                "Takeaways",
                "- The pool: LogWithPool is 1.18 times as fast as LogNoPool (155.2 ns/op against \
                 183.2).",
                "- Growing a fresh buffer for each line was 88.9 % of the bytes: 64 of 72 B/op, \
                 1 of 2 allocs/op. The pool saves them.",
                "- With the pool 8 B/op and 1 allocs/op are left: the text of the time. Written \
                 straight into the buffer it needs none: LogNoAlloc makes 0 B/op, 0 allocs/op.",
                "- Both steps: LogNoAlloc is 4.00 times as fast as LogNoPool (45.8 ns/op against \
                 183.2).",
            ],
        );
    }

    #[test]
    fn says_so_if_nothing_helped() {
        let lines = takeaways(&round((100.0, 8, 1), (120.0, 8, 1), (99.0, 8, 1)));
        assert_eq!(
            lines[1..5],
            [
                "- The pool: LogWithPool is slower here: it takes 1.20 times as long as LogNoPool \
                 (120.0 ns/op against 100.0).",
                "- The pool saves no memory here: 8 B/op and 1 allocs/op, against 8 and 1 without \
                 it.",
                "- With the pool 8 B/op and 1 allocs/op are left. Writing the time straight into \
                 the buffer does not help here: LogNoAlloc makes 8 B/op, 1 allocs/op.",
                "- Both steps: LogNoAlloc and LogNoPool are equally fast (99.0 ns/op against \
                 100.0).",
            ],
        );
    }

    #[test]
    fn says_what_a_half_success_left() {
        let lines = takeaways(&round((100.0, 72, 3), (50.0, 16, 2), (40.0, 4, 1)));
        assert_eq!(
            lines[3],
            "- With the pool 16 B/op and 2 allocs/op are left, 75.0 % of the bytes for the text \
             of the time. LogNoAlloc, which does not make one, still makes 4 B/op, 1 allocs/op.",
        );
        let lines = takeaways(&round((100.0, 72, 3), (50.0, 0, 0), (50.0, 0, 0)));
        assert_eq!(lines[3], "- With the pool no allocation is left.");
    }

    #[test]
    fn of_several_rounds_the_median_counts() {
        let mut records = Vec::new();
        records.extend(round((900.0, 72, 2), (50.0, 8, 1), (20.0, 0, 0)));
        records.extend(round((100.0, 70, 2), (60.0, 8, 1), (25.0, 0, 0)));
        records.extend(round((110.0, 71, 2), (55.0, 9, 1), (300.0, 0, 0)));
        let lines = takeaways(&records);
        assert_eq!(lines[0], "Takeaways (medians of 3 rounds)");
        assert!(lines[1].contains("2.00 times as fast as LogNoPool (55.0 ns/op against 110.0)"));
        assert!(lines[2].contains("63 of 71 B/op"), "{}", lines[2]);
        assert!(
            lines[4].contains("(25.0 ns/op against 110.0)"),
            "{}",
            lines[4]
        );
    }

    #[test]
    fn an_even_number_of_rounds_has_a_median_too() {
        let mut records = Vec::from(round((1.0, 70, 2), (1.0, 8, 1), (1.0, 0, 0)));
        records.extend(round((1.0, 90, 2), (1.0, 8, 1), (1.0, 0, 0)));
        assert_eq!(Figures::of(NO_POOL, &records).memory, Some((70, 2)));
    }

    #[test]
    fn without_counts_there_is_nothing_to_say_about_memory() {
        let records = [NO_POOL, WITH_POOL, NO_ALLOC].map(|name| record(name, 10.0, None));
        let lines = takeaways(&records);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("B/op")), "{lines:?}");
    }

    #[test]
    fn names_the_engine() {
        let records = round((1.0, 1, 1), (1.0, 1, 1), (1.0, 1, 1));
        let last = takeaways(&records).pop().unwrap();
        assert!(
            last.contains(&format!("its {} engine", repool::backend())),
            "{last}"
        );
    }
}
