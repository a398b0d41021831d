//! Counts the instructions that a profiler adds to a pair of allocation and free, by callgrind, whose counts
//! do not depend on the machine's load.

use std::ffi::OsStr;
use std::process::Command;

use crate::contender::{Contender, Kind};
use crate::program::{Programs, output};

/// Pairs of the first of two runs. The difference of the runs is the cost of the additional pairs alone.
const FEW: u64 = 200_000;
/// Pairs of the second run.
const MANY: u64 = 1_200_000;

/// The figures of one contender.
pub struct Instructions {
    pub contender: Contender,
    /// Instructions of a pair.
    pub pair: f64,
    /// Instructions of a pair less those of the baseline.
    pub added: f64,
}

/// Whether valgrind is installed.
pub fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// Counts for every contender, with a fixed seed if the profiler accepts one.
///
/// # Errors
///
/// If a contender fails.
pub fn run(programs: &Programs, contenders: &[Contender]) -> Result<Vec<Instructions>, String> {
    let mut all: Vec<Instructions> = Vec::new();
    for contender in contenders {
        let [few, many] =
            [FEW, MANY].map(|pairs| count(programs, contender, pairs / contender.slow));
        let pairs = MANY / contender.slow - FEW / contender.slow;
        let pair = (many? as f64 - few? as f64) / pairs as f64;
        let base = all
            .iter()
            .find(|base| base.contender.is_base_of(contender))
            .map_or(pair, |base| base.pair);
        all.push(Instructions {
            contender: *contender,
            pair,
            added: pair - base,
        });
    }
    Ok(all)
}

fn count(programs: &Programs, contender: &Contender, pairs: u64) -> Result<u64, String> {
    let program = programs.path(contender);
    let words = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
    ]
    .map(OsStr::new);
    let under_valgrind = [&words[..], &[program.as_os_str()]].concat();
    let arguments = ["time", &pairs.to_string(), "1", &contender.seed(1)];
    let output = output(contender, &under_valgrind, &arguments)?;
    let said = String::from_utf8_lossy(&output.stderr);
    collected(&said).ok_or_else(|| format!("{}: callgrind counted nothing", contender.full_name()))
}

/// The number in callgrind's last line, `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let (_, number) = said.rsplit_once("Collected :")?;
    number.split_whitespace().next()?.parse().ok()
}

pub fn table(all: &[Instructions]) -> String {
    let mut table =
        String::from("| allocator | | instructions per pair | added |\n|---|---|---|---|\n");
    for one in all {
        let (name, allocator) = (one.contender.name, one.contender.allocator);
        let added = match one.contender.kind {
            Kind::Plain => String::new(),
            _ => format!("{:.1}", one.added),
        };
        table += &format!("| {allocator} | {name} | {:.1} | {added} |\n", one.pair);
    }
    table
}

pub fn record(all: &[Instructions]) -> String {
    let mut record = String::from("allocator,contender,instructions_a_pair,added\n");
    for one in all {
        let (name, allocator) = (one.contender.name, one.contender.allocator);
        record += &format!("{allocator},\"{name}\",{:.3},{:.3}\n", one.pair, one.added);
    }
    record
}

/// Checks that repool-prof adds at most `most` instructions to a pair.
///
/// # Errors
///
/// The contenders that add more; or that repool-prof was not run.
pub fn check(all: &[Instructions], most: f64) -> Result<(), String> {
    let ours: Vec<&Instructions> = all
        .iter()
        .filter(|one| one.contender.package == "repool-prof")
        .collect();
    if ours.is_empty() {
        return Err("--most is for repool-prof, which was not run".into());
    }
    let beyond: Vec<String> = ours
        .iter()
        .filter(|one| one.added > most)
        .map(|one| format!("{} adds {:.1}", one.contender.full_name(), one.added))
        .collect();
    match beyond.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "at most {most} instructions a pair are allowed: {}",
            beyond.join("; ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::ALL;

    #[test]
    fn the_count_is_read_from_callgrinds_output() {
        let said = "==7== Events    : Ir\n==7== Collected : 1234\n==7== \n";
        assert_eq!(collected(said), Some(1234));
        assert_eq!(collected("valgrind: no such file"), None);
    }

    #[test]
    fn one_instruction_too_many_fails() {
        let row = |contender, added| Instructions {
            contender,
            pair: 100.0 + added,
            added,
        };
        let all = [row(ALL[0], 0.0), row(ALL[1], 8.0), row(ALL[2], 20.5)];
        assert_eq!(check(&all, 20.5), Ok(()));
        let problem = check(&all, 20.0).expect_err("too many");
        assert!(
            problem.contains("repool-prof, on (glibc) adds 20.5"),
            "{problem}"
        );
        check(&all[..1], 20.0).expect_err("ours were not run");
    }
}
