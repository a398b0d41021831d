//! Measures the memory that pools retain over time.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml --bin retained [-- --quick] [--seed N]
//! [--into DIR]`. Runs two workloads, checks facts about repool, prints tables in Markdown,
//! and writes every sample to DIR/record/*.csv and plots to DIR/plots/*.svg; DIR is bench/ by
//! default. Rows for Go need a `go`; REPOOL_GO names one that is not in the PATH.

mod burst;
mod chart;
mod contender;
mod facts;
mod go;
mod heap;
mod lockstep;
mod outliers;
mod plan;
mod sample;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use go::Go;
use measured::record;
use plan::{Burst, Outliers};
use sample::{HEADER, Series};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// The command line.
struct Options {
    outliers: Outliers,
    burst: Burst,
    into: PathBuf,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let (mut quick, mut seed) = (false, None);
    let mut into = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => quick = true,
            "--seed" => {
                let value = args.next().and_then(|value| value.parse::<u32>().ok());
                seed = Some(
                    value
                        .ok_or("--seed needs a whole number below 2^32")?
                        .into(),
                );
            }
            "--into" => {
                let value = args.next().filter(|value| !value.is_empty());
                into = value.ok_or("--into needs a directory")?.into();
            }
            _ => {
                return Err(format!(
                    "{arg}: give --quick, --seed N, --into DIR, or nothing"
                ));
            }
        }
    }
    let (mut outliers, burst) = match quick {
        true => (Outliers::QUICK, Burst::QUICK),
        false => (Outliers::FULL, Burst::FULL),
    };
    outliers.seed = seed.unwrap_or(outliers.seed);
    Ok(Options {
        outliers,
        burst,
        into,
    })
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("retained: {problem}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("retained: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    println!(
        "engine: {} ({})",
        repool::backend(),
        repool::backend().reason()
    );
    let go = Go::find()?;
    match &go {
        Some(go) => println!("Go: {}", go.version()),
        None => println!("{}", go::MISSING),
    }
    let (plan, mut outliers) = (&options.outliers, outliers::all(&options.outliers));
    if let Some(go) = &go {
        outliers.extend(go.outliers(plan)?);
    }
    println!("\n{}", table::outliers(plan, &outliers));
    facts::outliers(plan, &outliers)?;
    save(
        &options.into,
        "outliers",
        &outliers,
        chart::outliers(plan, &outliers)?,
    )?;

    let (plan, mut burst) = (&options.burst, burst::all(&options.burst));
    if let Some(go) = &go {
        burst.extend(go.burst(plan)?);
    }
    println!("\n{}", table::burst(plan, &burst));
    facts::burst(plan, &burst)?;
    save(&options.into, "burst", &burst, chart::burst(plan, &burst)?)?;
    println!("\nall facts hold; written to {}", options.into.display());
    Ok(())
}

fn save(into: &Path, name: &str, all: &[Series], plot: String) -> Result<(), String> {
    let lines: String = all.iter().map(Series::to_csv).collect();
    record::write(
        &into.join(format!("record/{name}.csv")),
        &format!("{HEADER}{lines}"),
    )?;
    record::write(&into.join(format!("plots/{name}.svg")), &plot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Options, String> {
        parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn arguments() {
        let options =
            parsed(&["--quick", "--seed", "7", "--into", "/x"]).unwrap_or_else(|problem| {
                panic!("{problem}");
            });
        assert_eq!(options.outliers.seed, 7);
        assert_eq!(options.outliers.mixed, Outliers::QUICK.mixed);
        assert_eq!(options.into, Path::new("/x"));
        for wrong in [
            &["--seed"][..],
            &["--seed", "-1"],
            &["--into", ""],
            &["quick"],
        ] {
            let problem = parsed(wrong).err().expect("a problem");
            assert_eq!(problem.lines().count(), 1);
        }
    }
}
