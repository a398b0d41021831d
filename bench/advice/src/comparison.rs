//! [`Comparison`]: the advice on one benchmark, compared with what an expert would say and with what
//! the advice saves.

use std::time::Duration;

use measured::rounds::Series;
use repool_bench::Record;
use repool_pprof::advise::Costs;
use tempfile::TempDir;

use crate::applied::{Applied, Prediction};
use crate::expected::ExpectedProfile;
use crate::profiled::Profiled;
use crate::program::Program;
use crate::verdict;

/// How programs are compared.
pub(crate) struct Plan {
    pub(crate) costs: Costs,
    /// The rounds of measurements; 0 if no time is measured.
    pub(crate) rounds: u32,
    /// How long a benchmark is measured in a round.
    pub(crate) time: Duration,
    /// Where profiles are written.
    pub(crate) folder: TempDir,
    pub(crate) prints_advice: bool,
}

/// The advice on one benchmark, and what it saves.
pub(crate) struct Comparison {
    /// The program and the benchmark.
    pub(crate) name: String,
    pub(crate) is_first_right: bool,
    pub(crate) applied: Vec<Applied>,
    /// What is wrong with the verdict, or with a prediction of bytes or allocations: a line each.
    pub(crate) faults: Vec<String>,
    /// Faults that the record knows of: a line each.
    pub(crate) known: Vec<String>,
}

impl Comparison {
    /// Profiles, advises and measures.
    pub(crate) fn of(
        program: &Program,
        expected: &ExpectedProfile,
        plan: &Plan,
    ) -> Result<Self, String> {
        let profiled = |benchmark: &str| {
            let file = format!("{}-{benchmark}.pb.gz", program.name);
            let file = plan.folder.path().join(file);
            Profiled::run(program, benchmark, expected.operations, &file)
        };
        let name = format!("{} {}", program.name, expected.benchmark);
        let before = profiled(&expected.benchmark)?;
        let advice = before.advice(&plan.costs)?;
        if plan.prints_advice {
            println!("== {name}\n{advice}");
        }
        let mut faults = verdict::faults(&advice, expected, &program.lines);
        let mut applied = Vec::new();
        for benchmark in &expected.applied {
            let changes = expected.changes(benchmark);
            match Prediction::of(&advice, &program.lines, &changes) {
                Ok(prediction) => {
                    let name = &benchmark.benchmark;
                    applied.push(prediction.beside(name, &before, &profiled(name)?));
                }
                Err(fault) => faults.push(format!("{}: {fault}", benchmark.benchmark)),
            }
        }
        faults.extend(applied.iter().flat_map(exact_faults));
        measure(program, expected, plan, &mut applied)?;
        let mut known = Vec::new();
        if let Some(cause) = &expected.known {
            match faults.is_empty() {
                true => faults.push(format!("right now, so remove `known`: {cause}")),
                false => known.append(&mut faults),
            }
        }
        let with_name = |fault: &String| format!("{name}: {fault}");
        Ok(Self {
            is_first_right: verdict::is_first_right(&advice, expected, &program.lines),
            applied,
            known: known.iter().map(with_name).collect(),
            faults: faults.iter().map(with_name).collect(),
            name,
        })
    }
}

/// The predictions of bytes and allocations that are wrong.
fn exact_faults(applied: &Applied) -> Vec<String> {
    let figures = [("B/op", applied.bytes), ("allocs/op", applied.allocations)];
    let wrong = figures.iter().filter(|(_, figure)| !figure.is_right());
    let fault = |(unit, figure): &(&str, crate::applied::Exact)| {
        format!(
            "{} saves {:.2} {unit}, not {:.2}",
            applied.benchmark, figure.measured, figure.predicted
        )
    };
    wrong.map(fault).collect()
}

/// The loops that are measured in one round. The fastest one counts, because others were interrupted.
const LOOPS: u32 = 10;

/// Measures the times of a benchmark and of those with advice applied in turn, so that a change of the
/// machine's speed affects all.
fn measure(
    program: &Program,
    expected: &ExpectedProfile,
    plan: &Plan,
    applied: &mut [Applied],
) -> Result<(), String> {
    if plan.rounds == 0 || applied.is_empty() {
        return Ok(());
    }
    let time = |benchmark: &str| {
        let records = program.measure(benchmark, plan.time / LOOPS, LOOPS)?;
        let times = records.iter().map(iteration_ns);
        let fastest = times.min_by(|one, other| one.total_cmp(other));
        let ns = fastest.unwrap_or(f64::NAN);
        Ok::<f64, String>(ns / expected.operations as f64)
    };
    let mut before = Vec::new();
    let mut after = vec![Vec::new(); applied.len()];
    for _ in 0..plan.rounds {
        before.push(time(&expected.benchmark)?);
        for (applied, times) in applied.iter().zip(&mut after) {
            times.push(time(&applied.benchmark)?);
        }
    }
    let before = Series(before);
    for (applied, times) in applied.iter_mut().zip(after) {
        applied.ns = Some(before.less(&Series(times)));
    }
    Ok(())
}

/// The time of one iteration: that of the thread if the program reports it, or else the harness's.
fn iteration_ns(record: &Record) -> f64 {
    let thread_ns = record.metrics.get("thread-ns/op");
    thread_ns.copied().unwrap_or(record.ns_per_op)
}
