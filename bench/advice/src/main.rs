//! Compares what the advisor predicts with what its advice saves, on programs that use crates as their
//! users do.
//!
//! For each program: profiles the benchmark of the code as its user first writes it, advises on the
//! profile, and judges the advice by the record that an expert wrote beforehand. Then measures that
//! benchmark and those with the advice applied, and prints both savings. Fails if a verdict is wrong, or if
//! a prediction of bytes or allocations is.

mod applied;
mod comparison;
mod expected;
mod pool_costs;
mod profiled;
mod program;
mod source_lines;
mod table;
mod verdict;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use repool_bench::{parse_count, parse_seconds};

use comparison::{Comparison, Plan};
use program::Program;
use table::Table;

/// Compares what the advisor predicts with what its advice saves.
#[derive(Debug, Parser)]
struct Args {
    /// Only programs whose name contains one of these
    #[arg(value_name = "PROGRAM")]
    only: Vec<String>,
    /// Judge verdicts, bytes and allocations, and measure no time
    #[arg(long)]
    quick: bool,
    /// The rounds in which each benchmark is measured
    #[arg(long, value_name = "N", value_parser = parse_count, default_value = "11")]
    rounds: std::num::NonZeroU32,
    /// How long to measure a benchmark in each round, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, default_value = "0.1")]
    time: std::time::Duration,
    /// Print each advice as well
    #[arg(long)]
    advice: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("advice: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Judges all programs, and prints. Returns whether every verdict and every exact figure is right.
fn run(args: &Args) -> Result<bool, String> {
    let mut programs = Program::find()?;
    programs.retain(|program| {
        args.only.is_empty() || args.only.iter().any(|part| program.name.contains(part))
    });
    if programs.is_empty() {
        return Err(format!("no program's name contains {:?}", args.only));
    }
    program::build(&programs)?;
    let plan = Plan {
        costs: pool_costs::measure(),
        rounds: match args.quick {
            true => 0,
            false => args.rounds.get(),
        },
        time: args.time,
        folder: tempfile::tempdir().map_err(|error| format!("a temporary folder: {error}"))?,
        prints_advice: args.advice,
    };
    let mut table = Table::default();
    for program in &programs {
        for profile in &program.expected.profile {
            table.add(Comparison::of(program, profile, &plan)?);
        }
    }
    let printed = io::stdout().write_all(table.to_string().as_bytes());
    printed.map_err(|error| format!("standard output: {error}"))?;
    for fault in table.known() {
        eprintln!("known: {fault}");
    }
    for fault in table.faults() {
        eprintln!("advice: {fault}");
    }
    Ok(table.faults().next().is_none())
}
