//! The accuracy of profiles: estimated objects and bytes divided by the true ones.

use std::path::Path;

use measured::rounds::Series;

use crate::contender::{Contender, Format, Kind};
use crate::known_function::KnownFunction;
use crate::profile::{self, Estimate};
use crate::program::Programs;

/// The names of the workload's sites.
pub const SITES: [&str; 6] = ["64B", "1KiB", "100KiB", "4MiB", "mixed", "growing"];

/// The number of seeds; each site is run once with each.
const SEEDS: u64 = 5;

/// The true and the estimated figures of one run of one site.
pub struct Reading {
    contender: Contender,
    site: &'static str,
    seed: u64,
    truth: (f64, f64),
    estimate: Estimate,
}

/// Runs every site under every profiler that writes a profile.
///
/// # Errors
///
/// If repool-prof fails or its profile cannot be read. A rival's failure is printed instead.
pub fn run(
    programs: &Programs,
    contenders: &[Contender],
    scale: f64,
) -> Result<Vec<Reading>, String> {
    let folder = std::env::temp_dir().join(format!("profilers-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let all = read_all(programs, contenders, scale, &folder.join("profile"));
    // A file left in the temporary folder does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    all
}

fn read_all(
    programs: &Programs,
    contenders: &[Contender],
    scale: f64,
    file: &Path,
) -> Result<Vec<Reading>, String> {
    let mut all = Vec::new();
    for contender in contenders {
        let Kind::On(format) = contender.kind else {
            continue;
        };
        // dhat records every allocation, so its figures do not depend on the seed.
        let seeds = if format == Format::Dhat { 1 } else { SEEDS };
        for site in SITES {
            for seed in 1..=seeds {
                let reading = read(programs, *contender, format, site, (seed, scale), file);
                match reading.and_then(check_reading) {
                    Ok(reading) => all.push(reading),
                    // A rival that fails has no figure.
                    Err(problem) if contender.package == "repool-prof" => return Err(problem),
                    Err(problem) => eprintln!("{problem}"),
                }
            }
        }
    }
    Ok(all)
}

/// Refuses a reading without the blocks of 4 MiB: sampling hardly ever misses those, so the profile was
/// misread or has lost its stacks.
fn check_reading(reading: Reading) -> Result<Reading, String> {
    let share = reading.share_of_bytes();
    if reading.site == "4MiB" && !(0.9..1.1).contains(&share) {
        let name = reading.contender.full_name();
        return Err(format!("{name}: it has {share:.2} of the blocks of 4 MiB"));
    }
    Ok(reading)
}

fn read(
    programs: &Programs,
    contender: Contender,
    format: Format,
    site: &'static str,
    (seed, scale): (u64, f64),
    file: &Path,
) -> Result<Reading, String> {
    let (seed_text, scale) = (contender.seed(seed), scale.to_string());
    let path = file.to_str().ok_or("the temporary folder is not UTF-8")?;
    let said = programs.run(&contender, &["site", site, &scale, &seed_text, path])?;
    let (function, truth) = parse(programs, &contender, &said)
        .map_err(|problem| format!("{}: {problem}", contender.full_name()))?;
    let estimate = profile::read(format, file, &function)
        .map_err(|problem| format!("{}: {problem}", contender.full_name()))?;
    // If the next contender writes no file, this one must not be read again.
    let _ = std::fs::remove_file(file);
    Ok(Reading {
        contender,
        site,
        seed,
        truth,
        estimate,
    })
}

/// Parses a program's output: `function address objects bytes`.
fn parse(
    programs: &Programs,
    contender: &Contender,
    said: &str,
) -> Result<(KnownFunction, (f64, f64)), String> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let [function, address, objects, bytes] = words[..] else {
        return Err(format!("it said {said:?}"));
    };
    let number = |text: &str| {
        text.parse::<f64>()
            .map_err(|_| format!("{text:?} is no number"))
    };
    let address = u64::from_str_radix(address.trim_start_matches("0x"), 16)
        .map_err(|_| format!("{address:?} is no address"))?;
    let function = KnownFunction::find(&programs.path(contender), function, address)?;
    Ok((function, (number(objects)?, number(bytes)?)))
}

impl Reading {
    fn share_of_bytes(&self) -> f64 {
        self.estimate.bytes / self.truth.1
    }

    fn share_of_objects(&self) -> Option<f64> {
        Some(self.estimate.objects? / self.truth.0)
    }
}

/// The table. Each cell shows estimated bytes · objects divided by the true ones, or one figure if both are
/// equal.
pub fn table(all: &[Reading]) -> String {
    let mut table = format!(
        "| allocator | | {} |\n|---|---|{}\n",
        SITES.join(" | "),
        "---|".repeat(SITES.len())
    );
    let mut names: Vec<Contender> = Vec::new();
    for reading in all {
        if !names.contains(&reading.contender) {
            names.push(reading.contender);
        }
    }
    for contender in names {
        let Contender {
            name, allocator, ..
        } = contender;
        table += &format!("| {allocator} | {name} |");
        for site in SITES {
            let readings: Vec<&Reading> = (all.iter())
                .filter(|reading| reading.contender == contender && reading.site == site)
                .collect();
            let bytes = readings.iter().map(|reading| reading.share_of_bytes());
            let objects = (readings.iter()).filter_map(|reading| reading.share_of_objects());
            let [bytes, objects] = [bytes.collect(), objects.collect()].map(cell);
            table += &match bytes == objects {
                true => format!(" {bytes} |"),
                false => format!(" {bytes} · {objects} |"),
            };
        }
        table += "\n";
    }
    table
}

fn cell(shares: Vec<f64>) -> String {
    match shares.is_empty() {
        true => "n/a".into(),
        false => Series(shares).to_string(),
    }
}

/// The readings as CSV, one line for each run.
pub fn record(all: &[Reading]) -> String {
    let mut record = String::from(
        "allocator,contender,site,seed,true_objects,true_bytes,estimated_objects,estimated_bytes\n",
    );
    for reading in all {
        let Contender {
            name, allocator, ..
        } = reading.contender;
        let objects = reading.estimate.objects;
        let objects = objects.map_or(String::new(), |objects| format!("{objects:.0}"));
        record += &format!(
            "{allocator},\"{name}\",{},{},{},{},{objects},{:.0}\n",
            reading.site, reading.seed, reading.truth.0, reading.truth.1, reading.estimate.bytes
        );
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::ALL;

    #[test]
    fn shares_of_the_truth() {
        let reading = |seed, objects, bytes| Reading {
            contender: ALL[2],
            site: SITES[0],
            seed,
            truth: (10.0, 640.0),
            estimate: Estimate { objects, bytes },
        };
        let all = [reading(1, Some(8.0), 320.0), reading(2, Some(12.0), 960.0)];
        assert!(table(&all).contains("| 1.00 [0.50–1.50] · 1.00 [0.80–1.20] |"));
        assert!(record(&all).contains("glibc,\"repool-prof, on\",64B,1,10,640,8,320\n"));
        let lost = reading(1, Some(0.0), 0.0);
        let large = Reading {
            site: "4MiB",
            ..lost
        };
        assert!(check_reading(large).is_err() && check_reading(reading(1, Some(0.0), 0.0)).is_ok());
        assert!(table(&[reading(1, None, 640.0)]).contains("| 1.00 [1.00–1.00] · n/a |"));
    }
}
