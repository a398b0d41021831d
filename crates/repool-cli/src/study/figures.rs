//! The cost of an operation: measured by benchmarks, and counted exactly over all records.

use std::hint::black_box;
use std::io::{self, Write};

use repool_bench::{Machine, Record, Runner, format};
use repool_prof::Counters;

use super::Options;
use super::progress::Progress;
use super::workloads::{Implementation, Work};
use crate::outcome::Saving;

/// Measures every implementation in every round, and passes each result to `print` as a line of Go's
/// format.
pub(super) fn measure<R>(
    options: &Options,
    work: &Work<R>,
    machine: &Machine,
    mut print: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<Vec<Record>> {
    let names = work
        .implementations
        .iter()
        .map(|implementation| implementation.name);
    let width = format::name_width(names, machine.parallelism);
    let runner = Runner::new(options.time);
    let progress = Progress::new(options.count.get() as usize * work.implementations.len());
    let mut records = Vec::new();
    let mut print = |text: &str| progress.print_above(|| print(text));
    print(&format::header(machine))?;
    for _ in 0..options.count.get() {
        for implementation in work.implementations {
            let record = measure_one(&runner, work, implementation, &progress);
            progress.finish_one();
            print(&(format::line(&record, machine.parallelism, width) + "\n"))?;
            records.push(record);
        }
    }
    progress.finish();
    Ok(records)
}

/// Measures one implementation. Each operation handles the next of the records, in turn.
fn measure_one<R>(
    runner: &Runner,
    work: &Work<R>,
    implementation: &Implementation<R>,
    progress: &Progress,
) -> Record {
    runner.measure_with(
        implementation.name,
        |run| {
            let mut record = work.cycle(0);
            let mut sink = io::sink();
            // Hidden from the optimiser, which would otherwise remove the writes and all that leads to them.
            let sink: &mut dyn Write = black_box(&mut sink);
            run.iter(|| (implementation.run)(sink, record.next()));
        },
        |step| progress.start_loop(implementation.name, step.iterations, work.record_noun),
    )
}

/// The records in Go's format, as benchstat reads it, with each name replaced by `rename(name)`.
pub(super) fn text<'a>(
    machine: &Machine,
    records: impl IntoIterator<Item = &'a Record> + Clone,
    rename: impl Fn(&str) -> String,
) -> String {
    let threads = machine.parallelism;
    let renamed: Vec<Record> = records
        .into_iter()
        .map(|record| {
            let mut renamed = record.clone();
            renamed.name = rename(&record.name);
            renamed
        })
        .collect();
    let names = renamed.iter().map(|record| record.name.as_str());
    let width = format::name_width(names, threads);
    let mut text = format::header(machine);
    for record in &renamed {
        text.push_str(&format::line(record, threads, width));
        text.push('\n');
    }
    text
}

/// The cost of one operation: the median of the benchmarks' ns/op, and the mean allocations of one pass
/// over all records. (The benchmarks' B/op and allocs/op are rounded down to whole numbers.)
pub(super) fn cost<R>(
    work: &Work<R>,
    implementation: &Implementation<R>,
    records: &[Record],
) -> Saving {
    let own = records
        .iter()
        .filter(|record| record.name == implementation.name);
    let ns_per_op = median(own.map(|record| record.ns_per_op).collect());
    let mut sink = io::sink();
    let sink: &mut dyn Write = black_box(&mut sink);
    let before = Counters::now();
    for record in &work.records {
        // `assert_same_output` has run every implementation on every record without an error.
        let _ = (implementation.run)(sink, record);
    }
    let spent = Counters::now() - before;
    let mean = |count: u64| count as f64 / work.records.len() as f64;
    Saving {
        allocs_per_op: mean(spent.allocations),
        bytes_per_op: mean(spent.bytes),
        ns_per_op,
    }
}

/// The median; of an even number of values the mean of the middle two; NaN of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => (values[len / 2 - 1] + values[len / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_number_has_a_median_too() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(vec![9.0, 1.0, 3.0]), 3.0);
    }

    #[test]
    fn a_text_has_the_names_that_it_is_given() {
        let mut machine = Machine::new("linux", "amd64");
        machine.pkg = Some("p".into());
        machine.parallelism = 2;
        let mut record = Record::new("LogNoPool", 1000, 183.2);
        record.bytes_per_op = Some(72);
        record.allocs_per_op = Some(2);
        assert_eq!(
            text(&machine, [&record, &record], |_| "Log".into()),
            "goos: linux\ngoarch: amd64\npkg: p\n\
             BenchmarkLog-2   \t    1000\t       183.2 ns/op\t      72 B/op\t       2 allocs/op\n\
             BenchmarkLog-2   \t    1000\t       183.2 ns/op\t      72 B/op\t       2 allocs/op\n",
        );
    }
}
