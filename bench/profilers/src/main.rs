//! repool-prof beside the other heap profilers for Rust, in one run.
//!
//! `cargo run --release --manifest-path bench/profilers/Cargo.toml [-- --rounds N] [--scale X]
//! [--only NAME] [--time] [--accuracy] [--instructions] [--most N] [--into DIR]`. Builds every
//! contender, each a program of its own; prints what a pair of allocation and free costs, what the
//! profiles say as a share of the truth, and how many instructions are added to a pair, as tables
//! in Markdown; and writes every figure to DIR/record/profilers-*.csv. DIR is bench/ where none is
//! given. `--only` may be given again for another. `--most N` fails where repool-prof adds more than N
//! instructions.

mod accuracy;
mod contender;
mod instructions;
mod place;
mod profile;
mod program;
#[path = "../../src/retained/record.rs"]
mod record;
// Programs have their rounds elsewhere; what can be said of them is the same.
#[allow(dead_code)]
#[path = "../../src/rounds.rs"]
mod rounds;
mod speed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use program::Programs;

/// What the user asked for.
#[derive(Debug)]
struct Wish {
    rounds: usize,
    scale: f64,
    only: Vec<String>,
    time: bool,
    accuracy: bool,
    instructions: bool,
    most: Option<f64>,
    into: PathBuf,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut wish = Wish {
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
            "--time" => wish.time = true,
            "--accuracy" => wish.accuracy = true,
            "--instructions" => wish.instructions = true,
            "--rounds" => {
                let rounds = value().parse().ok().filter(|rounds| *rounds >= 1);
                wish.rounds = rounds.ok_or("--rounds needs a whole number, 1 or more")?;
            }
            "--scale" => {
                let scale = value().parse().ok().filter(|scale| *scale > 0.0);
                wish.scale = scale.ok_or("--scale needs a number above 0")?;
            }
            "--only" => wish.only.push(value()),
            "--most" => wish.most = Some(value().parse().map_err(|_| "--most needs a number")?),
            "--into" => {
                let folder = Some(value()).filter(|folder| !folder.is_empty());
                wish.into = folder.ok_or("--into needs a directory")?.into();
            }
            _ => {
                return Err(format!(
                    "{arg}: give --rounds N, --scale X, --only NAME, --time, --accuracy, \
                     --instructions, --most N, --into DIR, or nothing"
                ));
            }
        }
    }
    if wish.most.is_some() && !wish.instructions {
        return Err("--most goes with --instructions".into());
    }
    if !(wish.time || wish.accuracy || wish.instructions) {
        (wish.time, wish.accuracy) = (true, true);
        wish.instructions = instructions::has_valgrind();
    }
    Ok(wish)
}

fn main() -> ExitCode {
    let wish = match parse(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(problem) => {
            eprintln!("profilers: {problem}");
            return ExitCode::from(2);
        }
    };
    match run(&wish) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("profilers: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(wish: &Wish) -> Result<(), String> {
    let contenders = contender::chosen(&wish.only);
    if contenders.is_empty() {
        let names: Vec<String> = (contender::ALL.iter())
            .map(contender::Contender::full_name)
            .collect();
        return Err(format!("--only: one of {}", names.join(", ")));
    }
    let programs = Programs::build(&contenders)?;
    let save = |part: &str, text: &str| {
        let file = wish.into.join(format!("record/profilers-{part}.csv"));
        record::write(&file, text)
    };
    if wish.time {
        let all = speed::run(&programs, &contenders, wish.rounds, wish.scale)?;
        println!("{} rounds: median [least–most]\n", wish.rounds);
        println!("{}", speed::table(&all));
        save("time", &speed::record(&all))?;
    }
    if wish.accuracy {
        let all = accuracy::run(&programs, &contenders, wish.scale)?;
        println!("estimated / true, bytes · objects: median [least–most] of the seeds\n");
        println!("{}", accuracy::table(&all));
        save("accuracy", &accuracy::record(&all))?;
    }
    if wish.instructions {
        let all = instructions::run(&programs, &contenders)?;
        println!("{}", instructions::table(&all));
        save("instructions", &instructions::record(&all))?;
        if let Some(most) = wish.most {
            instructions::check(&all, most)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Wish, String> {
        parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn arguments() {
        let wish = parsed(&["--instructions", "--most", "20", "--only", "dhat"]).expect("right");
        assert_eq!(wish.most, Some(20.0));
        assert!(wish.instructions && !wish.time && !wish.accuracy);
        let wish = parsed(&["--rounds", "3"]).expect("right");
        assert!(wish.rounds == 3 && wish.time && wish.accuracy);
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
