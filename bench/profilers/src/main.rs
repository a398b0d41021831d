//! The race of the heap profilers for Rust.
//!
//! `cargo run --release --manifest-path bench/profilers/Cargo.toml [-- --rounds N] [--scale X]
//! [--only NAME] [--time] [--accuracy] [--instructions] [--most N] [--into DIR]`. Builds every
//! contender, each as a separate program. Prints tables in Markdown of the time of a pair of allocation and
//! free, of the profiles' estimates divided by the truth, and of the instructions added to a pair. Writes
//! every figure to DIR/record/profilers-*.csv; DIR is bench/ by default. `--only` may be repeated.
//! `--most N` fails if repool-prof adds more than N instructions.

mod accuracy;
mod contender;
mod instructions;
mod known_function;
mod profile;
mod program;
mod speed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use measured::record;
use program::Programs;

/// The command line.
#[derive(Debug)]
struct Options {
    rounds: usize,
    scale: f64,
    only: Vec<String>,
    time: bool,
    accuracy: bool,
    instructions: bool,
    most: Option<f64>,
    into: PathBuf,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        rounds: 9,
        scale: 1.0,
        only: Vec::new(),
        time: false,
        accuracy: false,
        instructions: false,
        most: None,
        into: Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--time" => options.time = true,
            "--accuracy" => options.accuracy = true,
            "--instructions" => options.instructions = true,
            "--rounds" => {
                let rounds = value().parse().ok().filter(|rounds| *rounds >= 1);
                options.rounds = rounds.ok_or("--rounds needs a whole number, 1 or more")?;
            }
            "--scale" => {
                let scale = value().parse().ok().filter(|scale| *scale > 0.0);
                options.scale = scale.ok_or("--scale needs a number above 0")?;
            }
            "--only" => options.only.push(value()),
            "--most" => options.most = Some(value().parse().map_err(|_| "--most needs a number")?),
            "--into" => {
                let folder = Some(value()).filter(|folder| !folder.is_empty());
                options.into = folder.ok_or("--into needs a directory")?.into();
            }
            _ => {
                return Err(format!(
                    "{arg}: give --rounds N, --scale X, --only NAME, --time, --accuracy, \
                     --instructions, --most N, --into DIR, or nothing"
                ));
            }
        }
    }
    if options.most.is_some() && !options.instructions {
        return Err("--most goes with --instructions".into());
    }
    if !(options.time || options.accuracy || options.instructions) {
        (options.time, options.accuracy) = (true, true);
        options.instructions = instructions::has_valgrind();
    }
    Ok(options)
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("profilers: {problem}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("profilers: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let contenders = contender::chosen(&options.only);
    if contenders.is_empty() {
        let names: Vec<String> = (contender::ALL.iter())
            .map(contender::Contender::full_name)
            .collect();
        return Err(format!("--only: one of {}", names.join(", ")));
    }
    let programs = Programs::build(&contenders)?;
    let save = |part: &str, text: &str| {
        let file = options.into.join(format!("record/profilers-{part}.csv"));
        record::write(&file, text)
    };
    if options.time {
        let all = speed::run(&programs, &contenders, options.rounds, options.scale)?;
        println!("{} rounds: median [min–max]\n", options.rounds);
        println!("{}", speed::table(&all));
        save("time", &speed::record(&all))?;
    }
    if options.accuracy {
        let all = accuracy::run(&programs, &contenders, options.scale)?;
        println!("estimated / true, bytes · objects: median [min–max] of the seeds\n");
        println!("{}", accuracy::table(&all));
        save("accuracy", &accuracy::record(&all))?;
    }
    if options.instructions {
        let all = instructions::run(&programs, &contenders)?;
        println!("{}", instructions::table(&all));
        save("instructions", &instructions::record(&all))?;
        if let Some(most) = options.most {
            instructions::check(&all, most)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Options, String> {
        parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn arguments() {
        let options = parsed(&["--instructions", "--most", "20", "--only", "dhat"]).expect("right");
        assert_eq!(options.most, Some(20.0));
        assert!(options.instructions && !options.time && !options.accuracy);
        let options = parsed(&["--rounds", "3"]).expect("right");
        assert!(options.rounds == 3 && options.time && options.accuracy);
        for wrong in [
            &["--rounds", "0"][..],
            &["--scale"],
            &["--most", "20"],
            &["--into", ""],
            &["fast"],
        ] {
            let problem = parsed(wrong).expect_err("wrong");
            assert_eq!(problem.lines().count(), 1);
        }
    }
}
